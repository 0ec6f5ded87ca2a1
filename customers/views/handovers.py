"""The pages of handovers from account manager to service manager (P3.2.2)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import changing, person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import ConflictError, InvalidInputError, require
from customers import portfolio_permissions as permissions
from customers import portfolio_selectors as selectors
from customers import services
from customers.forms import HandoverForm, ReasonForm
from customers.models import Customer, Handover
from customers.portfolio_filters import HandoverFilter
from customers.portfolio_tables import HandoverTable
from customers.selectors import visible_customers

BAD_REQUEST = 400
CONFLICT = 409


def _handover_or_404(request: HttpRequest, pk: int) -> Handover:
    return get_object_or_404(selectors.handover_list(person_of(request)), pk=pk)


@require_GET
def handover_list(request: HttpRequest) -> HttpResponse:
    """The handovers this person may see; with `?mine=open` those that wait for him."""
    person = person_of(request)
    chosen = HandoverFilter(
        request.GET,
        queryset=selectors.handover_list(person),
        request=request,
        user=person,
        today=local_today(),
    )
    table = HandoverTable(chosen.qs)
    RequestConfig(request).configure(table)
    return render(request, "customers/handover_list.html", {"filter": chosen, "table": table})


@require_http_methods(["GET", "POST"])
def handover_propose(request: HttpRequest, number: str) -> HttpResponse:
    """Propose a customer to a service manager (P3.2.2)."""
    person = person_of(request)
    customer = get_object_or_404(visible_customers(person), number=number)
    if request.method == "GET":
        open_handover = selectors.open_handover_of(customer)
        require(permissions.propose_refusal(person, customer, open_handover=open_handover))
    form = HandoverForm(request.POST or None, customer=customer)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            handover = services.propose_handover(
                customer=customer, by=person, now=timezone.now(), **form.cleaned_data
            )
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        except ConflictError as conflict:  # what was typed must not be lost
            status = CONFLICT
            form.add_error(None, str(conflict))
        else:
            messages.success(request, _("Handover proposed."))
            return redirect(handover)
    context = {"form": form, "customer": customer}
    return render(request, "customers/handover_propose.html", context, status=status)


@require_GET
def handover_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One handover: its notes, what happened to it, and what this person can do."""
    return _page(request, _handover_or_404(request, pk))


def _page(
    request: HttpRequest, handover: Handover, *, form: ReasonForm | None = None, status: int = 200
) -> HttpResponse:
    person = person_of(request)
    withdraw_refusal = permissions.withdraw_handover_refusal(person, handover)
    context = {
        "handover": handover,
        "steps": handover.steps.select_related("by", "recipient"),
        "sees_customer": Customer.objects.visible_to(person).filter(pk=handover.customer_id).exists(),
        "is_recipient": handover.recipient_id == person.pk,
        "accept_refusal": permissions.accept_refusal(person, handover),
        "may_decline": permissions.decide_handover_refusal(person, handover) is None,
        "may_withdraw": withdraw_refusal is None,
        "form": form or ReasonForm(),
    }
    return render(request, "customers/handover_detail.html", context, status=status)


@changing(_handover_or_404)
def handover_accept(request: HttpRequest, handover: Handover) -> HttpResponse:
    """Take the customer over."""
    services.accept_handover(handover=handover, by=person_of(request), now=timezone.now())
    messages.success(request, _("You have taken %(customer)s over.") % {"customer": handover.customer})
    return redirect(handover)


@changing(_handover_or_404)
def handover_decline(request: HttpRequest, handover: Handover) -> HttpResponse:
    """Do not take the customer over, with the reason."""
    require(permissions.decide_handover_refusal(person_of(request), handover))
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, handover, form=form, status=BAD_REQUEST)
    services.decline_handover(
        handover=handover, reason=form.cleaned_data["reason"], by=person_of(request), now=timezone.now()
    )
    messages.success(request, _("Handover declined."))
    return redirect("portfolio:handover_list")


@changing(_handover_or_404)
def handover_withdraw(request: HttpRequest, handover: Handover) -> HttpResponse:
    """Take the proposal back."""
    services.withdraw_handover(handover=handover, by=person_of(request), now=timezone.now())
    messages.success(request, _("Handover withdrawn."))
    return redirect(handover)
