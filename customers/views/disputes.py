"""Disputes (P3.3): opened by the managers, led by legal affairs or general management."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import changing, person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import InvalidInputError, require
from customers import contract_permissions, contract_selectors, services
from customers.contract_filters import DisputeFilter
from customers.contract_requests import contract_or_404, dispute_or_404
from customers.contract_tables import DisputeTable
from customers.forms.contract_work import (
    DisputeEndForm,
    DisputeForm,
    DisputeNoteForm,
    DisputeOwnerForm,
    DisputeSettlementForm,
    WorkForm,
)
from customers.models import ContractDispute


@require_GET
def dispute_list(request: HttpRequest) -> HttpResponse:
    """The disputes of all customers that this person may see."""
    chosen = DisputeFilter(request.GET, queryset=contract_selectors.dispute_list(person_of(request)))
    table = DisputeTable(chosen.qs)
    RequestConfig(request).configure(table)
    return render(request, "customers/dispute_list.html", {"filter": chosen, "table": table})


@require_http_methods(["GET", "POST"])
def dispute_create(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a dispute about a contract."""
    person = person_of(request)
    contract = contract_or_404(request, pk)
    require(contract_permissions.open_dispute_refusal(person, contract))
    form = DisputeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            dispute = services.open_dispute(
                contract=contract, opened_on=local_today(), by=person, **form.cleaned_data
            )
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("The dispute is open; its owner was told."))
            return redirect(dispute)
    return render(request, "customers/dispute_create.html", {"form": form, "contract": contract})


@require_GET
def dispute_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One dispute with its log."""
    return _page(request, dispute_or_404(request, pk))


@changing(dispute_or_404)
def dispute_note(request: HttpRequest, dispute: ContractDispute) -> HttpResponse:
    """Write into the log."""

    def act(dispute: ContractDispute, cleaned: Mapping[str, Any]) -> None:
        services.add_dispute_note(dispute=dispute, by=person_of(request), **cleaned)

    return _act(request, dispute, "note_form", DisputeNoteForm(request.POST, auto_id="note_%s"), act)


@changing(dispute_or_404)
def dispute_reassign(request: HttpRequest, dispute: ContractDispute) -> HttpResponse:
    """Give the dispute to another owner."""

    def act(dispute: ContractDispute, cleaned: Mapping[str, Any]) -> None:
        services.reassign_dispute(dispute=dispute, by=person_of(request), **cleaned)

    return _act(request, dispute, "owner_form", DisputeOwnerForm(request.POST, auto_id="owner_%s"), act)


@changing(dispute_or_404)
def dispute_resolve(request: HttpRequest, dispute: ContractDispute) -> HttpResponse:
    """The dispute is resolved."""

    def act(dispute: ContractDispute, cleaned: Mapping[str, Any]) -> None:
        services.resolve_dispute(
            dispute=dispute,
            outcome=cleaned["text"],
            conceded_amount=cleaned["conceded_amount"],
            closed_on=local_today(),
            by=person_of(request),
        )

    return _act(
        request, dispute, "resolve_form", DisputeSettlementForm(request.POST, auto_id="resolve_%s"), act
    )


@changing(dispute_or_404)
def dispute_withdraw(request: HttpRequest, dispute: ContractDispute) -> HttpResponse:
    """The managers take the dispute back."""

    def act(dispute: ContractDispute, cleaned: Mapping[str, Any]) -> None:
        services.withdraw_dispute(
            dispute=dispute, reason=cleaned["text"], closed_on=local_today(), by=person_of(request)
        )

    return _act(request, dispute, "withdraw_form", DisputeEndForm(request.POST, auto_id="withdraw_%s"), act)


def _act(
    request: HttpRequest,
    dispute: ContractDispute,
    name: str,
    form: WorkForm,
    act: Callable[[ContractDispute, Mapping[str, Any]], None],
) -> HttpResponse:
    if form.is_valid():
        try:
            act(dispute, form.cleaned_data)
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect(dispute)
    return _page(request, dispute, **{name: form})


def _page(request: HttpRequest, dispute: ContractDispute, **typed: WorkForm) -> HttpResponse:
    person = person_of(request)
    context: dict[str, Any] = {
        "dispute": dispute,
        "contract": dispute.contract,
        "customer": dispute.customer,
        "today": local_today(),
        "note_refusal": contract_permissions.note_dispute_refusal(person, dispute),
        "lead_refusal": contract_permissions.lead_dispute_refusal(person, dispute),
        "withdraw_refusal": contract_permissions.withdraw_dispute_refusal(person, dispute),
        "note_form": DisputeNoteForm(auto_id="note_%s"),
        "owner_form": DisputeOwnerForm(initial={"owner": dispute.owner_id}, auto_id="owner_%s"),
        "resolve_form": DisputeSettlementForm(auto_id="resolve_%s"),
        "withdraw_form": DisputeEndForm(auto_id="withdraw_%s"),
    }
    return render(request, "customers/dispute_detail.html", context | typed)
