"""What a merge of two files would do: which rows move, which master data stays, which is taken over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.text import capfirst

from creditrisk.audit.masking import MASKED_FIELDS, mask_number
from customers.master_data import MASTER_DATA_FIELDS
from customers.merging import relations
from customers.models import Customer

CAPITAL = ("registered_capital_amount", "registered_capital_currency")
DECIDED_BY: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(CAPITAL, CAPITAL[:1]),  # a currency says nothing without its amount
    **{
        field: fact
        for fact in (
            ("bank_name", "bank_account"),
            ("finance_contact", "finance_phone", "finance_email"),
            ("business_contact", "business_phone"),
            ("address", "postal_code"),
        )
        for field in fact
    },
}
"""Fields that say one thing together, with those that tell whether it is known: half of each file would be another
person or account."""
SHOWN_FIELDS = (
    "number",
    *MASTER_DATA_FIELDS,
    "state",
    "grade",
    "reviewed_on",
    "credit_limit_amount",
    "credit_limit_currency",
)
TAKEN_OVER_FIELDS = (*MASTER_DATA_FIELDS, "parent")


@dataclass(frozen=True)
class FieldPair:
    """One field of both files as a person reads it; `is_taken_over` where the kept file gets the other's value."""

    label: str
    keep: str
    drop: str
    is_taken_over: bool = False


@dataclass(frozen=True)
class MergePreview:
    """`moves` are the names of tables with the rows that point to the dropped file; `differences` the fields of which
    both files have another value (the kept one stays) or only the dropped one has one (taken over)."""

    moves: tuple[tuple[str, int], ...]
    differences: tuple[FieldPair, ...]
    codes_differ: bool


def merge_preview(keep: Customer, drop: Customer) -> MergePreview:
    """Return what merging `drop` into `keep` would do now. One query for each table."""
    moves: dict[str, int] = {}
    for relation in relations():
        if rows := relation.rows_of(drop).count():
            name = capfirst(str(relation.model._meta.verbose_name_plural))
            moves[name] = moves.get(name, 0) + rows
    taken = fields_taken_over(keep, drop)
    return MergePreview(
        moves=tuple(sorted(moves.items())),
        differences=tuple(
            FieldPair(_label(name), shown_value(keep, name), shown_value(drop, name), name in taken)
            for name in (*SHOWN_FIELDS, "parent")
            if name in taken or (_has_value(drop, name) and getattr(keep, name) != getattr(drop, name))
        ),
        codes_differ=bool(keep.uscc and drop.uscc and keep.uscc != drop.uscc),
    )


def fields_taken_over(keep: Customer, drop: Customer) -> list[str]:
    """Return the master data that the kept file lacks and the dropped one has; the parent company is one of it."""
    return [
        name
        for name in TAKEN_OVER_FIELDS
        if _has_value(drop, name) and not _is_known(keep, name) and _is_known(drop, name)
    ]


def snapshot_of(customer: Customer) -> dict[str, str]:
    """Return the file as it is, by field name, as a person reads it; the account number masked."""
    names = (*SHOWN_FIELDS, "account_manager", "service_manager", "state_reason", "credit_limit_valid_to_on")
    return {name: shown_value(customer, name) for name in names if _has_value(customer, name)}


def shown_snapshot(snapshot: dict[str, str]) -> list[tuple[str, str]]:
    """Return the labels and values of a stored snapshot."""
    return [(_label(name), value) for name, value in snapshot.items()]


def shown_value(customer: Customer, name: str) -> str:
    """Return the value of a field as a person reads it: empty for nothing, an account number masked."""
    value: Any = getattr(customer, name)
    if value in (None, ""):
        return ""
    if name in MASKED_FIELDS:
        return mask_number(str(value))
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    return str(getattr(customer, f"get_{name}_display", lambda: value)())


def _is_known(customer: Customer, name: str) -> bool:
    return any(_has_value(customer, field) for field in DECIDED_BY.get(name, (name,)))


def _has_value(customer: Customer, name: str) -> bool:
    return getattr(customer, name) not in (None, "")


def _label(name: str) -> str:
    return capfirst(str(getattr(Customer._meta.get_field(name), "verbose_name", name)))
