"""Decisions about the customer's state: watch, close, reopen, freeze. Each is a form with a reason."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from creditrisk.accounts.models import User
from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import require
from customers import credit_permissions, permissions, services
from customers.forms import ReasonForm
from customers.models import Customer
from customers.open_matters import open_matters_of
from customers.permissions import Refusal
from customers.selectors import visible_customers


def _decision(
    request: HttpRequest,
    number: str,
    *,
    refusal_of: Callable[[User, Customer], Refusal],
    act: Callable[..., Customer],
    title: str,
    text: str,
    is_grave: bool = False,
    names_open_matters: bool = False,
) -> HttpResponse:
    """Ask for the reason and act. A refusal is told before anything is typed; a second click leads back."""
    person = person_of(request)
    customer = get_object_or_404(visible_customers(person), number=number)
    if request.method == "GET":
        require(refusal_of(person, customer))
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        act(customer=customer, reason=form.cleaned_data["reason"], by=person)
        messages.success(request, _("Saved."))
        return redirect(customer)
    context = {
        "customer": customer,
        "form": form,
        "title": title,
        "text": text,
        "is_grave": is_grave,
        "open_matters": open_matters_of(customer=customer, user=person, on=local_today())
        if names_open_matters
        else [],
    }
    return render(request, "customers/decision.html", context)


@require_http_methods(["GET", "POST"])
def watch(request: HttpRequest, number: str) -> HttpResponse:
    """Put the customer on watch (P5.1)."""
    return _decision(
        request,
        number,
        refusal_of=permissions.watch_refusal,
        act=services.put_on_watch,
        title=_("Put on watch"),
        text=_("Business goes on; everybody sees that the customer is watched, and why (P5.1)."),
    )


@require_http_methods(["GET", "POST"])
def end_watch(request: HttpRequest, number: str) -> HttpResponse:
    """End the watch (P5.1)."""
    return _decision(
        request,
        number,
        refusal_of=permissions.end_watch_refusal,
        act=services.end_watch,
        title=_("End the watch"),
        text=_("The customer is an active one again."),
    )


@require_http_methods(["GET", "POST"])
def close(request: HttpRequest, number: str) -> HttpResponse:
    """Close the file (P3.1); what is still open is named first."""
    return _decision(
        request,
        number,
        refusal_of=permissions.close_refusal,
        act=services.close_customer,
        title=_("Close the file"),
        text=_("A closed file is not changed any more: no contract, no credit, no dunning (P3.1)."),
        is_grave=True,
        names_open_matters=True,
    )


@require_http_methods(["GET", "POST"])
def reopen(request: HttpRequest, number: str) -> HttpResponse:
    """Let a closed customer come back (P3.1, P4.1)."""
    return _decision(
        request,
        number,
        refusal_of=permissions.reopen_refusal,
        act=services.reopen_customer,
        title=_("Reopen the file"),
        text=_(
            "He comes back as a prospect: a new review comes first, and his old limits have ended (P4.1)."
        ),
    )


@require_http_methods(["GET", "POST"])
def freeze(request: HttpRequest, number: str) -> HttpResponse:
    """Block new business (P3.1)."""
    return _decision(
        request,
        number,
        refusal_of=credit_permissions.freeze_refusal,
        act=partial(services.freeze_customer, now=timezone.now()),
        title=_("Freeze"),
        text=_("No new business until it is lifted. State, running contracts and dunning stay as they are."),
        is_grave=True,
    )


@require_http_methods(["GET", "POST"])
def unfreeze(request: HttpRequest, number: str) -> HttpResponse:
    """Let new business go on (P3.1)."""
    return _decision(
        request,
        number,
        refusal_of=credit_permissions.unfreeze_refusal,
        act=services.unfreeze_customer,
        title=_("Unfreeze"),
        text=_("New business is possible again, as far as state, review and limit allow it."),
    )
