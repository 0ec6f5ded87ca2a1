"""Payables: what we owe customers, from the same kind of file, and the net exposure beside the gross one (P3.4)."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import InvalidInputError
from customers.credit_facts import credit_facts
from customers.dossier import dossier_of
from customers.models import Customer
from customers.services.merge import merge_customers
from customers.timeline import timeline_of
from receivables.models import OpenItem, PayableItem, PayableSum, Report, ReportState
from receivables.selectors import reading_record
from receivables.selectors.payables import NetExposure, position_of
from receivables.services import uploads
from tests.factories.customers import create_active_customer
from tests.factories.people import create_team, create_user
from tests.factories.reports import Line, create_report, store_sums
from tests.receivables.files import HEADER, Row, csv_bytes, csv_file, item

pytestmark = pytest.mark.django_db
MAY, JUNE = dt.date(2026, 5, 31), dt.date(2026, 6, 30)
PAYABLE_HEADER = ("供应商编号", "供应商名称", "单据号", "单据日期", "到期日", "币种", "应付余额")


@pytest.fixture
def clerk() -> User:
    return create_user(Role.FINANCE_CLERK)


@pytest.fixture
def c1() -> Customer:
    return create_active_customer(number="C1", name="华瑞（上海）有限公司")


def checked(clerk: User, *rows: Row, header: Row = PAYABLE_HEADER, **options: Any) -> Report:
    options = {"as_of": MAY, "kind": "payables", "file_name": "ap.csv", "today": JUNE} | options
    report = uploads.upload_report(file=csv_file(rows, header=header), by=clerk, **options)
    return uploads.check_report(report=report, by=clerk)


def committed(clerk: User, *rows: Row, **options: Any) -> Report:
    return uploads.commit_report(report=checked(clerk, *rows, **options), by=clerk)


def sums(report: Report) -> list[tuple[str, str, Decimal, int]]:
    rows = PayableSum.objects.filter(report=report).order_by("customer__number", "currency")
    return list(rows.values_list("customer__number", "currency", "total_amount", "items"))


# From the file to the report


def test_a_report_of_payables_is_summed_by_customer_and_currency(clerk: User, c1: Customer) -> None:
    """100.00 + 50.00 − 20.00 (a credit note of theirs) = 130.00 CNY in 3 items; 7.00 USD beside it, never added."""
    report = committed(
        clerk,
        item("C1", "B-1", amount="100.00"),
        item("C1", "B-2", amount="50.00"),
        item("C1", "B-3", amount="-20.00"),
        item("C1", "B-4", amount="7.00", currency="USD"),
    )
    assert (report.number, report.state) == ("AP-2026-0001", ReportState.COMMITTED)
    assert sums(report) == [("C1", "CNY", Decimal("130.00"), 3), ("C1", "USD", Decimal("7.00"), 1)]
    assert PayableItem.objects.filter(report=report).count() == 4
    assert OpenItem.objects.count() == 0


def test_suppliers_who_are_no_customers_are_left_out_and_told(clerk: User, c1: Customer) -> None:
    report = committed(
        clerk,
        item("C1", "B-1"),
        item("V-9", "B-2", name="办公用品商店"),
        item("V-9", "B-3", name="办公用品商店"),
        item("V-8", "B-4", name="物业公司"),
    )
    assert (report.rows, report.accepted, report.rejected) == (4, 1, 0)
    assert report.totals == {"CNY": "100.00"}
    assert reading_record.warnings_of(report) == [
        "3 rows were left out: their suppliers are no customers of ours (2 names)."
    ]
    assert sums(report) == [("C1", "CNY", Decimal("100.00"), 1)]


def test_a_name_that_two_customers_carry_is_an_error_here_too(clerk: User) -> None:
    for number in ("C1", "C2"):
        create_active_customer(number=number, name="同名公司")
    report = checked(clerk, item("", "B-1", name="同名公司"))
    assert (report.state, report.rejected) == (ReportState.REFUSED, 1)


def test_a_corrected_file_supersedes_the_payables_and_not_the_receivables(clerk: User, c1: Customer) -> None:
    receivables = committed(clerk, item("C1", "INV-1"), header=HEADER, kind="open_items")
    first = committed(clerk, item("C1", "B-1", amount="100.00"))
    second = committed(clerk, item("C1", "B-1", amount="90.00"))
    states = {report.pk: report.state for report in Report.objects.all()}
    assert states == {
        receivables.pk: ReportState.COMMITTED,
        first.pk: ReportState.SUPERSEDED,
        second.pk: ReportState.COMMITTED,
    }


@pytest.mark.parametrize(
    ("kind", "header", "code", "column"),
    [
        ("open_items", PAYABLE_HEADER, "not_open_items", "应付余额"),
        ("payables", (*PAYABLE_HEADER[:6], "应收余额"), "not_payables", "应收余额"),
    ],
)
def test_a_file_of_the_other_kind_is_refused(
    clerk: User, c1: Customer, kind: str, header: Row, code: str, column: str
) -> None:
    report = checked(clerk, item("C1", "B-1"), header=header, kind=kind)
    assert report.state == ReportState.REFUSED
    assert report.refusal["code"] == code
    assert f"“{column}”" in reading_record.refusal_text_of(report)


def test_the_header_of_receivables_serves_payables_too(clerk: User, c1: Customer) -> None:
    report = committed(clerk, item("C1", "B-1"), header=HEADER)
    assert sums(report) == [("C1", "CNY", Decimal("100.00"), 1)]


def test_payables_open_no_customer_files(clerk: User) -> None:
    with pytest.raises(InvalidInputError) as refused:
        checked(clerk, item("C9", "B-1"), create_customers=True)
    assert refused.value.code == "report.payables_open_no_files"
    report = committed(clerk, item("C9", "B-1"))
    assert (report.accepted, Customer.objects.count()) == (0, 0)


# Net beside gross


def test_net_exposure_is_receivables_less_payables_by_currency(clerk: User, c1: Customer) -> None:
    """CNY 1,000.00 − 300.00 = 700.00; USD owed to us alone 50.00; EUR owed by us alone: −20.00."""
    aging = create_report(
        as_of=MAY,
        lines=[
            Line(c1, MAY - dt.timedelta(days=10), "1000.00"),
            Line(c1, MAY, "50.00", currency="USD"),
        ],
    )
    store_sums(aging)
    payables = committed(
        clerk, item("C1", "B-1", amount="300.00"), item("C1", "B-2", amount="20.00", currency="EUR")
    )
    position = position_of(c1, on=JUNE)
    assert (position.receivables, position.payables) == (aging, payables)
    assert [
        (row.currency, row.receivable_amount, row.payable_amount, row.net_amount)
        for row in position.exposures
    ] == [
        ("CNY", Decimal("1000.00"), Decimal("300.00"), Decimal("700.00")),
        ("EUR", Decimal("0.00"), Decimal("20.00"), Decimal("-20.00")),
        ("USD", Decimal("50.00"), Decimal("0.00"), Decimal("50.00")),
    ]


def test_the_report_in_force_on_the_day_counts(clerk: User, c1: Customer) -> None:
    committed(clerk, item("C1", "B-1", amount="300.00"))
    committed(clerk, item("C1", "B-1", amount="100.00"), as_of=JUNE)
    assert position_of(c1, on=MAY - dt.timedelta(days=1)).payables is None
    for day, amount in ((MAY, "300.00"), (JUNE - dt.timedelta(days=1), "300.00"), (JUNE, "100.00")):
        (row,) = position_of(c1, on=day).exposures
        assert row == NetExposure("CNY", Decimal("0.00"), Decimal("0.00"), Decimal(amount))


def test_the_credit_check_counts_the_gross_exposure(clerk: User, c1: Customer) -> None:
    store_sums(create_report(as_of=MAY, lines=[Line(c1, MAY, "1000.00")]))
    committed(clerk, item("C1", "B-1", amount="900.00"))
    receivables = credit_facts(c1, on=JUNE).receivables
    assert receivables is not None
    assert receivables.own_amounts == {"CNY": Decimal("1000.00")}


def test_merging_two_files_adds_their_payables_up(clerk: User, c1: Customer) -> None:
    """130.00 + 70.00 = 200.00 CNY in 2 items; USD moves as it is. The report's total does not change."""
    c2 = create_active_customer(number="C2")
    report = committed(
        clerk,
        item("C1", "B-1", amount="130.00"),
        item("C2", "B-2", amount="70.00"),
        item("C2", "B-3", amount="5.00", currency="USD"),
    )
    administrator = create_user(Role.ADMINISTRATOR)
    merge_customers(keep=c1, drop=c2, reason="same company", by=administrator)
    assert sums(report) == [("C1", "CNY", Decimal("200.00"), 2), ("C1", "USD", Decimal("5.00"), 1)]
    assert set(PayableItem.objects.values_list("customer", flat=True)) == {c1.pk}


