"""The lists of uploads, letters and statements as files: what the filter leaves, in the order of the list."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import openpyxl
import pytest
from django.core.files.base import ContentFile
from django.test import Client

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.policy.selectors import policy_version_on
from customers.models import Customer
from receivables.services import statements, uploads
from receivables.services.dunning import run_dunning
from receivables.services.loading import store_sums
from tests.factories.customers import create_active_customer
from tests.factories.people import create_user
from tests.factories.reports import Line, create_report

pytestmark = pytest.mark.django_db
MAY, TODAY = dt.date(2026, 5, 31), dt.date(2026, 6, 3)


@pytest.fixture
def clerk() -> User:
    return create_user(Role.FINANCE_CLERK, name="Fang Min")


@pytest.fixture
def client(clerk: User) -> Client:
    client = Client()
    client.force_login(clerk)
    return client


@pytest.fixture
def customer() -> Customer:
    return create_active_customer(number="C1", name="=甲公司")


def book_of(client: Client, address: str) -> Any:
    response = client.get(address)
    assert response["Content-Type"].endswith("sheet")
    return openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))


def csv_of(client: Client, address: str) -> list[list[str]]:
    response = client.get(address)
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_uploads_have_a_line_for_each_currency(client: Client, clerk: User, customer: Customer) -> None:
    head = "Customer No.,Invoice No.,Due date,Currency,Open amount\n"
    for name, rows in (
        ("a.csv", "C1,I1,2026-04-03,USD,1\nC1,I2,2026-04-03,CNY,2.50\n"),
        ("b.csv", "C9,I1,x,CNY,1\n"),
    ):
        file = ContentFile((head + rows).encode(), name=name)
        report = uploads.upload_report(file=file, file_name=name, as_of=MAY, today=TODAY, by=clerk)
        uploads.check_report(report=report, by=clerk)
    lines = csv_of(client, "/receivables/uploads/?format=csv&sort=number")
    assert [(line[3], line[4].split()[0], *line[6:8], *line[9:]) for line in lines[1:]] == [
        ("a.csv", "checked,", "2", "Fang Min", "CNY", "2.50"),
        ("a.csv", "checked,", "2", "Fang Min", "USD", "1.00"),
        ("b.csv", "refused", "1", "Fang Min", "", ""),
    ]
    book = book_of(client, "/receivables/uploads/?format=xlsx&sort=-number")
    assert [row[3].value for row in book["Uploads"].iter_rows(min_row=2)] == ["b.csv", "a.csv", "a.csv"]
    assert [cell.value for cell in book["Filters"][2]] == ["Downloaded by", "Fang Min"]


def test_letters_are_those_the_filter_leaves(client: Client, customer: Customer) -> None:
    other = create_active_customer(number="C2", name="Other")
    create_report(as_of=TODAY, lines=[Line(one, dt.date(2026, 6, 2), "1234.50") for one in (customer, other)])
    assert run_dunning(on=TODAY, by=None).errors == ()
    address = "/receivables/letters/?customer=C1"
    notice = customer.dunning_notices.get()
    book = book_of(client, f"{address}&format=xlsx")
    (line,) = book["Letters"].iter_rows(min_row=2, values_only=True)
    assert line[:2] == ("C1", "'=甲公司")
    assert line[5:7] == (notice.currency, float(notice.total_amount))
    assert ("customer", "C1") in list(book["Filters"].iter_rows(values_only=True))
    assert len(csv_of(client, f"{address}&format=csv")) == 2
    assert len(csv_of(client, "/receivables/letters/?format=csv")) == 3


def test_statements_say_what_the_customer_answered(client: Client, clerk: User, customer: Customer) -> None:
    due = dt.date(2026, 5, 1)
    report = create_report(
        as_of=MAY, lines=[Line(customer, due, "9.50", "I1"), Line(customer, due, "1", "U1", "USD")]
    )
    store_sums(report, policy_version_on(MAY))
    (statement,) = statements.issue_statements(
        customers=[customer], as_of=MAY, language="en", send=False, today=TODAY, by=clerk
    )
    statements.note_answer(
        statement=statement, answer="differs", note="I1 is paid", on=TODAY, today=TODAY, by=clerk
    )
    rows = list(
        book_of(client, "/receivables/statements/?format=xlsx")["Statements"].iter_rows(
            min_row=2, values_only=True
        )
    )
    assert [(row[1], row[5], row[8], *row[9:]) for row in rows] == [
        ("C1", "printed", "I1 is paid", "CNY", 9.5),
        ("C1", "printed", "I1 is paid", "USD", 1),
    ]
    assert rows[0][3].date() == MAY
    assert rows[0][7].date() == TODAY


@pytest.mark.parametrize("name", ["uploads", "letters", "statements"])
def test_each_list_offers_its_files(client: Client, name: str) -> None:
    page = client.get(f"/receivables/{name}/?sort=-number&page=1").content.decode()
    for file_format in ("xlsx", "csv"):
        assert f'href="?sort=-number&amp;format={file_format}"' in page
