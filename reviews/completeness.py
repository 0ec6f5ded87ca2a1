"""What a new-customer review form must say before it is handed in (Annex 1); a draft may be incomplete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.numbers import is_valid_uscc

MAX_PAYMENT_TERM_DAYS = 365

ALWAYS_ASKED = (
    "name",
    "enterprise_type",
    "bank_name",
    "bank_account",
    "legal_representative",
    "person_in_charge",
    "finance_contact",
    "finance_phone",
    "business_contact",
    "business_phone",
    "service_types",
    "business_content",
    "business_licence",
    "special_industry_permit",
    "iso_9000",
    "iso_20000",
    "years_in_business",
    "ability_to_pay",
    "related_business",
    "adverse_records",
    "expected_monthly_amount",
    "currency",
    "payment_term_days",
    "account_manager_opinion",
)

CAPITAL_FREE_TYPES = frozenset({"institution", "sole_proprietor"})
"""Public institutions and sole proprietors have no registered capital."""

OLDER_NUMBERS = (
    ("business_licence", "business_licence_number"),
    ("tax_registration", "tax_registration_number"),
    ("organisation_code_certificate", "organisation_code"),
)
"""The three certificates that the unified social credit code replaces, each with its number."""

RATINGS = (
    ("bank_credit_rating_evidence", "bank_credit_rating"),
    ("tax_credit_rating_evidence", "tax_credit_rating"),
)
"""Whose evidence is provided must be said."""

NOT_ANSWERED = _("Please fill this in before you submit.")
INVALID_USCC = _(
    "This is no unified social credit code: compare its 18 characters with the licence (GB 32100-2015)."
)


def open_questions(answers: Mapping[str, Any]) -> dict[str, str | Promise]:
    """Return what keeps the form from being submitted: field name → reason, in the order of the form; empty
    if nothing.

    `answers` holds the form's fields by name. Either a valid unified social credit code is given, or the
    three older certificates with their numbers (a certificate marked "not applicable" needs none).
    """
    found: dict[str, str | Promise] = {
        field: NOT_ANSWERED for field in ALWAYS_ASKED if answers[field] in (None, "", [])
    }
    if answers["registered_capital_amount"] is None and answers["enterprise_type"] not in CAPITAL_FREE_TYPES:
        found["registered_capital_amount"] = NOT_ANSWERED
    found.update(
        {
            rating: NOT_ANSWERED
            for evidence, rating in RATINGS
            if answers[evidence] == "provided" and not answers[rating]
        }
    )
    found.update(_identity_questions(answers))
    found.update(_credit_questions(answers))
    return {field: found[field] for field in answers if field in found}


def _identity_questions(answers: Mapping[str, Any]) -> dict[str, str | Promise]:
    if answers["uscc"]:
        return {} if is_valid_uscc(answers["uscc"]) else {"uscc": INVALID_USCC}
    if not any(answers[number] for _state, number in OLDER_NUMBERS):
        return {"uscc": _("Give the unified social credit code, or the three older numbers.")}
    found: dict[str, str | Promise] = {}
    for state, number in OLDER_NUMBERS:
        if not answers[state]:
            found[state] = NOT_ANSWERED
        if not answers[number] and answers[state] != "not_applicable":
            found[number] = _("Without a unified social credit code this number is needed.")
    return found


def _credit_questions(answers: Mapping[str, Any]) -> dict[str, str | Promise]:
    found: dict[str, str | Promise] = {}
    monthly, term_days = answers["expected_monthly_amount"], answers["payment_term_days"]
    if monthly is not None and monthly <= 0:
        found["expected_monthly_amount"] = _("The expected business must be more than 0.")
    if term_days is not None and not 0 < term_days <= MAX_PAYMENT_TERM_DAYS:
        found["payment_term_days"] = _("A payment term has 1 to 365 days.")
    return found
