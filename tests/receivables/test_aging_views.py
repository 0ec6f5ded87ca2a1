"""The aging pages, through the real middleware: who sees what, what the address bar may ask, how many queries."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from receivables.models import Report, ReportState
from receivables.services import loading
from receivables.views import aging as views
from tests.factories.customers import create_active_customer
from tests.factories.people import Team, create_team, create_user
from tests.factories.reports import Line, create_report

pytestmark = pytest.mark.django_db
MAY = dt.date(2026, 5, 31)
AGING = "/receivables/aging/"
MAX_QUERIES = 12


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def report(team: Team) -> Report:
    """C1 is the account manager's: 1,234.50 CNY a day late; C2 is nobody's: 77.00 CNY; C3: 8.00 USD."""
    mine = create_active_customer(number="C1", name="华瑞<b>", account_manager=team.account_manager)
    other = create_active_customer(number="C2", name="银河")
    dollars = create_active_customer(number="C3", name="Orient")
    lines = [
        Line(mine, MAY - dt.timedelta(days=1), "1234.50", document="INV-A"),
        Line(mine, MAY - dt.timedelta(days=1), "-34.50", document="CN-A"),
        Line(other, MAY, "77.00", document="INV-B"),
        Line(dollars, MAY, "8.00", document="INV-C", currency="USD"),
    ]
    return with_sums(create_report(as_of=MAY, lines=lines))


def with_sums(report: Report) -> Report:
    """Store the sums as a commit does; the factory writes items alone."""
    assert report.policy_version is not None
    loading.store_sums(report, report.policy_version)
    return report


@pytest.fixture(autouse=True)
def _there_is_a_report(report: Report) -> None:
    """Every test has the report."""


def test_the_page_shows_every_customer_and_totals_per_currency(team: Team) -> None:
    page = text(as_(team.finance_clerk).get(AGING))
    assert "华瑞&lt;b&gt;" in page
    assert "1,234.50" in page
    assert "-34.50" in page
    for total in ("Open in CNY", "1,277.00", "Open in USD", "8.00"):
        assert total in page


def test_an_account_manager_sees_his_customers_and_their_totals_alone(team: Team) -> None:
    page = text(as_(team.account_manager).get(AGING))
    assert "华瑞" in page
    assert "1,200.00" in page
    for foreign in ("银河", "77.00", "Orient", "USD", "1,277.00", "Upload a report"):
        assert foreign not in page


def test_who_sees_no_customer_sees_that_nothing_is_open(team: Team) -> None:
    page = text(as_(create_user(Role.SERVICE_MANAGER)).get(AGING))
    assert "Nothing is open" in page
    assert "1,2" not in page


def test_a_search_narrows_rows_and_totals(team: Team) -> None:
    page = text(as_(team.finance_clerk).get(AGING, {"q": "银河"}))
    assert "银河" in page
    assert "华瑞" not in page
    assert "1,277.00" not in page


def test_one_currency(team: Team) -> None:
    page = text(as_(team.finance_clerk).get(AGING, {"currency": "USD"}))
    assert "Open in USD" in page
    assert "Open in CNY" not in page
    assert "银河" not in page


def test_netted_the_credits_column_goes(team: Team) -> None:
    page = text(as_(team.finance_clerk).get(AGING, {"credits": "netted"}))
    assert '<th scope="col" class="amount"><a href="?credits=netted&amp;sort=-credits">' not in page
    assert "1,234.50" not in page
    assert "1,200.00" in page


def test_a_later_date_ages_the_same_balances_and_says_so(team: Team) -> None:
    page = text(as_(team.finance_clerk).get(AGING, {"as_of": "2026-06-20"}))
    assert "The balances are those of 2026-05-31" in page
    assert "1,277.00" in page


def test_a_date_before_the_first_report_has_none(team: Team) -> None:
    assert "No report describes this date" in text(
        as_(team.finance_clerk).get(AGING, {"as_of": "2026-05-30"})
    )


def test_before_the_first_upload_the_page_says_what_to_do(team: Team, report: Report) -> None:
    Report.objects.update(state=ReportState.DISCARDED, committed_at=None)
    page = text(as_(team.finance_clerk).get(AGING))
    assert "No aging report has been committed" in page
    assert reverse("receivables:upload_create") in page


@pytest.mark.parametrize(
    "query",
    [
        {"as_of": "soon"},
        {"as_of": "0000-00-00"},
        {"currency": "XXXX"},
        {"currency": "'; DROP"},
        {"credits": "maybe"},
        {"sort": "customer__account_manager__password"},
        {"sort": "1; DROP TABLE x"},
        {"page": "99"},
        {"page": "x"},
        {"q": "x" * 200},
        {"q": "\x00"},
        {"per_page": "100000"},
    ],
)
def test_what_the_address_bar_says_is_understood_or_left_alone(team: Team, query: dict[str, str]) -> None:
    assert "Aging report" in text(as_(team.finance_clerk).get(AGING, query))


def test_a_superseded_report_is_readable_and_marked(team: Team, report: Report) -> None:
    Report.objects.filter(pk=report.pk).update(state=ReportState.SUPERSEDED)
    page = text(as_(team.finance_clerk).get(AGING, {"report": report.number}))
    assert "has been superseded" in page
    assert "1,277.00" in page
    assert as_(team.finance_clerk).get(AGING, {"report": "AR-0000-1"}).status_code == 404


def test_a_superseded_report_shows_an_account_manager_his_customers_alone(team: Team, report: Report) -> None:
    Report.objects.filter(pk=report.pk).update(state=ReportState.SUPERSEDED)
    page = text(as_(team.account_manager).get(AGING, {"report": report.number}))
    assert "华瑞" in page
    assert "银河" not in page


def test_a_customer_down_to_contracts_and_items(team: Team) -> None:
    page = text(as_(team.account_manager).get(AGING + "customers/C1/"))
    for shown in ("INV-A", "CN-A", "1,234.50", "without a contract", "1–30"):
        assert shown in page
    assert "INV-B" not in page


def test_a_customer_one_may_not_see_is_not_found(team: Team) -> None:
    client = as_(team.account_manager)
    assert client.get(AGING + "customers/C2/").status_code == 404
    assert client.get(AGING + "customers/none/").status_code == 404
    assert client.get(AGING + "export.xlsx", {"customer": "C2"}).status_code == 404


def test_a_customer_without_items_or_report(team: Team) -> None:
    create_active_customer(number="C9")
    client = as_(team.finance_clerk)
    assert "Nothing is open" in text(client.get(AGING + "customers/C9/"))
    assert "Nothing is open" in text(client.get(AGING + "customers/C1/", {"as_of": "2020-01-01"}))


@pytest.mark.parametrize("sort", ["document", "-due_on", "days", "open_amount", "password"])
def test_items_are_sorted_by_their_columns_alone(team: Team, sort: str) -> None:
    assert "INV-A" in text(as_(team.finance_clerk).get(AGING + "customers/C1/", {"sort": sort}))


def exported(client: Client, **query: str) -> list[tuple[Any, ...]]:
    response = client.get(AGING + "export.xlsx", query)
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    content = io.BytesIO(b"".join(response.streaming_content))
    return [tuple(row) for row in openpyxl.load_workbook(content).worksheets[0].iter_rows(values_only=True)]


def test_the_download_holds_what_the_page_shows(team: Team) -> None:
    assert len(exported(as_(team.finance_clerk))) == 1 + 3 + 2
    assert [row[0] for row in exported(as_(team.account_manager))] == ["Customer number", "C1", "Total"]
    assert [row[0] for row in exported(as_(team.finance_clerk), q="银河")] == [
        "Customer number",
        "C2",
        "Total",
    ]
    assert len(exported(as_(team.finance_clerk), by="item")) == 1 + 4 + 2
    assert len(exported(as_(team.finance_clerk), by="contract", customer="C1")) == 1 + 1 + 1
    assert len(exported(as_(team.finance_clerk), by="nonsense", currency="USD")) == 1 + 1 + 1


def test_a_download_without_a_report_is_not_found(team: Team) -> None:
    assert as_(team.finance_clerk).get(AGING + "export.xlsx", {"as_of": "2020-01-01"}).status_code == 404


def test_a_download_that_is_too_large_is_refused_with_the_remedy(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "EXPORT_MAX_LINES", 3)
    client = as_(team.finance_clerk)
    client.get(AGING + "export.xlsx").getvalue()
    refused = client.get(AGING + "export.xlsx", {"by": "item"})
    assert refused.status_code == 400
    assert "aging_report" in refused.content.decode()


def test_pages_of_fifty_and_a_constant_number_of_queries(team: Team) -> None:
    client = as_(team.finance_clerk)
    counts = []
    for size, pages in ((2, 1), (130, 3)):
        people = [create_active_customer(number=f"P{size}-{n:03d}") for n in range(size)]
        as_of = MAY + dt.timedelta(days=size)
        with_sums(create_report(as_of=as_of, lines=[Line(person, as_of) for person in people]))
        client.get(AGING, {"as_of": as_of})
        with CaptureQueriesContext(connection) as queries:
            page = text(client.get(AGING, {"as_of": as_of, "page": pages}))
        assert f"of {size}" in page
        assert page.count('<td data-label="Customer">') == (2 if pages == 1 else 30)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= MAX_QUERIES


def test_a_customers_page_costs_the_same_for_one_item_and_for_forty(team: Team) -> None:
    client = as_(team.finance_clerk)
    counts = []
    for size in (1, 40):
        person = create_active_customer(number=f"Q{size}")
        as_of = MAY + dt.timedelta(days=size)
        report = create_report(as_of=as_of, lines=[Line(person, as_of, f"{n + 1}.00") for n in range(size)])
        with_sums(report)
        client.get(AGING + f"customers/Q{size}/")
        with CaptureQueriesContext(connection) as queries:
            text(client.get(AGING + f"customers/Q{size}/", {"as_of": as_of}))
        counts.append(len(queries))
    # A page of one customer, no list: his sums and the report of payables come on top.
    assert counts[0] == counts[1] <= MAX_QUERIES + 6


@pytest.mark.parametrize("path", ["", "export.xlsx", "customers/C1/"])
def test_strangers_are_sent_to_the_log_in_and_nothing_is_posted(team: Team, path: str) -> None:
    assert Client().get(AGING + path).status_code == 302
    assert as_(team.finance_clerk).post(AGING + path).status_code == 405
