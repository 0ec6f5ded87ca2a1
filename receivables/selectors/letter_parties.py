"""Who writes a letter, to whom, and whom the reader may ask."""

from __future__ import annotations

from typing import cast

from creditrisk.accounts.models import User
from creditrisk.company.models import COMPANY_FIELDS
from creditrisk.company.selectors import our_company, seal_image
from customers.models import Customer
from receivables.letters.content import CompanyDetails, CustomerDetails, EnvelopeWindow
from receivables.letters.texts import Language


def company_details() -> CompanyDetails:
    """Return who writes: our company as it is now, with its seal and envelope."""
    company = our_company()
    return CompanyDetails(
        **{field: getattr(company, field) for field in COMPANY_FIELDS},
        seal=seal_image(company),
        window=cast(EnvelopeWindow, company.envelope_window),
        has_fold_marks=company.has_fold_marks,
    )


def customer_details(customer: Customer, *, language: Language) -> CustomerDetails:
    """Return whom we write to, by the name that he has in the language of the letter."""
    return CustomerDetails(
        number=customer.number,
        name=(customer.name_en or customer.name) if language == "en" else customer.name,
        address=customer.address,
        contact=customer.finance_contact,
        postal_code=customer.postal_code,
    )


def letter_contact(customer: Customer) -> User | None:
    """Return whom the customer may ask: his service manager, else his account manager."""
    return customer.service_manager or customer.account_manager
