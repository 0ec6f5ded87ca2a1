"""How well collection works, by customer service manager and month (P5.2.3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Any

from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.workbooks import csv_response, excel_response, workbook, write_facts, write_sheet
from receivables.effectiveness import WINDOW_DAYS
from receivables.forms.effectiveness import EffectivenessForm
from receivables.selectors.effectiveness import (
    Effectiveness,
    ManagerFigures,
    customers_seen,
    effectiveness,
    managers_seen,
)
from receivables.tables.effectiveness import (
    SHEETS,
    IndexTable,
    ManagerTable,
    PromiseTable,
    RecoveredTable,
    WorkTable,
    index_rows,
    manager_rows,
    name_of,
    promise_rows,
    recovered_rows,
    sheet_table,
    work_rows,
)
from receivables.tables.effectiveness_charts import currencies_of, index_chart, recovered_chart


@require_GET
def effectiveness_page(request: HttpRequest) -> HttpResponse | FileResponse:
    """The figures of the customers that this person may see: of all of them or of one manager, and managers side by
    side.
    """
    person, today = person_of(request), local_today()
    form = EffectivenessForm(request.GET, managers=managers_seen(person), today=today)
    first, last = form.months()
    customer_pks = customers_seen(person)
    found = effectiveness(first, last, customer_pks=customer_pks)
    sees_all = customer_pks is None
    chosen = form.cleaned_data.get("manager")
    shown = (found.of(chosen.pk) if chosen else None) or found.group
    if file := _file(request, found, shown, sees_all=sees_all, facts=[(_("Downloaded by"), str(person))]):
        return file
    query = QueryDict(mutable=True)
    query |= {"first": f"{first:%Y-%m}", "last": f"{last:%Y-%m}"}
    tables = {
        "index": IndexTable(list(index_rows(shown)), prefix="index-"),
        "recovered": RecoveredTable(list(recovered_rows(shown)), prefix="recovered-"),
        "promises": PromiseTable(list(promise_rows(shown)), prefix="promises-"),
        "work": WorkTable(list(work_rows(shown)), prefix="work-"),
        "managers": ManagerTable(
            list(manager_rows(found, sees_all=sees_all)), prefix="managers-", query=query.urlencode()
        ),
    }
    for table in tables.values():
        RequestConfig(request).configure(table)
    context: dict[str, Any] = {
        "form": form,
        "first": first,
        "last": last,
        "shown": shown,
        "shown_name": name_of(shown, sees_all=sees_all),
        "group_url": f"?{query.urlencode()}",
        "charts": [
            (currency, index_chart(shown, currency=currency), recovered_chart(shown.whole, currency=currency))
            for currency in currencies_of(shown)
        ],
        "within_days": WINDOW_DAYS,
        **{f"{name}_table": table for name, table in tables.items()},
    }
    return render(request, "receivables/effectiveness.html", context)


def _file(
    request: HttpRequest,
    found: Effectiveness,
    shown: ManagerFigures,
    *,
    sees_all: bool,
    facts: Iterable[tuple[str, str]],
) -> FileResponse | None:
    """Return the download that `?format=` asks for: everybody's figures as a workbook with a sheet for each table, or
    one table as csv; of one manager only where one is chosen. None where it asks for no file.
    """
    file_format = request.GET.get("format")
    people = (found.group, *found.managers) if shown.is_group else (shown,)
    name = f"effectiveness-{found.months[0]:%Y-%m}-{found.months[-1]:%Y-%m}"
    if file_format == "csv":
        wanted = request.GET.get("table", "")
        key = wanted if wanted in SHEETS else "index"
        table = sheet_table(SHEETS[key], people, sees_all=sees_all)
        return csv_response(f"{name}-{key}.csv", table.columns, table.rows)
    if file_format != "xlsx":
        return None

    def write(file: IO[bytes]) -> None:
        with workbook(file) as book:
            for sheet in SHEETS.values():
                table = sheet_table(sheet, people, sees_all=sees_all)
                write_sheet(book, str(sheet.title), table.columns, table.rows)
            write_facts(book, facts)

    return excel_response(f"{name}.xlsx", write)
