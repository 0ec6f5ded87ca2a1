"""The aging report: customers by bucket, one customer down to his items, the download."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import InvalidInputError
from creditrisk.exchange_rates.selectors import MissingRateError
from creditrisk.lists.selectors import hidden_columns, list_tools
from creditrisk.policy.selectors import policy_version_on
from creditrisk.tables import PER_PAGE
from creditrisk.workbooks import csv_response, excel_response
from customers.models import Customer
from customers.selectors import matching
from receivables.exports import aging_sheet, write_aging
from receivables.forms.aging import OWN_COLUMN, AgingChoice, AgingFilterForm, ItemForm
from receivables.models import Report
from receivables.permissions import contact_refusal, upload_refusal
from receivables.selectors.aging import DEFAULT_SORT, AgingReport, AgingRow, Grouping, aging_of
from receivables.selectors.customer_history import (
    balance_history,
    item_entries,
    item_sightings,
    payment_behaviour,
)
from receivables.selectors.grouped_aging import SOURCES, group_labels, group_rows, narrowed_to
from receivables.selectors.payables import payables_to, position_beside
from receivables.selectors.reports import latest_report, ledger_of, readable_report, report_for
from receivables.tables.aging import (
    Header,
    Line,
    OpenItemTable,
    PayableTable,
    group_lines,
    headers,
    lines,
    total_cards,
)
from receivables.tables.history import balance_chart

AGING_PAGE = "receivables:aging"
EXPORT_MAX_LINES = 200_000
SHOWN_ITEMS = 100
GROUPINGS: dict[str, Grouping] = {"customer": "customer", "contract": "contract", "item": "item"}


@dataclass(frozen=True)
class Asked:
    """What one address asks for: the filter, as understood, and the report it leads to (None: there is
    none).
    """

    form: AgingFilterForm
    choice: AgingChoice
    as_of: dt.date
    aging: AgingReport | None
    carried_on: str


def _asked(request: HttpRequest, customers: QuerySet[Customer]) -> Asked:
    latest = latest_report()
    usual_on = latest.as_of if latest else local_today()
    data = request.GET.copy()
    form = AgingFilterForm(data, initial={"as_of": usual_on})
    choice = form.choice()
    report: Report | None
    if choice.report:
        report = readable_report(choice.report)
        if report is None:
            raise Http404
        as_of = choice.as_of or report.as_of
    else:
        as_of = choice.as_of or usual_on
        report = latest if latest and as_of == latest.as_of else report_for(as_of) or ledger_of(as_of)
    # The form shows what counts, also where the address says nothing.
    if not form.errors.get("as_of"):
        data["as_of"] = as_of.isoformat()
    for name, usual in (("credits", OWN_COLUMN), ("by", "customer"), ("basis", "due")):
        data.setdefault(name, usual)
    if choice.search:
        customers = customers.filter(matching(choice.search))
    by, _colon, key = choice.of.partition(":")
    if choice.of and (members := narrowed_to(by, key)) is not None:
        customers = customers.filter(members)
    aging = aging_of(report, as_of=as_of, customers=customers, basis=choice.basis) if report else None
    return Asked(form, choice, as_of, aging, _carried_on(choice, as_of))


def _carried_on(choice: AgingChoice, as_of: dt.date) -> str:
    """Return the part of the address that leads from a line to its customer."""
    query = QueryDict(mutable=True)
    query["as_of"] = as_of.isoformat()
    if choice.report:
        query["report"] = choice.report
    if choice.netted:
        query["credits"] = "netted"
    if choice.basis != "due":
        query["basis"] = choice.basis
    if choice.in_base:
        query["in_base"] = "yes"
    return query.urlencode()


@require_GET
def aging(request: HttpRequest) -> HttpResponse:
    """Who owes how much in which bucket, for the customers this person may see."""
    person = person_of(request)
    asked = _asked(request, Customer.objects.visible_to(person))
    hidden = hidden_columns(person, AGING_PAGE)
    context: dict[str, object] = {
        "filter": asked,
        "aging": asked.aging,
        "as_of": asked.as_of,
        "upload_refusal": upload_refusal(person),
        "tools": list_tools(user=person, page=AGING_PAGE, hidden=hidden, address=request.GET),
    }
    if asked.aging is not None:
        context |= _lines(request, asked, asked.aging, hidden)
    return render(request, "receivables/aging.html", context)


def _lines(
    request: HttpRequest, asked: Asked, report: AgingReport, hidden: Collection[str]
) -> dict[str, object]:
    choice = asked.choice
    missing_rate = ""
    if choice.in_base:
        try:
            report = report.in_base(policy_version_on(asked.as_of).policy.base_currency)
        except MissingRateError as missing:
            missing_rate = str(missing)
    sort = request.GET.get("sort", DEFAULT_SORT)
    wanted = _page_number(request)
    rows: list[AgingRow] | None = None
    if choice.by == "customer" and not choice.currency:
        totals, rows = report.page(
            sort=sort, netted=choice.netted, limit=PER_PAGE, offset=(wanted - 1) * PER_PAGE
        )
    else:
        totals = report.totals()
    asked.form.offer_currencies(total.currency for total in totals)
    shown = [total for total in totals if choice.currency in ("", total.currency)]
    columns = headers(
        report, sort=sort, netted=choice.netted, first=capfirst(group_labels()[choice.by]), hidden=hidden
    )
    count = sum(total.customer_count for total in shown)
    if rows is not None and wanted <= max(1, -(-count // PER_PAGE)):
        page = Paginator(range(count), PER_PAGE).page(wanted)
        ready = lines(rows, columns=columns, netted=choice.netted, query=asked.carried_on, with_items=True)
    else:
        narrowed = replace(report, currency=choice.currency)
        ready, page = _page_of_lines(asked, narrowed, count, wanted, sort=sort, columns=columns)
    return {
        "cards": total_cards(shown, aging=report, netted=choice.netted, columns=columns),
        "headers": columns,
        "lines": ready,
        "page": page,
        "page_numbers": page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1),
        "netted": choice.netted,
        "missing_rate": missing_rate,
    }


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "")
    return max(int(text), 1) if text.isdecimal() and len(text) < 8 else 1


def _page_of_lines(
    asked: Asked, report: AgingReport, customers: int, wanted: int, *, sort: str, columns: Sequence[Header]
) -> tuple[list[Line], Page[int]]:
    """Return one page of lines by another grouping, of one currency, or the last one where there are not so many."""
    choice = asked.choice
    netted = choice.netted
    if choice.by in SOURCES:
        by: Any = choice.by
        found, count = group_rows(
            report, by=by, sort=sort, netted=netted, limit=PER_PAGE, offset=(wanted - 1) * PER_PAGE
        )
        ready = group_lines(found, by=by, columns=columns, netted=netted, query=asked.carried_on)
        return ready, Paginator(range(count), PER_PAGE).get_page(wanted)
    by = "contract" if choice.by == "contract" else "customer"
    count = customers if by == "customer" else report.count(by=by)
    page = Paginator(range(count), PER_PAGE).get_page(wanted)
    rows = report.rows(by=by, sort=sort, netted=netted, limit=PER_PAGE, offset=max(page.start_index() - 1, 0))
    ready = lines(rows, columns=columns, netted=netted, query=asked.carried_on, with_items=by == "customer")
    return ready, page


@require_GET
def aging_items(request: HttpRequest, number: str) -> HttpResponse:
    """The items of one customer below his line, without a page of their own."""
    visible = Customer.objects.visible_to(person_of(request))
    customer = get_object_or_404(visible, number=number)
    asked = _asked(request, Customer.objects.filter(pk=customer.pk))
    if asked.aging is None:
        raise Http404
    rows = list(asked.aging.rows(by="item", limit=SHOWN_ITEMS + 1))
    context = {
        "customer": customer,
        "rows": rows[:SHOWN_ITEMS],
        "has_more": len(rows) > SHOWN_ITEMS,
        "url": f"{reverse('receivables:aging_customer', args=[number])}?{asked.carried_on}",
    }
    return render(request, "receivables/_aging_items.html", context)


@require_GET
def aging_customer(request: HttpRequest, number: str) -> HttpResponse:
    """One customer: his sums, his contracts (P5.2.2), his items."""
    visible = Customer.objects.visible_to(person_of(request))
    customer = get_object_or_404(visible.select_related("account_manager", "service_manager"), number=number)
    asked = _asked(request, Customer.objects.filter(pk=customer.pk))
    shown = asked.aging.report if asked.aging else None
    position = position_beside(shown, customer=customer, on=asked.as_of)
    context: dict[str, object] = {
        "customer": customer,
        "may_log": contact_refusal(person_of(request), customer) is None,
        "aging": asked.aging,
        "as_of": asked.as_of,
        "position": position,
        "behaviours": payment_behaviour(customer, on=asked.as_of),
        "charts": [
            (currency, balance_chart(balances, currency=currency), balances)
            for currency, balances in balance_history(customer, on=asked.as_of).items()
        ],
    }
    if position.payables is not None:
        payables = PayableTable(payables_to(customer, report=position.payables), prefix="payable-")
        RequestConfig(request).configure(payables)
        context["payables"] = payables
    if asked.aging is not None:
        report = replace(asked.aging, customers=Customer.objects.filter(pk=customer.pk))
        netted = asked.choice.netted
        columns = headers(report, sort="", netted=netted)
        table = OpenItemTable(report.items_of(customer), aging=report, number=customer.number)
        RequestConfig(request).configure(table)
        context |= {
            "cards": total_cards(report.totals(), aging=report, netted=netted),
            "headers": columns,
            "contracts": [
                (row.contract, line)
                for row in report.rows(by="contract", netted=netted)
                for line in lines([row], columns=columns, netted=netted, query="")
            ],
            "table": table,
            "netted": netted,
            "query": asked.carried_on,
        }
    return render(request, "receivables/aging_customer.html", context)


@require_GET
def aging_item(request: HttpRequest, number: str) -> HttpResponse:
    """One item over all reports, and its entries in the ledger."""
    visible = Customer.objects.visible_to(person_of(request))
    customer = get_object_or_404(visible, number=number)
    form = ItemForm(request.GET)
    if not form.is_valid():
        raise Http404
    sightings = item_sightings(customer, **form.cleaned_data)
    if not sightings:
        raise Http404
    context = {
        "customer": customer,
        "item": form.cleaned_data,
        "sightings": sightings,
        "entries": item_entries(customer, **form.cleaned_data),
    }
    return render(request, "receivables/aging_item.html", context)


@require_GET
def aging_export(request: HttpRequest) -> FileResponse:
    """The aging report as an Excel file: what the page shows, all pages, by customer, contract or item."""
    person = person_of(request)
    customers: QuerySet[Customer] = Customer.objects.visible_to(person)
    if number := request.GET.get("customer"):
        customers = Customer.objects.filter(pk=get_object_or_404(customers, number=number).pk)
    asked = _asked(request, customers)
    if asked.aging is None:
        raise Http404
    asked_for = request.GET.get("by", "")
    by: Any = asked_for if asked_for in SOURCES else GROUPINGS.get(asked_for, "customer")
    report = replace(asked.aging, currency=asked.choice.currency)
    if asked.choice.in_base and by != "item":
        report = report.in_base(policy_version_on(asked.as_of).policy.base_currency)
    many = by in ("contract", "item")
    line_count = sum(total.items if many else total.customer_count for total in report.totals())
    if line_count > EXPORT_MAX_LINES:
        raise InvalidInputError(
            "aging.export_too_large",
            _(
                "The file would have %(lines)d lines; at most %(limit)d go into one download. Choose a currency"
                " or a customer, or use the command aging_report."
            )
            % {"lines": line_count, "limit": EXPORT_MAX_LINES},
        )
    sort = request.GET.get("sort", DEFAULT_SORT)
    name = f"aging-{asked.as_of.isoformat()}-{by}"
    if request.GET.get("format") == "csv":
        table = aging_sheet(report, by=by, netted=asked.choice.netted, sort=sort)
        return csv_response(f"{name}.csv", table.columns, table.rows)
    facts = [(_("Search"), asked.choice.search), (_("Downloaded by"), str(person))]
    write = partial(write_aging, aging=report, by=by, netted=asked.choice.netted, sort=sort, facts=facts)
    return excel_response(f"{name}.xlsx", write)
