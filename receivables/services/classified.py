"""Drawing up the classified detail of a month, saying what is done about each line, and signing it off (P5.2.2)."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.dates import end_of_month
from creditrisk.exceptions import ConflictError, InvalidInputError, require
from receivables.models import ClassifiedDetail, ClassifiedLine
from receivables.permissions import classified_refusal, sign_refusal
from receivables.selectors.classified import classified_lines, report_of_month

ACTION_CHARACTERS = 500


@transaction.atomic
def draw_up_detail(*, month_on: dt.date, by: User) -> ClassifiedDetail:
    """Draw up one's own detail of a month (its first day) from the report that describes its end; return it. One that
    is not signed yet is drawn up anew: what was said about a line stays with its customer, contract and currency.

    Raises NotAllowedError for anybody but a customer service manager, ConflictError where it is signed,
    InvalidInputError where no report of the month is in force.
    """
    require(classified_refusal(by))
    month_on = month_on.replace(day=1)
    report = report_of_month(month_on)
    if report is None:
        raise InvalidInputError(
            "classified.no_report",
            _("No aging report of %(month)s is in force: finance uploads it first (P3.4).")
            % {"month": f"{month_on:%Y-%m}"},
        )
    User.objects.select_for_update().get(pk=by.pk)
    with acting(by):
        detail = ClassifiedDetail.objects.filter(service_manager=by, month_on=month_on).first()
        if detail is None:
            detail = ClassifiedDetail(service_manager=by, month_on=month_on)
        elif detail.signed_at is not None:
            raise ConflictError("classified.signed", _("This detail is signed: it never changes again."))
        said = {
            (line.customer_id, line.contract_number, line.currency): (line.next_action, line.next_action_on)
            for line in (detail.lines.all() if detail.pk else ())
        }
        buckets, lines = classified_lines(by, report=report, on=end_of_month(month_on))
        detail.report = report
        detail.buckets = [asdict(bucket) for bucket in buckets]
        detail.save()
        detail.lines.all().delete()
        for line in lines:
            line.detail = detail
            line.next_action, line.next_action_on = said.get(
                (line.customer_id, line.contract_number, line.currency), ("", None)
            )
        ClassifiedLine.objects.bulk_create(lines)
    return detail


@transaction.atomic
def note_next_action(*, line: ClassifiedLine, text: str, on: dt.date | None, by: User) -> ClassifiedLine:
    """Say what is done about a line, and by when; return it. Raises NotAllowedError for anybody but the detail's own
    manager, ConflictError where it is signed, InvalidInputError for a text that is too long, or a day without one.
    """
    detail = ClassifiedDetail.objects.select_for_update().get(pk=line.detail_id)
    require(sign_refusal(by, detail))
    text = " ".join(text.split())
    if len(text) > ACTION_CHARACTERS or (on is not None and not text):
        raise InvalidInputError(
            "classified.action",
            _("Say in at most %(limit)d characters what is done by that day.") % {"limit": ACTION_CHARACTERS},
        )
    locked = ClassifiedLine.objects.select_for_update().get(pk=line.pk)
    locked.next_action, locked.next_action_on = text, on
    with acting(by):
        locked.save()
    return locked


@transaction.atomic
def sign_detail(*, detail: ClassifiedDetail, by: User) -> ClassifiedDetail:
    """Sign one's detail off: it is frozen as it is. Signing twice is signing once.

    Raises NotAllowedError for anybody but its own manager, InvalidInputError where a line that is overdue says nothing
    of what is done about it (P5.2.2: collection is supervised term by term).
    """
    locked = ClassifiedDetail.objects.select_for_update().get(pk=detail.pk)
    if locked.signed_at is not None and locked.signed_by == by:
        return locked
    require(sign_refusal(by, locked))
    silent = locked.lines.filter(overdue_amount__gt=0, next_action="").count()
    if silent:
        raise InvalidInputError(
            "classified.no_action",
            _("%(count)d overdue lines have no next action yet: say what is done about each (P5.2.2).")
            % {"count": silent},
        )
    locked.signed_at, locked.signed_by = timezone.now(), by
    with acting(by):
        locked.save()
    return locked
