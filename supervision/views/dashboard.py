"""The leader's dashboard, the lists behind its figures, and what the figures mean (P3.1, P3.3, P3.4)."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import person_of
from creditrisk.dates import add_months, local_today
from creditrisk.exceptions import require
from creditrisk.forms import filter_facts
from creditrisk.workbooks import table_response
from customers.models import Customer
from reviews.reports import age_labels
from supervision.forms.dashboard import (
    ApprovalFilter,
    DashboardForm,
    GradedCustomerFilter,
    ReportForm,
    SelfCheckFilter,
)
from supervision.permissions import dashboard_refusal, handlers_refusal
from supervision.selectors.backlog import step_list
from supervision.selectors.dashboard import MIGRATION_MONTHS, customers_of, dashboard, report_chosen
from supervision.selectors.grades import graded_customers
from supervision.selectors.reports import days_of_reports
from supervision.selectors.self_checks import self_check_list
from supervision.tables import dashboard as shown
from supervision.tables.dashboard_tiles import GAPS, backlog_tile, figure_tiles
from supervision.tables.definitions import DEFINITIONS
from supervision.tables.figures import left_out_facts
from supervision.tables.lists import ApprovalTable, GradedCustomerTable, SelfCheckTable, graded_sheet
from supervision.tiles import tiles_for


@require_GET
def dashboard_page(request: HttpRequest) -> HttpResponse:
    """The figures of a report, of the customers this person may see."""
    person, today = person_of(request), local_today()
    require(dashboard_refusal(person))
    form = DashboardForm(request.GET, days=days_of_reports())
    as_of = form.day(today=today)
    found = dashboard(person, as_of=as_of, today=today, months=form.trend_months())
    if found is None:
        return render(request, "supervision/dashboard.html", {"found": None, "form": form})
    context = {
        "found": found,
        "form": form,
        "is_whole": customers_of(person) is None,
        "tiles": [
            *figure_tiles(found),
            backlog_tile(found),
            *tiles_for(user=person, as_of=found.report.as_of, today=today),
        ],
        "index_gap": GAPS[found.standing.gap] if found.standing.gap else "",
        "aging_chart": shown.aging_chart(found),
        "aging_labels": shown.aging_labels(found.standing),
        "dso_chart": shown.dso_chart(found),
        "most_days": shown.most_days(found),
        "cei_chart": shown.cei_chart(found),
        "trend_rows": shown.trend_rows(found),
        "grade_rows": shown.grade_rows(found),
        "migration_rows": shown.migration_rows(found),
        "large_rows": shown.large_rows(found),
        "roll_rows": shown.roll_rows(found),
        "age_labels": age_labels(),
        "backlog_lines": shown.backlog_lines(found),
    }
    return render(request, "supervision/dashboard.html", context)


@require_GET
def definitions(request: HttpRequest) -> HttpResponse:
    """What every figure means: formula, source, example."""
    return render(request, "supervision/definitions.html", {"definitions": DEFINITIONS})


@require_GET
def customers(request: HttpRequest) -> HttpResponse | FileResponse:
    """The customers behind the grade mix and the migration matrix of a report; with ?format=xlsx or csv as a file."""
    person, today = person_of(request), local_today()
    require(dashboard_refusal(person))
    form = ReportForm(request.GET, days=days_of_reports())
    chosen = report_chosen(form.day(today=today))
    if chosen is None:
        return render(request, "supervision/customers.html", {"chosen": None})
    then_on = add_months(chosen.report.as_of, -MIGRATION_MONTHS)
    listed = graded_customers(
        Customer.objects.visible_to(person), report=chosen.report, then_on=then_on, rates=chosen.rates
    )
    narrowed = GradedCustomerFilter(request.GET, queryset=listed)
    table = GradedCustomerTable(narrowed.qs, as_of=chosen.report.as_of)
    RequestConfig(request).configure(table)
    name, title = f"grades-{chosen.report.as_of}", _("Customers by grade")
    sheet = graded_sheet(table.data.data, base_currency=chosen.base_currency)
    facts = [
        *filter_facts(narrowed.form),
        *left_out_facts(chosen.left_out),
        (_("Downloaded by"), str(person)),
    ]
    if file := table_response(request, name=name, title=title, table=sheet, facts=facts):
        return file
    context = {"chosen": chosen, "then_on": then_on, "filter": narrowed, "table": table}
    return render(request, "supervision/customers.html", context)


@require_GET
def approvals(request: HttpRequest) -> HttpResponse:
    """The approval steps that wait for anybody, of the reviews this person may see."""
    person, today = person_of(request), local_today()
    require(dashboard_refusal(person))
    narrowed = ApprovalFilter(request.GET, queryset=step_list(person), today=today)
    table = ApprovalTable(narrowed.qs, today=today)
    RequestConfig(request).configure(table)
    return render(request, "supervision/approvals.html", {"filter": narrowed, "table": table})


@require_GET
def self_checks(request: HttpRequest) -> HttpResponse:
    """The self-checks of contracts that this person may supervise."""
    person, today = person_of(request), local_today()
    require(handlers_refusal(person))
    listed = self_check_list(person, of_customers="manager" in request.GET)
    narrowed = SelfCheckFilter(request.GET, queryset=listed, today=today)
    table = SelfCheckTable(narrowed.qs, today=today)
    RequestConfig(request).configure(table)
    return render(request, "supervision/self_checks.html", {"filter": narrowed, "table": table})
