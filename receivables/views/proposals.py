"""Proposals to stop cooperation or to resume it, decided by the group leader; deposits that final demands claim."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.request_size import takes_files
from creditrisk.stored_files import download_response
from creditrisk.workbooks import table_response
from customers.contract_requests import handed_in
from customers.exports import filter_facts
from customers.views.requests import customer_or_404
from receivables import permissions
from receivables.forms.proposals import DecisionForm, ForfeitureRefusalForm, ProposalFilter, ProposalForm
from receivables.list_exports import proposals_table
from receivables.models import CooperationProposal, ForfeitureProposal, ProposalKind
from receivables.selectors.forfeitures import forfeiture_list, forfeitures_of
from receivables.selectors.proposals import contracts_to_end, proposal_list
from receivables.services import cooperation, forfeitures
from receivables.tables.proposals import ProposalTable


def _proposal_or_404(request: HttpRequest, number: str) -> CooperationProposal:
    return get_object_or_404(proposal_list(person_of(request)), number=number)


@require_GET
def proposal_list_page(request: HttpRequest) -> HttpResponse | FileResponse:
    """The proposals about the customers this person may see; with ?format=xlsx or csv as a file."""
    person = person_of(request)
    chosen = ProposalFilter(request.GET, queryset=proposal_list(person))
    table = ProposalTable(chosen.qs)
    RequestConfig(request).configure(table)
    facts = [*filter_facts(chosen.form), (_("Downloaded by"), str(person))]
    name, title = f"proposals-{local_today()}", _("Proposals about cooperation")
    if file := table_response(
        request, name=name, title=title, table=proposals_table(table.data.data), facts=facts
    ):
        return file
    return render(request, "receivables/proposal_list.html", {"filter": chosen, "table": table})


@takes_files("CREDITRISK_ATTACHMENTS_AT_ONCE_MAX_BYTES")
@require_http_methods(["GET", "POST"])
def proposal_create(request: HttpRequest, number: str) -> HttpResponse:
    """Propose to stop cooperation with a customer, or to go on (P5.2.4)."""
    person, customer = person_of(request), customer_or_404(request, number)
    suspended = customer.state == "suspended"
    kind = ProposalKind.RESUME if suspended else ProposalKind.STOP
    if request.method == "GET":
        require(permissions.propose_refusal(person, customer, kind))
    form = ProposalForm(request.POST or None, request.FILES or None, initial={"kind": kind})
    if request.method == "POST" and form.is_valid():
        typed = dict(form.cleaned_data)
        try:
            proposal = cooperation.propose_by_hand(
                customer=customer,
                kind=typed["kind"],
                reason=typed["reason"],
                files=handed_in(typed["documents"]),
                submission_key=typed["submission_key"],
                on=local_today(),
                by=person,
            )
        except InvalidInputError as refusal:
            field = "documents" if refusal.code.startswith("attachment.") else "reason"
            form.add_error(field, str(refusal))
        else:
            messages.success(request, _("The group leader was asked."))
            return redirect(proposal)
    context = {"customer": customer, "form": form}
    return render(request, "receivables/proposal_create.html", context)


@require_GET
def proposal_detail(request: HttpRequest, number: str) -> HttpResponse:
    """One proposal: why, what it would bring about, and the decision."""
    return _page(request, _proposal_or_404(request, number), DecisionForm())


@require_POST
def proposal_approve(request: HttpRequest, number: str) -> HttpResponse:
    """The group leader follows the proposal."""
    return _decide(request, number, cooperation.approve_proposal)


@require_POST
def proposal_refuse(request: HttpRequest, number: str) -> HttpResponse:
    """The group leader does not follow it, and names the conditions."""
    return _decide(request, number, cooperation.refuse_proposal)


@require_POST
def proposal_withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Who proposed takes it back."""
    proposal = cooperation.withdraw_proposal(
        proposal=_proposal_or_404(request, number), on=local_today(), by=person_of(request)
    )
    messages.success(request, _("Withdrawn."))
    return redirect(proposal)


@require_GET
def proposal_file(request: HttpRequest, number: str, pk: int) -> FileResponse:
    """A document of a proposal, as a download."""
    return download_response(get_object_or_404(_proposal_or_404(request, number).files, pk=pk))


def _decide(request: HttpRequest, number: str, act: Callable[..., CooperationProposal]) -> HttpResponse:
    proposal = _proposal_or_404(request, number)
    form = DecisionForm(request.POST)
    if form.is_valid():
        decided = act(
            proposal=proposal,
            decision=form.cleaned_data["decision"],
            on=local_today(),
            by=person_of(request),
        )
        messages.success(request, _("Decided."))
        return redirect(decided)
    return _page(request, proposal, form, status=400)


def _page(
    request: HttpRequest, proposal: CooperationProposal, form: DecisionForm, status: int = 200
) -> HttpResponse:
    person = person_of(request)
    context = {
        "proposal": proposal,
        "customer": proposal.customer,
        "form": form,
        "contracts": contracts_to_end(proposal),
        "files": proposal.files.select_related("uploaded_by"),
        "forfeitures": [
            (one, permissions.decide_forfeiture_refusal(person, one))
            for one in forfeitures_of(proposal.customer)
        ],
        "forfeiture_form": ForfeitureRefusalForm(auto_id="forfeiture_%s"),
        "decide_refusal": permissions.decide_proposal_refusal(person, proposal),
        "withdraw_refusal": permissions.withdraw_proposal_refusal(person, proposal),
    }
    return render(request, "receivables/proposal_detail.html", context, status=status)


def _forfeiture_or_404(request: HttpRequest, pk: int) -> ForfeitureProposal:
    return get_object_or_404(forfeiture_list(person_of(request)), pk=pk)


@require_POST
def forfeiture_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """The deposit becomes liquidated damages (P5.2.3)."""
    confirmed = forfeitures.confirm_forfeiture(
        proposal=_forfeiture_or_404(request, pk), on=local_today(), by=person_of(request)
    )
    messages.success(request, _("The deposit became liquidated damages."))
    return redirect(confirmed.notice)


@require_POST
def forfeiture_refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """The deposit stays what it is."""
    proposal = _forfeiture_or_404(request, pk)
    form = ForfeitureRefusalForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    refused = forfeitures.refuse_forfeiture(
        proposal=proposal, reason=reason, on=local_today(), by=person_of(request)
    )
    messages.success(request, _("The deposit stays what it is."))
    return redirect(refused.notice)
