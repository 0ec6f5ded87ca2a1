"""Entering, uploading and removing exchange rates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError, NotAllowedError
from creditrisk.exchange_rates.models import RATE_DECIMALS, RATE_DIGITS, ExchangeRate
from creditrisk.spreadsheets.limits import Limits
from creditrisk.spreadsheets.reader import read_table

CODE_LENGTH = 3
MAX_ROWS = 20_000
FIRST_YEAR, LAST_YEAR = 2000, 2100
CURRENCY_NAMES = frozenset({"currency", "币种", "货币", "币别", "幣種", "貨幣", "code"})
DATE_NAMES = frozenset({"date", "valid from", "日期", "生效日期", "valid_on"})
RATE_NAMES = frozenset({"rate", "exchange rate", "汇率", "匯率", "中间价", "中間價"})


def refusal_to_change(by: User | None) -> NotAllowedError | None:
    """P3.4: finance keeps the rates, an administrator helps. No user: the command, run on the server itself."""
    if by is None or by.has_role(Role.FINANCE_CLERK, Role.PLANNING_FINANCE, Role.ADMINISTRATOR):
        return None
    return NotAllowedError(
        "rate.not_allowed", _("Only finance and administrators enter exchange rates (P3.4).")
    )


@dataclass(frozen=True)
class NewRate:
    """One rate to be entered; `row` is its row in the file it comes from."""

    currency: str
    valid_on: dt.date
    rate: Decimal
    row: int = 0


@transaction.atomic
def set_rate(
    *, currency: str, base_currency: str, valid_on: dt.date, rate: Decimal, by: User | None
) -> ExchangeRate:
    """Enter the rate of a day, or correct it; return it. Raises NotAllowedError, InvalidInputError for a code that is
    none, the base currency itself, or a rate that is not above zero.
    """
    _require(by)
    given = NewRate(currency.strip().upper(), valid_on, rate)
    _require_possible(given, base_currency=base_currency)
    with acting(by):
        return ExchangeRate.objects.update_or_create(
            currency=given.currency,
            base_currency=base_currency,
            valid_on=valid_on,
            defaults={"rate": rate, "entered_by": by},
        )[0]


@transaction.atomic
def remove_rate(*, rate: ExchangeRate, by: User) -> None:
    """Remove a rate; figures that were computed with it are computed anew. Raises NotAllowedError."""
    _require(by)
    with acting(by):
        ExchangeRate.objects.filter(pk=rate.pk).delete()


@transaction.atomic
def upload_rates(*, path: Path, base_currency: str, by: User | None) -> int:
    """Enter all rates of a file with the columns currency, date and rate; return how many there are. All or none.

    Raises NotAllowedError, InvalidInputError where the file cannot be read, or for the first row that is no rate, with
    its number and the remedy.
    """
    _require(by)
    table = read_table(path, limits=Limits(rows=MAX_ROWS))
    rates = _rates_of(table.rows)
    for rate in rates:
        _require_possible(rate, base_currency=base_currency)
    with acting(by):
        ExchangeRate.objects.bulk_create(
            [
                ExchangeRate(
                    currency=rate.currency,
                    base_currency=base_currency,
                    valid_on=rate.valid_on,
                    rate=rate.rate,
                    entered_by=by,
                )
                for rate in {(rate.currency, rate.valid_on): rate for rate in rates}.values()
            ],
            update_conflicts=True,
            unique_fields=["currency", "base_currency", "valid_on"],
            update_fields=["rate", "entered_by", "entered_at"],
        )
    return len(rates)


def _require(by: User | None) -> None:
    if refused := refusal_to_change(by):
        raise refused


def _rates_of(rows: Sequence[tuple[int, tuple[str, ...]]]) -> list[NewRate]:
    if len(rows) < 2:
        raise InvalidInputError("rate.empty", _("The file has no rows."))
    _number, header = rows[0]
    names = [cell.strip().casefold() for cell in header]
    places = [
        next((index for index, name in enumerate(names) if name in known), None)
        for known in (CURRENCY_NAMES, DATE_NAMES, RATE_NAMES)
    ]
    if None in places:
        raise InvalidInputError(
            "rate.columns",
            _(
                "The first row needs the columns “Currency”, “Date” and “Rate” (币种, 日期, 汇率); it has: %(found)s."
            )
            % {"found": ", ".join(filter(None, header))},
        )
    return [_rate_of(row, [cells[place] if place < len(cells) else "" for place in places if place is not None])
            for row, cells in rows[1:]]  # fmt: skip


def _rate_of(row: int, cells: Sequence[str]) -> NewRate:
    currency, day, rate = cells
    try:
        valid_on = dt.date.fromisoformat(day.strip()[:10].replace("/", "-"))
    except ValueError as error:
        raise _row_error(row, day, gettext_lazy("is not a date. Write it as 2026-03-01")) from error
    try:
        number = Decimal(rate.strip().replace("，", ","))
    except InvalidOperation as error:
        raise _row_error(row, rate, gettext_lazy("is not a rate. Write it as 7.1234")) from error
    return NewRate(currency.strip().upper(), valid_on, number, row)


def _row_error(row: int, value: str, reason: object) -> InvalidInputError:
    text = _("Row %(row)d: “%(value)s” %(reason)s.") % {"row": row, "value": value, "reason": reason}
    return InvalidInputError("rate.row", text)


def _require_possible(rate: NewRate, *, base_currency: str) -> None:
    where = _("Row %(row)d: ") % {"row": rate.row} if rate.row else ""
    if len(rate.currency) != CODE_LENGTH or not rate.currency.isascii() or not rate.currency.isalpha():
        text = _("“%(currency)s” is no currency code. Write three letters, such as USD.") % {
            "currency": rate.currency
        }
        raise InvalidInputError("rate.currency", where + text)
    if rate.currency == base_currency:
        text = _("%(currency)s is the company's own currency: it needs no rate.") % {
            "currency": rate.currency
        }
        raise InvalidInputError("rate.base", where + text)
    too_long = not rate.rate.is_finite() or rate.rate != round(rate.rate, RATE_DECIMALS)
    if too_long or not 0 < rate.rate < 10 ** (RATE_DIGITS - RATE_DECIMALS):
        text = _("“%(rate)s” is no rate: a number above zero with at most %(decimals)d decimals.")
        raise InvalidInputError("rate.rate", where + text % {"rate": rate.rate, "decimals": RATE_DECIMALS})
    if not FIRST_YEAR <= rate.valid_on.year <= LAST_YEAR:
        text = _("%(date)s is not between the years %(first)d and %(last)d.")
        values = {"date": rate.valid_on, "first": FIRST_YEAR, "last": LAST_YEAR}
        raise InvalidInputError("rate.date", where + text % values)