def test_the_timeline_tells_the_report(clerk: User, c1: Customer) -> None:
    report = committed(clerk, item("C1", "B-1", amount="300.00"))
    (line,) = timeline_of(customer=c1, person=None, codes=["aging"]).lines
    assert (line.entry.title, line.entry.about, line.entry.text) == (
        *("Payables", report.number, "CNY 300.00"),
    )


# Pages and the command


def page_of(person: User, address: str, **query: str) -> str:
    client = Client()
    client.force_login(person)
    response = client.get(address, query)
    assert response.status_code == 200
    return str(response.content.decode())


def test_the_pages_show_net_beside_gross(clerk: User, c1: Customer) -> None:
    store_sums(create_report(as_of=MAY, lines=[Line(c1, MAY, "1000.00")]))
    before = page_of(clerk, c1.get_absolute_url())
    assert "Net exposure" not in before
    committed(clerk, item("C1", "B-77", amount="300.00"))
    file = page_of(clerk, c1.get_absolute_url())
    assert [amount in file for amount in ("1,000.00", "300.00", "700.00")] == [True] * 3
    aging = page_of(clerk, reverse("receivables:aging_customer", args=["C1"]), as_of="2026-06-30")
    assert "B-77" in aging
    assert "700.00" in aging


def test_the_form_takes_payables_and_refuses_new_files_with_them(clerk: User, c1: Customer) -> None:
    client = Client()
    client.force_login(clerk)
    address = reverse("receivables:upload_create")
    sent = {
        "file": csv_file([item("C1", "B-1")], header=PAYABLE_HEADER),
        "kind": "payables",
        "as_of": "2026-05-31",
        "create_customers": "on",
        "submission_key": "6f1a2f57-6f53-4b2b-9a3e-111111111111",
    }
    refused = client.post(address, sent)
    assert "Payables open no customer files" in refused.content.decode()
    assert Report.objects.count() == 0
    del sent["create_customers"]
    sent["file"] = csv_file([item("C1", "B-1")], header=PAYABLE_HEADER)
    response = client.post(address, sent, follow=True)
    assert "Payables" in response.content.decode()
    assert Report.objects.get().kind == "payables"


