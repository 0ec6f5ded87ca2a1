"""Messages to people: the bell in the page, and the outbox of mails with a visible final state."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.notifications.customers import visible_customer_numbers

SEES_ALL_MAILS = frozenset({Role.ADMINISTRATOR, Role.GROUP_LEADER, Role.DEPUTY_LEADER})


class NotificationQuerySet(models.QuerySet["Notification"]):
    def visible_to(self, user: User) -> NotificationQuerySet:
        """Return what this person was told: nobody reads what was told to another."""
        return self.filter(user=user)


class OutboxMessageQuerySet(models.QuerySet["OutboxMessage"]):
    def visible_to(self, user: User) -> OutboxMessageQuerySet:
        """Return the mails `user` may see: administrators and leaders all, others those to their customers."""
        if user.has_role(*SEES_ALL_MAILS):
            return self
        numbers = visible_customer_numbers(user).values("number")
        return self.filter(~models.Q(customer_number=""), customer_number__in=numbers)


class Notification(models.Model):
    """One in-app message to one person; its text is stored in his language. `key` names the event: once per
    person.
    """

    key = models.CharField(_("key"), max_length=200)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    title = models.CharField(_("title"), max_length=300)
    url = models.CharField(_("link"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)

    objects: ClassVar[models.Manager[Notification]] = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="notification_user"),
            models.Index(
                fields=["user"], condition=models.Q(read_at__isnull=True), name="notification_unread"
            ),
        ]
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="told_once_per_event")]

    def __str__(self) -> str:
        return self.title


class OutboxMessage(models.Model):
    """One mail. Recorded in the transaction of what it tells, sent after commit, with retries and a final
    state.

    `sending` that never became `sent` or `failed` (a kill between the server's acceptance and our commit, or
    a connection lost in the conversation) ends as `unknown`: shown to a person, never sent again by itself.
    `attachment` may be a file that its owner keeps as well (a letter's PDF). `requeued_by` decided to send it
    again.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        UNKNOWN = "unknown", _("unknown: check before sending again")

    FINISHED_BADLY: ClassVar[frozenset[State]] = frozenset({State.FAILED, State.UNKNOWN})

    key = models.CharField(_("key"), max_length=200, unique=True)
    to = models.EmailField(_("to"))
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
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["state", "next_attempt_at"], name="outbox_due")]
        constraints = [
            models.CheckConstraint(
                name="outbox_sent_has_time",
                condition=models.Q(state="sent", sent_at__isnull=False)
                | (~models.Q(state="sent") & models.Q(sent_at__isnull=True)),
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
