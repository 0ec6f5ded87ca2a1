"""The aging by group, manager, department, kind of service and in one currency: every grouping comes to the same total
("Aging", P3.1 e)."""

from __future__ import annotations

import datetime as dt
import io
import random
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, get_args

import openpyxl
import pytest
from django.test import Client

from creditrisk.accounts.roles import Role
from creditrisk.exchange_rates import services as rates
from creditrisk.exchange_rates.selectors import MissingRateError
from creditrisk.policy.selectors import policy_version_on
from customers.models import Customer
from receivables.models import OpenItem, Report
from receivables.selectors.aging import AgedAmounts, AgingReport, aging_of
from receivables.selectors.grouped_aging import GroupBy, group_rows, narrowed_to
from receivables.services.loading import store_sums
from receivables.services.partitions import partition_for
from tests.factories.customers import create_active_customer, create_contract
from tests.factories.people import create_department, create_user
from tests.factories.reports import Line, create_report

pytestmark = pytest.mark.django_db
MAY = dt.date(2026, 5, 31)
URL = "/receivables/aging/"


@pytest.fixture
def report() -> Report:
    """Eight customers of two departments, a group of three, contracts of two kinds, two currencies, credits."""
    rng = random.Random(7)
    departments = [create_department(head=create_user(Role.DEPARTMENT_MANAGER)) for _number in range(2)]
    managers = [create_user(Role.ACCOUNT_MANAGER, department=department) for department in departments]
    service = create_user(Role.SERVICE_MANAGER, department=departments[0])
    customers = []
    for number in range(8):
        customer = create_active_customer(number=f"C{number}")
        fields = {"account_manager": managers[number % 2], "service_manager": service if number < 4 else None}
        if number == 7:
            fields = {"account_manager": None, "service_manager": None}
        Customer.objects.filter(pk=customer.pk).update(**fields)
        customers.append(customer)
    Customer.objects.filter(number="C1").update(parent=customers[0])
    Customer.objects.filter(number="C2").update(parent=customers[1])
    for number, kind in ((0, "sales"), (3, "leasing")):
        create_contract(
            customer=customers[number], handler=managers[0], number=f"K{number}", service_type=kind
        )
    created = create_report(as_of=MAY, lines=lines(customers, rng))
    store_sums(created, policy_version_on(MAY))
    return created


def lines(customers: list[Customer], rng: random.Random) -> Iterable[Line]:
    for number in range(120):
        cents = rng.randrange(1, 10_000_000) * rng.choice([1, 1, 1, -1])
        yield Line(
            customer=rng.choice(customers),
            due_on=MAY - dt.timedelta(days=rng.randrange(-30, 500)),
            amount=f"{Decimal(cents) / 100}",
            document=f"I{number}",
            currency=rng.choice(["CNY", "USD"]),
        )


def everybody(report: Report) -> AgingReport:
    return aging_of(report, as_of=MAY, customers=Customer.objects.all())


def sums(rows: Iterable[AgedAmounts]) -> dict[str, tuple[Any, ...]]:
    """Return currency → all amounts added up."""
    found: dict[str, list[Decimal]] = {}
    for row in rows:
        values = [
            *row.debit_amounts,
            *row.credit_amounts,
            row.total_amount,
            row.overdue_amount,
            Decimal(row.items),
        ]
        assert sum(values[:-3], Decimal()) == row.total_amount
        known = found.setdefault(row.currency, [Decimal()] * len(values))
        found[row.currency] = [one + other for one, other in zip(known, values, strict=True)]
    return {currency: tuple(values) for currency, values in found.items()}


