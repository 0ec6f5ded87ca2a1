"""What an import would do: which rows are new, which change something, and what is wrong with them together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from customers.import_columns import PEOPLE
from customers.import_rows import ImportRow, RowError
from customers.models import Customer, CustomerState, ImportMode
from customers.names import name_key


@dataclass(frozen=True)
class Change:
    """A known customer and what a row changes of him; `aliases` are those he has not yet."""

    row: ImportRow
    customer: Customer
    values: Mapping[str, Any]
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """The rows that become customers, the changes, the number of rows that change nothing, and the errors."""

    new: list[ImportRow] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)


def import_plan(
    *,
    rows: Sequence[ImportRow],
    known: Mapping[str, Customer],
    code_owners: Mapping[str, int],
    alias_keys: Mapping[int, frozenset[str]],
    mode: str,
    own_manager: User | None,
    columns: Mapping[str, str],
) -> Plan:
    """Return what is to be done.

    `known` are the customers by number, `code_owners` the primary keys by credit code, `alias_keys` the keys of the
    aliases by primary key, `columns` the headers by field, `own_manager` the one account manager whose customers these
    may be (None: anybody's).
    """
    plan = Plan()
    numbers: dict[str, int] = {}
    codes: dict[str, int] = {}
    unchanged = 0
    for row in rows:
        customer = known.get(row.number) if row.number else None
        reasons = [
            *_seen_before(row, numbers=numbers, codes=codes),
            *_wrong(row, customer, mode=mode, own_manager=own_manager),
        ]
        code = row.values.get("uscc")
        owner = code_owners.get(code) if code else None
        if owner is not None and (customer is None or owner != customer.pk):
            reasons.append(("uscc", code, _("Another customer file carries this code.")))
        for name, value, message in reasons:
            plan.errors.append(RowError(row.row, columns.get(name, name), str(value or ""), message))
        if reasons:
            continue
        if customer is None:
            plan.new.append(row)
            continue
        change = _change(row, customer, alias_keys.get(customer.pk, frozenset()))
        if change.values or change.aliases:
            plan.changes.append(change)
        else:
            unchanged += 1
    return Plan(plan.new, plan.changes, unchanged, plan.errors)


Reason = tuple[str, Any, str]
"""The field, its value, and what is wrong with it."""


def _seen_before(row: ImportRow, *, numbers: dict[str, int], codes: dict[str, int]) -> Iterator[Reason]:
    """Yield what a row repeats of one before it, and note what it has itself."""
    text = _("It stands in row %(row)s already: delete one of the two.")
    for name, value, seen in (("number", row.number, numbers), ("uscc", row.values.get("uscc"), codes)):
        if value:
            if value in seen:
                yield name, value, text % {"row": seen[value]}
            seen.setdefault(value, row.row)


def _wrong(
    row: ImportRow, customer: Customer | None, *, mode: str, own_manager: User | None
) -> Iterator[Reason]:
    if customer is None:
        if mode == ImportMode.UPDATE:
            yield (
                "number",
                row.number,
                _("There is no customer with this number, and only known ones are updated."),
            )
        elif not row.values.get("name"):
            yield "name", "", _("A new customer needs a name.")
    elif mode == ImportMode.INSERT:
        yield "number", row.number, _("Another customer has this number, and only new ones are taken.")
    elif customer.state == CustomerState.CLOSED:
        yield "number", row.number, _("The customer file is closed.")
    elif (
        customer.is_temporary_limit_in_file_currency
        and row.values.get("currency", customer.currency) != customer.currency
    ):
        yield (
            "currency",
            row.values["currency"],
            _("The temporary limit is in %(currency)s: end it before the file gets another currency.")
            % {"currency": customer.currency},
        )
    manager = row.people.get("account_manager") or (customer.account_manager if customer else own_manager)
    if own_manager is not None and manager != own_manager:
        yield "account_manager", manager, _("You import customers of your own only.")
    if manager is not None and manager == (
        row.people.get("service_manager") or (customer.service_manager if customer else None)
    ):
        yield (
            "service_manager",
            manager,
            _("Account manager and service manager are two people: they score independently (Annex 2)."),
        )


def _change(row: ImportRow, customer: Customer, alias_keys: frozenset[str]) -> Change:
    values = {name: value for name, value in row.values.items() if getattr(customer, name) != value}
    for name in PEOPLE:
        person = row.people.get(name)
        if person is not None and getattr(customer, f"{name}_id") != person.pk:
            values[name] = person
    new = {name_key(alias): alias for alias in row.aliases}
    return Change(row, customer, values, tuple(alias for key, alias in new.items() if key not in alias_keys))
