"""Importing customers from a file: the whole file, or nothing of it, in a few statements however many there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import ConflictError, require
from creditrisk.notifications.services import notify
from creditrisk.numbering.services import next_numbers
from customers.identity_permissions import import_refusal, imports_for_others
from customers.import_columns import PEOPLE
from customers.import_plan import Change, Plan, import_plan
from customers.import_rows import ImportResult, ImportRow
from customers.master_data import NAME_FIELDS
from customers.models import AliasSource, Customer, CustomerAlias
from customers.names import name_grams, name_initials, name_key
from customers.numbers import RUNNING_NUMBER
from customers.services.main_details import DETAIL_COLUMNS, follow_columns, open_main_details
from customers.services.staging import insert_staged, update_staged


def import_customers(
    *,
    rows: Sequence[ImportRow],
    columns: Mapping[str, str],
    mode: str,
    by: User | None,
    dry_run: bool = False,
) -> ImportResult:
    """Open the files of new customers as prospects (P4.1) and change those of known ones, by customer number;
    return how many, and what is wrong. With one error nothing is written.

    `rows` are cleaned (`customers.forms.import_file`), `columns` their headers by field. A new customer without a
    number gets the next running one; one that an account manager imports is his. A change raises the file's
    version; the history names who imported. Raises NotAllowedError, ConflictError where somebody else
    took a number or code meanwhile.
    """
    require(import_refusal(by, mode))
    own_manager = None if imports_for_others(by) else by
    try:
        with transaction.atomic(), acting(by):
            plan = _plan(rows, columns=columns, mode=mode, own_manager=own_manager, locking=not dry_run)
            if not plan.errors and not dry_run:
                created = _insert(plan.new, manager=own_manager, by=by)
                _update(plan.changes, by=by)
                _add_aliases(
                    [*created, *((change.customer.pk, change.aliases) for change in plan.changes)], by=by
                )
                _tell(plan, by=by)
    except IntegrityError as error:
        raise ConflictError(
            "import.taken",
            _("Somebody else used one of the numbers or codes meanwhile: check the file again."),
        ) from error
    return ImportResult(
        inserted=len(plan.new),
        updated=len(plan.changes),
        unchanged=plan.unchanged,
        errors=tuple(sorted(plan.errors, key=lambda error: error.row)),
    )


def _plan(
    rows: Sequence[ImportRow],
    *,
    columns: Mapping[str, str],
    mode: str,
    own_manager: User | None,
    locking: bool,
) -> Plan:
    """Compare the rows with the customers they name; with `locking` nobody else changes these meanwhile."""
    numbers = [row.number for row in rows if row.number]
    codes = [code for row in rows if (code := row.values.get("uscc"))]
    named = Customer.objects.filter(number__in=numbers).select_related(
        "account_manager", "service_manager", "industry"
    )
    if locking:
        named = named.select_for_update(of=("self",)).order_by("pk")
    known = {customer.number: customer for customer in named}
    alias_keys: dict[int, set[str]] = {}
    pks = [customer.pk for customer in known.values()]
    for pk, key in CustomerAlias.objects.filter(customer__in=pks).values_list("customer_id", "key"):
        alias_keys.setdefault(pk, set()).add(key)
    return import_plan(
        rows=rows,
        known=known,
        code_owners={
            code: pk
            for code, pk in Customer.objects.filter(uscc__in=codes).values_list("uscc", "pk")
            if code is not None
        },
        alias_keys={pk: frozenset(keys) for pk, keys in alias_keys.items()},
        mode=mode,
        own_manager=own_manager,
        columns=columns,
    )


def _insert(
    rows: Sequence[ImportRow], *, manager: User | None, by: User | None
) -> list[tuple[int, tuple[str, ...]]]:
    """Open the files; return the primary key of each with the aliases it is to get."""
    if not rows:
        return []
    numbers = iter(_free_numbers(sum(not row.number for row in rows)))
    model = Customer(account_manager=manager, created_by=by)
    fields = [field for field in Customer._meta.concrete_fields if not field.primary_key]
    # What every new file has, as `save` would write it; the first column says whose it is.
    common: dict[str, Any] = {
        str(field.column): field.get_db_prep_save(field.pre_save(model, add=True), connection)
        for field in fields
    }
    columns = ["number", *(column for column in common if column != "number")]
    aliases: dict[str, tuple[str, ...]] = {}

    def stored() -> Iterator[list[Any]]:
        for row in rows:
            number = row.number or next(numbers)
            aliases[number] = row.aliases
            own = {**_columns({**row.values, **row.people}), "number": number}
            yield [own.get(column, common[column]) for column in columns]

    inserted = insert_staged(Customer, columns, stored())
    open_main_details(customers=Customer.objects.filter(pk__in=[pk for pk, _number in inserted]), by=by)
    return [(pk, aliases[number]) for pk, number in inserted]


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values by column: people and other objects as their primary keys, names with their pieces."""
    columns = {
        str(Customer._meta.get_field(name).column): getattr(value, "pk", value)  # type: ignore[union-attr]
        for name, value in values.items()
    }
    named = {name: values[name] for name in NAME_FIELDS if name in values}
    columns |= {f"{name}_grams": name_grams(value) for name, value in named.items()}
    columns |= {
        f"{name}_initials": name_initials(value) for name, value in named.items() if name != "name_en"
    }
    return columns


