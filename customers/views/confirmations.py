"""The pages on which customer files are confirmed (P4.3)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django_tables2 import RequestConfig

from creditrisk.accounts.models import User
from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import ConflictError, require
from creditrisk.policy.selectors import policy_version_on
from creditrisk.template_tags import amount
from customers import portfolio_permissions as permissions
from customers import portfolio_selectors as selectors
from customers import services
from customers.file_confirmation import SECTION_FIELDS
from customers.forms import ConfirmationForm
from customers.models import Customer, FileSection
from customers.permissions import may_see_bank_account
from customers.portfolio_filters import FileFilter
from customers.portfolio_tables import STANDINGS, FileTable
from customers.selectors import visible_customers

CONFLICT = 409
EMPTY = "–"


@require_GET
def confirmation_list(request: HttpRequest) -> HttpResponse:
    """The files that ask to be confirmed, of the customers this person may see."""
    person, today = person_of(request), local_today()
    rules = policy_version_on(today).policy.review_cycle
    chosen = FileFilter(
        request.GET,
        queryset=selectors.files_to_confirm(person, on=today),
        request=request,
        user=person,
        today=today,
        rules=rules,
    )
    table = FileTable(chosen.qs, today=today, rules=rules)
    RequestConfig(request).configure(table)
    context = {"filter": chosen, "table": table, "rules": rules}
    return render(request, "customers/confirmation_list.html", context)


@dataclass(frozen=True)
class SectionShown:
    """A section of the file as the form lists it: its values as a person reads them, and its box."""

    code: str
    label: str
    values: list[tuple[str, str]]
    is_ticked: bool


@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, number: str) -> HttpResponse:
    """What the file says, section by section, to be confirmed; what somebody changed meanwhile is shown first (409)."""
    person = person_of(request)
    customer = get_object_or_404(visible_customers(person), number=number)
    refusal = permissions.confirm_refusal(person, customer)
    if request.method == "POST":
        require(refusal)
    form = ConfirmationForm(request.POST or None, customer=customer)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            services.confirm_file(customer=customer, by=person, now=timezone.now(), **form.cleaned_data)
        except ConflictError as conflict:
            status = CONFLICT
            customer = get_object_or_404(visible_customers(person), number=number)
            form.add_conflict(conflict, version=customer.version)
        else:
            messages.success(request, _("File confirmed."))
            return redirect(customer)
    standing = selectors.confirmation_standing(customer, on=local_today())
    context = {
        "form": form,
        "customer": customer,
        "refusal": refusal,
        "file": standing,
        "standing_label": STANDINGS[standing.standing],
        "sections": _sections(customer, person, ticked=form["sections"].value() or ()),
        "confirmations": selectors.confirmations_of(customer),
    }
    return render(request, "customers/confirm.html", context, status=status)


def _sections(customer: Customer, person: User, *, ticked: Collection[str]) -> list[SectionShown]:
    sees_account = may_see_bank_account(person, customer)
    return [
        SectionShown(
            code=section.value,
            label=str(section.label),
            values=[
                (_label_of(field), _value_of(customer, field, sees_account=sees_account))
                for field in SECTION_FIELDS[section.value]
            ],
            is_ticked=section.value in ticked,
        )
        for section in FileSection
    ]


def _label_of(field: str) -> str:
    return capfirst(str(Customer._meta.get_field(field).verbose_name))  # type: ignore[union-attr]


def _value_of(customer: Customer, field: str, *, sees_account: bool) -> str:
    """Return a field as a person reads it: choices by their label, the account number masked for who may not see it."""
    if field == "bank_account" and not sees_account:
        return customer.bank_account_masked or EMPTY
    value = getattr(customer, field)
    if value in (None, ""):
        return EMPTY
    if field == "registered_capital_amount":
        return amount(value)
    display = getattr(customer, f"get_{field}_display", None)
    return str(display() if display else value)
