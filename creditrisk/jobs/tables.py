"""The list of job runs, and how each job stands."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from creditrisk.jobs.models import JobRun
from creditrisk.jobs.schedule import Job, job_named
from creditrisk.jobs.selectors import JobState
from creditrisk.tables import A, BaseTable, Column, DateColumn, NumberColumn, StateColumn

TROUBLES = {
    "failed": ("failed", _("failed")),
    "interrupted": ("warning", _("interrupted")),
    "late": ("failed", _("late: it should have run")),
    "starved": ("failed", _("late: there is still nothing to work on")),
}
"""Trouble of a job → tone and text."""


def job_label(code: str) -> str:
    """Return a job's name for people; its code where nobody registers it any more."""
    job = job_named(code)
    return str(job.label) if job else code


class JobRunTable(BaseTable):
    """Each job's periods with state, units, duration and error. `at_work`: the jobs that are running right
    now.
    """

    job = Column(verbose_name=_("Job"), order_by=("job", "-period"))
    period = Column(verbose_name=_("Period"), order_by=("period", "job"), linkify=True)
    state = StateColumn(verbose_name=_("State"), order_by=("state", "-period"))
    units_done = NumberColumn(verbose_name=_("Units done"), order_by=("units_done", "-period"))
    units_failed = NumberColumn(verbose_name=_("Failed"), order_by=("units_failed", "-period"))
    attempts = NumberColumn(verbose_name=_("Attempts"), order_by=("attempts", "-period"))
    started_at = DateColumn(verbose_name=_("Started"), order_by=("started_at", "pk"))
    duration = NumberColumn(verbose_name=_("Seconds"), orderable=False)
    error = Column(verbose_name=_("Error"), orderable=False)

    class Meta:
        model = JobRun
        fields = (
            "job",
            "period",
            "state",
            "units_done",
            "units_failed",
            "attempts",
            "started_at",
            "duration",
            "error",
        )
        order_by = "-period"
        empty_text = _("No job has run yet.")

    def __init__(self, *args: Any, at_work: frozenset[str] = frozenset(), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at_work = at_work

    def render_job(self, value: str) -> str:
        """Return the job's name for people."""
        return job_label(value)

    def render_state(self, value: str, record: JobRun) -> str:
        """Return the state as a badge; a run whose process is gone was interrupted."""
        if record.state == JobRun.State.RUNNING and record.job not in self.at_work:
            return format_html('<span class="state state-warning">{}</span>', _("interrupted"))
        return format_html('<span class="state state-{}">{}</span>', record.state, value)

    def render_duration(self, value: dt.timedelta) -> str:
        """Return the seconds with one decimal."""
        return f"{value.total_seconds():.1f}"

    def render_error(self, value: str) -> str:
        """Return the beginning of the error."""
        return format_html('<span title="{}">{}</span>', value, Truncator(value).chars(120))


class JobStateTable(BaseTable):
    """How each job stands: red where it should have run and did not."""

    job = Column(verbose_name=_("Job"))
    trouble = Column(verbose_name=_("State"), empty_values=())
    last = Column(verbose_name=_("Last period"), linkify=lambda value: value.get_absolute_url())
    finished_at = DateColumn(verbose_name=_("Finished"), accessor=A("last__finished_at"))
    waiting = NumberColumn(verbose_name=_("Due and not done"))
    next_due_at = DateColumn(verbose_name=_("Next due"))

    class Meta:
        empty_text = _("No job is registered.")

    def render_job(self, value: Job) -> str:
        """Return name and rhythm."""
        return format_html('<strong>{}</strong><br><span class="muted">{}</span>', value.label, value.rhythm)

    def render_trouble(self, record: JobState) -> str:
        """Return the state as a badge."""
        if record.trouble:
            tone, text = TROUBLES[record.trouble]
        elif record.is_at_work:
            tone, text = "running", _("running")
        elif record.is_blocked:
            tone, text = "waiting", _("due, but there is nothing to work on yet")
        elif record.waiting:
            tone, text = "pending", _("due now")
        else:
            tone, text = "done", _("up to date")
        return format_html('<span class="state state-{}">{}</span>', tone, text)

    def render_last(self, value: JobRun) -> str:
        """Return the newest period of the ledger."""
        return value.period

    def render_waiting(self, value: tuple[str, ...]) -> str:
        """Return what is due and not done, the first periods by name."""
        named = ", ".join(value[:3])
        return f"{named} …" if len(value) > 3 else named
