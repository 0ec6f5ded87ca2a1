"""An uploaded report: a snapshot of open items as of a date, kept for ever."""

from __future__ import annotations

from typing import ClassVar
from uuid import uuid4

import pgtrigger
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import SEES_ALL_CUSTOMERS
from creditrisk.audit.tracking import tracked
from creditrisk.policy.models import PolicyVersion


class ReportKind(models.TextChoices):
    """What a report lists: what customers owe us, or what we owe them (P3.4)."""

    OPEN_ITEMS = "open_items", _("receivables")
    PAYABLES = "payables", _("payables")


class FileKind(models.TextChoices):
    """What kind of file a report was read from.

    An aging table, a ledger and receipts end in the receivables of a day, as a list of open items does; only how they
    say it differs.
    """

    OPEN_ITEMS = "open_items", _("open items")
    AGED_TABLE = "aged_table", _("aging table, customers by bucket")
    LEDGER = "ledger", _("invoice ledger with settlements")
    RECEIPTS = "receipts", _("receipts since the last report")
    PAYABLES = "payables", _("payables")

    @property
    def report_kind(self) -> str:
        """What a report from such a file lists: see ReportKind."""
        return (ReportKind.PAYABLES if self == FileKind.PAYABLES else ReportKind.OPEN_ITEMS).value


NOT_ALL_ROWS_COUNT = (FileKind.PAYABLES, FileKind.RECEIPTS)
"""Of these files rows may be left out: suppliers who are no customers, receipts that the last report knew."""


class ReportState(models.TextChoices):
    UPLOADED = "uploaded", _("uploaded")
    CHECKED = "checked", _("checked, waiting for you to commit")
    REFUSED = "refused", _("refused")
    COMMITTED = "committed", _("committed")
    SUPERSEDED = "superseded", _("superseded")
    DISCARDED = "discarded", _("discarded")


OPEN_STATES = (ReportState.UPLOADED, ReportState.CHECKED, ReportState.COMMITTED)
"""In these states the same file is not taken a second time for the same date."""


def report_path(report: Report, _file_name: str) -> str:
    """Return a path that owes nothing to the name the file was uploaded under."""
    return f"reports/{report.as_of:%Y/%m}/{uuid4().hex}"


def lines_path(report: Report, _file_name: str) -> str:
    """Return where the checked rows are kept: beside the file they were read from."""
    return f"{report.file.name}.rows"


class ReportQuerySet(models.QuerySet["Report"]):
    def visible_to(self, user: User) -> ReportQuerySet:
        """Return the reports `user` may see: all for those who see every customer, none for others.

        A report holds the rows of all customers; the others read theirs in the aging report.
        """
        return self if user.has_role(*SEES_ALL_CUSTOMERS) else self.none()


