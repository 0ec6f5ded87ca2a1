"""The ledger of jobs."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_tables2 import RequestConfig

from creditrisk.accounts.requests import person_of
from creditrisk.jobs.filters import JobRunFilter
from creditrisk.jobs.models import JobRun
from creditrisk.jobs.permissions import list_refusal, run_again_refusal
from creditrisk.jobs.schedule import job_named
from creditrisk.jobs.selectors import job_runs, job_states, jobs_at_work, log_of
from creditrisk.jobs.services import ask_to_run_again
from creditrisk.jobs.tables import JobRunTable, JobStateTable


@require_GET
def run_list(request: HttpRequest) -> HttpResponse:
    """How each job stands, and its periods."""
    if refusal := list_refusal(person_of(request)):
        raise refusal
    chosen = JobRunFilter(request.GET, queryset=job_runs())
    table = JobRunTable(chosen.qs, at_work=jobs_at_work())
    RequestConfig(request).configure(table)
    states = JobStateTable(job_states(timezone.now()), orderable=False)
    return render(request, "jobs/run_list.html", {"filter": chosen, "table": table, "states": states})


@require_GET
def run_detail(request: HttpRequest, job: str, period: str) -> HttpResponse:
    """One run: its units, its log, its result, and running it again."""
    person = person_of(request)
    if refusal := list_refusal(person):
        raise refusal
    run = get_object_or_404(JobRun, job=job, period=period)
    is_at_work = run.job in jobs_at_work()
    known = job_named(run.job)
    context = {
        "run": run,
        "name": known.label if known else run.job,
        "is_at_work": is_at_work,
        "log": log_of(run),
        "result": json.dumps(run.result, indent=2, ensure_ascii=False) if run.result else "",
        "again_refusal": run_again_refusal(person, run, is_at_work=is_at_work, now=timezone.now()),
    }
    return render(request, "jobs/run_detail.html", context)


@require_POST
def run_again(request: HttpRequest, job: str, period: str) -> HttpResponse:
    """Ask that a run is run again."""
    person = person_of(request)
    if refusal := list_refusal(person):
        raise refusal
    run = get_object_or_404(JobRun, job=job, period=period)
    ask_to_run_again(run=run, by=person, now=timezone.now())
    messages.success(request, _("It is run again within a minute."))
    return redirect(run)
