"""Amounts in another currency by the rate of a day ("Aging": balances in several currencies are never added without a
rate). Pure rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from creditrisk.money import to_cents


@dataclass(frozen=True)
class Rates:
    """The rates of the day `on`: `by_currency` maps an ISO code to how many units of `base_currency` one unit is worth;
    the base currency itself is 1.
    """

    base_currency: str
    on: date
    by_currency: Mapping[str, Decimal]

    def in_base(self, amount: Decimal, currency: str) -> Decimal:
        """Return `amount` in the base currency, rounded half-up to the cent. Raises KeyError for a currency that the
        rates were not asked for.
        """
        return to_cents(amount * self.by_currency[currency])
