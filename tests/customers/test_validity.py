"""When a qualification is valid, and which reminder a day calls for (P4.3)."""

from __future__ import annotations

import datetime as dt

import pytest

from customers.validity import Validity, days_left, due_reminder, validity

START, END = dt.date(2026, 1, 1), dt.date(2026, 12, 31)
DAY = dt.timedelta(days=1)
POLICY_DAYS = (60, 30, 7)


@pytest.mark.parametrize(
    ("on", "left"),
    [(END - DAY, 1), (END, 0), (END + DAY, -1), (dt.date(2026, 2, 28), 306), (dt.date(2024, 2, 29), 1036)],
)
def test_days_left(on: dt.date, left: int) -> None:
    """From 28 February to 31 December 2026 are 31 + 30 + 31 + 30 + 31 + 31 + 30 + 31 + 30 + 31 = 306 days."""
    assert days_left(END, on) == left


@pytest.mark.parametrize(
    ("on", "state"),
    [
        (START - DAY, "not_yet_valid"),
        (START, "valid"),
        (END - 61 * DAY, "valid"),
        (END - 60 * DAY, "ending"),
        (END, "ending"),
        (END + DAY, "expired"),
    ],
)
def test_state_on_a_day(on: dt.date, state: Validity) -> None:
    found = validity(
        valid_from_on=START, valid_to_on=END, is_retired=False, on=on, ending_within_days=POLICY_DAYS[0]
    )
    assert found == state


@pytest.mark.parametrize(
    ("valid_from_on", "valid_to_on", "is_retired", "state"),
    [
        (None, None, False, "valid"),
        (None, END, False, "expired"),
        (END + 400 * DAY, None, False, "not_yet_valid"),
        (START, None, False, "valid"),
        (None, None, True, "retired"),
        (START, END, True, "retired"),
    ],
)
def test_open_dates_and_retired_ones(
    valid_from_on: dt.date | None, valid_to_on: dt.date | None, is_retired: bool, state: Validity
) -> None:
    found = validity(
        valid_from_on=valid_from_on,
        valid_to_on=valid_to_on,
        is_retired=is_retired,
        on=END + 365 * DAY,
        ending_within_days=60,
    )
    assert found == state


@pytest.mark.parametrize(
    ("left", "reminder"),
    [(61, None), (60, 60), (31, 60), (30, 30), (8, 30), (7, 7), (1, 7), (0, 7), (-1, None), (-400, None)],
)
def test_reminder_of_a_day(left: int, reminder: int | None) -> None:
    """The nearest reminder that is reached: 31 days before the end it is that of 60 days, 30 days before that of 30."""
    on = END - left * DAY
    assert due_reminder(valid_to_on=END, on=on, reminder_days=POLICY_DAYS, sent=()) == reminder


@pytest.mark.parametrize(
    ("left", "sent", "reminder"),
    [
        (60, [60], None),
        (30, [60], 30),
        (30, [60, 30], None),
        (7, [60], 7),
        (5, [7], None),
        (29, [60, 30], None),
    ],
)
def test_no_reminder_twice_and_none_made_up_for(left: int, sent: list[int], reminder: int | None) -> None:
    """With 7 days left that of 30 days is not made up for: one message says all there is to say."""
    on = END - left * DAY
    assert due_reminder(valid_to_on=END, on=on, reminder_days=POLICY_DAYS, sent=sent) == reminder


def test_one_reminder_each_when_every_day_is_run() -> None:
    sent: list[int] = []
    days = []
    for left in range(90, -10, -1):
        on = END - left * DAY
        reminder = due_reminder(valid_to_on=END, on=on, reminder_days=POLICY_DAYS, sent=sent)
        if reminder is not None:
            sent.append(reminder)
            days.append(left)
    assert (sent, days) == ([60, 30, 7], [60, 30, 7])


def test_a_reminder_on_the_last_day_itself() -> None:
    assert due_reminder(valid_to_on=END, on=END, reminder_days=(7, 0), sent=[7]) == 0
    assert due_reminder(valid_to_on=END, on=END + DAY, reminder_days=(7, 0), sent=[7]) is None
