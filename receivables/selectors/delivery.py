"""Reads of how letters went: their attempts, and those whose mail did not arrive."""

from __future__ import annotations

from creditrisk.notifications.models import OutboxMessage
from receivables.models import DunningNotice


def attempts_of(notice: DunningNotice) -> list[OutboxMessage]:
    """Return the mails of a notice, the first attempt first. One query for each attempt before the last."""
    attempts: list[OutboxMessage] = []
    message = notice.message
    while message is not None:
        attempts.append(message)
        message = message.replaces
    return attempts[::-1]


def letters_not_arrived() -> list[int]:
    """Return the primary keys of the notices whose last mail did not arrive and which nobody has posted yet, oldest
    first. Not those of a dry run: it says nothing about the customer's address.
    """
    notices = DunningNotice.objects.filter(
        message__state__in=OutboxMessage.NOT_ARRIVED,
        message__dry_run_to="",
        posted_on__isnull=True,
        to_post=False,
    )
    return list(notices.order_by("pk").values_list("pk", flat=True))
