"""Waivers of liquidated damages: asked for from the statement, decided on a page of their own (P5.2.3)."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import ConflictError, InvalidInputError, require
from receivables import damages_permissions
from receivables.forms.damages import DecisionForm, WaiverForm
from receivables.models import DamagesWaiver
from receivables.selectors.damages import damages_account
from receivables.selectors.damages_list import waiver_list
from receivables.services import waivers
from receivables.views.damages import customer_or_404


def _waiver_or_404(request: HttpRequest, pk: int) -> DamagesWaiver:
    return get_object_or_404(waiver_list(person_of(request)), pk=pk)


@require_http_methods(["GET", "POST"])
def damages_waive(request: HttpRequest, number: str) -> HttpResponse:
    """Ask the group leader to waive damages; the address may name an item."""
    person, today = person_of(request), local_today()
    customer = customer_or_404(request, number)
    require(damages_permissions.ask_waiver_refusal(person, customer))
    asked = {name: request.GET.get(name, "") for name in ("currency", "document", "due_on")}
    initial = {name: text for name, text in asked.items() if text}
    currency = initial.setdefault("currency", customer.currency)
    form = WaiverForm(request.POST or None, initial=initial, currency=currency)
    if request.method == "POST" and form.is_valid():
        try:
            waiver = waivers.ask_waiver(customer=customer, on=today, by=person, **form.cleaned_data)
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("The group leader was asked for the waiver."))
            return redirect(waiver)
    account = damages_account(customer.pk, on=today)
    context = {"customer": customer, "form": form, "account": account}
    return render(request, "receivables/damages_waive.html", context)


@require_GET
def damages_waiver(request: HttpRequest, pk: int) -> HttpResponse:
    """One waiver: what it is about, why, and what was decided."""
    return _page(request, _waiver_or_404(request, pk), DecisionForm())


@require_POST
def damages_waiver_approve(request: HttpRequest, pk: int) -> HttpResponse:
    """The group leader waives the damages."""
    return _decide(request, pk, waivers.approve_waiver, _("Waived."))


@require_POST
def damages_waiver_refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """The damages stand."""
    return _decide(request, pk, waivers.refuse_waiver, _("Refused."))


@require_POST
def damages_waiver_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Who asked takes it back."""
    waiver = waivers.withdraw_waiver(waiver=_waiver_or_404(request, pk), by=person_of(request))
    messages.success(request, _("Withdrawn."))
    return redirect(waiver)


def _decide(request: HttpRequest, pk: int, decide: Callable[..., DamagesWaiver], done: str) -> HttpResponse:
    waiver = _waiver_or_404(request, pk)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, waiver, form, status=400)
    try:
        decide(waiver=waiver, reason=form.cleaned_data["reason"], by=person_of(request), now=timezone.now())
    except ConflictError as refusal:
        form.add_refusal(refusal)
        return _page(request, _waiver_or_404(request, pk), form, status=409)
    messages.success(request, done)
    return redirect(waiver)


def _page(request: HttpRequest, waiver: DamagesWaiver, form: DecisionForm, status: int = 200) -> HttpResponse:
    person = person_of(request)
    context = {
        "waiver": waiver,
        "customer": waiver.customer,
        "total": damages_account(waiver.customer_id, on=local_today()).total_in(waiver.currency),
        "decide_refusal": damages_permissions.decide_waiver_refusal(person, waiver),
        "withdraw_refusal": damages_permissions.withdraw_waiver_refusal(person, waiver),
        "form": form,
    }
    return render(request, "receivables/damages_waiver.html", context, status=status)
