"""Reports on reviews, on a page and as a workbook."""

from __future__ import annotations

import datetime as dt
from typing import IO, Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from creditrisk.accounts.models import User
from creditrisk.accounts.requests import person_of
from creditrisk.dates import add_months, local_today
from creditrisk.workbooks import DATE_WIDTH, Cell, Column, excel_response, workbook, write_sheet
from reviews import reports
from reviews.forms import ReportForm

MONTHS = 12


@require_GET
def report(request: HttpRequest) -> HttpResponse:
    """What is open and since when, how long stages take, who has how much before him."""
    person, today = person_of(request), local_today()
    form = ReportForm(request.GET if "first_on" in request.GET else None, initial=_default(today))
    given = form.cleaned_data if form.is_bound and form.is_valid() else {**_default(today), "kind": ""}
    open_rows = reports.open_by_age(person, on=today)
    context = {
        "form": form,
        "today": today,
        "age_labels": reports.age_labels(),
        "open_rows": open_rows,
        "open_totals": reports.totals(open_rows),
        "stage_rows": reports.days_per_stage(person, **given),
        "backlog_rows": reports.backlog(person, on=today),
    }
    return render(request, "reviews/report.html", context)


def _default(today: dt.date) -> dict[str, Any]:
    return {"first_on": add_months(today, -MONTHS), "last_on": today}


@require_GET
def report_workbook(request: HttpRequest) -> FileResponse:
    """The same figures as an Excel file, a sheet each."""
    person, today = person_of(request), local_today()
    form = ReportForm(request.GET)
    given = form.cleaned_data if form.is_valid() else {**_default(today), "kind": ""}
    name = f"reviews-{today.isoformat()}.xlsx"

    def write(file: IO[bytes]) -> None:
        with workbook(file) as book:
            write_sheet(book, _("Open"), _open_columns(), _open_rows(person, today))
            write_sheet(book, _("Days per stage"), _stage_columns(), _stage_rows(person, given))
            write_sheet(book, _("Backlog"), _backlog_columns(), _backlog_rows(person, today))

    return excel_response(name, write)


def _open_columns() -> list[Column]:
    return [
        Column(_("State or stage"), 44),
        *(Column(label, 14) for label in reports.age_labels()),
        Column(_("Total"), 10),
    ]


def _open_rows(person: User, today: dt.date) -> list[list[Cell]]:
    return [[str(row.label), *row.counts, row.total] for row in reports.open_by_age(person, on=today)]


def _stage_columns() -> list[Column]:
    heads = [_("Decided"), _("Average days"), _("In time"), _("Late")]
    return [Column(_("Stage"), 44), *(Column(head, 14) for head in heads)]


def _stage_rows(person: User, given: dict[str, Any]) -> list[list[Cell]]:
    found = reports.days_per_stage(person, **given)
    return [[str(row.label), row.decided, row.average_days, row.in_time, row.late] for row in found]


def _backlog_columns() -> list[Column]:
    heads = [Column(_("Waiting"), 10), Column(_("Overdue"), 10), Column(_("Oldest"), DATE_WIDTH)]
    return [Column(_("Stage"), 44), Column(_("Name"), 24), *heads]


def _backlog_rows(person: User, today: dt.date) -> list[list[Cell]]:
    return [
        [
            str(row.label),
            str(row.person or _("everybody who holds it")),
            row.waiting,
            row.overdue,
            row.oldest_on,
        ]
        for row in reports.backlog(person, on=today)
    ]
