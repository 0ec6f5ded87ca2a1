"""Telling people: the bell in the page and, where they want it, a mail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils import translation
from django.utils.functional import Promise
from django.utils.text import Truncator

from creditrisk.accounts.models import User
from creditrisk.notifications.models import Notification
from creditrisk.notifications.services.outbox import is_mail_address, queue_mail

TITLE_MAX_LENGTH = 300


@transaction.atomic
def notify(*, users: Iterable[User], title: str | Promise, url: str, key: str) -> None:
    """Tell each active one of `users` once, in his language: the bell in the page and, where he wants mails,
    a mail.

    `key` names the event: the same event told again changes nothing. `url` is the page it is about.
    """
    told = []
    for user in users:
        if not user.is_active:
            continue
        language = user.language or "en"
        with translation.override(language):
            text = Truncator(" ".join(str(title).split())).chars(TITLE_MAX_LENGTH)
        told.append(Notification(user=user, title=text, url=url, key=key))
        if user.mails_wanted and is_mail_address(user.email):
            queue_mail(key=f"{key}:{user.pk}", to=user.email, subject=text, body=text, language=language)
    Notification.objects.bulk_create(told, ignore_conflicts=True)


@transaction.atomic
def mark_read(*, notification: Notification, now: dt.datetime) -> None:
    """Mark one notification as read at `now`; one read before keeps its time."""
    Notification.objects.filter(pk=notification.pk, read_at__isnull=True).update(read_at=now)


@transaction.atomic
def mark_all_read(*, user: User, now: dt.datetime) -> int:
    """Mark all of this person's notifications as read at `now`; return how many were unread."""
    return Notification.objects.filter(user=user, read_at__isnull=True).update(read_at=now)
