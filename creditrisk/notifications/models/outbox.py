"""The outbox: mails and robots' messages with a visible final state."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.notifications.customers import visible_customer_numbers
from creditrisk.notifications.models.robot import MessageChannel, Robot

SEES_ALL_MAILS = frozenset({Role.ADMINISTRATOR, Role.GROUP_LEADER, Role.DEPUTY_LEADER})


class OutboxMessageQuerySet(models.QuerySet["OutboxMessage"]):
    def visible_to(self, user: User) -> OutboxMessageQuerySet:
        """Return the mails `user` may see: administrators and leaders all, others those to their customers."""
        if user.has_role(*SEES_ALL_MAILS):
            return self
        numbers = visible_customer_numbers(user).values("number")
        return self.filter(~models.Q(customer_number=""), customer_number__in=numbers)

    def in_trouble(self) -> OutboxMessageQuerySet:
        """Return what ended badly and waits for a decision: what another message replaced does not, nor what is settled
        otherwise (`NOTIFICATIONS_SETTLED`)."""
        bad = self.filter(state__in=OutboxMessage.FINISHED_BADLY, replaced_by__isnull=True)
        for path in settings.NOTIFICATIONS_SETTLED:
            bad = bad.exclude(pk__in=import_string(path)())
        return bad


class OutboxMessage(models.Model):
    """One mail, or one message of a robot. Recorded in the transaction of what it tells, sent after commit, with
    retries and a final state.

    `sending` that never became `sent` or `failed` (a kill between the server's acceptance and our commit, or
    a connection lost in the conversation) ends as `unknown`: shown to a person, never sent again by itself.
    `bounced` was accepted first and came back: `sent_at` stays, it did not arrive all the same.
    `attachment` may be a file that its owner keeps as well (a letter's PDF). `requeued_by` decided to send it
    again. `to` is a mail address or, for a robot, whom the message names. `dry_run_to`: it went there, or for a
    robot nowhere, and never reached `to`. `replaces` is the message that went to another address before.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        UNKNOWN = "unknown", _("unknown: check before sending again")
        BOUNCED = "bounced", _("bounced")

    FINISHED_BADLY: ClassVar[frozenset[State]] = frozenset({State.FAILED, State.UNKNOWN, State.BOUNCED})
    NOT_ARRIVED: ClassVar[frozenset[State]] = frozenset({State.FAILED, State.BOUNCED})

    key = models.CharField(_("key"), max_length=200, unique=True)
    channel = models.CharField(
        _("channel"), max_length=10, choices=MessageChannel.choices, default=MessageChannel.EMAIL
    )
    robot = models.ForeignKey(
        Robot, models.PROTECT, null=True, blank=True, related_name="messages", verbose_name=_("robot")
    )
    to = models.CharField(_("to"), max_length=254, blank=True)
    subject = models.CharField(_("subject"), max_length=300)
    body = models.TextField(_("text"))
    language = models.CharField(_("language"), max_length=10, default="en")
    reply_to = models.EmailField(_("reply to"), blank=True)
    attachment = models.FileField(_("attachment"), upload_to="outbox/%Y/%m/", max_length=200, blank=True)
    attachment_name = models.CharField(_("attachment name"), max_length=200, blank=True)
    customer_number = models.CharField(_("customer number"), max_length=30, blank=True, db_index=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt at"), null=True, blank=True)
    claimed_at = models.DateTimeField(_("claimed at"), null=True, blank=True)
    error = models.TextField(_("last error"), blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    bounced_at = models.DateTimeField(_("bounced at"), null=True, blank=True)
    dry_run_to = models.EmailField(_("dry-run address"), blank=True)
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name=_("replaces")
    )
    requeued_at = models.DateTimeField(_("queued again at"), null=True, blank=True)
    requeued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("queued again by"),
    )

    objects: ClassVar[models.Manager[OutboxMessage]] = OutboxMessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["state", "next_attempt_at"], name="outbox_due")]
        constraints = [
            models.CheckConstraint(
                name="outbox_sent_has_time",
                condition=models.Q(state="sent", sent_at__isnull=False)
                | models.Q(state="bounced")
                | (~models.Q(state="sent") & models.Q(sent_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="outbox_bounced_has_time",
                condition=models.Q(state="bounced", bounced_at__isnull=False)
                | (~models.Q(state="bounced") & models.Q(bounced_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="outbox_robot_by_channel",
                condition=models.Q(channel="email", robot__isnull=True)
                | (~models.Q(channel="email") & models.Q(robot__isnull=False)),
            ),
            models.CheckConstraint(
                name="outbox_robots_speak_to_us",
                condition=models.Q(channel="email") | models.Q(customer_number=""),
            ),
            models.CheckConstraint(
                name="outbox_sending_is_claimed",
                condition=~models.Q(state="sending") | models.Q(claimed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="outbox_requeued_at_and_by",
                condition=models.Q(requeued_at__isnull=True, requeued_by__isnull=True)
                | models.Q(requeued_at__isnull=False, requeued_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.to}"

    def get_absolute_url(self) -> str:
        return reverse("notifications:outbox_message", args=[self.pk])

    @property
    def is_settled(self) -> bool:
        """Whether what it carries went another way (`NOTIFICATIONS_SETTLED`): it is not sent again."""
        own = OutboxMessage.objects.filter(pk=self.pk)
        return any(
            own.filter(pk__in=import_string(path)()).exists() for path in settings.NOTIFICATIONS_SETTLED
        )

    @property
    def is_email(self) -> bool:
        """Whether it is a mail; a robot's message otherwise."""
        return self.channel == MessageChannel.EMAIL

    @property
    def is_replaced(self) -> bool:
        """Whether another message went out in its place: what became of this one no longer decides anything."""
        return hasattr(self, "replaced_by")

    @property
    def has_ended_badly(self) -> bool:
        """Whether a person may send it again: it did not arrive, that is not known, or it was a dry run."""
        return self.state in self.FINISHED_BADLY or (self.state == self.State.SENT and bool(self.dry_run_to))

    @property
    def is_held(self) -> bool:
        """Whether a mail to a customer waits for its first attempt until customers' mails leave again."""
        return (
            self.state == self.State.QUEUED
            and bool(self.customer_number)
            and not self.attempts
            and self.next_attempt_at is not None
        )

    @property
    def last_at(self) -> dt.datetime:
        """When something last became of it: it came back, was sent, was tried, or was recorded."""
        return self.bounced_at or self.sent_at or self.claimed_at or self.created_at

    @property
    def arrived_at(self) -> dt.datetime | None:
        """When it is known to have been sent; None where it came back, or never went to whom it is for."""
        is_sent = self.state == self.State.SENT and not self.dry_run_to
        return self.sent_at if is_sent else None
