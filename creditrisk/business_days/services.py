"""Changing the company's calendar."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.audit.tracking import acting
from creditrisk.business_days.models import CalendarDay
from creditrisk.exceptions import NotAllowedError


def refusal_to_change(by: User) -> NotAllowedError | None:
    """Return why `by` may not change the calendar; None for an administrator."""
    if by.has_role(Role.ADMINISTRATOR):
        return None
    return NotAllowedError("calendar.not_allowed", _("Only an administrator changes the calendar."))


@transaction.atomic
def set_day(*, day: dt.date, is_business_day: bool, name: str, by: User) -> CalendarDay:
    """Say of `day` whether the company works on it, whatever the public calendar says; return the exception. Deadlines
    that are set already stay.

    Raises NotAllowedError unless `by` is an administrator.
    """
    _require(by)
    with acting(by):
        given = {"is_business_day": is_business_day, "name": name.strip()}
        return CalendarDay.objects.update_or_create(day=day, defaults=given)[0]


@transaction.atomic
def clear_day(*, day: dt.date, by: User) -> None:
    """Let the public calendar decide on `day` again. Raises NotAllowedError unless `by` is an administrator."""
    _require(by)
    with acting(by):
        CalendarDay.objects.filter(day=day).delete()


def _require(by: User) -> None:
    if refused := refusal_to_change(by):
        raise refused
