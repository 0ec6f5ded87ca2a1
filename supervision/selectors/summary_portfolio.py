"""Which customers count for which customer service manager in a monthly summary."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.accounts.selectors import holders_of
from customers.models import Customer
from receivables.selectors.aged_sums import Sql


@dataclass(frozen=True)
class Portfolio:
    """Customer → manager (primary keys). `pairs` None: every customer with the manager he has now.

    A customer who was handed over counts, with all of his month, for the manager who holds him when the summary is
    computed.
    """

    pairs: Mapping[int, int | None] | None = None

    @property
    def customer_pks(self) -> tuple[int, ...] | None:
        """The customers it is narrowed to; None: all."""
        return None if self.pairs is None else tuple(self.pairs)

    @property
    def sql(self) -> Sql:
        """A SELECT of customer_id and manager_id."""
        if self.pairs is None:
            table = Customer._meta.db_table
            return Sql(f"SELECT id AS customer_id, service_manager_id AS manager_id FROM {table}")  # noqa: S608
        return Sql(
            "SELECT * FROM unnest(%s::bigint[], %s::bigint[]) AS held (customer_id, manager_id)",
            (list(self.pairs), list(self.pairs.values())),
        )

    @property
    def only(self) -> Sql:
        """A condition on customer_id that starts with AND: an index leads to the rows of a few customers."""
        if self.pairs is None:
            return Sql("")
        return Sql(" AND customer_id = ANY(%s::bigint[])", (list(self.pairs),))


def portfolio_of(manager: User) -> Portfolio:
    """Return the customers that a manager holds now. One query."""
    held = Customer.objects.filter(service_manager=manager).order_by("pk").values_list("pk", flat=True)
    return Portfolio(dict.fromkeys(held, manager.pk))


def customers_by_manager() -> dict[int | None, list[int]]:
    """Return manager → his customers (primary keys, rising), None: those without one. One query."""
    found: dict[int | None, list[int]] = {}
    for customer, manager in Customer.objects.order_by("pk").values_list("pk", "service_manager"):
        found.setdefault(manager, []).append(customer)
    return found


HELD_BEFORE = """
    SELECT DISTINCT service_manager_id FROM (
        SELECT service_manager_id, pgh_created_at AS held_from,
            lead(pgh_created_at) OVER (PARTITION BY pgh_obj_id ORDER BY pgh_id) AS held_to
        FROM {table}
    ) AS held
    WHERE service_manager_id IS NOT NULL AND held_from < %s AND held_to >= %s AND held_to IS NOT NULL
"""
"""Who held a customer at some time of the month and gave him up in it or later: from the history of the files."""


def managers_of_month(*, starts_at: dt.datetime, ends_at: dt.datetime) -> list[User]:
    """Return the active holders of the role who hold customers now, or held any at some time from `starts_at` to
    before `ends_at`; by user name. Three queries.
    """
    history = Customer.pgh_event_model._meta.db_table  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        cursor.execute(HELD_BEFORE.format(table=history), [ends_at, starts_at])
        held = {manager for (manager,) in cursor.fetchall()}
    held |= set(
        Customer.objects.filter(service_manager__isnull=False)
        .order_by()
        .values_list("service_manager", flat=True)
        .distinct()
    )
    people = holders_of(Role.SERVICE_MANAGER).select_related("department")
    return [person for person in people if person.pk in held]
