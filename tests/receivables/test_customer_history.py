"""A customer's balance over the reports, how he pays, and one item from its first report to its last (P5.2.2)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client

from creditrisk.accounts.roles import Role
from creditrisk.policy.selectors import policy_version_on
from customers.models import Customer
from receivables.models import Report
from receivables.selectors.customer_history import (
    balance_history,
    item_entries,
    item_sightings,
    payment_behaviour,
)
from receivables.services.loading import store_sums
from receivables.tables.history import balance_chart
from tests.factories.customers import create_active_customer
from tests.factories.people import create_user
from tests.factories.reports import Line, create_report

pytestmark = pytest.mark.django_db
MARCH, APRIL, MAY = dt.date(2026, 3, 31), dt.date(2026, 4, 30), dt.date(2026, 5, 31)
DUE = dt.date(2026, 4, 15)


@pytest.fixture
def customer() -> Customer:
    return create_active_customer(number="C1", name="Alpha")


def reported(day: dt.date, *lines: Line) -> Report:
    report = create_report(as_of=day, lines=lines)
    store_sums(report, policy_version_on(day))
    return report


def test_the_balance_of_every_report_the_missing_ones_too(customer: Customer) -> None:
    other = create_active_customer(number="C2")
    reported(MARCH, Line(customer, DUE, "100", "I1"))
    reported(APRIL, Line(other, DUE, "1", "I9"))
    reported(MAY, Line(customer, DUE, "60", "I1"), Line(customer, dt.date(2026, 6, 30), "5", "I2", "USD"))
    history = balance_history(customer, on=MAY)
    assert [(str(one.as_of), one.total_amount, one.overdue_amount) for one in history["CNY"]] == [
        ("2026-03-31", 100, 0),
        ("2026-04-30", 0, 0),
        ("2026-05-31", 60, 60),
    ]
    assert [one.total_amount for one in history["USD"]] == [0, 0, 5]
    assert len(balance_history(customer, on=APRIL)["CNY"]) == 2
    chart = balance_chart(history["CNY"], currency="CNY")
    assert chart.count("<title>") == 3
    assert "60.00 of it overdue" in chart
    assert balance_chart([], currency="CNY") == ""


def test_how_he_pays_with_best_worst_and_trend(customer: Customer) -> None:
    """I1, due on 15 April, was paid between 30 April and 31 May: at the earliest 16 days late. I2, due on 20 June, was
    paid between the same reports: at the latest on 31 May, 20 days early. 100 × 16 and 100 × −20: −2 on average."""
    reported(APRIL, Line(customer, DUE, "100", "I1"), Line(customer, dt.date(2026, 6, 20), "100", "I2"))
    reported(MAY)
    (behaviour,) = payment_behaviour(customer, on=MAY)
    year = behaviour.year
    assert (year.average_days_late, year.best_days_late, year.worst_days_late) == (Decimal("-2.0"), -20, 16)
    assert behaviour.trend_days == 0
    assert payment_behaviour(customer, on=dt.date(2027, 1, 31))[0].trend_days is None


def test_what_is_still_open_can_be_the_worst(customer: Customer) -> None:
    reported(MAY, Line(customer, DUE, "100", "I1"))
    (behaviour,) = payment_behaviour(customer, on=MAY)
    assert (behaviour.year.best_days_late, behaviour.year.worst_days_late) == (None, 46)


def test_an_item_from_report_to_report(customer: Customer) -> None:
    reported(MARCH)
    reported(APRIL, Line(customer, DUE, "60", "I1"), Line(customer, DUE, "40", "I1"))
    reported(MAY)
    found = item_sightings(customer, document="I1", due_on=DUE, currency="CNY")
    assert [(one.report.as_of, one.open_amount, one.days_past_due) for one in found] == [
        (APRIL, 100, 15),
        (MAY, None, 46),
    ]
    assert item_sightings(customer, document="I2", due_on=DUE, currency="CNY") == []
    assert item_entries(customer, document="I1", due_on=DUE, currency="CNY") == []


@pytest.fixture
def client(customer: Customer) -> Client:
    client = Client()
    client.force_login(create_user(Role.GROUP_LEADER))
    return client


def test_the_customers_page_shows_chart_behaviour_and_leads_to_the_item(
    client: Client, customer: Customer
) -> None:
    reported(APRIL, Line(customer, DUE, "100", "I&1"))
    reported(MAY, Line(customer, DUE, "60", "I&1"))
    page = client.get("/receivables/aging/customers/C1/").content.decode()
    assert "balance-chart" in page
    assert "How he pays in CNY" in page
    link = "/receivables/aging/customers/C1/item/?document=I%261&amp;due_on=2026-04-15&amp;currency=CNY"
    assert link in page
    shown = client.get(link.replace("&amp;", "&")).content.decode()
    assert "I&amp;1" in shown
    assert "2026-04-30" in shown
    for query in ("", "?document=I9&due_on=2026-04-15&currency=CNY", "?document=I9&due_on=x&currency=CNY"):
        assert client.get(f"/receivables/aging/customers/C1/item/{query}").status_code == 404


def test_an_item_of_a_ledger_shows_its_payments(client: Client, customer: Customer, tmp_path: object) -> None:
    from pathlib import Path

    from receivables.services.imports import import_report

    path = Path(str(tmp_path)) / "l.csv"
    path.write_text(
        "客户编码,发票号,发票日期,到期日,发票金额,收款日期,收款金额\nC1,I1,2026-03-15,2026-04-15,100,2026-05-02,40\n"
    )
    import_report(path=path, file_name="l.csv", as_of=MAY, today=MAY, kind="ledger", by=None)
    shown = client.get(
        "/receivables/aging/customers/C1/item/?document=I1&due_on=2026-04-15&currency=CNY"
    ).content.decode()
    assert "Entries of the ledger" in shown
    assert "-40.00" in shown or "−40.00" in shown
