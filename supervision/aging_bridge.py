"""The bridge of an aging from one month end to the next (P3.2.4, P3.2.5): opening + new − paid ± credits ± reclassified
= closing, for every bucket and to the cent. Pure rules; every figure is in one currency.

An item is known in both reports by customer, document, due date and currency. What it fell by was paid, in the bucket
it stood in; what is new or rose is new, in the bucket it stands in; the rest moved from its old bucket to its new one.
Credits (negative balances) are told apart: a credit that is used up raises the balance, a new one lowers it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Literal

NOTHING = Decimal("0.00")

BridgeGap = Literal[
    "no_report", "no_report_before", "same_report", "no_items", "other_buckets", "not_reconciled"
]
"""Why a month has no bridge: no report in force describes its end, or the end of the month before; one report describes
both; one of the two has no items (an aging table, or lines dropped with age); their buckets differ; the items do not
add up to the stored sums.
"""


@dataclass(frozen=True)
class Movement:
    """Items that stood in one bucket and stand in another: positions of buckets, None where a report does not list
    them.

    `opening_amount` is signed, credits negative; `new_amount`, `paid_amount`, `used_amount` (credits that went) and
    `granted_amount` (credits that came) are never below zero.
    """

    opening_bucket: int | None
    closing_bucket: int | None
    opening_amount: Decimal
    new_amount: Decimal
    paid_amount: Decimal
    used_amount: Decimal
    granted_amount: Decimal

    @property
    def moved_amount(self) -> Decimal:
        """What stood in the one bucket and stands in the other: neither paid nor new; signed."""
        return self.opening_amount - self.paid_amount + self.used_amount


def movement(*, opening: tuple[int, Decimal] | None, closing: tuple[int, Decimal] | None) -> Movement:
    """Return what happened to one item: bucket and balance in the opening and in the closing report, None where it is
    not listed.

    1,000 that is 600 later: 400 paid. −50 that is −20 later: 30 of the credit used. 100 that is −5 later: 100 paid, a
    credit of 5 granted.
    """
    was, now = (NOTHING if side is None else side[1] for side in (opening, closing))
    return Movement(
        opening_bucket=None if opening is None else opening[0],
        closing_bucket=None if closing is None else closing[0],
        opening_amount=was,
        new_amount=max(max(now, NOTHING) - max(was, NOTHING), NOTHING),
        paid_amount=max(max(was, NOTHING) - max(now, NOTHING), NOTHING),
        used_amount=max(min(now, NOTHING) - min(was, NOTHING), NOTHING),
        granted_amount=max(min(was, NOTHING) - min(now, NOTHING), NOTHING),
    )


@dataclass(frozen=True)
class BridgeRow:
    """One bucket. `credit_amount` and `reclassified_amount` are signed: what they add to the balance."""

    opening_amount: Decimal
    new_amount: Decimal
    paid_amount: Decimal
    credit_amount: Decimal
    reclassified_amount: Decimal
    closing_amount: Decimal

    def __add__(self, other: BridgeRow) -> BridgeRow:
        """Return the sum of both, column by column."""
        return BridgeRow(*(getattr(self, name) + getattr(other, name) for name in COLUMNS))

    @property
    def is_sound(self) -> bool:
        """Whether the parts add up to the closing balance, to the cent."""
        return (
            self.opening_amount
            + self.new_amount
            - self.paid_amount
            + self.credit_amount
            + self.reclassified_amount
            == self.closing_amount
        )


COLUMNS = tuple(field.name for field in fields(BridgeRow))


def total_of(rows: Sequence[BridgeRow]) -> BridgeRow:
    """Return the sum of the rows: nothing is reclassified in the whole."""
    return sum(rows, BridgeRow(*(NOTHING for _name in COLUMNS)))


def bridge(
    movements: Iterable[Movement], *, opening: Sequence[Decimal], closing: Sequence[Decimal]
) -> tuple[BridgeRow, ...] | None:
    """Return a row for each bucket; `opening` and `closing` are the stored balances of the two reports by bucket, as
    many as there are buckets. None where the movements do not lead from the one to the other.
    """
    width = len(closing)
    new, paid, credit, reclassified = ([NOTHING] * width for _column in range(4))
    for one in movements:
        if one.opening_bucket is not None:
            paid[one.opening_bucket] += one.paid_amount
            credit[one.opening_bucket] += one.used_amount
            reclassified[one.opening_bucket] -= one.moved_amount
        if one.closing_bucket is not None:
            new[one.closing_bucket] += one.new_amount
            credit[one.closing_bucket] -= one.granted_amount
            reclassified[one.closing_bucket] += one.moved_amount
    rows = tuple(map(BridgeRow, opening, new, paid, credit, reclassified, closing))
    return rows if all(row.is_sound for row in rows) else None
