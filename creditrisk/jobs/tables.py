"""The list of job runs."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from creditrisk.jobs.models import JobRun
from creditrisk.tables import BaseTable, Column, DateColumn, NumberColumn, StateColumn

JOB_LABELS = {
    "dunning": _("daily dunning"),
    "contract_self_checks": _("self-checks of contracts"),
    "file_confirmations": _("file confirmations"),
    "qualification_reminders": _("reminders of qualifications"),
    "review_deadlines": _("deadlines of reviews"),
    "review_digest": _("the morning's mails"),
}


class JobRunTable(BaseTable):
    """Each job's periods with state, units, duration and error. `at_work`: the jobs that are running right
    now.
    """

    job = Column(verbose_name=_("Job"), order_by=("job", "-period"))
    period = Column(verbose_name=_("Period"), order_by=("period", "job"))
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
        return str(JOB_LABELS.get(value, value))

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