@pytest.mark.parametrize("by", get_args(GroupBy))
@pytest.mark.parametrize("in_base", [False, True])
def test_every_grouping_comes_to_the_total_to_the_cent(report: Report, by: GroupBy, in_base: bool) -> None:
    aging = everybody(report)
    if in_base:
        rates.set_rate(currency="USD", base_currency="CNY", valid_on=MAY, rate=Decimal("7.12345678"), by=None)
        aging = aging.in_base("CNY")
    expected = sums(aging.totals())
    rows, count = group_rows(aging, by=by)
    assert count == len(rows)
    assert sums(rows) == expected
    assert sums(aging.rows()) == expected
    assert set(expected) == ({"CNY"} if in_base else {"CNY", "USD"})


def test_groups_are_named_and_those_without_one_have_an_empty_key(report: Report) -> None:
    aging = everybody(report)
    heads = {row.key for row in group_rows(aging, by="group")[0]}
    assert heads == {"C0", "C3", "C4", "C5", "C6", "C7"}
    assert "" in {row.key for row in group_rows(aging, by="account_manager")[0]}
    assert {row.label for row in group_rows(aging, by="department")[0]} >= {""}
    assert {row.key for row in group_rows(aging, by="service_type")[0]} == {""}


def test_pages_of_groups_follow_each_other(report: Report) -> None:
    aging = everybody(report)
    whole, count = group_rows(aging, by="group", sort="-overdue")
    parts = [
        row
        for offset in range(0, count, 3)
        for row in group_rows(aging, by="group", sort="-overdue", limit=3, offset=offset)[0]
    ]
    assert parts == whole
    assert group_rows(aging, by="group", limit=3, offset=999) == ([], 0)
    assert [row.label for row in group_rows(aging, by="group", sort="name")[0]] == sorted(
        row.label for row in whole
    )
    assert group_rows(aging, by="group", sort="'; DROP")[0] == group_rows(aging, by="group")[0]


@pytest.mark.parametrize("by", ["group", "account_manager", "service_manager", "department"])
def test_a_group_leads_to_its_customers(report: Report, by: GroupBy) -> None:
    for row in group_rows(everybody(report), by=by)[0]:
        members = narrowed_to(by, row.key)
        if members is None:
            assert (by, row.key) == ("department", "")
            continue
        narrowed = aging_of(report, as_of=MAY, customers=Customer.objects.filter(members))
        (total,) = [total for total in narrowed.totals() if total.currency == row.currency]
        assert (total.total_amount, total.customer_count) == (row.total_amount, row.customer_count)


@pytest.mark.parametrize(
    ("by", "key"),
    [
        ("nonsense", "1"),
        ("group", ""),
        ("department", "x"),
        ("account_manager", "9" * 12),
        ("service_type", "x"),
    ],
)
def test_what_is_no_group_narrows_nothing(by: str, key: str, db: None) -> None:
    assert narrowed_to(by, key) is None


def test_the_kind_of_service_is_that_of_the_contract(db: None) -> None:
    customer = create_active_customer(number="C1")
    create_contract(customer=customer, handler=create_user(), number="K1", service_type="leasing")
    report = create_report(as_of=MAY)
    partition_for(OpenItem._meta.db_table, MAY)
    OpenItem.objects.bulk_create(
        OpenItem(report=report, as_of=MAY, customer=customer, row_number=row, document=f"I{row}", due_on=MAY,
                 currency="CNY", amount=amount, open_amount=amount, contract_number=contract)
        for row, (amount, contract) in enumerate([(10, "K1"), (5, ""), (7, "K-unknown")])
    )  # fmt: skip
    store_sums(report, policy_version_on(MAY))
    found = {row.key: row.total_amount for row in group_rows(everybody(report), by="service_type")[0]}
    assert found == {"leasing": 10, "": 12}
    leasing = narrowed_to("service_type", "leasing")
    assert leasing is not None
    assert [one.number for one in Customer.objects.filter(leasing)] == ["C1"]


def test_a_missing_rate_is_an_error_and_not_one(report: Report) -> None:
    with pytest.raises(MissingRateError, match="no rate of USD in CNY for 2026-05-31"):
        everybody(report).in_base("CNY")


