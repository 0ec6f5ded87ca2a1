"""Reads of in-app messages and mails."""

from __future__ import annotations

from django.db.models import QuerySet

from creditrisk.accounts.models import User
from creditrisk.notifications.models import (
    Notification,
    NotificationQuerySet,
    OutboxMessage,
    OutboxMessageQuerySet,
)


def unread_by(user: User) -> QuerySet[Notification]:
    """Return the notifications this person has not read."""
    return Notification.objects.filter(user=user, read_at__isnull=True)


def notifications_of(user: User) -> QuerySet[Notification]:
    """Return this person's notifications, newest first."""
    visible: NotificationQuerySet = Notification.objects.visible_to(user)
    return visible


def mails_visible_to(user: User) -> QuerySet[OutboxMessage]:
    """Return the mails `user` may see, newest first."""
    visible: OutboxMessageQuerySet = OutboxMessage.objects.visible_to(user)
    return visible
