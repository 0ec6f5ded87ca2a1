"""Liquidated damages: the list by customer, one customer's statement, its PDF, receipts and their reversal (P5.2.3)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.policy.selectors import policy_version_on
from creditrisk.stored_files import pdf_response
from creditrisk.workbooks import table_response
from customers.exports import filter_facts
from customers.models import Customer
from receivables import damages_permissions
from receivables.forms.damages import (
    OWING,
    WAITING,
    DamagesDayForm,
    DamagesFilterForm,
    ReceiptForm,
    ReversalForm,
)
from receivables.selectors.damages import DamagesAccount, damages_account, damages_accounts
from receivables.selectors.damages_list import late_customers, receipt_list, waivers_of
from receivables.services import damages
from receivables.services.damages_statement import damages_pdf, statement_number
from receivables.services.statements import LANGUAGES
from receivables.tables.damages import (
    DamagesTable,
    damages_list_sheet,
    damages_sheet,
    period_cells,
    terms_text,
)

MOST_COMPUTED = 200
"""Of so many customers the damages are counted at once, to be sorted and filtered by amount."""
ITEMS_PER_PAGE = 50


def customer_or_404(request: HttpRequest, number: str) -> Customer:
    """Return a customer that the person may see, with everything the refusals read."""
    visible = Customer.objects.visible_to(person_of(request))
    people = visible.select_related("account_manager__department", "service_manager")
    return get_object_or_404(people, number=number)


@require_GET
def damages_list(request: HttpRequest) -> HttpResponse | FileResponse:
    """The customers who were late, with the damages as of a day; with ?format=xlsx or csv as a file."""
    person, today = person_of(request), local_today()
    data = request.GET.copy()
    form = DamagesFilterForm(data)
    form.is_valid()
    on: dt.date = form.cleaned_data.get("on") or today
    if not form.errors.get("on"):
        data["on"] = on.isoformat()
    show = form.cleaned_data.get("show")
    listed = late_customers(
        person, on=on, search=form.cleaned_data.get("q") or "", is_waiting=show == WAITING
    )
    wants_file = request.GET.get("format") in ("xlsx", "csv")
    pks = list(listed.order_by("pk").values_list("pk", flat=True))
    is_computed = len(pks) <= MOST_COMPUTED or wants_file
    accounts = damages_accounts(pks, on=on) if is_computed else {}
    if show == OWING and is_computed:
        accounts = {pk: account for pk, account in accounts.items() if _owes(account)}
        listed = listed.filter(pk__in=accounts)
    table = DamagesTable(
        listed,
        accounts=accounts,
        base_currency=policy_version_on(on).policy.base_currency,
    )
    RequestConfig(request).configure(table)
    if wants_file:
        facts = [
            *filter_facts(form),
            (_("As-of date"), on.isoformat()),
            (_("Downloaded by"), str(person)),
        ]
        sheet = damages_list_sheet(table.data.data, accounts)
        name = f"liquidated-damages-{on}"
        file = table_response(request, name=name, title=_("Liquidated damages"), table=sheet, facts=facts)
        assert file is not None
        return file
    if not is_computed:
        table.accounts = damages_accounts([row.record.pk for row in table.paginated_rows], on=on)
    context = {
        "filter": {"form": form},
        "table": table,
        "on": on,
        "is_computed": is_computed,
        "most_computed": MOST_COMPUTED,
    }
    return render(request, "receivables/damages_list.html", context)


def _owes(account: DamagesAccount) -> bool:
    return any(total.balance_amount for total in account.totals)


def day_of(request: HttpRequest) -> dt.date:
    """Return the day that the address asks for, else today."""
    form = DamagesDayForm(request.GET)
    form.is_valid()
    return form.cleaned_data.get("on") or local_today()


@require_GET
def damages_customer(request: HttpRequest, number: str) -> HttpResponse | FileResponse:
    """One customer's statement as of a day: every period of every item, what settled them, what is left."""
    person = person_of(request)
    customer = customer_or_404(request, number)
    on = day_of(request)
    account = damages_account(customer.pk, on=on)
    facts = [
        (_("Customer"), f"{customer.number} {customer.name}"),
        (_("As-of date"), on.isoformat()),
        (_("Downloaded by"), str(person)),
    ]
    name = statement_number(customer, account)
    if file := table_response(
        request, name=name, title=_("Liquidated damages"), table=damages_sheet(account), facts=facts
    ):
        return file
    page = Paginator(account.items, ITEMS_PER_PAGE).get_page(request.GET.get("page"))
    ask_refusal = damages_permissions.ask_waiver_refusal(person, customer)
    context: dict[str, Any] = {
        "customer": customer,
        "account": account,
        "on": on,
        "form": DamagesDayForm({"on": on.isoformat()}),
        "page": page,
        "page_numbers": page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1),
        "items": [(item, terms_text(item), period_cells(item)) for item in page.object_list],
        "is_dated": all(item.balances.dated_to for item in page.object_list),
        "waivers": list(waivers_of(customer)),
        "receipt_refusal": damages_permissions.receipt_refusal(person, customer),
        "ask_refusal": ask_refusal,
    }
    return render(request, "receivables/damages_customer.html", context)


@require_GET
def damages_pdf_file(request: HttpRequest, number: str) -> HttpResponse:
    """The statement as a PDF, in the customer's language or in that of ?language=."""
    customer = customer_or_404(request, number)
    asked = request.GET.get("language", "")
    account = damages_account(customer.pk, on=day_of(request))
    pdf = damages_pdf(customer, account, language=asked if asked in LANGUAGES else "")
    return pdf_response(pdf, name=f"liquidated-damages-{account.on}")


@require_http_methods(["GET", "POST"])
def damages_receive(request: HttpRequest, number: str) -> HttpResponse:
    """Record what was received for damages."""
    person, today = person_of(request), local_today()
    customer = customer_or_404(request, number)
    require(damages_permissions.receipt_refusal(person, customer))
    form = ReceiptForm(request.POST or None, currency=customer.currency, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            damages.record_receipt(customer=customer, today=today, by=person, **form.cleaned_data)
        except InvalidInputError as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("Recorded."))
            return redirect("receivables:damages_customer", customer.number)
    account = damages_account(customer.pk, on=today)
    context = {"customer": customer, "form": form, "account": account}
    return render(request, "receivables/damages_receive.html", context)


@require_http_methods(["GET", "POST"])
def damages_reverse(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo a receipt by an entry of its own."""
    person = person_of(request)
    receipt = get_object_or_404(receipt_list(person), pk=pk)
    if request.method == "GET":
        require(damages_permissions.reverse_receipt_refusal(person, receipt))
    form = ReversalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        damages.reverse_receipt(receipt=receipt, reason=reason, today=local_today(), by=person)
        messages.success(request, _("Recorded."))
        return redirect(receipt)
    context = {"customer": receipt.customer, "receipt": receipt, "form": form}
    return render(request, "receivables/damages_reverse.html", context)
