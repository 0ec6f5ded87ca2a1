"""The rates of a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _

from creditrisk.exceptions import InvalidInputError
from creditrisk.exchange_rates.conversion import Rates
from creditrisk.exchange_rates.models import ExchangeRate


class MissingRateError(InvalidInputError):
    """A currency has no rate on a day; `currencies` are those without one."""

    def __init__(self, currencies: tuple[str, ...], *, base_currency: str, on: dt.date) -> None:
        super().__init__(
            "rate.missing",
            _(
                "There is no rate of %(currencies)s in %(base)s for %(date)s, nor one of the %(days)d days before."
                " Enter it under “Exchange rates”."
            )
            % {
                "currencies": ", ".join(currencies),
                "base": base_currency,
                "date": on,
                "days": settings.CREDITRISK_RATE_MAX_AGE_DAYS,
            },
        )
        self.currencies = currencies


def rates_on(day: dt.date, *, currencies: Iterable[str], base_currency: str) -> Rates:
    """Return the rates of `currencies` in force on a day: the latest of that day or before, at most
    CREDITRISK_RATE_MAX_AGE_DAYS days old. One query.

    Raises MissingRateError where one has none: a missing rate is never 1.
    """
    wanted = sorted({*currencies} - {base_currency})
    oldest_on = day - dt.timedelta(days=settings.CREDITRISK_RATE_MAX_AGE_DAYS)
    rows = (
        ExchangeRate.objects.filter(
            currency__in=wanted, base_currency=base_currency, valid_on__lte=day, valid_on__gte=oldest_on
        )
        .order_by("currency", "-valid_on")
        .distinct("currency")
        .values_list("currency", "rate")
    )
    found: dict[str, Decimal] = dict(rows)
    if missing := tuple(currency for currency in wanted if currency not in found):
        raise MissingRateError(missing, base_currency=base_currency, on=day)
    return Rates(base_currency, day, {**found, base_currency: Decimal(1)})


def known_rates(on: dt.date, *, currencies: Iterable[str], base_currency: str) -> Rates:
    """Return the rates of a day as far as they are known: a currency without one is left out."""
    return rates_of_days([on], currencies=currencies, base_currency=base_currency)[on]


def rates_of_days(
    days: Iterable[dt.date], *, currencies: Iterable[str], base_currency: str
) -> dict[dt.date, Rates]:
    """Return the rates of each day as far as they are known: what `known_rates` says of each. One query for all."""
    wanted, asked = {*currencies} - {base_currency}, sorted(set(days))
    found: dict[dt.date, dict[str, Decimal]] = {day: {base_currency: Decimal(1)} for day in asked}
    if wanted and asked:
        max_age = dt.timedelta(days=settings.CREDITRISK_RATE_MAX_AGE_DAYS)
        rows = ExchangeRate.objects.filter(
            currency__in=wanted,
            base_currency=base_currency,
            valid_on__range=(asked[0] - max_age, asked[-1]),
        ).order_by("valid_on")
        known = list(rows.values_list("valid_on", "currency", "rate"))
        for day in asked:
            # By rising dates: the latest rate of a currency comes last and counts.
            found[day] |= {currency: rate for on, currency, rate in known if day - max_age <= on <= day}
    return {day: Rates(base_currency, day, by_currency) for day, by_currency in found.items()}
