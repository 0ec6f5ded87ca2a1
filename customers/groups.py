"""Groups of companies: a company at the head, and everything below it."""

# ruff: noqa: S608 - only names of ours are put into SQL
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet

from creditrisk.accounts.models import User
from creditrisk.memo import asked_once
from customers.models import Customer

TABLE = Customer._meta.db_table
MEMBERS = f"""
    WITH RECURSIVE up (id, parent_id) AS (
        SELECT id, parent_id FROM {TABLE} WHERE id = %s
        UNION
        SELECT above.id, above.parent_id FROM {TABLE} AS above JOIN up ON above.id = up.parent_id
    ), down (id, parent_id) AS (
        SELECT id, parent_id FROM up WHERE parent_id IS NULL
        UNION
        SELECT below.id, below.parent_id FROM {TABLE} AS below JOIN down ON below.parent_id = down.id
    )
    SELECT id FROM down ORDER BY parent_id IS NOT NULL, id"""
CHAIN = f"""
    WITH RECURSIVE up (id, parent_id, step) AS (
        SELECT id, parent_id, 1 FROM {TABLE} WHERE id = %s
        UNION ALL
        SELECT above.id, above.parent_id, up.step + 1 FROM {TABLE} AS above JOIN up ON above.id = up.parent_id
    ) CYCLE id SET is_seen USING path
    SELECT id FROM up WHERE NOT is_seen ORDER BY step"""


@dataclass(frozen=True)
class Group:
    """A group of companies: the one at its head, and the primary keys of all its members, the head included."""

    head: Customer
    member_pks: tuple[int, ...]


@asked_once
def group_of(customer: Customer) -> Group | None:
    """Return the group that `customer` belongs to: its head and all below it; None where he stands alone. At most two
    queries, however deep the group is.
    """
    pks = _ids(MEMBERS, customer)
    if len(pks) < 2:
        return None
    head = customer if pks[0] == customer.pk else Customer.objects.get(pk=pks[0])
    return Group(head=head, member_pks=tuple(pks))


def chain_above(customer: Customer) -> list[int]:
    """Return the primary keys of `customer`, the company above him, and so on up to the head. One query."""
    return _ids(CHAIN, customer)


def members_seen(group: Group, user: User) -> QuerySet[Customer]:
    """Return the members of a group that `user` may see, by number."""
    visible: QuerySet[Customer] = Customer.objects.visible_to(user)
    return visible.filter(pk__in=group.member_pks).defer("bank_account").order_by("number")


def _ids(sql: str, customer: Customer) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [customer.pk])
        rows: Sequence[tuple[int]] = cursor.fetchall()
    return [pk for (pk,) in rows]
