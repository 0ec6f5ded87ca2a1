"""The ledger of jobs: one run per job and period, its units and their state. The database, not the broker, is
the truth.
"""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class JobRun(models.Model):
    """One run of a job for one period, e.g. ("dunning", "2026-11-24")."""

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        COVERED = "covered", _("covered by a later run")

    SETTLED: ClassVar[frozenset[State]] = frozenset({State.DONE, State.COVERED})

    job = models.CharField(_("job"), max_length=50)
    period = models.CharField(_("period"), max_length=20)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.RUNNING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    units_done = models.PositiveIntegerField(_("units done"), default=0)
    units_failed = models.PositiveIntegerField(_("units failed"), default=0)
    result = models.JSONField(_("result"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True)
    started_at = models.DateTimeField(_("started at"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    asked_at = models.DateTimeField(_("asked to run again at"), null=True, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked to run again by"),
    )

    class Meta:
        verbose_name = _("job run")
        verbose_name_plural = _("job runs")
        ordering = ["-period", "job"]
        constraints = [
            models.UniqueConstraint(fields=["job", "period"], name="job_once_per_period"),
            models.CheckConstraint(
                name="job_finished_has_time",
                condition=models.Q(state="running", finished_at__isnull=True)
                | (~models.Q(state="running") & models.Q(finished_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="job_asked_at_and_by",
                condition=models.Q(asked_at__isnull=True, asked_by__isnull=True)
                | models.Q(asked_at__isnull=False, asked_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.period}"

    def get_absolute_url(self) -> str:
        return reverse("jobs:detail", args=[self.job, self.period])

    @property
    def duration(self) -> dt.timedelta | None:
        """How long the last attempt took; None while it runs, and where a later run did the work."""
        if self.finished_at is None or self.state == self.State.COVERED:
            return None
        return self.finished_at - self.started_at


class JobEvent(models.Model):
    """A line of a run's log: what happened when, with the units of the attempt and the error if there was one."""

    class Kind(models.TextChoices):
        STARTED = "started", _("started")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        COVERED = "covered", _("covered by a later run")
        ASKED = "asked", _("asked to run again")

    run = models.ForeignKey(JobRun, models.PROTECT, related_name="log", verbose_name=_("job run"))
    at = models.DateTimeField(_("at"), auto_now_add=True)
    kind = models.CharField(_("what happened"), max_length=10, choices=Kind.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    units_done = models.PositiveIntegerField(_("units done"), null=True)
    units_failed = models.PositiveIntegerField(_("units failed"), null=True)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        verbose_name = _("event of a job run")
        verbose_name_plural = _("log of job runs")
        ordering = ["at", "pk"]
        triggers = [
            pgtrigger.Protect(name="job_log_is_final", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.run} {self.kind}"