def _free_numbers(count: int) -> list[str]:
    """Return the next running numbers that nobody gave to a customer by hand."""
    free: list[str] = []
    while len(free) < count:
        wanted = [RUNNING_NUMBER.format(each) for each in next_numbers("customer", count=count - len(free))]
        taken = set(Customer.objects.filter(number__in=wanted).values_list("number", flat=True))
        free += [number for number in wanted if number not in taken]
    return free


def _update(changes: Sequence[Change], *, by: User | None) -> None:
    """Write all changes in one statement; what does not change of a file is written as it is. Main contacts and
    accounts follow, customer by customer: only where their columns change."""
    if not changes:
        return
    names = sorted({name for change in changes for name in change.values})
    columns: list[str] = []
    rows: list[list[Any]] = []
    for change in changes:
        after = _columns({name: change.values.get(name, getattr(change.customer, name)) for name in names})
        columns = list(after)
        rows.append([change.customer.pk, *after.values()])
    update_staged(
        Customer, columns, rows, also="version = kept.version + 1, updated_at = %s", params=[timezone.now()]
    )
    for change in changes:
        if not DETAIL_COLUMNS.isdisjoint(change.values):
            for name, value in change.values.items():
                setattr(change.customer, name, value)
            follow_columns(customer=change.customer, changed=change.values.keys(), by=by)


def _add_aliases(pairs: Sequence[tuple[int, tuple[str, ...]]], *, by: User | None) -> None:
    """Add the aliases; one that stands twice in a cell is one."""
    now, author = timezone.now(), by.pk if by else None
    columns = ["customer_id", "name", "key", "initials", "grams", "source", "created_by_id", "created_at"]
    written = {
        alias: (name_key(alias), name_initials(alias), name_grams(alias))
        for _pk, own in pairs
        for alias in own
    }
    rows = (
        [customer, alias, *written[alias], AliasSource.UPLOAD.value, author, now]
        for customer, aliases in pairs
        for alias in aliases
    )
    insert_staged(CustomerAlias, columns, rows, unless_there=True)


def _tell(plan: Plan, *, by: User | None) -> None:
    """Tell everybody who got customers how many: one message, not one for each."""
    given: dict[User, int] = {}
    for people in (
        *(row.people for row in plan.new),
        *({name: change.values[name] for name in PEOPLE if name in change.values} for change in plan.changes),
    ):
        for person in people.values():
            given[person] = given.get(person, 0) + 1
    now = timezone.now()
    for person, count in given.items():
        if by is None or person.pk != by.pk:
            notify(
                users=[person],
                title=lazy(_given, str)(count),  # in his own language
                url=reverse("customers:list"),
                key=f"import:{now.isoformat()}:{person.pk}",
            )


def _given(count: int) -> str:
    return ngettext(
        "%(count)s customer was given to you by an import.",
        "%(count)s customers were given to you by an import.",
        count,
    ) % {"count": count}
