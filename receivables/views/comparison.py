"""Two reports side by side: bridge, changed items, and how debts rolled from bucket to bucket."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from creditrisk.accounts.models import User
from creditrisk.accounts.requests import person_of
from creditrisk.tables import PER_PAGE
from creditrisk.workbooks import excel_response
from customers.models import Customer
from receivables.exports import write_comparison
from receivables.forms.comparison import CHANGE_LABELS, ComparisonForm
from receivables.models import FileKind, Report
from receivables.selectors.aged_sums import Sql
from receivables.selectors.aging import AgingReport, aging_of
from receivables.selectors.comparison import Difference, Roll, changed_items, difference, items_in, roll
from receivables.selectors.reports import committed_reports

EXPORTED_ITEMS = 100_000
FULL_PCT = 100


@dataclass(frozen=True)
class Compared:
    """Two reports, the items of each that the reader may see, and what differs."""

    form: ComparisonForm
    earlier: Report
    later: Report
    items: tuple[Sql, Sql]
    aging: AgingReport
    difference: Difference
    change: str


def _compared(request: HttpRequest, person: User) -> Compared | None:
    """Return what was asked for: by itself the last report and the one before; None where there are no two."""
    reports = list(committed_reports().exclude(file_kind=FileKind.AGED_TABLE))
    if len(reports) < 2:
        return None
    data = request.GET.copy()
    data.setdefault("later", reports[0].number)
    data.setdefault("earlier", reports[1].number)
    form = ComparisonForm(data, reports=reports)
    form.is_valid()
    known = {report.number: report for report in reports}
    pair = [known.get(form.cleaned_data.get(name) or "") for name in ("earlier", "later")]
    earlier, later = pair[0] or reports[1], pair[1] or reports[0]
    if earlier.as_of > later.as_of:
        earlier, later = later, earlier
    customers = Customer.objects.visible_to(person)
    aging = aging_of(later, as_of=later.as_of, customers=customers)
    items = items_in(earlier, aging.only()), items_in(later, aging.only())
    found = difference(*items, later_on=later.as_of)
    return Compared(form, earlier, later, items, aging, found, form.cleaned_data.get("change") or "")


@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """What is new, paid, changed and gone between two reports, and the migration matrix."""
    asked = _compared(request, person_of(request))
    if asked is None:
        return render(request, "receivables/compare.html", {"asked": None})
    counts = [one.items for one in asked.difference.changes if asked.change in ("", one.change)]
    paginator = Paginator(range(sum(counts)), PER_PAGE)
    page = paginator.get_page(request.GET.get("page"))
    rows = changed_items(
        *asked.items,
        later_on=asked.later.as_of,
        change=asked.change,
        limit=PER_PAGE,
        offset=max(page.start_index() - 1, 0),
    )
    rolls = roll(
        *asked.items,
        earlier_on=asked.earlier.as_of,
        later_on=asked.later.as_of,
        buckets=asked.aging.buckets,
    )
    context = {
        "asked": asked,
        "filter": asked,
        "difference": asked.difference,
        "rows": [(row, CHANGE_LABELS[row.change]) for row in rows],
        "page": page,
        "page_numbers": paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1),
        "labels": asked.aging.bucket_labels(),
        "rolls": [_matrix(one, asked.aging.bucket_labels()) for one in rolls],
    }
    return render(request, "receivables/compare.html", context)


def _matrix(one: Roll, labels: list[str]) -> dict[str, Any]:
    """Return a roll as the page shows it: for each first bucket its cells with amount and share."""
    ratios = one.ratios()
    rows = [
        (
            label,
            opening,
            [(amount, _pct(ratio)) for amount, ratio in zip(amounts, shares, strict=True)],
            (paid, _pct(paid / opening if opening else None)),
        )
        for label, opening, amounts, shares, paid in zip(
            labels, one.opening_amounts(), one.amounts, ratios, one.paid_amounts, strict=True
        )
    ]
    return {"currency": one.currency, "rows": rows, "new_amounts": one.new_amounts}


def _pct(ratio: Decimal | None) -> str:
    return "" if ratio is None else f"{ratio * FULL_PCT:.1f}"


@require_GET
def compare_export(request: HttpRequest) -> FileResponse:
    """What differs, item by item, as an Excel file."""
    person = person_of(request)
    asked = _compared(request, person)
    if asked is None:
        raise Http404
    rows = changed_items(*asked.items, later_on=asked.later.as_of, change=asked.change, limit=EXPORTED_ITEMS)
    write = partial(
        write_comparison,
        earlier=asked.earlier,
        later=asked.later,
        found=asked.difference,
        rows=[(row, str(CHANGE_LABELS[row.change])) for row in rows],
        person=str(person),
    )
    return excel_response(f"comparison-{asked.earlier.as_of}-{asked.later.as_of}.xlsx", write)
