"""What a monthly summary says (P3.2.5), as plain data: computed once, stored as JSON, read by the page, the mail, the
PDF and the workbook alike. Amounts are signed where credits play a part; two currencies are never added without a rate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

from creditrisk.policy.schema import AgingBucket
from supervision.aging_bridge import NOTHING, BridgeGap, BridgeRow
from supervision.migration import GradeMove

SCHEMA = 1
"""The version of this shape. Rows are kept for years: a later shape has to read the earlier ones."""
TOP = 10
TREND_MONTHS = 12


@dataclass(frozen=True)
class ReportSource:
    """A report that figures come from."""

    number: str
    as_of: date


@dataclass(frozen=True)
class Line:
    """One figure of a section: how many, and where it is about money how much in which currency."""

    code: str
    count: int
    currency: str = ""
    amount: Decimal | None = None

    def __add__(self, other: Line) -> Line:
        """Return the sum of the same figure of two people."""
        amount = None if self.amount is None or other.amount is None else self.amount + other.amount
        return replace(self, count=self.count + other.count, amount=amount)


@dataclass(frozen=True)
class SectionFacts:
    """The figures of one section (`supervision.summary_sections`), in its order."""

    key: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class CurrencyAging:
    """What customers owe in one currency, credits netted: `bucket_amounts` at the month's end; `bridge` leads there
    from the month before, a row for each bucket, None where it cannot be told.
    """

    currency: str
    customers: int
    overdue_customers: int
    items: int
    total_amount: Decimal
    overdue_amount: Decimal
    bucket_amounts: tuple[Decimal, ...]
    opening_total_amount: Decimal | None = None
    opening_overdue_amount: Decimal | None = None
    bridge: tuple[BridgeRow, ...] | None = None


@dataclass(frozen=True)
class TrendPoint:
    """The balances by bucket at the end of an earlier month (its first day), in one currency."""

    month: date
    currency: str
    bucket_amounts: tuple[Decimal, ...]


@dataclass(frozen=True)
class BaseTotals:
    """All currencies in that of the company, by the rates of the report's day. `missing`: currencies without a rate,
    which are not in it.
    """

    currency: str
    total_amount: Decimal
    overdue_amount: Decimal
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class OverdueCustomer:
    """One of the customers who owe most past due; `oldest_bucket` is the position of the last one with a debit."""

    number: str
    name: str
    grade: str
    currency: str
    overdue_amount: Decimal
    total_amount: Decimal
    oldest_bucket: int


@dataclass(frozen=True)
class PayableCustomer:
    """A customer whom we owe as well: both sides in one currency."""

    number: str
    name: str
    currency: str
    receivable_amount: Decimal
    payable_amount: Decimal

    @property
    def net_amount(self) -> Decimal:
        """Receivables less payables: below zero where we owe more than we are owed."""
        return self.receivable_amount - self.payable_amount


@dataclass(frozen=True)
class PayableTotals:
    """All customers whom we owe in one currency; `set_off_amount` is what both sides could be set off by."""

    currency: str
    customers: int
    receivable_amount: Decimal
    payable_amount: Decimal
    set_off_amount: Decimal

    def __add__(self, other: PayableTotals) -> PayableTotals:
        """Return the sums of two portfolios in the same currency."""
        return PayableTotals(
            self.currency,
            self.customers + other.customers,
            self.receivable_amount + other.receivable_amount,
            self.payable_amount + other.payable_amount,
            self.set_off_amount + other.set_off_amount,
        )


@dataclass(frozen=True)
class RecoveredFacts:
    """What the notices of a stage in a month demanded, and what of it fell within `days` as far as it was known at the
    end of the summary's month (`receivables.selectors.recovered`).
    """

    month: date
    stage: str
    currency: str
    days: int
    demanded_amount: Decimal
    known_amount: Decimal
    recovered_amount: Decimal


@dataclass(frozen=True)
class SummaryFacts:
    """Everything of one customer service manager's month, or of the group's. `month` is its first day."""

    schema_version: int
    month: date
    month_end: date
    customers: int
    bucket_days: tuple[int | None, ...]
    bridge_gap: BridgeGap | None = None
    closing: ReportSource | None = None
    opening: ReportSource | None = None
    payables_source: ReportSource | None = None
    base: BaseTotals | None = None
    aging: tuple[CurrencyAging, ...] = ()
    trend: tuple[TrendPoint, ...] = ()
    overdue: tuple[OverdueCustomer, ...] = ()
    payables: tuple[PayableTotals, ...] = ()
    payable_customers: tuple[PayableCustomer, ...] = ()
    grade_moves: tuple[GradeMove, ...] = ()
    recovered: tuple[RecoveredFacts, ...] = ()
    sections: tuple[SectionFacts, ...] = ()

    @property
    def buckets(self) -> tuple[AgingBucket, ...]:
        """The aging buckets of the closing report."""
        return tuple(AgingBucket(str(place), days) for place, days in enumerate(self.bucket_days))

    def section(self, key: str) -> SectionFacts:
        """Return the figures of a section; one that was not there yet when these were computed has none."""
        return next((one for one in self.sections if one.key == key), SectionFacts(key, ()))


class UnknownSchemaError(ValueError):
    """Stored facts have a shape that this version of the product does not know."""


@lru_cache(maxsize=1)
def _shape() -> TypeAdapter[SummaryFacts]:
    return TypeAdapter(SummaryFacts)


def facts_to_data(facts: SummaryFacts) -> dict[str, Any]:
    """Return the facts as JSON-ready data: amounts as strings, days as YYYY-MM-DD."""
    data: dict[str, Any] = _shape().dump_python(facts, mode="json")
    return data


def facts_from_data(data: Mapping[str, Any]) -> SummaryFacts:
    """Return what `facts_to_data` stored. Raises UnknownSchemaError for another version of the shape."""
    if data.get("schema_version") != SCHEMA:
        raise UnknownSchemaError(f"facts of schema {data.get('schema_version')}; this version reads {SCHEMA}")
    return _shape().validate_python(dict(data))


@dataclass(frozen=True)
class Difference:
    """One figure that reads differently now: `figure` is its path, None where it was, or is, not known."""

    figure: str
    currency: str
    before: Decimal | None
    after: Decimal | None

    @property
    def change(self) -> Decimal | None:
        """By how much it rose (above zero) or fell; None where one of the two is not known."""
        return None if self.before is None or self.after is None else self.after - self.before


def _bucket_places(facts: SummaryFacts) -> dict[tuple[int | None, int | None], int]:
    """Return the bounds of each bucket (last day of the one before it, its own last day) → its position."""
    ends = facts.bucket_days
    return {bounds: place for place, bounds in enumerate(zip((None, *ends), ends, strict=False))}


def _aging_in(facts: SummaryFacts, currency: str) -> CurrencyAging | None:
    """Return what is owed in a currency: one that the report does not list is nothing, no report is None."""
    found = next((one for one in facts.aging if one.currency == currency), None)
    if found is not None or facts.closing is None:
        return found
    has_opening = facts.opening is not None and facts.bridge_gap not in {"other_buckets", "same_report"}
    return CurrencyAging(
        currency=currency,
        customers=0,
        overdue_customers=0,
        items=0,
        total_amount=NOTHING,
        overdue_amount=NOTHING,
        bucket_amounts=(NOTHING,) * len(facts.bucket_days),
        opening_total_amount=NOTHING if has_opening else None,
        bridge=() if facts.bridge_gap in {None, "not_reconciled"} else None,
    )


def _reported(facts: SummaryFacts, currency: str) -> dict[str, Decimal | None]:
    """Return figure → amount in a currency of what comes from reports, without buckets; None where it is not known."""
    aging = _aging_in(facts, currency)
    bridge = aging.bridge if aging else None
    payable = next((one.payable_amount for one in facts.payables if one.currency == currency), NOTHING)
    return {
        "total": aging.total_amount if aging else None,
        "overdue": aging.overdue_amount if aging else None,
        "opening": aging.opening_total_amount if aging else None,
        **{
            name: None if bridge is None else sum((getattr(row, f"{name}_amount") for row in bridge), NOTHING)
            for name in ("new", "paid", "credit")
        },
        "payables": payable if facts.payables_source else None,
    }


FIGURES: Sequence[str] = ("total", "overdue", "bucket", "opening", "new", "paid", "credit", "payables")
"""What an addendum compares, in its order."""


def differences(frozen: SummaryFacts, now: SummaryFacts) -> tuple[Difference, ...]:
    """Return what the reports say differently now from what was signed: balances, bridge and payables by currency. What
    is not known is not nothing. Buckets are those of `frozen`; one that has other bounds now is not compared.
    """
    found = []
    was, is_now = _bucket_places(frozen), _bucket_places(now)
    currencies = {aging.currency for facts in (frozen, now) for aging in facts.aging}
    currencies |= {payable.currency for facts in (frozen, now) for payable in facts.payables}
    for currency in sorted(currencies):
        before, after = _reported(frozen, currency), _reported(now, currency)
        one, other = _aging_in(frozen, currency), _aging_in(now, currency)
        if one is not None and other is not None:
            for bounds in was.keys() & is_now.keys():
                figure = f"bucket:{was[bounds]}"
                before[figure] = one.bucket_amounts[was[bounds]]
                after[figure] = other.bucket_amounts[is_now[bounds]]
        found += [
            Difference(figure, currency, before[figure], after[figure])
            for figure in sorted(before, key=_place)
            if before[figure] != after[figure]
        ]
    return tuple(found)


def _place(figure: str) -> tuple[int, str]:
    return FIGURES.index(figure.partition(":")[0]), figure


def difference_to_data(difference: Difference) -> dict[str, Any]:
    """Return a difference as JSON-ready data."""
    return {
        "figure": difference.figure,
        "currency": difference.currency,
        "before": None if difference.before is None else str(difference.before),
        "after": None if difference.after is None else str(difference.after),
    }


def difference_from_data(data: Mapping[str, Any]) -> Difference:
    """Return what `difference_to_data` stored."""
    before, after = (None if data[side] is None else Decimal(data[side]) for side in ("before", "after"))
    return Difference(data["figure"], data["currency"], before, after)
