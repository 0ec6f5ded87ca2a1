"""The classified detail of receivables, month by month, against the contract's term (P5.2.2)."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal

import openpyxl
import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import ConflictError, InvalidInputError, NotAllowedError
from customers.models import Customer
from receivables.classification import (
    DUE_DEPARTS,
    NO_CONTRACT,
    OVERDUE,
    UNUSUAL_TERM,
    ClassifiedItem,
    ContractTerm,
    deviations,
)
from receivables.models import ClassifiedDetail, ClassifiedLine, OpenItem, Report
from receivables.services import classified
from receivables.services.partitions import partition_for
from tests.factories.customers import create_active_customer, create_contract
from tests.factories.people import create_user
from tests.factories.reports import create_report

MAY, MAY_END = dt.date(2026, 5, 1), dt.date(2026, 5, 31)
NET_30, NET_60 = ContractTerm("net", 30), ContractTerm("net", 60)


def item(written: str | None, due: str, amount: str = "100") -> ClassifiedItem:
    return ClassifiedItem(
        dt.date.fromisoformat(written) if written else None, dt.date.fromisoformat(due), Decimal(amount)
    )


@pytest.mark.parametrize(
    ("items", "term", "expected"),
    [
        ([item("2026-05-01", "2026-05-31")], NET_30, ()),
        ([item("2026-04-30", "2026-05-30")], NET_30, (OVERDUE,)),
        ([item("2026-04-30", "2026-05-30", "-5")], NET_30, ()),
        ([item("2026-05-01", "2026-06-01")], NET_30, (DUE_DEPARTS,)),
        ([item("2026-05-01", "2026-06-30")], NET_60, ()),
        ([item("2026-05-01", "2026-06-15")], ContractTerm("net", 45), (UNUSUAL_TERM,)),
        ([item("2026-05-10", "2026-06-30")], ContractTerm("end_of_month", 30), ()),
        ([item(None, "2026-06-01")], NET_30, ()),
        ([item("2026-05-01", "2026-05-31")], None, (NO_CONTRACT,)),
        ([item("2026-03-01", "2026-04-01")], None, (OVERDUE, NO_CONTRACT)),
        ([item("2026-03-01", "2026-04-01")], ContractTerm("net", 29), (OVERDUE, DUE_DEPARTS, UNUSUAL_TERM)),
        ([], NET_30, ()),
    ],
)
def test_what_departs_from_the_contract(
    items: list[ClassifiedItem], term: ContractTerm | None, expected: tuple[str, ...]
) -> None:
    """On 31 May: due that day is as agreed, due the day before is past the term."""
    assert deviations(items, term, on=MAY_END, usual_days=(30, 60)) == expected


@pytest.fixture
def manager(db: None) -> User:
    return create_user(Role.SERVICE_MANAGER)


def customer_of(manager: User, number: str) -> Customer:
    customer = create_active_customer(number=number)
    Customer.objects.filter(pk=customer.pk).update(service_manager=manager)
    customer.refresh_from_db()
    return customer


def items_in(report: Report, *rows: tuple[Customer, str, str, str, str]) -> None:
    """Add items: customer, document, due date, amount, contract; written 30 days before they are due."""
    partition_for(OpenItem._meta.db_table, report.as_of)
    OpenItem.objects.bulk_create(
        OpenItem(
            report=report,
            as_of=report.as_of,
            customer=customer,
            row_number=place,
            document=document,
            document_on=dt.date.fromisoformat(due) - dt.timedelta(days=30),
            due_on=dt.date.fromisoformat(due),
            currency="CNY",
            amount=amount,
            open_amount=amount,
            contract_number=contract,
        )
        for place, (customer, document, due, amount, contract) in enumerate(rows, start=1)
    )


@pytest.fixture
def report(manager: User) -> Report:
    """Of the manager's customer: a contract of 30 days with an overdue item, a contract of 60 days billed at 30, and an
    item without a contract; another manager's customer owes too."""
    customer, other = customer_of(manager, "C1"), customer_of(create_user(Role.SERVICE_MANAGER), "C2")
    create_contract(customer=customer, handler=manager, number="K30", payment_term_days=30)
    create_contract(customer=customer, handler=manager, number="K60", payment_term_days=60)
    report = create_report(as_of=dt.date(2026, 5, 28))
    items_in(
        report,
        (customer, "I1", "2026-05-01", "100.00", "K30"),
        (customer, "I2", "2026-06-15", "50.00", "K60"),
        (customer, "I3", "2026-06-15", "7.00", ""),
        (other, "I4", "2026-05-01", "1.00", ""),
    )
    return report


def told(detail: ClassifiedDetail) -> list[tuple[str, str, str, list[str], int | None]]:
    return [
        (
            line.contract_number,
            str(line.total_amount),
            str(line.overdue_amount),
            line.deviations,
            line.oldest_days,
        )
        for line in detail.lines.all()
    ]


def test_a_detail_is_drawn_up_by_contract_and_aged_to_the_end_of_the_month(
    manager: User, report: Report
) -> None:
    detail = classified.draw_up_detail(month_on=dt.date(2026, 5, 17), by=manager)
    assert (detail.month_on, detail.report) == (MAY, report)
    assert told(detail) == [
        ("K30", "100.00", "100.00", [OVERDUE], 30),
        ("K60", "50.00", "0.00", [DUE_DEPARTS], -15),
        ("", "7.00", "0.00", [NO_CONTRACT], -15),
    ]
    assert [line.payment_term for line in detail.lines.all()] == ["30 days", "60 days", ""]
    assert detail.lines.first().amounts[1] == 100  # type: ignore[union-attr]