@tracked()
class Report(models.Model):
    """One upload. At most one report per kind and as-of date is `committed`; a corrected one supersedes it.

    Reports of receivables (`open_items`) have OpenItem and AgingSum rows, those of payables PayableItem and PayableSum
    rows. Payables never open a customer file: rows of suppliers who are no customers are left out, so that fewer may be
    accepted than there are.

    `file_kind` is what was uploaded. A ledger also has LedgerEntry rows, every invoice and payment with its date.
    Receipts are taken off the items of `based_on`, the report in force before. An aging table has no items: its
    OpenItem rows stand for a customer's sum in a bucket, and `own_buckets` (a list of `key` and `up_to_days`, as the
    policy's) are the file's where its bounds are not those of the policy; empty otherwise.
    `corrects` is the refused upload whose rows somebody corrected and sent again: this file is its file with them.
    `choices` are what somebody decided on how to read the file (`receivables.reading.choices`).

    `rows` are the data rows of the file, `accepted` those without an error. `reading` is how the file was understood,
    `refusal` the code and parameters of why the whole file was not (both:
    `receivables.selectors.reports`). `totals` maps a currency to the sum of
    the open amounts of the accepted rows as a string. A report is committed only when every row is accepted.
    `lines` are the checked rows (Arrow), so that a commit need not read the file again; `lines_sha256` binds them to
    what was shown. `submission_key` makes a form that is sent twice one upload.
    """

    number = models.CharField(_("number"), max_length=30, unique=True)
    kind = models.CharField(
        _("kind"), max_length=20, choices=ReportKind.choices, default=ReportKind.OPEN_ITEMS
    )
    file_kind = models.CharField(
        _("kind of file"), max_length=20, choices=FileKind.choices, default=FileKind.OPEN_ITEMS
    )
    as_of = models.DateField(_("as-of date"))
    state = models.CharField(
        _("state"), max_length=12, choices=ReportState.choices, default=ReportState.UPLOADED
    )
    file = models.FileField(_("file"), upload_to=report_path, max_length=200)
    file_name = models.CharField(_("file name"), max_length=200)
    file_size_bytes = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    lines = models.FileField(upload_to=lines_path, max_length=200, blank=True, editable=False)
    lines_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    create_customers = models.BooleanField(_("create unknown customers"), default=False)
    reading = models.JSONField(
        _("how the file was read"), default=dict, blank=True, encoder=DjangoJSONEncoder
    )
    choices = models.JSONField(_("how to read the file"), default=dict, blank=True)
    own_buckets = models.JSONField(_("buckets of the file"), default=list, blank=True)
    based_on = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="updates", verbose_name=_("based on")
    )
    corrects = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="corrections", verbose_name=_("corrects")
    )
    rows = models.PositiveIntegerField(_("rows"), default=0)
    accepted = models.PositiveIntegerField(_("accepted"), default=0)
    rejected = models.PositiveIntegerField(_("rejected"), default=0)
    totals = models.JSONField(_("totals"), default=dict, blank=True)
    refusal = models.JSONField(_("why it was refused"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, null=True, blank=True)
    supersedes = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("uploaded by"),
    )
    uploaded_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)
    committed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("committed by"),
    )
    committed_at = models.DateTimeField(_("committed at"), null=True, blank=True)
    submission_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects: ClassVar[models.Manager[Report]] = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ["-as_of", "-pk"]
        triggers = [pgtrigger.Protect(name="reports_are_kept", operation=pgtrigger.Delete)]
        constraints = [
            models.UniqueConstraint(
                name="one_committed_report_per_date",
                fields=["kind", "as_of"],
                condition=models.Q(state="committed"),
            ),
            models.UniqueConstraint(
                name="same_file_taken_once_per_date",
                fields=["kind", "file_kind", "as_of", "sha256"],
                condition=models.Q(state__in=OPEN_STATES),
            ),
            models.CheckConstraint(
                name="report_committed_is_complete",
                condition=~models.Q(state__in=["committed", "superseded"])
                | models.Q(policy_version__isnull=False, rejected=0)
                & (
                    models.Q(accepted=models.F("rows"))
                    | models.Q(file_kind__in=["payables", "receipts"], accepted__lt=models.F("rows"))
                ),
            ),
            models.CheckConstraint(
                name="payables_come_from_payables",
                condition=models.Q(kind="payables", file_kind="payables")
                | (models.Q(kind="open_items") & ~models.Q(file_kind="payables")),
            ),
            models.CheckConstraint(
                name="receipts_are_taken_off_a_report",
                condition=models.Q(based_on__isnull=True) | models.Q(file_kind="receipts"),
            ),
            models.CheckConstraint(
                name="payables_open_no_files",
                condition=~models.Q(kind="payables") | models.Q(create_customers=False),
            ),
            models.CheckConstraint(
                name="report_committed_has_time",
                condition=models.Q(state__in=["committed", "superseded"], committed_at__isnull=False)
                | (~models.Q(state__in=["committed", "superseded"]) & models.Q(committed_at__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("receivables:upload_detail", args=[self.number])