def test_a_page_of_items_aged_anew_is_what_totals_and_lines_say(report: Report) -> None:
    """On a later day nothing is stored: one statement has to say the same as two."""
    later = aging_of(report, as_of=dt.date(2026, 6, 20), customers=Customer.objects.all())
    for sort in ("-total", "name", "-bucket2"):
        for netted in (True, False):
            lines = list(later.rows(sort=sort, netted=netted))
            for offset in (0, 5, 999):
                found = later.page(sort=sort, netted=netted, limit=5, offset=offset)
                assert found == (later.totals(), lines[offset : offset + 5])
    stored = everybody(report).page(sort="name", netted=True, limit=5, offset=0)
    assert stored == (everybody(report).totals(), list(everybody(report).rows(sort="name", netted=True))[:5])


# The page


@pytest.fixture
def client(report: Report) -> Client:
    client = Client()
    client.force_login(create_user(Role.GROUP_LEADER))
    return client


def page(client: Client, query: str) -> str:
    response = client.get(f"{URL}?as_of=2026-05-31&{query}")
    assert response.status_code == 200
    return str(response.content.decode())


@pytest.mark.parametrize("by", ["customer", "contract", *get_args(GroupBy)])
def test_the_page_by_every_grouping(client: Client, by: str) -> None:
    assert "aging-table" in page(client, f"by={by}")
    assert "aging-table" in page(client, f"by={by}&page=99&sort=-bucket2&credits=netted&basis=document")


def test_the_page_in_one_currency_says_which_rate_is_missing(client: Client) -> None:
    assert "There is no rate of USD" in page(client, "in_base=yes")
    rates.set_rate(currency="USD", base_currency="CNY", valid_on=MAY, rate=Decimal(7), by=None)
    shown = page(client, "in_base=yes")
    assert "There is no rate" not in shown
    assert "Open in USD" not in shown


@pytest.mark.parametrize("by", ["customer", "contract", *get_args(GroupBy)])
def test_what_is_on_the_page_is_downloaded(client: Client, by: str) -> None:
    url = f"{URL}export.xlsx?as_of=2026-05-31&by={by}"
    book = openpyxl.load_workbook(io.BytesIO(b"".join(client.get(url).streaming_content)))  # type: ignore[attr-defined]
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    lines = b"".join(client.get(f"{url}&format=csv").streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert len(lines) == len(rows) - 2
    assert lines[0].count(",") == len(rows[0]) - 1
    assert [row[0] for row in rows[-2:]] == ["Total", "Total"]


def test_a_line_shows_its_items_below(client: Client) -> None:
    shown = page(client, "")
    assert "/receivables/aging/customers/C1/items/?as_of=2026-05-31" in shown
    items = client.get("/receivables/aging/customers/C1/items/?as_of=2026-05-31").content.decode()
    assert "aging-more" in items
    assert client.get("/receivables/aging/customers/C1/items/?as_of=2020-01-31").status_code == 404
    assert client.get("/receivables/aging/customers/NOBODY/items/").status_code == 404


def test_columns_are_left_out(client: Client) -> None:
    shown = page(client, "")
    assert "sort=bucket3" in shown.replace("-bucket3", "bucket3")
    kept = ["bucket0", "bucket1", "bucket2", "bucket4", "bucket5", "bucket6", "credits", "overdue"]
    client.post("/lists/columns/", {"page": "receivables:aging", "query": "", "shown": kept})
    assert "sort=-bucket3" not in page(client, "")


def test_a_manager_sees_his_own_in_every_grouping(report: Report) -> None:
    manager = Customer.objects.get(number="C0").account_manager
    assert manager is not None
    mine = Customer.objects.visible_to(manager)
    rows, _count = group_rows(aging_of(report, as_of=MAY, customers=mine), by="account_manager")
    assert {row.key for row in rows} == {str(manager.pk)}
