"""Overrides of the group leader (P3.1 a): asked for from the refusal, decided on a page of their own."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import changing, person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.policy.selectors import policy_version_on
from customers import contract_permissions, contract_selectors, services
from customers.contract_requests import override_or_404
from customers.contract_tables import OverrideTable
from customers.forms.contract_work import OverrideDecisionForm, OverrideRequestForm
from customers.models import ContractOverride
from customers.permissions import REFUSAL_TEXTS, business_refusals
from customers.views.requests import customer_or_404


@require_GET
def override_list(request: HttpRequest) -> HttpResponse:
    """The overrides of all customers that this person may see."""
    table = OverrideTable(contract_selectors.visible_overrides(person_of(request)))
    RequestConfig(request).configure(table)
    return render(request, "customers/override_list.html", {"table": table})


@require_http_methods(["GET", "POST"])
def override_request(request: HttpRequest, number: str) -> HttpResponse:
    """Ask the group leader for one contract in spite of the policy."""
    person, today = person_of(request), local_today()
    customer = customer_or_404(request, number)
    refusals = business_refusals(customer, on=today, policy=policy_version_on(today).policy)
    if request.method == "GET":
        require(
            contract_permissions.request_override_refusal(
                person,
                customer,
                is_refused=bool(refusals),
                open_override=contract_selectors.open_override_of(customer),
            )
        )
    form = OverrideRequestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            override = services.request_override(customer=customer, on=today, by=person, **form.cleaned_data)
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("The group leader was asked."))
            return redirect(override)
    context = {"customer": customer, "refusals": refusals, "form": form}
    return render(request, "customers/override_request.html", context)


@require_GET
def override_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One override: what it lifts, why, and what was decided."""
    return _page(request, override_or_404(request, pk))


@changing(override_or_404)
def override_grant(request: HttpRequest, override: ContractOverride) -> HttpResponse:
    """The group leader grants it."""
    return _decide(request, override, is_granted=True)


@changing(override_or_404)
def override_refuse(request: HttpRequest, override: ContractOverride) -> HttpResponse:
    """The group leader refuses it."""
    return _decide(request, override, is_granted=False)


@changing(override_or_404)
def override_withdraw(request: HttpRequest, override: ContractOverride) -> HttpResponse:
    """Nobody needs it any more, or the leader takes it back."""
    override = services.withdraw_override(override=override, by=person_of(request))
    messages.success(request, _("Withdrawn."))
    return redirect(override)


def _decide(request: HttpRequest, override: ContractOverride, *, is_granted: bool) -> HttpResponse:
    form = OverrideDecisionForm(request.POST, today=local_today())
    if form.is_valid():
        reason, by, now = form.cleaned_data["reason"], person_of(request), timezone.now()
        try:
            if is_granted:
                valid_to_on = form.cleaned_data["valid_to_on"]
                services.grant_override(
                    override=override, reason=reason, valid_to_on=valid_to_on, by=by, now=now
                )
            else:
                services.refuse_override(override=override, reason=reason, by=by, now=now)
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Granted.") if is_granted else _("Refused."))
            return redirect(override)
    return _page(request, override, form=form)


def _page(
    request: HttpRequest, override: ContractOverride, *, form: OverrideDecisionForm | None = None
) -> HttpResponse:
    person = person_of(request)
    context = {
        "override": override,
        "customer": override.customer,
        "lifted": _texts(override.refusal_codes),
        "decide_refusal": contract_permissions.decide_override_refusal(person, override),
        "withdraw_refusal": contract_permissions.withdraw_override_refusal(person, override),
        "form": form or OverrideDecisionForm(today=local_today()),
    }
    return render(request, "customers/override_detail.html", context)


def _texts(codes: Iterable[str]) -> list[str | Promise]:
    return [REFUSAL_TEXTS.get(code, code) for code in codes]
