"""The deposit ledger of a customer 保证金 (P5.2.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods
from django_tables2 import RequestConfig

from creditrisk.accounts.models import User
from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import InvalidInputError, require
from customers import contract_permissions, contract_selectors, services
from customers.contract_tables import DepositEntryTable
from customers.forms.deposit import (
    DepositMovementForm,
    ForfeitDepositForm,
    ReceiveDepositForm,
    ReturnDepositForm,
    ReverseDepositForm,
)
from customers.models import Customer, DepositEntry
from customers.permissions import Refusal
from customers.views.requests import customer_or_404


@dataclass(frozen=True)
class Movement:
    """One kind of movement: how its page is called, who may, what it asks for, what it does."""

    label: Promise
    refusal: Callable[[User, Customer], Refusal]
    form: type[DepositMovementForm]
    act: Callable[..., DepositEntry]
    is_dangerous: bool = False


MOVEMENTS: Mapping[str, Movement] = {
    "receive": Movement(
        gettext_lazy("Record a deposit received"),
        contract_permissions.keep_deposits_refusal,
        ReceiveDepositForm,
        services.receive_deposit,
    ),
    "return": Movement(
        gettext_lazy("Record a deposit returned"),
        contract_permissions.keep_deposits_refusal,
        ReturnDepositForm,
        services.return_deposit,
    ),
    "forfeit": Movement(
        gettext_lazy("Turn a deposit into liquidated damages"),
        contract_permissions.forfeit_deposit_refusal,
        ForfeitDepositForm,
        services.forfeit_deposit_by_hand,
        is_dangerous=True,
    ),
}


@require_GET
def deposit_ledger(request: HttpRequest, number: str) -> HttpResponse:
    """Every movement of a customer's deposits, and what is held now."""
    person = person_of(request)
    customer = customer_or_404(request, number)
    table = DepositEntryTable(contract_selectors.deposit_entries_of(customer))
    RequestConfig(request).configure(table)
    table.reversible = frozenset(
        row.record.pk
        for row in table.paginated_rows
        if contract_permissions.reverse_deposit_refusal(person, row.record) is None
    )
    context = {
        "customer": customer,
        "table": table,
        "balances": contract_selectors.deposit_balances(customer),
        "accounts": contract_selectors.deposit_accounts_of(customer),
        "keep_refusal": contract_permissions.keep_deposits_refusal(person, customer),
        "forfeit_refusal": contract_permissions.forfeit_deposit_refusal(person, customer),
    }
    return render(request, "customers/deposit_ledger.html", context)


@require_http_methods(["GET", "POST"])
def deposit_move(request: HttpRequest, number: str, kind: str) -> HttpResponse:
    """Record a deposit received, returned or forfeited."""
    person = person_of(request)
    customer = customer_or_404(request, number)
    movement = MOVEMENTS[kind]
    require(movement.refusal(person, customer))
    form = movement.form(request.POST or None, customer=customer, today=local_today())
    if request.method == "POST" and form.is_valid():
        try:
            movement.act(customer=customer, by=person, **form.cleaned_data)
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Recorded."))
            return redirect("customers:deposits", customer.number)
    context = {
        "customer": customer,
        "movement": movement,
        "form": form,
        "accounts": contract_selectors.deposit_accounts_of(customer),
    }
    return render(request, "customers/deposit_move.html", context)


@require_http_methods(["GET", "POST"])
def deposit_reverse(request: HttpRequest, number: str, entry_id: int) -> HttpResponse:
    """Undo an entry by one of its own."""
    person = person_of(request)
    customer = customer_or_404(request, number)
    entry = get_object_or_404(contract_selectors.deposit_entries_of(customer), pk=entry_id)
    if request.method == "GET":
        require(contract_permissions.reverse_deposit_refusal(person, entry))
    form = ReverseDepositForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.reverse_deposit_entry(
                entry=entry, reason=form.cleaned_data["reason"], happened_on=local_today(), by=person
            )
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Recorded."))
            return redirect("customers:deposits", customer.number)
    context = {"customer": customer, "entry": entry, "form": form}
    return render(request, "customers/deposit_reverse.html", context)
