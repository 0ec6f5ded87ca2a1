"""The ledger of jobs."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import person_of
from creditrisk.jobs.filters import JobRunFilter
from creditrisk.jobs.permissions import list_refusal
from creditrisk.jobs.selectors import job_runs, jobs_at_work
from creditrisk.jobs.tables import JobRunTable


@require_GET
def run_list(request: HttpRequest) -> HttpResponse:
    """Each job's periods, and how they went."""
    if refusal := list_refusal(person_of(request)):
        raise refusal
    chosen = JobRunFilter(request.GET, queryset=job_runs())
    table = JobRunTable(chosen.qs, at_work=jobs_at_work())
    RequestConfig(request).configure(table)
    return render(request, "jobs/run_list.html", {"filter": chosen, "table": table})
