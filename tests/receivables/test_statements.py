"""Statements of account with aging and the slip to be signed and returned (对账单)."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.db import ProgrammingError, transaction
from django.test import Client
from django.utils import timezone

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import ConflictError, InvalidInputError, NotAllowedError
from creditrisk.policy.selectors import policy_version_on
from customers.models import Customer
from receivables.models import Statement
from receivables.selectors.statements import customers_with_balance, statement_pdf
from receivables.services import statements
from receivables.services.loading import store_sums
from receivables.statements import StatementItem, StatementPart
from tests.factories.customers import create_active_customer
from tests.factories.people import create_user
from tests.factories.reports import Line, create_report
from tests.receivables.pdf_text import pdf_text

pytestmark = pytest.mark.django_db
MAY, TODAY = dt.date(2026, 5, 31), dt.date(2026, 6, 3)
URL = "/receivables/statements/"


@pytest.fixture
def clerk() -> User:
    return create_user(Role.FINANCE_CLERK, email="clerk@example.com")


@pytest.fixture
def customers() -> list[Customer]:
    """C1 owes in two currencies and has an address; C2 has a credit balance and none; C3 owes nothing."""
    listed = [
        create_active_customer(number="C1", name="甲公司"),
        create_active_customer(number="C2", name="#let 乙 <script> \u202eevil 😀"),
        create_active_customer(number="C3", name="丙公司"),
    ]
    Customer.objects.filter(number="C1").update(
        finance_email="finance@alpha.example", letter_language="zh-hans"
    )
    Customer.objects.filter(number="C2").update(finance_email="")
    due = dt.date(2026, 5, 1)
    report = create_report(
        as_of=MAY,
        lines=[
            Line(listed[0], due, "100.00", "I1", total="250.00"),
            Line(listed[0], dt.date(2026, 6, 30), "0.55", "I2"),
            Line(listed[0], due, "-20.00", "CN1"),
            Line(listed[0], due, "9.00", "U1", "USD"),
            Line(listed[1], due, "-5.00", "CN2"),
        ],
    )
    store_sums(report, policy_version_on(MAY))
    for customer in listed:
        customer.refresh_from_db()
    return listed


def issued(customers: list[Customer], by: User, *, language: str = "", send: bool = False) -> list[Statement]:
    return statements.issue_statements(
        customers=customers, as_of=MAY, language=language, send=send, today=TODAY, by=by
    )


def test_a_statement_lists_items_aging_and_slip(clerk: User, customers: list[Customer]) -> None:
    (statement,) = issued(customers[:1], clerk)
    assert statement.number == "ST-2026-000001"
    assert statement.totals == {"CNY": "80.55", "USD": "9.00"}
    text = pdf_text(statement_pdf(statement))
    for part in (
        "对账单",
        "对账回执",
        "甲公司",
        "I1",
        "250.00",
        "100.00",
        "-20.00",
        "80.55",
        "9.00",
        "余额相符",
        "1–30",
    ):
        assert part in text, part


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Statement of account", "Reconciliation slip", "Not due")),
        ("zh-hant", ("對帳單", "對帳回執", "未到期")),
    ],
)
def test_a_statement_in_another_language(
    clerk: User, customers: list[Customer], language: str, words: tuple[str, ...]
) -> None:
    (statement,) = issued(customers[:1], clerk, language=language)
    text = pdf_text(statement_pdf(statement))
    assert statement.language == language
    for word in words:
        assert word.replace(" ", "") in text, word


def test_hostile_names_print_as_themselves_and_nothing_open_says_so(
    clerk: User, customers: list[Customer]
) -> None:
    hostile, nothing = issued(customers[1:], clerk, language="zh-hans")
    assert "#let" in pdf_text(statement_pdf(hostile))
    assert nothing.totals == {}
    assert "无未结清款项" in pdf_text(statement_pdf(nothing))


def test_the_same_statement_is_the_same_file_and_a_changed_file_is_noticed(
    clerk: User, customers: list[Customer]
) -> None:
    (statement,) = issued(customers[:1], clerk)
    with statement.pdf.storage.open(statement.pdf.name, "wb") as file:
        file.write(b"x")
    with pytest.raises(ConflictError, match="not the one that was issued"):
        statement_pdf(statement)
    statement.pdf.storage.delete(statement.pdf.name)
    with pytest.raises(ConflictError):
        statement_pdf(statement)


def test_many_at_once_are_numbered_without_gaps_and_mailed_where_there_is_an_address(
    clerk: User, customers: list[Customer]
) -> None:
    found = issued(customers, clerk, send=True)
    assert [statement.number for statement in found] == [f"ST-2026-00000{number}" for number in (1, 2, 3)]
    assert [bool(statement.message) for statement in found] == [True, False, False]
    message = found[0].message
    assert message is not None
    assert (message.to, message.attachment_name) == ("finance@alpha.example", "ST-2026-000001.pdf")
    assert "对账单" in message.subject


def test_a_failure_gives_numbers_and_files_back(
    clerk: User, customers: list[Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, done = statements.render_statement, []

    def failing(content: Any) -> bytes:
        if done:
            raise RuntimeError("out of paper")
        done.append(content)
        return real(content)

    monkeypatch.setattr(statements, "render_statement", failing)
    with pytest.raises(RuntimeError), transaction.atomic():
        issued(customers, clerk)
    assert not Statement.objects.exists()
    monkeypatch.undo()
    assert issued(customers[:1], clerk)[0].number == "ST-2026-000001"


@pytest.mark.parametrize(
    ("language", "count", "as_of", "message"),
    [
        ("fr", 1, MAY, "languages"),
        ("", 0, MAY, "between 1 and 500"),
        ("", 501, MAY, "between 1 and 500"),
        ("", 1, dt.date(2026, 4, 1), "No aging report"),
    ],
)
def test_what_cannot_be_issued(
    clerk: User, customers: list[Customer], language: str, count: int, as_of: dt.date, message: str
) -> None:
    with pytest.raises(InvalidInputError, match=message):
        statements.issue_statements(
            customers=[customers[0]] * count,
            as_of=as_of,
            language=language,
            send=False,
            today=TODAY,
            by=clerk,
        )


def test_managers_issue_to_their_own_customers(clerk: User, customers: list[Customer]) -> None:
    manager = create_user(Role.SERVICE_MANAGER)
    Customer.objects.filter(number="C1").update(service_manager=manager)
    customers[0].refresh_from_db()
    assert issued(customers[:1], manager)
    with pytest.raises(NotAllowedError):
        issued(customers[:2], manager)
    assert [one.number for one in customers_with_balance(manager, as_of=MAY)] == ["C1"]
    assert [one.number for one in customers_with_balance(clerk, as_of=MAY)] == ["C1", "C2"]
    with pytest.raises(NotAllowedError):
        issued(customers[:1], create_user(Role.GROUP_LEADER))


def test_the_answer_is_noted_once(clerk: User, customers: list[Customer]) -> None:
    (statement,) = issued(customers[:1], clerk)

    def note(answer: str = "differs", text: str = " 10.00  are paid ", on: dt.date = TODAY) -> Statement:
        return statements.note_answer(
            statement=statement, answer=answer, note=text, on=on, today=TODAY, by=clerk
        )

    for answer, text, on in (
        ("differs", " ", TODAY),
        ("", "x", TODAY),
        ("agrees", "", dt.date(2026, 6, 2)),
        ("agrees", "", dt.date(2026, 6, 4)),
    ):
        with pytest.raises(InvalidInputError):
            note(answer, text, on)
    noted = note()
    assert (noted.answer, noted.answer_note, noted.answered_by) == ("differs", "10.00 are paid", clerk)
    assert note() == noted
    with pytest.raises(ConflictError):
        note("agrees", "")
    with pytest.raises(NotAllowedError):
        statements.note_answer(
            statement=statement,
            answer="agrees",
            note="",
            on=TODAY,
            today=TODAY,
            by=create_user(Role.GROUP_LEADER),
        )


def test_statements_are_kept(clerk: User, customers: list[Customer]) -> None:
    issued(customers[:1], clerk)
    with pytest.raises(ProgrammingError), transaction.atomic():
        Statement.objects.all().delete()


def test_a_part_whose_items_or_buckets_do_not_add_up_is_none() -> None:
    item = StatementItem("I1", None, MAY, 0, Decimal(1), Decimal(1))
    with pytest.raises(ValueError, match="items"):
        StatementPart("CNY", (item,), (Decimal(2),), Decimal(2))
    with pytest.raises(ValueError, match="buckets"):
        StatementPart("CNY", (item,), (Decimal(2),), Decimal(1))


# The pages


@pytest.fixture
def client(clerk: User) -> Client:
    client = Client()
    client.force_login(clerk)
    return client


def fields(**more: str) -> dict[str, str]:
    return {"as_of": "2026-05-31", "language": "", "customers": "", "send": "print"} | more


def test_statements_are_downloaded_as_one_file(client: Client, customers: list[Customer]) -> None:
    response = client.post(URL, fields())
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))  # type: ignore[attr-defined]
    assert archive.namelist() == [
        f"{one.number}-{one.customer.number}.pdf" for one in Statement.objects.order_by("pk")
    ]
    assert len(archive.namelist()) == 2


def test_statements_are_mailed_and_those_without_an_address_named(
    client: Client, customers: list[Customer]
) -> None:
    page = client.post(URL, fields(send="mail", customers="C1, C2"), follow=True).content.decode()
    assert "1 statement is on its way" in page
    assert "ST-2026-000002" in page
    assert "No customer of yours" in client.post(URL, fields(customers="C1 C99")).content.decode()
    assert "No aging report" in client.post(URL, fields(customers="C1", as_of="2020-01-01")).content.decode()


def test_one_statement_its_files_and_the_answer(
    client: Client, clerk: User, customers: list[Customer]
) -> None:
    (statement,) = issued(customers[:1], clerk)
    url = f"{URL}{statement.number}/"
    assert "80.55" in client.get(url).content.decode()
    assert client.get(f"{url}pdf/")["Content-Type"] == "application/pdf"
    book = openpyxl.load_workbook(io.BytesIO(b"".join(client.get(f"{url}statement.xlsx").streaming_content)))  # type: ignore[attr-defined]
    rows = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    assert [row[0] for row in rows[1:5]] == ["CN1", "I1", "I2", "U1"]
    assert client.post(f"{url}answer/", {"answer": "agrees", "on": "x"}).status_code >= 400
    today = timezone.localdate().isoformat()
    assert client.post(f"{url}answer/", {"answer": "agrees", "on": today, "note": ""}).status_code == 302
    assert "agrees" in client.get(url).content.decode()
    assert client.get(f"{URL}ST-1999-1/").status_code == 404


def test_others_see_the_list_without_the_form(customers: list[Customer], clerk: User) -> None:
    issued(customers, clerk)
    client = Client()
    client.force_login(create_user(Role.GROUP_LEADER))
    page = client.get(URL).content.decode()
    assert "ST-2026-000001" in page
    assert 'name="send"' not in page
    assert client.post(URL, fields()).status_code == 403
    assert "slip has not come back" in client.get(f"{URL}ST-2026-000001/").content.decode()
