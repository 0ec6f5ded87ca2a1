"""Noting that letters were posted by hand: by post, fax, courier, or handed over (P5.2.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import BusinessError, ConflictError, InvalidInputError, require
from creditrisk.notifications.models import OutboxMessage
from receivables.models import DunningNotice, PostedWay
from receivables.permissions import posted_refusal


@dataclass(frozen=True)
class _Posting:
    """What a person notes: on which day, how, and with which tracking number."""

    on: dt.date
    by: User
    way: str
    number: str

    def is_noted_on(self, notice: DunningNotice) -> bool:
        """Return whether exactly this is noted already."""
        noted = (notice.posted_on, notice.posted_by_id, notice.posted_by_way, notice.tracking_number)
        return noted == (self.on, self.by.pk, self.way, self.number)

    def require_possible(self, notice: DunningNotice) -> None:
        """Raise the refusal where this cannot be noted."""
        require(posted_refusal(self.by, notice))
        if self.on < notice.issued_on:
            raise InvalidInputError(
                "notice.posted_too_early",
                _("It cannot have been posted before its own date, %(issued_on)s.")
                % {"issued_on": notice.issued_on},
            )
        if self.way not in PostedWay.values:
            raise InvalidInputError("notice.way", _("There is no such way to send a letter."))
        if self.way == PostedWay.COURIER and not self.number:
            raise InvalidInputError("notice.tracking_missing", _("Give the courier's tracking number."))
        if self.number and self.way not in (PostedWay.COURIER, PostedWay.POST):
            raise InvalidInputError("notice.no_tracking", _("Only post and couriers have a tracking number."))

    def note_on(self, notice: DunningNotice) -> None:
        """Write it on the locked notice."""
        notice.posted_on = self.on
        notice.posted_by = self.by
        notice.posted_by_way = PostedWay(self.way)
        notice.tracking_number = self.number
        with acting(self.by):
            notice.save()


@transaction.atomic
def mark_posted(
    *, notice: DunningNotice, on: dt.date, by: User, way: str = PostedWay.POST, tracking_number: str = ""
) -> DunningNotice:
    """Note that a notice was posted (or faxed, or handed over) on the date `on`; return it. The same again is once.

    It counts as sent from then (P5.2.3). Raises NotAllowedError, ConflictError where another date or way is noted
    already, InvalidInputError where `on` is before the notice's own date, there is no such way, or a courier's
    `tracking_number` is missing; faxes and what was handed over have none.
    """
    posting = _Posting(on, by, way, " ".join(tracking_number.split()))
    (locked,) = _locked([notice.pk])
    if not posting.is_noted_on(locked):
        posting.require_possible(locked)
        posting.note_on(locked)
    return locked


@transaction.atomic
def mark_all_posted(*, notices: Iterable[int], on: dt.date, by: User) -> int:
    """Note that all of some notices (by primary key) were posted on the date `on`, by the rules of `mark_posted`;
    return how many are noted anew: the same again are none. All or none.

    Raises what `mark_posted` raises, naming the first letter that stands in the way.
    """
    wanted = set(notices)
    locked = _locked(wanted)
    if len(locked) < len(wanted):
        raise ConflictError("letters.gone", _("Some of these letters are gone. Load the page again."))
    posting = _Posting(on, by, PostedWay.POST, "")
    todo = [notice for notice in locked if not posting.is_noted_on(notice)]
    for notice in todo:
        try:
            posting.require_possible(notice)
        except BusinessError as refusal:
            raise type(refusal)(refusal.code, f"{notice} ({notice.customer.number}): {refusal}") from None
    for notice in todo:
        posting.note_on(notice)
    return len(todo)


def _locked(keys: Iterable[int]) -> list[DunningNotice]:
    """Return the notices, locked; their mails first, as everywhere, so that none is queued again meanwhile. They are
    loaded after the lock: joined, a mail that another one replaced while we waited would be none at all."""
    mails = OutboxMessage.objects.select_for_update(of=("self",)).filter(dunning_notice__in=keys)
    list(mails.order_by("pk").values_list("pk"))
    locked = list(DunningNotice.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
    prefetch_related_objects(locked, "customer", "message")
    return locked
