"""The aging report by group of companies, manager, department or kind of service (P3.1 e, P3.2.4).

Amounts are in the currency beside them; what belongs to nobody has an empty key.
"""

# ruff: noqa: S608 - only names of ours are put into SQL
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from creditrisk.accounts.models import Department, User
from customers.models import Contract, Customer, ServiceType
from receivables.selectors.aging import DEFAULT_SORT, AgedAmounts, AgingReport, amounts_in, sort_expressions

GroupBy = Literal["group", "account_manager", "service_manager", "department", "service_type"]
CUSTOMERS, USERS = Customer._meta.db_table, User._meta.db_table
DEPARTMENTS, CONTRACTS = Department._meta.db_table, Contract._meta.db_table
HEADS = f"""
    WITH RECURSIVE heads (id, head_id) AS (
        SELECT id, id FROM {CUSTOMERS} WHERE parent_id IS NULL
        UNION ALL
        SELECT below.id, heads.head_id FROM {CUSTOMERS} AS below JOIN heads ON below.parent_id = heads.id
    ) CYCLE id SET is_seen USING path
    SELECT id, head_id FROM heads WHERE NOT is_seen"""
_MANAGER = (
    f"JOIN {CUSTOMERS} AS customer ON customer.id = aged.customer_id"
    f" LEFT JOIN {USERS} AS person ON person.id = customer.{{}}_manager_id"
)
SOURCES: dict[GroupBy, tuple[str, str, str]] = {
    "group": (
        "head.number",
        "head.name",
        f"JOIN ({HEADS}) AS member ON member.id = aged.customer_id"
        f" JOIN {CUSTOMERS} AS head ON head.id = member.head_id",
    ),
    "account_manager": ("person.id::text", "person.name", _MANAGER.format("account")),
    "service_manager": ("person.id::text", "person.name", _MANAGER.format("service")),
    "department": (
        "department.id::text",
        "department.name",
        f"JOIN {CUSTOMERS} AS customer ON customer.id = aged.customer_id"
        f" LEFT JOIN {USERS} AS account_manager ON account_manager.id = customer.account_manager_id"
        f" LEFT JOIN {USERS} AS service_manager ON service_manager.id = customer.service_manager_id"
        f" LEFT JOIN {DEPARTMENTS} AS department ON department.id"
        " = COALESCE(account_manager.department_id, service_manager.department_id)",
    ),
    "service_type": (
        "contract.service_type",
        "contract.service_type",
        f"LEFT JOIN {CONTRACTS} AS contract ON contract.number = aged.contract_number"
        " AND contract.customer_id = aged.customer_id",
    ),
}
"""What tells a group: its key, its name, and how it is found from a customer (or a contract)."""


@dataclass(frozen=True)
class GroupRow(AgedAmounts):
    """One group in one currency: `key` narrows the report to it (`narrowed_to`), `customer_count` are its customers."""

    key: str
    label: str
    customer_count: int


def group_rows(
    report: AgingReport,
    *,
    by: GroupBy,
    sort: str = DEFAULT_SORT,
    netted: bool = False,
    limit: int | None = None,
    offset: int = 0,
) -> tuple[list[GroupRow], int]:
    """Return the groups, sorted as `AgingReport.rows` sorts customers, and how many there are in all. One query.

    By kind of service an item counts for the contract that it names; without one it has no kind.
    """
    key, label, join = SOURCES[by]
    source = report.sums(by_contract=by == "service_type")
    width = len(report.buckets)
    debits, credits_ = (
        ", ".join(f"SUM(aged.{kind}_amounts[{index}])" for index in range(1, width + 1))
        for kind in ("debit", "credit")
    )
    order = _order(report, sort=sort, netted=netted)
    sql = f"""
        SELECT * FROM (
            SELECT coalesce({key}, '') AS key, coalesce({label}, '') AS label, aged.currency,
                ARRAY[{debits}] AS debit_amounts, ARRAY[{credits_}] AS credit_amounts,
                SUM(aged.total_amount) AS total_amount, SUM(aged.overdue_amount) AS overdue_amount,
                SUM(aged.items)::int, COUNT(DISTINCT aged.customer_id)::int, COUNT(*) OVER ()
            FROM ({source.text}) AS aged {join} GROUP BY 1, 2, 3
        ) AS aged ORDER BY {order} LIMIT %s OFFSET %s"""
    with connection.cursor() as cursor:
        cursor.execute(sql, [*source.params, limit, offset])
        rows = cursor.fetchall()
    return [_row(row[:-1], by) for row in rows], rows[0][-1] if rows else 0


def _row(row: Sequence[Any], by: GroupBy) -> GroupRow:
    key, label, *sums, customers = row
    return GroupRow(
        **amounts_in(sums),
        key=key,
        label=str(ServiceType(label).label) if by == "service_type" and label else label,
        customer_count=customers,
    )


def _order(report: AgingReport, *, sort: str, netted: bool) -> str:
    expressions = sort_expressions(report.buckets, netted=netted)
    key = sort.removeprefix("-")
    if key not in expressions:
        sort = DEFAULT_SORT
        key = sort.removeprefix("-")
    direction = "DESC" if sort.startswith("-") else "ASC"
    if key in {"customer", "name"}:
        return f"label {direction}, key, currency"
    return f"currency, {expressions[key]} {direction}, key"


def narrowed_to(by: str, key: str) -> Q | None:
    """Return which customers belong to a group: None for an unknown grouping, or a key that is none. Customers without
    a manager or department have the empty key; by kind of service, those with a contract of it.
    """
    if by == "group" and key:
        members = (
            f"SELECT member.id FROM ({HEADS}) AS member JOIN {CUSTOMERS} AS head ON head.id = member.head_id"
        )
        with connection.cursor() as cursor:
            cursor.execute(f"{members} WHERE head.number = %s", [key])
            return Q(pk__in=[pk for (pk,) in cursor.fetchall()])
    if by == "service_type" and key in ServiceType.values:
        return Q(contracts__service_type=key)
    number = int(key) if key.isdecimal() and len(key) < 10 else None
    if by in ("account_manager", "service_manager") and (number or not key):
        return Q(**{by: number} if number else {f"{by}__isnull": True})
    if by == "department" and number:
        own = Q(account_manager__department=number)
        return own | Q(account_manager__department__isnull=True, service_manager__department=number)
    return None


def group_labels() -> dict[str, str]:
    """Return grouping → what it is called, in the reader's language."""
    return {
        "customer": _("customer"),
        "contract": _("contract"),
        "group": _("group of companies"),
        "account_manager": _("account manager"),
        "service_manager": _("service manager"),
        "department": _("department"),
        "service_type": _("kind of service"),
    }
