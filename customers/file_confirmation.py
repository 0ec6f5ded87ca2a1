"""When a customer file has to be confirmed again, and what its sections hold (P4.3). Pure rules."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from creditrisk.dates import add_months
from creditrisk.policy.schema import ReviewCycleRules

SECTION_FIELDS: Mapping[str, tuple[str, ...]] = {
    "master_data": (
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
        "legal_representative",
        "person_in_charge",
        "address",
        "postal_code",
        "letter_language",
        "currency",
        "payment_term_days",
        "payment_term_kind",
    ),
    "contacts": (
        "finance_contact",
        "finance_phone",
        "finance_email",
        "business_contact",
        "business_phone",
    ),
    "bank": ("bank_name", "bank_account"),
    "portfolio": ("account_manager", "service_manager"),
}
"""Which fields of the file each section holds; every field that a person fills in belongs to one of them."""

Standing = Literal["overdue", "due", "confirmed"]


def file_confirmed_on(latest: Mapping[str, dt.date]) -> dt.date | None:
    """Return since when the whole file counts as confirmed: the oldest of the sections' latest confirmations.

    `latest` maps a section to the day it was last confirmed. None while a section never was.
    """
    if not latest.keys() >= SECTION_FIELDS.keys():
        return None
    return min(latest[section] for section in SECTION_FIELDS)


def latest_by_section(confirmations: Iterable[tuple[Iterable[str], dt.date]]) -> dict[str, dt.date]:
    """Return section → the day it was last confirmed, from (sections, day) of each confirmation."""
    latest: dict[str, dt.date] = {}
    for sections, day in confirmations:
        for section in sections:
            latest[section] = max(day, latest.get(section, day))
    return latest


def confirmation_due_on(
    *,
    confirmed_on: dt.date | None,
    reviewed_on: dt.date | None,
    opened_on: dt.date,
    rules: ReviewCycleRules,
) -> dt.date:
    """Return the last day on which the file may be confirmed in time (P4.3).

    That is `file_confirmation_months` after the last confirmation (after the file was opened, where there is none),
    and no later than `confirmation_after_review_days` after a review that no confirmation followed; a confirmation on
    the very day of the review follows it.
    """
    due_on = add_months(confirmed_on or opened_on, rules.file_confirmation_months)
    if reviewed_on is None or (confirmed_on is not None and confirmed_on >= reviewed_on):
        return due_on
    return min(due_on, reviewed_on + dt.timedelta(days=rules.confirmation_after_review_days))


def standing_on(due_on: dt.date, *, on: dt.date, rules: ReviewCycleRules) -> Standing:
    """Return how a file stands on `on`: overdue after its due date, due from `confirmation_notice_days` before."""
    if on > due_on:
        return "overdue"
    return "due" if asked_from(due_on, rules=rules) <= on else "confirmed"


def asked_from(due_on: dt.date, *, rules: ReviewCycleRules) -> dt.date:
    """Return the first day on which a file that is due on `due_on` is asked for."""
    return due_on - dt.timedelta(days=rules.confirmation_notice_days)


def snapshot_of(customer: Any, sections: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return section → field → value of a customer file, JSON-ready: people by user name, industries by code,
    amounts as text."""
    return {
        section: {field: _plain(getattr(customer, field)) for field in SECTION_FIELDS[section]}
        for section in sorted(sections)
    }


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int):
        return value
    return getattr(value, "username", None) or getattr(value, "code", None) or str(value)


def snapshot_hash(snapshot: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the snapshot's canonical JSON, in hexadecimal."""
    text = json.dumps(snapshot, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
