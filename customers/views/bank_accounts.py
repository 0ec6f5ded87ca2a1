"""The bank accounts of a customer: added, changed, retired, and a whole number shown on record."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from creditrisk.accounts.requests import person_of
from customers import services
from customers.forms import BankAccountForm
from customers.models import BankAccount
from customers.views.requests import customer_or_404
from customers.views.rows import RowPage, row_form

PAGE = RowPage(
    form=BankAccountForm,
    template="customers/bank_account_form.html",
    add=services.add_bank_account,
    update=services.update_bank_account,
    argument="account",
    anchor="bank-accounts",
)


@require_http_methods(["GET", "POST"])
def bank_account_create(request: HttpRequest, number: str) -> HttpResponse:
    """Add a bank account."""
    customer = customer_or_404(request, number)
    new = BankAccount(customer=customer, currency=customer.currency, holder=customer.name)
    return row_form(request, customer, new, PAGE)


@require_http_methods(["GET", "POST"])
def bank_account_edit(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """Change a bank account; its number is not shown. What somebody else changed meanwhile is shown first (409)."""
    customer = customer_or_404(request, number)
    return row_form(request, customer, get_object_or_404(customer.bank_accounts, pk=pk), PAGE)


@require_POST
def bank_account_retire(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """Retire a bank account."""
    customer = customer_or_404(request, number)
    account = get_object_or_404(customer.bank_accounts, pk=pk)
    services.retire_bank_account(account=account, by=person_of(request), now=timezone.now())
    messages.success(request, _("%(name)s is retired.") % {"name": account})
    return redirect(f"{customer.get_absolute_url()}#bank-accounts")


@require_POST
@never_cache
def bank_account_show(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """Show the whole number, once, to who may see it: it is recorded who saw it and when."""
    customer = customer_or_404(request, number)
    account = get_object_or_404(customer.bank_accounts, pk=pk)
    whole = services.show_account_number(account=account, by=person_of(request))
    is_fragment = getattr(request, "htmx", False)
    template = "customers/_shown_number.html" if is_fragment else "customers/bank_account_number.html"
    return render(request, template, {"customer": customer, "account": account, "whole_number": whole})
