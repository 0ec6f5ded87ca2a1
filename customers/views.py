"""The customer pages: the list, the file with everything that hangs on it, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import person_of
from creditrisk.audit.selectors import history_of
from creditrisk.dates import local_today
from creditrisk.exceptions import ConflictError, InvalidInputError
from creditrisk.policy.schema import Policy
from creditrisk.policy.selectors import policy_version_on
from customers import permissions, selectors, services
from customers.duplicate_views import typed_duplicates
from customers.filters import CustomerFilter
from customers.forms import ContractForm, CustomerForm, NewCustomerFileForm, PortfolioForm, ReasonForm
from customers.models import Customer, ImportMode
from customers.panels import actions_for, panels_for
from customers.tables import ContractTable, CustomerTable

CONTRACTS_PER_PAGE = 10
CONFLICT = 409


def _customer_or_404(request: HttpRequest, number: str) -> Customer:
    return get_object_or_404(selectors.visible_customers(person_of(request)), number=number)


def _policy_today() -> Policy:
    return policy_version_on(local_today()).policy


@require_GET
def customer_list(request: HttpRequest) -> HttpResponse:
    """The customers this person may see."""
    person = person_of(request)
    chosen = CustomerFilter(request.GET, queryset=selectors.customer_list(person), request=request)
    table = CustomerTable(chosen.qs)
    RequestConfig(request).configure(table)
    context = {
        "filter": chosen,
        "table": table,
        "create_refusal": permissions.create_refusal(person),
        "import_refusal": permissions.import_refusal(person, ImportMode.INSERT),
    }
    return render(request, "customers/customer_list.html", context)


@require_http_methods(["GET", "POST"])
def customer_create(request: HttpRequest) -> HttpResponse:
    """Open a customer file (P4.1)."""
    person = person_of(request)
    permissions.require(permissions.create_refusal(person))
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
    customer = _customer_or_404(request, number)
    if merged_into := selectors.merged_into(customer, user=person):
        return redirect(merged_into)
    today = local_today()
    contracts = ContractTable(selectors.contracts_of(customer))
    RequestConfig(request, paginate={"per_page": CONTRACTS_PER_PAGE}).configure(contracts)
    account_manager_refusal = permissions.account_manager_refusal(person, customer)
    context = {
        "customer": customer,
        "contracts": contracts,
        "grade_history": selectors.grade_history_of(customer),
        "limit_has_expired": bool(
            customer.credit_limit_valid_to_on and customer.credit_limit_valid_to_on < today
        ),
        "sees_bank_account": permissions.may_see_bank_account(person, customer),
        "edit_refusal": permissions.edit_refusal(person, customer),
        "contract_refusal": permissions.contract_refusal(
            person, customer, signed_on=today, policy=policy_version_on(today).policy
        ),
        "may_reassign": account_manager_refusal is None
        or permissions.service_manager_refusal(person, customer) is None,
        "may_stop": permissions.suspend_refusal(person, customer) is None,
        "may_reinstate": permissions.reinstate_refusal(person, customer) is None,
        "actions": actions_for(customer=customer, user=person),
        "panels": [
            (panel, render_to_string(panel.template, dict(panel.context), request))
            for panel in panels_for(customer=customer, user=person)
        ],
    }
    return render(request, "customers/customer_detail.html", context)


@require_http_methods(["GET", "POST"])
def customer_edit(request: HttpRequest, number: str) -> HttpResponse:
    """Change the master data. What somebody else changed meanwhile is shown first (409)."""
    person = person_of(request)
    customer = _customer_or_404(request, number)
    permissions.require(permissions.edit_refusal(person, customer))
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


@require_http_methods(["GET", "POST"])
def portfolio(request: HttpRequest, number: str) -> HttpResponse:
    """Choose who manages the customer (P3.2)."""
    person = person_of(request)
    customer = _customer_or_404(request, number)
    permissions.require(permissions.service_manager_refusal(person, customer))
    form = PortfolioForm(request.POST or None, customer=customer, by=person)
    if request.method == "POST" and form.is_valid():
        try:
            services.reassign_portfolio(customer=customer, by=person, **form.cleaned_data)
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Saved."))
            still_visible = selectors.visible_customers(person).filter(pk=customer.pk).exists()
            return redirect(customer) if still_visible else redirect("customers:list")
    return render(request, "customers/portfolio.html", {"form": form, "customer": customer})


@require_http_methods(["GET", "POST"])
def stop(request: HttpRequest, number: str) -> HttpResponse:
    """Stop cooperation by hand (P3.1, P5.2.3)."""
    customer = _customer_or_404(request, number)
    if request.method == "GET":
        permissions.require(permissions.suspend_refusal(person_of(request), customer))
    return _with_reason(request, customer, act=services.stop_cooperation, template="customers/stop.html")


@require_http_methods(["GET", "POST"])
def reinstate(request: HttpRequest, number: str) -> HttpResponse:
    """Let cooperation go on (P3.1)."""
    customer = _customer_or_404(request, number)
    if request.method == "GET":
        permissions.require(permissions.reinstate_refusal(person_of(request), customer))
    return _with_reason(
        request, customer, act=services.reinstate_customer, template="customers/reinstate.html"
    )


def _with_reason(
    request: HttpRequest, customer: Customer, *, act: Callable[..., Customer], template: str
) -> HttpResponse:
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        act(customer=customer, reason=form.cleaned_data["reason"], by=person_of(request))
        messages.success(request, _("Saved."))
        return redirect(customer)
    return render(request, template, {"form": form, "customer": customer})


@require_http_methods(["GET", "POST"])
def contract_create(request: HttpRequest, number: str) -> HttpResponse:
    """Record a contract; refused before the customer's review is approved (P4.1)."""
    person = person_of(request)
    customer = _customer_or_404(request, number)
    today = local_today()
    policy = policy_version_on(today).policy
    permissions.require(permissions.contract_refusal(person, customer, signed_on=today, policy=policy))
    form = ContractForm(request.POST or None, customer=customer, by=person, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            contract = services.record_contract(customer=customer, by=person, **form.cleaned_data)
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Contract %(number)s recorded.") % {"number": contract.number})
            return redirect(customer)
    context = {"form": form, "customer": customer, "usual_terms_days": policy.usual_payment_terms_days}
    return render(request, "customers/contract_create.html", context)


@require_GET
def history(request: HttpRequest, number: str) -> HttpResponse:
    """Who changed what in the customer file, and when."""
    customer = _customer_or_404(request, number)
    return render(
        request, "customers/customer_history.html", {"customer": customer, "history": history_of(customer)}
    )
