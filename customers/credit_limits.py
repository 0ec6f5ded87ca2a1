"""A customer's credit limits on a date, and what is open against them ("New customers and credit limits")."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Limits:
    """The two limits of a customer in `currency`; each with the last day on which it counts."""

    currency: str
    permanent_amount: Decimal | None = None
    permanent_valid_to_on: dt.date | None = None
    temporary_amount: Decimal | None = None
    temporary_valid_to_on: dt.date | None = None

    def valid_on(self, day: dt.date) -> list[Decimal]:
        """Return the limits that count on `day`: none, one or both."""
        both = (
            (self.permanent_amount, self.permanent_valid_to_on),
            (self.temporary_amount, self.temporary_valid_to_on),
        )
        return [amount for amount, last in both if amount is not None and last is not None and day <= last]

    def effective_on(self, day: dt.date) -> Decimal | None:
        """Return the limit that counts on `day`, the larger of those that are valid; None where there is none.

        A temporary limit replaces the permanent one while it lasts, where it is larger; they are never added.
        """
        return max(self.valid_on(day), default=None)


@dataclass(frozen=True)
class Cover:
    """A limit on a date beside what is open against it, in `currency`; `exposure_amount` is of that currency alone."""

    currency: str
    limit_amount: Decimal
    exposure_amount: Decimal

    @property
    def available_amount(self) -> Decimal:
        """What the limit leaves; zero where it is used up."""
        return max(self.limit_amount - self.exposure_amount, NOTHING)

    @property
    def used_pct(self) -> Decimal | None:
        """The share of the limit that is used, 0 or more; None where there is no limit to use."""
        if self.limit_amount <= 0:
            return None
        return max(self.exposure_amount, NOTHING) * 100 / self.limit_amount

    @property
    def is_exceeded(self) -> bool:
        """Whether more is open than the limit allows."""
        return self.exposure_amount > self.limit_amount


def cover_of(limits: Limits, amounts: Mapping[str, Decimal], *, on: dt.date) -> Cover:
    """Return the limit that counts on `on` beside what is open in its currency; without a limit it is nothing."""
    return Cover(
        currency=limits.currency,
        limit_amount=limits.effective_on(on) or NOTHING,
        exposure_amount=amounts.get(limits.currency, NOTHING),
    )
