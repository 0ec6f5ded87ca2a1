"""An uploaded report: a snapshot of open items as of a date, kept for ever."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from creditrisk.audit.tracking import tracked
from creditrisk.policy.models import PolicyVersion


class ReportKind(models.TextChoices):
    OPEN_ITEMS = "open_items", _("open items")


class ReportState(models.TextChoices):
    UPLOADED = "uploaded", _("uploaded")
    CHECKED = "checked", _("checked, waiting for you to commit")
    REFUSED = "refused", _("refused")
    COMMITTED = "committed", _("committed")
    SUPERSEDED = "superseded", _("superseded")
    DISCARDED = "discarded", _("discarded")


def report_path(report: Report, _file_name: str) -> str:
    """Return a path that owes nothing to the name the file was uploaded under."""
    return f"reports/{report.as_of:%Y/%m}/{uuid4().hex}"


@tracked()
class Report(models.Model):
    """One upload. At most one report per kind and as-of date is `committed`; a corrected one supersedes it.

    `rows` are the data rows of the file, `accepted` those without an error. `totals` maps a currency to the sum of
    the open amounts as a string. A report is committed only when every row is accepted.
    """

    number = models.CharField(_("number"), max_length=30, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=ReportKind.choices, default=ReportKind.OPEN_ITEMS)
    as_of = models.DateField(_("as-of date"))
    state = models.CharField(_("state"), max_length=12, choices=ReportState.choices, default=ReportState.UPLOADED)
    file = models.FileField(_("file"), upload_to=report_path, max_length=200)
    file_name = models.CharField(_("file name"), max_length=200)
    file_size_bytes = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    create_customers = models.BooleanField(_("create unknown customers"), default=False)
    reading = models.JSONField(_("how the file was read"), default=dict, blank=True)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    accepted = models.PositiveIntegerField(_("accepted"), default=0)
    rejected = models.PositiveIntegerField(_("rejected"), default=0)
    totals = models.JSONField(_("totals"), default=dict, blank=True)
    refusal = models.TextField(_("why it was refused"), blank=True)
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, null=True, blank=True)
    supersedes = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="superseded_by")
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("uploaded by"),
    )
    uploaded_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)
    committed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("committed by"),
    )
    committed_at = models.DateTimeField(_("committed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ["-as_of", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_committed_report_per_date",
                fields=["kind", "as_of"],
                condition=models.Q(state="committed"),
            ),
            models.CheckConstraint(
                name="report_committed_has_time",
                condition=models.Q(state__in=["committed", "superseded"], committed_at__isnull=False)
                | (~models.Q(state__in=["committed", "superseded"]) & models.Q(committed_at__isnull=True)),
            ),
        ]
        indexes = [models.Index(fields=["sha256"], name="report_sha256")]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("receivables:upload_detail", args=[self.number])
