"""The aging report: customers by bucket, one customer down to his items, the download."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import partial

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import InvalidInputError
from creditrisk.tables import PER_PAGE
from creditrisk.workbooks import excel_response
from customers.models import Customer
from customers.selectors import matching
from receivables.exports import write_aging
from receivables.forms.aging import OWN_COLUMN, AgingChoice, AgingFilterForm
from receivables.models import Report
from receivables.permissions import upload_refusal
from receivables.selectors.aging import DEFAULT_SORT, AgingReport, Grouping, aging_of
from receivables.selectors.payables import payables_to, position_beside
from receivables.selectors.reports import latest_report, ledger_of, readable_report, report_for
from receivables.tables.aging import OpenItemTable, PayableTable, headers, lines, total_cards

EXPORT_MAX_LINES = 200_000
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
    data.setdefault("credits", OWN_COLUMN)
    if choice.search:
        customers = customers.filter(matching(choice.search))
    aging = aging_of(report, as_of=as_of, customers=customers) if report else None
    return Asked(form, choice, as_of, aging, _carried_on(choice, as_of))


def _carried_on(choice: AgingChoice, as_of: dt.date) -> str:
    """Return the part of the address that leads from a line to its customer."""
    query = QueryDict(mutable=True)
    query["as_of"] = as_of.isoformat()
    if choice.report:
        query["report"] = choice.report
    if choice.netted:
        query["credits"] = "netted"
    return query.urlencode()


@require_GET
def aging(request: HttpRequest) -> HttpResponse:
    """Who owes how much in which bucket, for the customers this person may see."""
    person = person_of(request)
    asked = _asked(request, Customer.objects.visible_to(person))
    context: dict[str, object] = {
        "filter": asked,
        "aging": asked.aging,
        "as_of": asked.as_of,
        "upload_refusal": upload_refusal(person),
    }
    if asked.aging is not None:
        context |= _lines(request, asked, asked.aging)
    return render(request, "receivables/aging.html", context)


def _lines(request: HttpRequest, asked: Asked, report: AgingReport) -> dict[str, object]:
    choice = asked.choice
    totals = report.totals()
    asked.form.offer_currencies(total.currency for total in totals)
    shown = [total for total in totals if choice.currency in ("", total.currency)]
    paginator = Paginator(range(sum(total.customer_count for total in shown)), PER_PAGE)
    page = paginator.get_page(request.GET.get("page"))
    sort = request.GET.get("sort", DEFAULT_SORT)
    columns = headers(report, sort=sort, netted=choice.netted)
    rows = replace(report, currency=choice.currency).rows(
        sort=sort, netted=choice.netted, limit=PER_PAGE, offset=max(page.start_index() - 1, 0)
    )
    labels = [column.label for column in columns if column.is_amount]
    return {
        "cards": total_cards(shown, aging=report, netted=choice.netted),
        "headers": columns,
        "lines": lines(rows, labels=labels, netted=choice.netted, query=asked.carried_on),
        "page": page,
        "page_numbers": paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1),
        "netted": choice.netted,
    }


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
        "aging": asked.aging,
        "as_of": asked.as_of,
        "position": position,
    }
    if position.payables is not None:
        payables = PayableTable(payables_to(customer, report=position.payables), prefix="payable-")
        RequestConfig(request).configure(payables)
        context["payables"] = payables
    if asked.aging is not None:
        report = replace(asked.aging, customers=Customer.objects.filter(pk=customer.pk))
        netted = asked.choice.netted
        columns = headers(report, sort="", netted=netted)
        labels = [column.label for column in columns if column.is_amount]
        table = OpenItemTable(report.items_of(customer), aging=report)
        RequestConfig(request).configure(table)
        context |= {
            "cards": total_cards(report.totals(), aging=report, netted=netted),
            "headers": columns,
            "contracts": [
                (row.contract, line)
                for row in report.rows(by="contract", netted=netted)
                for line in lines([row], labels=labels, netted=netted, query="")
            ],
            "table": table,
            "netted": netted,
            "query": asked.carried_on,
        }
    return render(request, "receivables/aging_customer.html", context)


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
    by = GROUPINGS.get(request.GET.get("by", ""), "customer")
    report = replace(asked.aging, currency=asked.choice.currency)
    line_count = sum(total.items if by != "customer" else total.customer_count for total in report.totals())
    if line_count > EXPORT_MAX_LINES:
        raise InvalidInputError(
            "aging.export_too_large",
            _(
                "The file would have %(lines)d lines; at most %(limit)d go into one download. Choose a currency"
                " or a customer, or use the command aging_report."
            )
            % {"lines": line_count, "limit": EXPORT_MAX_LINES},
        )
    facts = [(_("Search"), asked.choice.search), (_("Downloaded by"), str(person))]
    sort = request.GET.get("sort", DEFAULT_SORT)
    write = partial(write_aging, aging=report, by=by, netted=asked.choice.netted, sort=sort, facts=facts)
    return excel_response(f"aging-{asked.as_of.isoformat()}-{by}.xlsx", write)
