"""Contracts: the list, one contract with everything that hangs on it, drafts, edits, its way through the states."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import changing, person_of
from creditrisk.audit.selectors import history_of
from creditrisk.dates import local_today
from creditrisk.exceptions import ConflictError, InvalidInputError, require
from creditrisk.policy.selectors import policy_version_on
from creditrisk.policy.wording import percent
from creditrisk.request_size import takes_files
from creditrisk.stored_files import download_response
from customers import contract_permissions, contract_selectors, services
from customers.contract_filters import ContractFilter
from customers.contract_permissions import Step
from customers.contract_requests import contract_or_404, handed_in
from customers.contract_steps import STEPS, refusal_of_step, step_buttons
from customers.contract_tables import ContractListTable
from customers.forms.contract import DraftContractForm, EditContractForm, StepForm
from customers.forms.contract_work import ContractFilesForm, LogEntryForm
from customers.models import Contract, ContractState
from customers.views.requests import customer_or_404

CONFLICT = 409


@require_GET
def contract_list(request: HttpRequest) -> HttpResponse:
    """The contracts of all customers that this person may see."""
    person, today = person_of(request), local_today()
    chosen = ContractFilter(request.GET, queryset=contract_selectors.visible_contracts(person), today=today)
    table = ContractListTable(chosen.qs, today=today)
    RequestConfig(request).configure(table)
    return render(request, "customers/contract_list.html", {"filter": chosen, "table": table})


@require_GET
def contract_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One contract."""
    return _page(request, contract_or_404(request, pk))


@require_http_methods(["GET", "POST"])
def contract_draft(request: HttpRequest, number: str) -> HttpResponse:
    """Write a draft (P3.2)."""
    person = person_of(request)
    customer = customer_or_404(request, number)
    require(contract_permissions.draft_refusal(person, customer))
    form = DraftContractForm(request.POST or None, customer=customer, by=person)
    if request.method == "POST" and form.is_valid():
        try:
            contract = services.draft_contract(
                customer=customer,
                terms=services.ContractTerms(**form.terms),
                by=person,
                submission_key=form.cleaned_data["submission_key"],
            )
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Draft %(number)s saved.") % {"number": contract.number})
            return redirect(contract)
    return render(request, "customers/contract_draft.html", {"form": form, "customer": customer})


