"""What becomes of a promise to pay (P5.2.3): to the cent, to the day, instalment by instalment. Grace is 3 days."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from receivables.promises import Instalment, Judgement, PromiseVerdict, Step, equal_instalments, judge

FIRST, SECOND = dt.date(2026, 3, 10), dt.date(2026, 4, 10)
ONE = (Instalment(FIRST, Decimal("100.00")),)
TWO = (*ONE, Instalment(SECOND, Decimal("50.00")))


def judged(instalments: tuple[Instalment, ...], paid: str, as_of: dt.date, grace: int = 3) -> Judgement:
    return judge(instalments, paid_amount=Decimal(paid), as_of=as_of, grace_days=grace)


def day(days: int, after: dt.date = FIRST) -> dt.date:
    return after + dt.timedelta(days=days)


@pytest.mark.parametrize(
    ("paid", "days", "verdict"),
    [
        # The exact amount keeps it, on whatever day; a cent less does not.
        ("100.00", -5, "kept"),
        ("100.00", 0, "kept"),
        ("100.00", 90, "kept"),
        ("100.01", 0, "kept"),
        # The report of the second day of grace says nothing yet, that of the third decides.
        ("99.99", 0, "open"),
        ("99.99", 2, "open"),
        ("99.99", 3, "partly"),
        ("0.01", 3, "partly"),
        ("0.00", 2, "open"),
        ("0.00", 3, "broken"),
        ("0.00", 4, "broken"),
    ],
)
def test_one_instalment(paid: str, days: int, verdict: PromiseVerdict) -> None:
    assert judged(ONE, paid, day(days)) == Judgement(verdict, (verdict,))


@pytest.mark.parametrize(("days", "verdict"), [(-1, "open"), (0, "broken")])
def test_without_grace_the_report_of_the_day_itself_decides(days: int, verdict: PromiseVerdict) -> None:
    assert judged(ONE, "0.00", day(days), grace=0).verdict == verdict


@pytest.mark.parametrize(
    ("paid", "as_of", "verdict", "instalments"),
    [
        ("0.00", day(0), "open", ("open", "open")),
        ("100.00", day(3), "open", ("kept", "open")),
        # 120 paid: the first 100, and 20 of the second, whose day has not come.
        ("120.00", day(3), "open", ("kept", "open")),
        ("150.00", day(0), "kept", ("kept", "kept")),
        # A missed instalment ends the promise, though the other's day has not come.
        ("0.00", day(3), "broken", ("broken", "open")),
        ("99.99", day(3), "partly", ("partly", "open")),
        # The first was paid in time: a missed second makes it partly kept, never broken.
        ("100.00", day(2, SECOND), "open", ("kept", "open")),
        ("100.00", day(3, SECOND), "partly", ("kept", "broken")),
        ("149.99", day(3, SECOND), "partly", ("kept", "partly")),
        ("150.00", day(3, SECOND), "kept", ("kept", "kept")),
        ("0.00", day(3, SECOND), "broken", ("broken", "broken")),
    ],
)
def test_two_instalments_are_paid_in_their_order(
    paid: str, as_of: dt.date, verdict: PromiseVerdict, instalments: tuple[PromiseVerdict, ...]
) -> None:
    assert judged(TWO, paid, as_of) == Judgement(verdict, instalments)


def test_the_order_is_that_of_the_days_not_of_the_typing() -> None:
    assert judged((TWO[1], TWO[0]), "100.00", day(3)).instalments == ("kept", "open")


@pytest.mark.parametrize(
    ("step", "days"),
    [
        ("week", ["2026-01-31", "2026-02-07", "2026-02-14"]),
        ("two_weeks", ["2026-01-31", "2026-02-14", "2026-02-28"]),
        # The last day of a shorter month, and the 31st again afterwards.
        ("month", ["2026-01-31", "2026-02-28", "2026-03-31"]),
    ],
)
def test_equal_instalments_and_the_cents_that_are_left(step: Step, days: list[str]) -> None:
    """100.00 in three: 33.33, 33.33 and 33.34."""
    parts = equal_instalments(Decimal("100.00"), count=3, first_on=dt.date(2026, 1, 31), step=step)
    assert [part.due_on.isoformat() for part in parts] == days
    assert [str(part.amount) for part in parts] == ["33.33", "33.33", "33.34"]


@pytest.mark.parametrize(("amount", "count"), [("0.05", 6), ("99.99", 2), ("1000000.01", 6), ("7.00", 1)])
def test_equal_instalments_add_up(amount: str, count: int) -> None:
    parts = equal_instalments(Decimal(amount), count=count, first_on=FIRST, step="month")
    assert (len(parts), sum(part.amount for part in parts)) == (count, Decimal(amount))
