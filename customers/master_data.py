"""The fields of the customer file that a person fills in (Annex 1), and how their values are made uniform."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.exceptions import InvalidInputError
from customers.numbers import clean_postal_code, clean_uscc, is_valid_postal_code, is_valid_uscc

MASTER_DATA_FIELDS = (
    "name",
    "name_en",
    "short_name",
    "enterprise_type",
    "industry",
    "registered_capital_amount",
    "registered_capital_currency",
    "uscc",
    "business_licence_number",
    "tax_registration_number",
    "organisation_code",
    "bank_name",
    "bank_account",
    "legal_representative",
    "person_in_charge",
    "finance_contact",
    "finance_phone",
    "finance_email",
    "business_contact",
    "business_phone",
    "address",
    "postal_code",
    "letter_language",
    "currency",
    "payment_term_days",
    "payment_term_kind",
)

POSTAL_CODE_REMEDY = gettext_lazy(
    "A post code has 3 to 10 letters and digits, in China six digits: write it like 200120."
)
NAME_FIELDS = ("name", "name_en", "short_name")
ONE_FACT = (
    ("registered_capital_amount", "registered_capital_currency"),
    ("bank_name", "bank_account"),
    ("finance_contact", "finance_phone"),
    ("business_contact", "business_phone"),
    ("address", "postal_code"),
    ("payment_term_days", "payment_term_kind"),
)
"""Fields that say one thing together: half of each from two sources would be a wrong amount or account."""


def stale_fields(*, file: Mapping[str, object], file_then: Mapping[str, object]) -> frozenset[str]:
    """Return the fields that `file` no longer holds as `file_then` did; of fields that say one thing together
    all are stale where one is.

    A field that `file_then` does not name counts as unchanged.
    """
    changed = {field for field, value in file.items() if field in file_then and file_then[field] != value}
    for fact in ONE_FACT:
        if not changed.isdisjoint(fact):
            changed.update(fact)
    return frozenset(changed)


def clean_master_data(data: Mapping[str, object]) -> dict[str, Any]:
    """Return `data` ready for the model: no blank around text, an empty code as None.

    Raises TypeError for a field that is no master data (a programmer's mistake, not a person's),
    InvalidInputError for an empty name, a unified social credit code or a post code that cannot be one.
    """
    unknown = set(data) - set(MASTER_DATA_FIELDS)
    if unknown:
        raise TypeError(f"not master data of a customer: {', '.join(sorted(unknown))}")
    cleaned = {key: value.strip() if isinstance(value, str) else value for key, value in data.items()}
    if "name" in cleaned and not cleaned["name"]:
        raise InvalidInputError("customer.name_missing", _("A customer needs a name."))
    if "uscc" in cleaned:
        code = clean_uscc(str(cleaned["uscc"] or ""))
        if code and not is_valid_uscc(code):
            raise InvalidInputError(
                "customer.uscc_invalid",
                _("%(code)s is no unified social credit code: compare the 18 characters with the licence.")
                % {"code": code},
            )
        cleaned["uscc"] = code or None
    if "postal_code" in cleaned:
        postal_code = clean_postal_code(str(cleaned["postal_code"] or ""))
        if postal_code and not is_valid_postal_code(postal_code):
            raise InvalidInputError("customer.postal_code_invalid", POSTAL_CODE_REMEDY)
        cleaned["postal_code"] = postal_code
    return cleaned
