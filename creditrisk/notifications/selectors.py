"""Reads of in-app messages and mails."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from creditrisk.accounts.models import User
from creditrisk.notifications.models import (
    Notification,
    NotificationQuerySet,
    OutboxEvent,
    OutboxMessage,
    OutboxMessageQuerySet,
    Robot,
    RobotChoice,
)


def unread_by(user: User) -> QuerySet[Notification]:
    """Return the notifications this person has not read."""
    return Notification.objects.filter(user=user, read_at__isnull=True)


def told_keys(keys: Iterable[str]) -> set[str]:
    """Return those of the events (`Notification.key`) that somebody was told of already. One query."""
    return set(Notification.objects.filter(key__in=list(keys)).order_by().values_list("key", flat=True))


def notifications_of(user: User) -> QuerySet[Notification]:
    """Return this person's notifications, newest first."""
    visible: NotificationQuerySet = Notification.objects.visible_to(user)
    return visible


def mails_visible_to(user: User) -> QuerySet[OutboxMessage]:
    """Return the messages `user` may see, newest first."""
    visible: OutboxMessageQuerySet = OutboxMessage.objects.visible_to(user)
    return visible


def mails_in_trouble(user: User) -> QuerySet[OutboxMessage]:
    """Return the messages among them that ended badly and wait for a decision."""
    visible: OutboxMessageQuerySet = OutboxMessage.objects.visible_to(user)
    return visible.in_trouble()


def events_of(message: OutboxMessage) -> QuerySet[OutboxEvent]:
    """Return what happened to a message, in order, with who decided it."""
    return OutboxEvent.objects.filter(message=message).select_related("by")


def robots_to_choose() -> QuerySet[Robot]:
    """Return the robots that are switched on, by name."""
    return Robot.objects.filter(is_active=True)


def robot_choice_of(user: User) -> RobotChoice | None:
    """Return which robot this person chose; None for none."""
    return RobotChoice.objects.filter(user=user).select_related("robot").first()
