"""Absences for tests."""

from __future__ import annotations

import datetime as dt

from creditrisk.absences import services
from creditrisk.accounts.models import Absence, User
from tests.factories.reviews import TODAY


def stand_in(
    deputy: User,
    *,
    person: User,
    starts_on: dt.date = TODAY,
    ends_on: dt.date = TODAY,
    today: dt.date = TODAY,
) -> Absence:
    """Let `deputy` stand in for `person`, on the tests' day unless told otherwise."""
    return services.appoint_deputy(
        person=person, deputy=deputy, starts_on=starts_on, ends_on=ends_on, by=person, today=today
    )
