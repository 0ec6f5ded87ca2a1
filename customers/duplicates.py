"""Customers whom a new file is likely to repeat: the same code, or nearly the same name (P4.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from creditrisk.accounts.models import User
from creditrisk.policy.schema import DuplicateRules
from customers.models import Customer, CustomerAlias
from customers.names import name_grams
from customers.numbers import clean_uscc

CUSTOMERS, ALIASES = Customer._meta.db_table, CustomerAlias._meta.db_table
UNMERGED = " AND merged_into_id IS NULL"
"""A merged file's names are aliases of the file that was kept."""
_NAMED = " UNION ALL ".join(
    f"SELECT {key} AS customer_id, {grams} AS pieces FROM {table} WHERE {grams} && %(pieces)s::varchar[]{only}"  # noqa: S608
    for table, key, grams, only in (
        (CUSTOMERS, "id", "name_grams", UNMERGED),
        (CUSTOMERS, "id", "name_en_grams", UNMERGED),
        (CUSTOMERS, "id", "short_name_grams", UNMERGED),
        (ALIASES, "customer_id", "grams", ""),
    )
)
_SIMILAR = f"""
    SELECT customer_id, max(shared / (cardinality(pieces) + %(count)s - shared)) AS ratio
    FROM (
        SELECT customer_id, pieces, (
            SELECT count(*)::numeric FROM unnest(pieces) AS piece WHERE piece = ANY(%(pieces)s::varchar[])
        ) AS shared
        FROM ({_NAMED}) AS named
        -- Names of too different a length cannot be alike, whatever they share.
        WHERE cardinality(pieces) BETWEEN %(count)s * %(least)s AND %(count)s / %(least)s
    ) AS counted
    GROUP BY customer_id
    HAVING max(shared / (cardinality(pieces) + %(count)s - shared)) >= %(least)s
"""  # noqa: S608


@dataclass(frozen=True)
class Duplicates:
    """What was found, the likest first. `customers` are those the person may see; of the others he learns that there
    are some (`has_hidden`), not who. `same_code`: the primary keys of those that carry the same code."""

    customers: tuple[Customer, ...] = ()
    has_hidden: bool = False
    same_code: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.customers) or self.has_hidden


def similar_customers(names: Iterable[str], *, least: Decimal) -> dict[int, Decimal]:
    """Return the similarity (`customers.names.similarity`) of every customer one of whose names, or aliases, has at
    least `least` with one of `names`, by primary key. One query for each name."""
    found: dict[int, Decimal] = {}
    for name in names:
        pieces = name_grams(name)
        if not pieces:
            continue
        with connection.cursor() as cursor:
            cursor.execute(_SIMILAR, {"pieces": pieces, "count": len(pieces), "least": least})
            for pk, ratio in cursor.fetchall():
                found[pk] = max(ratio, found.get(pk, ratio))
    return found


def likely_duplicates(*, names: Iterable[str], uscc: str, user: User, rules: DuplicateRules) -> Duplicates:
    """Return the customers that a new one with these names and this code is likely to repeat, as `user` may see
    them."""
    similar = similar_customers(names, least=rules.similarity_ratio)
    code = clean_uscc(uscc)
    same_code = (
        frozenset(Customer.objects.filter(uscc=code).values_list("pk", flat=True)) if code else frozenset()
    )
    ratios = similar | dict.fromkeys(same_code, Decimal(2))
    likest = sorted(ratios, key=lambda pk: (-ratios[pk], pk))
    mine = Customer.objects.visible_to(user).filter(pk__in=likest).select_related("account_manager")
    visible = {customer.pk: customer for customer in mine}
    return Duplicates(
        customers=tuple(visible[pk] for pk in likest if pk in visible)[: rules.shown],
        has_hidden=len(visible) < len(likest),
        same_code=same_code,
    )
