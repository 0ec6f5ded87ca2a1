"""When a customer is called again (P5.2.3): business days after a call, the day after a promised payment."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from creditrisk.business_days.calendar import BusinessCalendar
from creditrisk.policy.default import DEFAULT_POLICY
from receivables.next_contact import CallResult, next_contact_on

RULES = DEFAULT_POLICY.dunning
WEDNESDAY, FRIDAY = dt.date(2026, 3, 4), dt.date(2026, 3, 6)
CALENDAR = BusinessCalendar()


def on(result: CallResult, day: dt.date = WEDNESDAY, **facts: dt.date) -> str:
    return next_contact_on(result, on=day, rules=RULES, calendar=CALENDAR, **facts).isoformat()


@pytest.mark.parametrize(
    ("result", "day", "expected"),
    [
        # Three business days: from Wednesday over the weekend to Monday; from Friday to Wednesday.
        ("reached", WEDNESDAY, "2026-03-09"),
        ("reached", FRIDAY, "2026-03-11"),
        ("no_answer", WEDNESDAY, "2026-03-05"),
        ("no_answer", FRIDAY, "2026-03-09"),
        ("wrong_number", WEDNESDAY, "2026-03-05"),
        ("wrong_number", FRIDAY, "2026-03-09"),
        # Before the holidays of 1 October: the next business day is the 8th.
        ("no_answer", dt.date(2026, 9, 30), "2026-10-08"),
    ],
)
def test_after_a_call(result: CallResult, day: dt.date, expected: str) -> None:
    assert on(result, day) == expected


def test_a_day_that_the_company_works_counts() -> None:
    saturday = BusinessCalendar({dt.date(2026, 3, 7): True})
    assert next_contact_on("no_answer", on=FRIDAY, rules=RULES, calendar=saturday) == dt.date(2026, 3, 7)


def test_after_a_promise_the_day_after_the_first_instalment_and_the_days_of_grace() -> None:
    """To be paid until the 20th, three days of grace: the report of the 23rd may still show it; the 24th is the day."""
    assert on("promise", first_instalment_on=dt.date(2026, 3, 20)) == "2026-03-24"
    no_grace = replace(RULES, promise_grace_days=0)
    first = dt.date(2026, 3, 20)
    assert next_contact_on(
        "promise", on=WEDNESDAY, rules=no_grace, calendar=CALENDAR, first_instalment_on=first
    ) == dt.date(2026, 3, 21)
    assert on("promise") == "2026-03-08"


@pytest.mark.parametrize(
    ("settle_by_on", "expected"),
    [
        (None, "2026-03-11"),
        (dt.date(2026, 3, 20), "2026-03-20"),
        (WEDNESDAY, "2026-03-04"),
        (dt.date(2026, 3, 1), "2026-03-04"),
    ],
)
def test_after_a_dispute_when_it_is_to_be_settled_or_a_week_later(
    settle_by_on: dt.date | None, expected: str
) -> None:
    found = next_contact_on(
        "dispute", on=WEDNESDAY, rules=RULES, calendar=CALENDAR, settle_by_on=settle_by_on
    )
    assert found.isoformat() == expected
