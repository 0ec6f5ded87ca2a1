"""What happened to a message of the outbox: each attempt, each word of a mail server, each decision of a person."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.notifications.models.outbox import OutboxMessage


class OutboxEventQuerySet(models.QuerySet["OutboxEvent"]):
    def visible_to(self, user: User) -> OutboxEventQuerySet:
        """Return the events of the messages `user` may see."""
        messages = OutboxMessage.objects.visible_to(user)
        return self.filter(message__in=messages)


class OutboxEvent(models.Model):
    """One thing that happened to a message; never changed. `address` is where it was going then, `by` who decided it
    (nobody: the sender or a mail server). `reference` tells one report of a mail server from the next: each is
    taken once.
    """

    class Kind(models.TextChoices):
        SENT = "sent", _("sent")
        POSTPONED = "postponed", _("to be tried again")
        FAILED = "failed", _("failed")
        UNKNOWN = "unknown", _("not known whether it arrived")
        BOUNCED = "bounced", _("bounced")
        DELAYED = "delayed", _("delayed, says the mail server")
        REQUEUED = "requeued", _("queued again")
        REPLACED = "replaced", _("sent elsewhere")
        DRY_RUN = "dry_run", _("dry run")

    message = models.ForeignKey(
        OutboxMessage, models.PROTECT, related_name="events", verbose_name=_("message")
    )
    kind = models.CharField(_("what happened"), max_length=10, choices=Kind.choices)
    at = models.DateTimeField(_("when"), default=timezone.now)
    address = models.CharField(_("address"), max_length=254, blank=True)
    text = models.TextField(_("details"), blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    reference = models.CharField(_("reference"), max_length=64, blank=True)

    objects: ClassVar[models.Manager[OutboxEvent]] = OutboxEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event of a message")
        verbose_name_plural = _("events of messages")
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["message", "reference"],
                condition=~models.Q(reference=""),
                name="outbox_report_taken_once",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="outbox_events_are_final", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.kind}"