def run(folder: Path, rows: Iterable[Row], *options: str) -> dict[str, Any]:
    path = folder / "ap.csv"
    path.write_bytes(csv_bytes(rows, header=PAYABLE_HEADER))
    out = io.StringIO()
    call_command(
        "import_aging", str(path), "--as-of", "2026-05-31", "--kind", "payables", "--json", *options,
        stdout=out, stderr=io.StringIO(),
    )  # fmt: skip
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def test_the_command_imports_payables(c1: Customer, tmp_path: Path) -> None:
    told = run(tmp_path, [item("C1", "B-1"), item("V-9", "B-2")])
    assert (told["report"], told["kind"], told["rows"], told["accepted"], told["rejected"]) == (
        *("AP-2026-0001", "payables", 2, 1, 0),
    )
    assert told["totals"] == {"CNY": "100.00"}
    assert told["warnings"] == ["1 row was left out: its supplier is no customer of ours (1 name)."]


def test_the_dossier_has_both_sides(clerk: User, c1: Customer) -> None:
    committed(clerk, item("C1", "B-1", amount="300.00"))
    told = dossier_of(customer=c1, person=create_team().group_leader, on=JUNE).as_json()
    assert told["payables"]["rows"] == [
        {"currency": "CNY", "receivables": "0.00", "payables": "300.00", "net": "-300.00"}
    ]
