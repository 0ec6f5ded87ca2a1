"""Annex 1 as it is laid out: its sections in order, and each answer as it is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise, lazy
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from creditrisk.audit.masking import MASKED_FIELDS, mask_number
from creditrisk.template_tags import amount
from customers.models import ServiceType
from reviews.models import NewCustomerForm


@dataclass(frozen=True)
class Section:
    """One part of the form: its heading and its fields in order."""

    code: str
    heading: Promise
    fields: tuple[str, ...]


SECTIONS = (
    Section(
        "customer",
        _("Customer"),
        (
            "name",
            "enterprise_type",
            "registered_capital_amount",
            "registered_capital_currency",
            "bank_name",
            "bank_account",
            "legal_representative",
            "person_in_charge",
            "finance_contact",
            "finance_phone",
            "business_contact",
            "business_phone",
        ),
    ),
    Section("service", _("Service"), ("service_types", "business_content")),
    Section(
        "items",
        _("Review items"),
        (
            "uscc",
            "business_licence",
            "business_licence_number",
            "business_licence_valid_to_on",
            "tax_registration",
            "tax_registration_number",
            "organisation_code_certificate",
            "organisation_code",
            "organisation_code_certificate_valid_to_on",
            "special_industry_permit",
            "special_industry_permit_number",
            "special_industry_permit_valid_to_on",
            "iso_9000",
            "iso_9000_valid_to_on",
            "iso_20000",
            "iso_20000_valid_to_on",
            "bank_credit_rating_evidence",
            "bank_credit_rating",
            "bank_credit_rating_valid_to_on",
            "tax_credit_rating_evidence",
            "tax_credit_rating",
            "tax_credit_rating_valid_to_on",
            "other_qualifications",
        ),
    ),
    Section(
        "risk",
        _("Transaction risk"),
        ("years_in_business", "ability_to_pay", "related_business", "adverse_records"),
    ),
    Section("credit", _("Credit asked for"), ("expected_monthly_amount", "currency", "payment_term_days")),
    Section("opinion", _("Account manager's opinion"), ("account_manager_opinion",)),
)
"""The form in the order of Annex 1. Every answer is in exactly one section."""

LONG_TEXTS = (
    "business_content",
    "other_qualifications",
    "ability_to_pay",
    "related_business",
    "adverse_records",
    "account_manager_opinion",
)

CURRENCY_OF = {
    "registered_capital_amount": "registered_capital_currency",
    "expected_monthly_amount": "currency",
}
"""Amounts are read with their currency, in one place."""


@dataclass(frozen=True)
class ShownAnswer:
    """One answer as it is read; empty where nothing was answered. Long ones take the whole width."""

    name: str
    label: str
    value: str
    is_long: bool


def label_of(name: str) -> str:
    """Return what a field of the form is called, in the reader's language."""
    return str(capfirst(NewCustomerForm._meta.get_field(name).verbose_name))  # type: ignore[union-attr]


def labels_of(names: Iterable[str]) -> str | Promise:
    """Return what several fields are called, as one text in the language of whoever reads it."""
    fields = tuple(names)
    return lazy(lambda: ", ".join(label_of(name) for name in fields), str)()


def shown_value(form: NewCustomerForm, name: str, *, is_masked: bool = False) -> str:
    """Return an answer as text: choices by their labels, amounts with their currency, a masked number by its
    last characters."""
    value = getattr(form, name)
    if is_masked and name in MASKED_FIELDS:
        return mask_number(value)
    if name in CURRENCY_OF:
        return "" if value is None else f"{getattr(form, CURRENCY_OF[name])} {amount(value)}"
    if name == "service_types":
        return ", ".join(str(choice.label) for choice in ServiceType if choice.value in value)
    if hasattr(form, f"get_{name}_display"):
        return str(getattr(form, f"get_{name}_display")())
    return "" if value is None else str(value)


def shown_sections(form: NewCustomerForm, *, is_masked: bool) -> list[tuple[Section, list[ShownAnswer]]]:
    """Return the filled-in form for reading, in the order of the paper; `is_masked`: bank numbers are not for
    this reader (`reviews.permissions.may_see_bank_account`).
    """
    return [
        (
            section,
            [
                ShownAnswer(
                    name, label_of(name), shown_value(form, name, is_masked=is_masked), name in LONG_TEXTS
                )
                for name in section.fields
                if name not in CURRENCY_OF.values()
            ],
        )
        for section in SECTIONS
    ]
