"""The table of contract handlers, and its download (P3.1 b)."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import require
from creditrisk.workbooks import table_response
from supervision.forms.dashboard import ReportForm
from supervision.permissions import dashboard_refusal, handlers_refusal
from supervision.selectors.handlers import handler_figures
from supervision.selectors.reports import days_of_reports
from supervision.tables.figures import left_out_facts
from supervision.tables.handlers import HandlerTable, handler_rows, handler_sheet


@require_GET
def handlers(request: HttpRequest) -> HttpResponse | FileResponse:
    """The account managers and service managers that this person may see; with ?format=xlsx or csv as a file."""
    person, today = person_of(request), local_today()
    require(handlers_refusal(person))
    form = ReportForm(request.GET, days=days_of_reports())
    found = handler_figures(person, as_of=form.day(today=today))
    if found is None:
        return render(request, "supervision/handlers.html", {"found": None, "form": form})
    name, title = f"handlers-{found.report.as_of}", _("Contract handlers")
    facts = [
        (_("As of"), found.report.as_of.isoformat()),
        *left_out_facts(found.left_out),
        (_("Downloaded by"), str(person)),
    ]
    if file := table_response(request, name=name, title=title, table=handler_sheet(found), facts=facts):
        return file
    table = HandlerTable(handler_rows(found), as_of=found.report.as_of)
    RequestConfig(request).configure(table)
    context = {
        "found": found,
        "form": form,
        "table": table,
        "supervises": dashboard_refusal(person) is None,
    }
    return render(request, "supervision/handlers.html", context)
