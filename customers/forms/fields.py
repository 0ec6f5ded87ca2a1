"""Form fields that know how names, phones, account numbers and codes are written."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from customers.master_data import POSTAL_CODE_REMEDY
from customers.numbers import (
    clean_number,
    clean_postal_code,
    clean_uscc,
    is_valid_number,
    is_valid_postal_code,
    is_valid_uscc,
)

CURRENCIES = (
    *("CNY", "USD", "EUR", "HKD", "JPY", "GBP", "TWD", "MOP", "SGD", "KRW", "AUD", "CAD", "CHF"),
    *(
        "MYR",
        "THB",
        "VND",
        "IDR",
        "INR",
        "PHP",
        "RUB",
        "NZD",
        "SEK",
        "NOK",
        "DKK",
        "AED",
        "SAR",
        "BRL",
        "MXN",
        "ZAR",
    ),
)
"""The currencies a form offers (ISO 4217), the home currency first."""

INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that have no place in one line of text: controls, direction overrides, line
separators."""

_PHONE = re.compile(r"\+?[0-9(][0-9 ()./,;-]{3,40}[0-9)]( ?(ext\.?|x|转|轉|#) ?[0-9]{1,8})?", re.IGNORECASE)
_WECHAT = re.compile(r"[A-Za-z0-9_-]{5,50}")
_ACCOUNT = re.compile(r"[A-Z0-9](?:[A-Z0-9 -]{2,48})[A-Z0-9]")


def listed_numbers(text: str) -> list[str]:
    """Return the customer numbers that were typed, separated by blanks or commas, each once."""
    return list(dict.fromkeys(text.replace(",", " ").replace("，", " ").replace("、", " ").split()))


class LineField(forms.CharField):
    """One line of text: blanks trimmed, invisible characters refused."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if text and any(unicodedata.category(char) in INVISIBLE for char in text):
            raise ValidationError(
                _("There are invisible characters in this text: type it again."), code="invisible_characters"
            )
        return text


class PhoneField(LineField):
    """A telephone number as people write it: digits, an optional +, separators, an extension."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return text
        plain = unicodedata.normalize("NFKC", text).replace("–", "-").replace("—", "-")
        if not _PHONE.fullmatch(plain):
            raise ValidationError(
                _("This is no telephone number: write it like +86 21 5555 0100 or 021-55550100 ext 12."),
                code="phone",
            )
        return plain


class WeChatField(LineField):
    """A WeChat ID, or the telephone number that one goes by."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if text and not _WECHAT.fullmatch(unicodedata.normalize("NFKC", text)):
            raise ValidationError(
                _("A WeChat ID has 5 to 50 Latin letters, digits, underscores and dashes."), code="wechat"
            )
        return unicodedata.normalize("NFKC", text) if text else text


class BankAccountField(LineField):
    """An account number or IBAN: capital letters, digits, blanks and dashes."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return text
        plain = unicodedata.normalize("NFKC", text).upper()
        if not _ACCOUNT.fullmatch(plain):
            raise ValidationError(
                _("An account number has 4 to 50 digits or letters, blanks and dashes."), code="bank_account"
            )
        return plain


class PostalCodeField(LineField):
    """A post code: capitals and digits, full-width ones made plain."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        code = clean_postal_code(text) if text else ""
        if code and not is_valid_postal_code(code):
            raise ValidationError(POSTAL_CODE_REMEDY, code="postal_code")
        return code


class UsccField(LineField):
    """A unified social credit code with a right check character (GB 32100-2015); empty is None."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{"empty_value": None, **kwargs, "max_length": 40}
        )  # blanks and dashes may be typed

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        code = clean_uscc(text)
        if len(code) != 18:
            raise ValidationError(
                _("The unified social credit code has 18 characters, not %(count)s."),
                code="uscc_length",
                params={"count": len(code)},
            )
        if not is_valid_uscc(code):
            raise ValidationError(
                _("The check character does not fit: compare the code with the business licence."),
                code="uscc",
            )
        return code


class CustomerNumberField(LineField):
    """A customer number; empty lets the product give the next one."""

    def to_python(self, value: Any) -> Any:
        number = clean_number(super().to_python(value) or "")
        if number and not is_valid_number(number):
            raise ValidationError(
                _("A customer number has at most 30 characters and no slashes."), code="customer_number"
            )
        return number


class CurrencyField(forms.ChoiceField):
    """One of the offered currencies, or the one that is stored already."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.pop("max_length", None)  # what a model form passes for the text field below
        super().__init__(**{**kwargs, "choices": [(code, code) for code in CURRENCIES]})

    def offer(self, code: str) -> None:
        """Offer `code` too: a stored currency is not lost because the list does not have it."""
        if code and code not in CURRENCIES:
            self.choices = [(code, code), *((known, known) for known in CURRENCIES)]


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A person, shown with his department (select it with the people)."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.display_name} ({obj.department})" if obj.department else obj.display_name


def require_no_negative_capital(amount: Any) -> None:
    """Raise ValidationError for a registered capital below zero."""
    if amount is not None and amount < 0:
        raise ValidationError(_("The registered capital cannot be negative."), code="negative")
