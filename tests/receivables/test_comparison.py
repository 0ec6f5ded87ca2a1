"""Two reports side by side, by the product's SQL and by a slow, plain statement of the same (P5.2.2, P3.1 e)."""

from __future__ import annotations

import datetime as dt
import io
import random
from collections import defaultdict
from decimal import Decimal

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from creditrisk.accounts.roles import Role
from creditrisk.policy.default import DEFAULT_POLICY
from customers.models import Customer
from receivables.aging import bucket_index
from receivables.models import Report
from receivables.selectors.comparison import (
    as_data,
    changed_items,
    difference,
    from_data,
    items_in,
    roll,
)
from tests.factories.customers import create_active_customer
from tests.factories.people import create_user
from tests.factories.reports import Line, create_report

pytestmark = pytest.mark.django_db
APRIL, MAY = dt.date(2026, 4, 30), dt.date(2026, 5, 31)
BUCKETS = DEFAULT_POLICY.aging_buckets
Key = tuple[str, str, dt.date, str]


@pytest.fixture
def customer() -> Customer:
    return create_active_customer(number="C1", name="Alpha")


def line(
    customer: Customer,
    document: str,
    amount: str,
    due: str = "2026-04-15",
    total: str = "",
    currency: str = "CNY",
) -> Line:
    return Line(customer, dt.date.fromisoformat(due), amount, document, currency, total)