def test_drawn_up_anew_it_keeps_what_was_said(manager: User, report: Report) -> None:
    detail = classified.draw_up_detail(month_on=MAY, by=manager)
    line = detail.lines.get(contract_number="K30")
    classified.note_next_action(line=line, text="  call \n him ", on=dt.date(2026, 6, 2), by=manager)
    items_in(report, (line.customer, "I9", "2026-05-02", "5.00", "K30"))
    again = classified.draw_up_detail(month_on=MAY, by=manager)
    assert again == detail
    line = again.lines.get(contract_number="K30")
    assert (line.total_amount, line.next_action, line.next_action_on) == (
        105,
        "call him",
        dt.date(2026, 6, 2),
    )


def test_signed_it_is_frozen(manager: User, report: Report) -> None:
    detail = classified.draw_up_detail(month_on=MAY, by=manager)
    with pytest.raises(InvalidInputError, match="1 overdue lines have no next action"):
        classified.sign_detail(detail=detail, by=manager)
    line = detail.lines.get(contract_number="K30")
    classified.note_next_action(line=line, text="call", on=None, by=manager)
    signed = classified.sign_detail(detail=detail, by=manager)
    assert classified.sign_detail(detail=detail, by=manager) == signed
    for change in (
        lambda: classified.draw_up_detail(month_on=MAY, by=manager),
        lambda: classified.note_next_action(line=line, text="visit", on=None, by=manager),
    ):
        with pytest.raises(ConflictError):
            change()
    with pytest.raises(ProgrammingError), transaction.atomic():
        ClassifiedDetail.objects.update(month_on=dt.date(2026, 4, 1))
    with pytest.raises(ProgrammingError), transaction.atomic():
        ClassifiedDetail.objects.all().delete()


def test_it_is_the_managers_own_work(manager: User, report: Report) -> None:
    detail = classified.draw_up_detail(month_on=MAY, by=manager)
    leader, colleague = create_user(Role.GROUP_LEADER), create_user(Role.SERVICE_MANAGER)
    with pytest.raises(NotAllowedError):
        classified.draw_up_detail(month_on=MAY, by=leader)
    for other in (leader, colleague):
        with pytest.raises(NotAllowedError):
            classified.note_next_action(line=detail.lines.all()[0], text="x", on=None, by=other)
        with pytest.raises(NotAllowedError):
            classified.sign_detail(detail=detail, by=other)
    assert [list(ClassifiedDetail.objects.visible_to(user)) for user in (manager, leader, colleague)] == [
        [detail],
        [detail],
        [],
    ]  # type: ignore[attr-defined]
    assert ClassifiedLine.objects.visible_to(colleague).count() == 0  # type: ignore[attr-defined]
    assert ClassifiedLine.objects.visible_to(leader).count() == 3  # type: ignore[attr-defined]


def test_a_month_without_a_report_of_its_own_has_none(manager: User, report: Report) -> None:
    for month in (dt.date(2026, 4, 1), dt.date(2026, 6, 1)):
        with pytest.raises(InvalidInputError, match="finance uploads it first"):
            classified.draw_up_detail(month_on=month, by=manager)


@pytest.mark.parametrize(("text", "on"), [("x" * 501, None), (" ", dt.date(2026, 6, 1))])
def test_a_next_action_is_a_short_text_with_perhaps_a_day(
    manager: User, report: Report, text: str, on: dt.date | None
) -> None:
    detail = classified.draw_up_detail(month_on=MAY, by=manager)
    with pytest.raises(InvalidInputError, match="500 characters"):
        classified.note_next_action(line=detail.lines.all()[0], text=text, on=on, by=manager)


# The pages


def test_the_pages_from_drawing_up_to_signing(manager: User, report: Report) -> None:
    client = Client()
    client.force_login(manager)
    base = "/receivables/classified/"
    assert "finance uploads it first" in client.post(base, {"month": "2026-04"}).content.decode()
    response = client.post(base, {"month": "2026-05"})
    detail = ClassifiedDetail.objects.get()
    assert response["Location"] == detail.get_absolute_url()
    page = client.get(detail.get_absolute_url()).content.decode()
    assert "past the term" in page
    assert "no contract" in page
    line = detail.lines.get(contract_number="K30")
    url = f"{base}{detail.pk}/lines/{line.pk}/"
    assert client.post(url, {"text": "call", "on": "2026-06-05"}).status_code == 302
    assert client.post(url, {"text": "x" * 600}).status_code >= 400
    book = openpyxl.load_workbook(
        io.BytesIO(b"".join(client.get(f"{base}{detail.pk}/export.xlsx").streaming_content))
    )  # type: ignore[attr-defined]
    assert book.sheetnames == ["2026-05", "Filters"]
    assert client.post(f"{base}{detail.pk}/sign/").status_code == 302
    page = client.get(base).content.decode()
    assert "2026-05" in page
    assert "signed" in page
    assert "call" in client.get(detail.get_absolute_url()).content.decode()


def test_the_list_costs_the_same_however_many(manager: User, report: Report) -> None:
    classified.draw_up_detail(month_on=MAY, by=manager)
    client = Client()
    client.force_login(manager)
    client.get("/receivables/classified/")
    counts = []
    for months in (0, 9):
        for number in range(months):
            ClassifiedDetail.objects.create(
                service_manager=manager, month_on=dt.date(2025, number + 1, 1), report=report
            )
        with CaptureQueriesContext(connection) as queries:
            client.get("/receivables/classified/")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12
