"""The customer file: the list, one file with everything that hangs on it, opening and changing it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django.views.decorators.vary import vary_on_headers
from django_tables2 import RequestConfig

from creditrisk.accounts.models import User
from creditrisk.accounts.requests import person_of
from creditrisk.audit.selectors import history_of
from creditrisk.dates import local_today
from creditrisk.exceptions import ConflictError, InvalidInputError, require
from creditrisk.lists.selectors import hidden_columns, list_tools
from creditrisk.policy.schema import FileRules, Policy
from creditrisk.policy.selectors import policy_version_on
from creditrisk.workbooks import csv_response, excel_response
from customers import permissions, selectors, services
from customers.contract_selectors import open_override_of
from customers.credit_permissions import service_level_refusal
from customers.exports import customer_columns, customer_rows, filter_facts, write_customers
from customers.filters import CustomerFilter
from customers.forms import CustomerForm, NewCustomerFileForm
from customers.grade_words import in_words
from customers.identity_permissions import import_refusal
from customers.models import Customer, ImportMode
from customers.models.retirable import Retirable
from customers.panels import actions_for, panels_for
from customers.portfolio_permissions import assign_refusal
from customers.state_actions import state_actions
from customers.state_history import state_history_of
from customers.tables import CUSTOMER_LIST, ContractTable, CustomerTable, validity_badge
from customers.views.duplicates import typed_duplicates
from customers.views.requests import customer_or_404

CONTRACTS_PER_PAGE = 10
STATE_CHANGES_SHOWN = 5
CONFLICT = 409


def _policy_today() -> Policy:
    return policy_version_on(local_today()).policy


def _chosen_customers(request: HttpRequest, person: User) -> CustomerFilter:
    visible = selectors.customer_list(person)
    return CustomerFilter(request.GET, queryset=visible, request=request, today=local_today())


@require_GET
@vary_on_headers("HX-Request")
def customer_list(request: HttpRequest) -> HttpResponse:
    """The customers this person may see; while he types only the rows, without the page around them."""
    person = person_of(request)
    is_typing = request.htmx and not request.htmx.history_restore_request  # type: ignore[attr-defined]
    chosen = _chosen_customers(request, person)
    hidden = hidden_columns(person, CUSTOMER_LIST)
    table = CustomerTable(chosen.qs.only(*CustomerTable.READ), exclude=hidden)
    RequestConfig(request).configure(table)
    context = {
        "filter": chosen,
        "table": table,
        "tools": list_tools(user=person, page=CUSTOMER_LIST, hidden=hidden, address=request.GET),
        "export_url": reverse("customers:export"),
        "create_refusal": permissions.create_refusal(person),
        "may_assign": assign_refusal(person) is None,
        "import_refusal": import_refusal(person, ImportMode.INSERT),
    }
    return render(request, f"customers/{'_customer_rows' if is_typing else 'customer_list'}.html", context)


@require_GET
def customer_export(request: HttpRequest) -> FileResponse:
    """The customer list as an Excel or csv file: what the filter leaves, all pages, in the order of the list."""
    person = person_of(request)
    chosen = _chosen_customers(request, person)
    table = CustomerTable(chosen.qs)
    table.order_by = request.GET.get("sort", "number")
    name = f"customers-{local_today()}"
    if request.GET.get("format") == "csv":
        return csv_response(f"{name}.csv", customer_columns(), customer_rows(table.data.data))
    facts = [*filter_facts(chosen.form), (_("Downloaded by"), str(person))]
    write = partial(write_customers, customers=table.data.data, facts=facts)
    return excel_response(f"{name}.xlsx", write)


@require_http_methods(["GET", "POST"])
def customer_create(request: HttpRequest) -> HttpResponse:
    """Open a customer file (P4.1)."""
    person = person_of(request)
    require(permissions.create_refusal(person))
    policy = _policy_today()
    form = NewCustomerFileForm(
        request.POST or None, by=person, usual_terms_days=policy.usual_payment_terms_days
    )
    if request.method == "POST" and form.is_valid():
        try:
            customer = services.create_customer(
                by=person,
                data=form.master_data,
                number=form.cleaned_data["number"],
                service_manager=form.cleaned_data["service_manager"],
                submission_key=form.cleaned_data["submission_key"],
                similar_from=None
                if form.cleaned_data["is_another_company"]
                else policy.duplicates.similarity_ratio,
            )
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Customer file %(number)s opened.") % {"number": customer.number})
            return redirect(customer)
    duplicates = typed_duplicates(request.POST, person) if form.is_bound else None
    return render(request, "customers/customer_create.html", {"form": form, "duplicates": duplicates})


@require_GET
def customer_detail(request: HttpRequest, number: str) -> HttpResponse:
    """The customer file, with what the higher apps add to it (see `customers.panels`)."""
    person = person_of(request)
    customer = customer_or_404(request, number)
    if merged_into := selectors.merged_into(customer, user=person):
        return redirect(merged_into)
    today = local_today()
    policy = policy_version_on(today).policy
    contracts = ContractTable(customer.contracts.all())
    RequestConfig(request, paginate={"per_page": CONTRACTS_PER_PAGE}).configure(contracts)
    account_manager_refusal = permissions.account_manager_refusal(person, customer)
    context = {
        "customer": customer,
        "contracts": contracts,
        "grade_history": in_words(selectors.grade_history_of(customer)),
        "grade_has_expired": bool(customer.grade_valid_to_on and customer.grade_valid_to_on < today),
        "may_set_service_level": service_level_refusal(person, customer) is None,
        "sees_bank_account": permissions.bank_account_refusal(person, customer) is None,
        "contacts": _by_retirement(selectors.contacts_of(customer)),
        "bank_accounts": _by_retirement(selectors.bank_accounts_of(customer)),
        "qualifications": _qualifications(customer, policy.customer_file),
        "edit_refusal": permissions.edit_refusal(person, customer),
        "contract_refusal": permissions.contract_refusal(
            person,
            customer,
            signed_on=today,
            policy=policy,
            override=open_override_of(customer),
        ),
        "may_reassign": account_manager_refusal is None
        or permissions.service_manager_refusal(person, customer) is None,
        "state_actions": state_actions(customer=customer, user=person),
        "state_history": state_history_of(customer, limit=STATE_CHANGES_SHOWN),
        "actions": actions_for(customer=customer, user=person),
        "panels": [
            (panel, render_to_string(panel.template, dict(panel.context), request))
            for panel in panels_for(customer=customer, user=person)
        ],
    }
    return render(request, "customers/customer_detail.html", context)


def _by_retirement(rows: Iterable[Retirable]) -> dict[str, list[Any]]:
    listed = list(rows)
    return {
        "present": [row for row in listed if not row.is_retired],
        "retired": [row for row in listed if row.is_retired],
    }


def _qualifications(customer: Customer, rules: FileRules) -> dict[str, list[Any]]:
    """Return the qualifications, each with the code and label of its state today."""
    ending_within_days = rules.qualification_reminder_days[0]
    today = local_today()
    return {
        key: [(row, *validity_badge(row, today=today, ending_within_days=ending_within_days)) for row in rows]
        for key, rows in _by_retirement(selectors.qualifications_of(customer)).items()
    }


@require_http_methods(["GET", "POST"])
def customer_edit(request: HttpRequest, number: str) -> HttpResponse:
    """Change the master data. What somebody else changed meanwhile is shown first (409)."""
    person = person_of(request)
    customer = customer_or_404(request, number)
    require(permissions.edit_refusal(person, customer))
    usual = _policy_today().usual_payment_terms_days
    form = CustomerForm(request.POST or None, instance=customer, usual_terms_days=usual)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            services.update_customer(
                customer=customer, data=form.master_data, version=form.cleaned_data["version"], by=person
            )
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        except ConflictError as conflict:
            status = CONFLICT
            form.add_conflict(
                conflict, version=Customer.objects.values_list("version", flat=True).get(pk=customer.pk)
            )
        else:
            messages.success(request, _("Saved."))
            return redirect("customers:detail", number)
    return render(request, "customers/customer_edit.html", {"form": form, "number": number}, status=status)


@require_GET
def history(request: HttpRequest, number: str) -> HttpResponse:
    """Who changed what in the customer file, and when."""
    customer = customer_or_404(request, number)
    return render(
        request, "customers/customer_history.html", {"customer": customer, "history": history_of(customer)}
    )