def told(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def compared(earlier: Report, later: Report) -> list[tuple[str, str, str | None, str | None]]:
    rows = changed_items(items_in(earlier), items_in(later), later_on=later.as_of, limit=99)
    return [
        (
            row.change,
            row.document,
            *(None if amount is None else str(amount) for amount in (row.earlier_amount, row.later_amount)),
        )
        for row in rows
    ]


def test_every_way_to_change(customer: Customer) -> None:
    """Opening 100 + 50 + 30 + 20 − 10 = 190; new I6 of 80, of which 20 were paid before we saw it; paid: I1 40 of 100,
    I2 50, I3 30 (gone before it was due) and 20 of I6; I4 rose by 5; the credit fell away (+10); a new credit of −7:
    190 + 80 − 140 + 8 = 138."""
    earlier = create_report(
        as_of=APRIL,
        lines=[line(customer, "I1", "100"), line(customer, "I2", "50"), line(customer, "I3", "30", "2026-06-30"),
               line(customer, "I4", "20"), line(customer, "CN", "-10"), line(customer, "I5", "0.01", currency="USD")],
    )  # fmt: skip
    later = create_report(
        as_of=MAY,
        lines=[line(customer, "I1", "60"), line(customer, "I4", "25"), line(customer, "I6", "60", total="80"),
               line(customer, "CN2", "-7"), line(customer, "I5", "0.01", currency="USD")],
    )  # fmt: skip
    assert compared(earlier, later) == [
        ("new", "I6", None, "60.00"),
        ("paid", "I2", "50.00", None),
        ("part_paid", "I1", "100.00", "60.00"),
        ("vanished", "I3", "30.00", None),
        ("paid", "CN", "-10.00", None),
        ("new", "CN2", None, "-7.00"),
        ("raised", "I4", "20.00", "25.00"),
    ]
    found = difference(items_in(earlier), items_in(later), later_on=MAY)
    cny, usd = found.bridges
    assert [str(value) for value in list(vars(cny).values())[1:]] == [
        "190.00",
        "80.00",
        "140.00",
        "8.00",
        "138.00",
    ]
    assert [str(value) for value in list(vars(usd).values())[1:]] == ["0.01", "0.00", "0.00", "0.00", "0.01"]
    assert [(one.change, one.items, str(one.amount)) for one in found.changes] == [
        ("new", 2, "53.00"), ("paid", 2, "-40.00"), ("vanished", 1, "-30.00"), ("part_paid", 1, "-40.00"),
        ("raised", 1, "5.00"),
    ]  # fmt: skip
    assert from_data(as_data(found)) == found
    assert from_data({}).bridges == ()
    only = changed_items(items_in(earlier), items_in(later), later_on=MAY, change="raised", limit=9)
    assert [row.document for row in only] == ["I4"]


@pytest.mark.parametrize(("due", "change"), [("2026-05-31", "paid"), ("2026-06-01", "vanished")])
def test_what_is_gone_was_paid_from_its_due_date_on(customer: Customer, due: str, change: str) -> None:
    earlier = create_report(as_of=APRIL, lines=[line(customer, "I1", "1", due)])
    assert compared(earlier, create_report(as_of=MAY)) == [(change, "I1", "1.00", None)]


def random_lines(customers: list[Customer], rng: random.Random) -> list[Line]:
    return [
        Line(
            rng.choice(customers),
            APRIL + dt.timedelta(days=rng.randrange(-200, 60)),
            f"{Decimal(rng.randrange(1, 100_000) * rng.choice([1, 1, -1])) / 100}",
            f"I{rng.randrange(40)}",
            rng.choice(["CNY", "USD"]),
        )
        for _number in range(80)
    ]


def balances(report: Report) -> dict[Key, Decimal]:
    found: dict[Key, Decimal] = defaultdict(Decimal)
    for item in report.items.select_related("customer"):
        found[item.customer.number, item.document, item.due_on, item.currency] += item.open_amount
    return found


@pytest.mark.parametrize("seed", range(4))
def test_the_bridge_adds_up_and_the_matrix_is_the_slow_one(seed: int, customer: Customer) -> None:
    """Opening + invoiced − paid + other = closing, closing what the report says; no cent of a debt is lost between the
    buckets."""
    rng = random.Random(seed)
    customers = [customer, create_active_customer(number="C2")]
    earlier = create_report(as_of=APRIL, lines=random_lines(customers, rng))
    later = create_report(as_of=MAY, lines=random_lines(customers, rng))
    before, after = balances(earlier), balances(later)
    for bridge in difference(items_in(earlier), items_in(later), later_on=MAY).bridges:
        assert bridge.opening_amount == sum(
            amount for key, amount in before.items() if key[3] == bridge.currency
        )
        assert bridge.closing_amount == sum(
            amount for key, amount in after.items() if key[3] == bridge.currency
        )
        moved = bridge.opening_amount + bridge.invoiced_amount - bridge.paid_amount + bridge.other_amount
        assert moved == bridge.closing_amount
        assert bridge.invoiced_amount >= 0
        assert bridge.paid_amount >= 0
    for one in roll(items_in(earlier), items_in(later), earlier_on=APRIL, later_on=MAY, buckets=BUCKETS):
        width = len(BUCKETS)
        amounts = [[Decimal()] * width for _bucket in BUCKETS]
        paid, new = [Decimal()] * width, [Decimal()] * width
        for key in before.keys() | after.keys():
            if key[3] != one.currency:
                continue
            was, now = max(before.get(key, Decimal()), Decimal()), max(after.get(key, Decimal()), Decimal())
            first = bucket_index((APRIL - key[2]).days, BUCKETS)
            second = bucket_index((MAY - key[2]).days, BUCKETS)
            amounts[first][second] += min(was, now)
            paid[first] += was - min(was, now)
            new[second] += now - min(was, now)
        assert (one.amounts, one.paid_amounts, one.new_amounts) == (
            tuple(map(tuple, amounts)),
            tuple(paid),
            tuple(new),
        )
        assert sum(one.opening_amounts()) == sum(
            max(amount, Decimal()) for key, amount in before.items() if key[3] == one.currency
        )


def test_shares_of_a_bucket(customer: Customer) -> None:
    """100 were 1–30 days old in April: 25 are paid, 75 are 31–60 days old in May. Nothing was 61–90."""
    earlier = create_report(as_of=APRIL, lines=[line(customer, "I1", "100")])
    later = create_report(as_of=MAY, lines=[line(customer, "I1", "75")])
    (one,) = roll(items_in(earlier), items_in(later), earlier_on=APRIL, later_on=MAY, buckets=BUCKETS)
    assert one.ratios()[1][2] == Decimal("0.75")
    assert one.ratios()[3] == (None,) * 7
    assert one.paid_amounts[1] == 25


# The page


@pytest.fixture
def client(customer: Customer) -> Client:
    client = Client()
    client.force_login(create_user(Role.GROUP_LEADER))
    return client


def test_without_two_reports_the_page_says_so(client: Client) -> None:
    assert "no two reports" in client.get("/receivables/compare/").content.decode()
    assert client.get("/receivables/compare/export.xlsx").status_code == 404


def test_the_page_compares_the_last_two_or_those_asked_for(client: Client, customer: Customer) -> None:
    march = create_report(as_of=dt.date(2026, 3, 31), lines=[line(customer, "I0", "1")])
    create_report(as_of=APRIL, lines=[line(customer, "I1", "100")])
    may = create_report(as_of=MAY, lines=[line(customer, "I1", "75")])
    shown = client.get("/receivables/compare/").content.decode()
    assert "2026-04-30 → 2026-05-31" in shown
    assert "75.0 %" in shown
    shown = client.get(
        f"/receivables/compare/?earlier={may.number}&later={march.number}&change=new"
    ).content.decode()
    assert "2026-03-31 → 2026-05-31" in shown
    assert client.get("/receivables/compare/?earlier=x&page=99").status_code == 200


def test_a_manager_compares_his_own_customers(customer: Customer) -> None:
    other = create_active_customer(number="C2", name="Beta")
    create_report(as_of=APRIL, lines=[line(customer, "I1", "100"), line(other, "I2", "5")])
    create_report(as_of=MAY)
    manager = other.account_manager or create_user(Role.ACCOUNT_MANAGER)
    Customer.objects.filter(pk=other.pk).update(account_manager=manager)
    client = Client()
    client.force_login(manager)
    if customer.account_manager_id == manager.pk:
        Customer.objects.filter(pk=customer.pk).update(account_manager=None)
    shown = client.get("/receivables/compare/").content.decode()
    assert "Beta" in shown
    assert "Alpha" not in shown


def test_the_differences_as_a_workbook(client: Client, customer: Customer) -> None:
    create_report(as_of=APRIL, lines=[line(customer, "=I1", "100")])
    create_report(as_of=MAY, lines=[line(customer, "=I1", "75")])
    response = client.get("/receivables/compare/export.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))  # type: ignore[attr-defined]
    assert book.sheetnames == ["Changes", "Bridge", "Filters"]
    assert [cell.value for cell in book["Changes"][2]][3:] == [
        "'=I1",
        dt.datetime(2026, 4, 15),
        "CNY",
        100,
        75,
    ]


def test_the_page_costs_the_same_however_many_items(
    client: Client, customer: Customer, django_assert_max_num_queries: object
) -> None:

    numbers = [
        create_report(as_of=day, lines=[line(customer, f"I{day}-{row}", "1") for row in range(count)]).number
        for day, count in ((dt.date(2026, 2, 28), 1), (dt.date(2026, 3, 31), 2), (APRIL, 60), (MAY, 70))
    ]
    counts = []
    for earlier, later in (numbers[:2], numbers[2:]):
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/receivables/compare/?earlier={earlier}&later={later}")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12
