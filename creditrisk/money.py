"""Money: a Decimal amount with its currency beside it, never a float."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from django.db import models

CENT = Decimal("0.01")
MAX_DIGITS = 18
DECIMAL_PLACES = 2


def to_cents(amount: Decimal) -> Decimal:
    """Return `amount` rounded half-up to the cent, in the currency it came in."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def round_down(amount: Decimal, *, step: Decimal) -> Decimal:
    """Return the largest multiple of `step` not above `amount`, in the same currency."""
    return (amount / step).to_integral_value(rounding=ROUND_DOWN) * step


class AmountField(models.DecimalField):  # type: ignore[type-arg]
    """An amount of money to the cent; the model keeps its currency in a field beside it."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("max_digits", MAX_DIGITS)
        kwargs.setdefault("decimal_places", DECIMAL_PLACES)
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]


class CurrencyField(models.CharField):  # type: ignore[type-arg]
    """An ISO 4217 code such as CNY."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("max_length", 3)
        kwargs.setdefault("default", "CNY")
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
