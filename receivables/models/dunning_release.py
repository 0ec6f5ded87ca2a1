"""Letting out what a run prepared: stages whose notices a person looks at first (P5.2.3)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from creditrisk.audit.tracking import tracked
from receivables.models.report import Report


class ReleaseState(models.TextChoices):
    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


@tracked()
class DunningRelease(models.Model):
    """One release: the notices of `stages` for the day `on`, without the customers in `left_out` (numbers).

    A worker writes them; what a killed worker left is taken up again: each item and stage is written once.
    """

    on = models.DateField(_("day"))
    report = models.ForeignKey(Report, models.PROTECT, related_name="+", verbose_name=_("aging report"))
    stages = models.JSONField(_("stages"))
    left_out = models.JSONField(_("customers left out"), default=list)
    state = models.CharField(
        _("state"), max_length=10, choices=ReleaseState.choices, default=ReleaseState.QUEUED
    )
    notices = models.PositiveIntegerField(_("notices"), default=0)
    error = models.TextField(_("error"), blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("released by")
    )
    released_at = models.DateTimeField(_("released at"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    submission_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    class Meta:
        verbose_name = _("release of a dunning run")
        verbose_name_plural = _("releases of dunning runs")
        ordering = ["-released_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="release_has_stages", condition=~Q(stages=[])),
            models.CheckConstraint(
                name="release_finished_has_time",
                condition=Q(state__in=["queued", "running"], finished_at__isnull=True)
                | Q(state__in=["done", "failed"], finished_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on} {', '.join(self.stages)}"
