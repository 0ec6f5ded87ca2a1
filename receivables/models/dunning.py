"""What dunning told whom about which item (P5.2.3)."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar
from uuid import uuid4

import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from creditrisk.audit.tracking import tracked
from creditrisk.money import AmountField, CurrencyField
from creditrisk.notifications.models import OutboxMessage
from creditrisk.policy.models import PolicyVersion
from creditrisk.visibility import SeenWithCustomer
from customers.models import Customer
from receivables.models.report import Report


class Stage(models.TextChoices):
    REMINDER = "reminder", _("reminder")
    DUNNING_LETTER = "dunning_letter", _("dunning letter")
    FINAL_DEMAND = "final_demand", _("final demand")


def notice_path(notice: DunningNotice, _file_name: str) -> str:
    """Return where the PDF of the notice is kept.

    Not by its number: a run that is killed gives its number back, and the file it leaves behind must not look
    like the letter that takes the number next.
    """
    return f"letters/{notice.issued_on:%Y/%m}/{uuid4().hex}.pdf"


class Delivery(models.TextChoices):
    """What became of a notice, from its mail and what a person noted."""

    QUEUED = "queued", _("queued")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")
    UNKNOWN = "unknown", _("unknown")
    BOUNCED = "bounced", _("bounced")
    DRY_RUN = "dry_run", _("dry run: not sent to the customer")
    TO_POST = "to_post", _("to be posted")
    POSTED = "posted", _("posted")


class PostedWay(models.TextChoices):
    """How a notice left that no mail carried."""

    POST = "post", _("by post")
    FAX = "fax", _("by fax")
    HANDED_OVER = "handed_over", _("handed over")
    COURIER = "courier", _("by courier")


@tracked()
class DunningNotice(models.Model):
    """A reminder, dunning letter or final demand to one customer in one currency, issued on a date.

    Letters and final demands carry a number without gaps per year; reminders carry none. `message` is the latest
    mail in the outbox (it `replaces` the one before); without one (no e-mail address), and with `to_post` (it reached
    none of them), the notice waits to be posted by hand. `sent_on` is the date it was known to be sent (P5.2.3 counts
    the 7 days before a final demand from it). `template_version` is the published version of its words; None: those
    that the product comes with.
    `has_suspended`: cooperation with the customer stopped with this final demand; he was not suspended
    before.
    """

    stage = models.CharField(_("stage"), max_length=20, choices=Stage.choices)
    number = models.CharField(_("number"), max_length=30, unique=True, null=True, blank=True)
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="dunning_notices", verbose_name=_("customer")
    )
    currency = CurrencyField(_("currency"))
    total_amount = AmountField(_("amount"))
    language = models.CharField(_("language"), max_length=10)
    issued_on = models.DateField(_("issued on"))
    pay_by_on = models.DateField(_("pay by"), null=True, blank=True)
    report = models.ForeignKey(
        Report, models.PROTECT, related_name="dunning_notices", verbose_name=_("aging report")
    )
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT)
    template_version = models.ForeignKey(
        "receivables.LetterTemplate",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="notices",
        verbose_name=_("letter template"),
    )
    pdf = models.FileField(_("PDF"), upload_to=notice_path, blank=True, max_length=200)
    pdf_sha256 = models.CharField(max_length=64, blank=True)
    message = models.OneToOneField(
        OutboxMessage,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="dunning_notice",
        verbose_name=_("mail"),
    )
    has_suspended = models.BooleanField(_("cooperation stopped"), default=False)
    to_post = models.BooleanField(_("to be posted"), default=False)
    posted_on = models.DateField(_("posted on"), null=True, blank=True)
    posted_by_way = models.CharField(_("way"), max_length=20, choices=PostedWay.choices, blank=True)
    tracking_number = models.CharField(_("tracking number"), max_length=50, blank=True)
    posted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("posted by"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects: ClassVar[models.Manager[DunningNotice]] = SeenWithCustomer.as_manager()

    class Meta:
        verbose_name = _("dunning notice")
        verbose_name_plural = _("dunning notices")
        ordering = ["-issued_on", "-pk"]
        indexes = [
            models.Index(fields=["customer", "-issued_on"], name="notice_customer"),
            models.Index(fields=["-issued_on", "-id"], name="notice_issued"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "currency", "stage", "issued_on"], name="one_notice_per_stage_and_day"
            ),
            models.CheckConstraint(
                name="letters_have_numbers",
                condition=models.Q(stage="reminder", number__isnull=True)
                | (~models.Q(stage="reminder") & models.Q(number__isnull=False)),
            ),
            models.CheckConstraint(
                name="notice_final_demand_suspends",
                condition=models.Q(has_suspended=False) | models.Q(stage="final_demand"),
            ),
            models.CheckConstraint(
                name="notice_posted_on_and_by",
                condition=models.Q(posted_on__isnull=True, posted_by__isnull=True)
                | models.Q(posted_on__isnull=False, posted_by__isnull=False),
            ),
            models.CheckConstraint(
                name="notice_posted_has_way",
                condition=models.Q(posted_on__isnull=True, posted_by_way="", tracking_number="")
                | (models.Q(posted_on__isnull=False) & ~models.Q(posted_by_way="")),
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"{self.get_stage_display()} {self.issued_on}"

    def get_absolute_url(self) -> str:
        return reverse("receivables:letter_detail", args=[self.pk])

    @property
    def delivery(self) -> Delivery:
        """What became of the notice; what a person posted is posted, whatever became of its mail."""
        message = self.message
        if self.posted_on is not None:
            return Delivery.POSTED
        if message is None or (self.to_post and message.state in OutboxMessage.NOT_ARRIVED):
            return Delivery.TO_POST
        if message.state == OutboxMessage.State.SENT and message.dry_run_to:
            return Delivery.DRY_RUN
        return Delivery(message.state)

    @property
    def sent_on(self) -> dt.date | None:
        """The date on which the notice is known to have been sent, by mail or post; None while it is not, and where its
        mail came back or went to the dry-run address.
        """
        arrived_at = self.message.arrived_at if self.message else None
        mailed_on = timezone.localdate(arrived_at) if arrived_at else None
        return min(filter(None, (mailed_on, self.posted_on)), default=None)


class DunnedItem(models.Model):
    """An item on a notice. A stage is entered once per item: the constraint, not the code, says so (P5.2.3).

    An item is known across reports by customer, document, due date and currency. `damages_amount` is what a
    final demand claims for the days past due, in the item's currency.
    """

    notice = models.ForeignKey(DunningNotice, models.PROTECT, related_name="items")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="dunned_items")
    stage = models.CharField(_("stage"), max_length=20, choices=Stage.choices)
    document = models.CharField(_("document"), max_length=100)
    document_on = models.DateField(_("document date"), null=True, blank=True)
    due_on = models.DateField(_("due date"))
    currency = CurrencyField(_("currency"))
    amount = AmountField(_("open amount"))
    damages_amount = AmountField(_("liquidated damages"), default=0)
    days_overdue = models.IntegerField(_("days overdue"))

    objects: ClassVar[models.Manager[DunnedItem]] = SeenWithCustomer.as_manager()

    class Meta:
        verbose_name = _("dunned item")
        verbose_name_plural = _("dunned items")
        ordering = ["due_on", "document"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "document", "due_on", "currency", "stage"], name="stage_once_per_item"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="dunned_items_are_final", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.document} {self.stage}"
