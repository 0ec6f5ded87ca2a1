"""Telling people: the bell in the page and, where they want it, a mail and a robot's message."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils import translation
from django.utils.functional import Promise
from django.utils.text import Truncator

from creditrisk.accounts.models import User
from creditrisk.notifications.models import Notification, RobotChoice
from creditrisk.notifications.services.outbox import is_mail_address, queue_mail, queue_robot_message

TITLE_MAX_LENGTH = 300


@transaction.atomic
def notify(
    *, users: Iterable[User], title: str | Promise, url: str, key: str, with_mail: bool = True
) -> None:
    """Tell each active one of `users` once, in his language: the bell in the page, where he wants mails a mail, and
    the robot of his choice.

    `key` names the event: the same event told again changes nothing. `url` is the page it is about. Who sends a mail of
    his own with more in it than the title says so: `with_mail=False`.
    """
    active = [user for user in users if user.is_active]
    choices = {
        choice.user_id: choice
        for choice in RobotChoice.objects.filter(user__in=active, robot__is_active=True).select_related(
            "robot"
        )
    }
    told = []
    for user in active:
        language = user.language or "en"
        with translation.override(language):
            text = Truncator(" ".join(str(title).split())).chars(TITLE_MAX_LENGTH)
        told.append(Notification(user=user, title=text, url=url, key=key))
        if with_mail and user.mails_wanted and is_mail_address(user.email):
            queue_mail(key=f"{key}:{user.pk}", to=user.email, subject=text, body=text, language=language)
        if choice := choices.get(user.pk):
            queue_robot_message(
                key=f"{key}:{user.pk}:robot",
                robot=choice.robot,
                mention=choice.mention,
                text=text,
                language=language,
            )
    Notification.objects.bulk_create(told, ignore_conflicts=True)


@transaction.atomic
def mark_read(*, notification: Notification, now: dt.datetime) -> None:
    """Mark one notification as read at `now`; one read before keeps its time."""
    Notification.objects.filter(pk=notification.pk, read_at__isnull=True).update(read_at=now)


@transaction.atomic
def mark_all_read(*, user: User, now: dt.datetime) -> int:
    """Mark all of this person's notifications as read at `now`; return how many were unread."""
    return Notification.objects.filter(user=user, read_at__isnull=True).update(read_at=now)