@require_http_methods(["GET", "POST"])
def contract_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a draft, or handler and notes of a contract that runs. What changed meanwhile is shown first (409)."""
    person = person_of(request)
    contract = contract_or_404(request, pk)
    require(contract_permissions.edit_contract_refusal(person, contract))
    form = EditContractForm(request.POST or None, contract=contract, by=person)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            services.edit_contract(
                contract=contract,
                terms=services.ContractTerms(**form.terms),
                version=form.cleaned_data["version"],
                by=person,
            )
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        except ConflictError as conflict:
            status = CONFLICT
            form.add_conflict(
                conflict, version=Contract.objects.values_list("version", flat=True).get(pk=contract.pk)
            )
        else:
            messages.success(request, _("Saved."))
            return redirect(contract)
    return render(
        request, "customers/contract_edit.html", {"form": form, "contract": contract}, status=status
    )


@require_http_methods(["GET", "POST"])
def contract_step(request: HttpRequest, pk: int, step: Step) -> HttpResponse:
    """Take a contract to its next state."""
    person, today = person_of(request), local_today()
    contract = contract_or_404(request, pk)
    page = STEPS[step]
    if request.method == "GET":
        require(refusal_of_step(person, contract, step, today=today))
    form = StepForm(request.POST or None, today=today, with_reason=page.with_reason)
    if request.method == "POST" and form.is_valid():
        try:
            page.act(contract, form.cleaned_data["on"], form.cleaned_data.get("reason", ""), person)
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect(contract)
    return render(request, "customers/contract_step.html", {"form": form, "contract": contract, "page": page})


# The page of one contract -----------------------------------------------------------------------------


@takes_files("CREDITRISK_ATTACHMENTS_AT_ONCE_MAX_BYTES")
@changing(contract_or_404)
def contract_log(request: HttpRequest, contract: Contract) -> HttpResponse:
    """Write into the performance log (P3.2.2)."""
    require(contract_permissions.log_refusal(person_of(request), contract))
    form = LogEntryForm(request.POST, request.FILES, today=local_today())
    if form.is_valid():
        cleaned = dict(form.cleaned_data)
        try:
            services.add_log_entry(
                contract=contract,
                by=person_of(request),
                today=local_today(),
                files=handed_in(cleaned.pop("documents")),
                **cleaned,
            )
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Recorded."))
            return redirect(f"{contract.get_absolute_url()}#log")
    return _page(request, contract, log_form=form)


@takes_files("CREDITRISK_ATTACHMENTS_AT_ONCE_MAX_BYTES")
@changing(contract_or_404)
def contract_attach(request: HttpRequest, contract: Contract) -> HttpResponse:
    """Attach one or several files; those that are refused do not keep the others out."""
    require(contract_permissions.attach_refusal(person_of(request), contract))
    form = ContractFilesForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, contract, files_form=form)
    attached = 0
    for file in form.cleaned_data["documents"]:
        try:
            for read in handed_in([file]):
                services.attach_contract_file(
                    contract=contract, name=read.name, content=read.content, by=person_of(request)
                )
                attached += 1
        except InvalidInputError as refused:
            messages.error(request, f"{file.name}: {refused}")
    if attached:
        text = ngettext("%(count)s file attached.", "%(count)s files attached.", attached)
        messages.success(request, text % {"count": attached})
    return redirect(f"{contract.get_absolute_url()}#files")


@changing(contract_or_404)
def contract_file_remove(request: HttpRequest, contract: Contract, file_id: int) -> HttpResponse:
    """Take a file off the contract."""
    stored = get_object_or_404(contract.files.select_related("contract"), pk=file_id)
    services.remove_contract_file(stored=stored, by=person_of(request), now=timezone.now())
    messages.success(request, _("%(name)s removed.") % {"name": stored.name})
    return redirect(f"{contract.get_absolute_url()}#files")


@require_GET
def contract_file(request: HttpRequest, pk: int, file_id: int) -> HttpResponse | FileResponse:
    """Send a file of the contract or its log as a download."""
    contract = contract_or_404(request, pk)
    return download_response(get_object_or_404(contract.files, pk=file_id, removed_at__isnull=True))


def _page(
    request: HttpRequest,
    contract: Contract,
    *,
    log_form: LogEntryForm | None = None,
    files_form: ContractFilesForm | None = None,
) -> HttpResponse:
    person, today = person_of(request), local_today()
    policy = policy_version_on(today).policy
    daily_ratio, cap_ratio = contract.late_payment_ratios(policy)
    override = getattr(contract, "override", None)
    context: dict[str, Any] = {
        "contract": contract,
        "customer": contract.customer,
        "override": override,
        "steps": step_buttons(person, contract, today=today),
        "edit_refusal": contract_permissions.edit_contract_refusal(person, contract),
        "log_refusal": contract_permissions.log_refusal(person, contract),
        "attach_refusal": contract_permissions.attach_refusal(person, contract),
        "dispute_refusal": contract_permissions.open_dispute_refusal(person, contract),
        "log": contract_selectors.log_of(contract),
        "files": contract_selectors.files_of(contract),
        "disputes": contract.disputes.select_related("owner"),
        "self_checks": contract_selectors.self_checks_of(contract),
        "history": history_of(contract),
        "log_form": log_form or LogEntryForm(today=today),
        "files_form": files_form or ContractFilesForm(auto_id="files_%s"),
        "deposit_held": contract_selectors.deposit_held_for(contract),
        "daily_rate": percent(daily_ratio),
        "cap": percent(cap_ratio),
        "term_has_run_out": contract.state in (ContractState.SIGNED, ContractState.PERFORMING)
        and contract.ends_on is not None
        and contract.ends_on < today,
    }
    return render(request, "customers/contract_detail.html", context)
