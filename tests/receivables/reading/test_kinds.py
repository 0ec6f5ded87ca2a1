"""Ledgers, receipts and aging tables: what their rows come to, and what is wrong in them (P3.4, P5.2.2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from receivables.reading import FileRefused, ReadReport
from receivables.reading.choices import Choices, shape_of
from tests.receivables.reading.files import csv_text, errors, read_here

LEDGER_HEAD = ("客户编码", "发票号", "发票日期", "到期日", "发票金额", "收款日期", "收款金额")
AS_OF = dt.date(2025, 6, 30)


def read(head: Sequence[str], *rows: Sequence[Any], folder: Path, kind: str, **more: Any) -> ReadReport:
    return read_here(csv_text([head, *rows]).encode(), folder, kind=kind, **more)


def entries(report: ReadReport) -> list[tuple[str, str, str]]:
    """Return document, day and amount of each entry."""
    return [
        (document, str(day), str(amount))
        for document, day, amount in report.lines.select("document", "booked_on", "amount").iter_rows()
    ]


def codes(report: ReadReport) -> list[str]:
    return [warning.code for warning in report.warnings]


def ledger(*rows: Sequence[Any], folder: Path, head: Sequence[str] = LEDGER_HEAD, **more: Any) -> ReadReport:
    return read(head, *rows, folder=folder, kind="ledger", **more)


def test_a_settlement_date_without_an_amount_settles_the_invoice(tmp_path: Path) -> None:
    report = ledger(("C1", "I1", "2025-01-02", "2025-02-01", "55.94", "2025-01-15", ""), folder=tmp_path)
    assert entries(report) == [("I1", "2025-01-02", "55.94"), ("I1", "2025-01-15", "-55.94")]
    assert report.totals == {"CNY": Decimal("0.00")}


def test_an_unpaid_and_a_partly_paid_invoice(tmp_path: Path) -> None:
    """100 unpaid, and 100 less 40 by the as-of date: 160 are open."""
    report = ledger(
        ("C1", "I1", "2025-01-02", "2025-02-01", "100", "", ""),
        ("C1", "I2", "2025-01-02", "2025-02-01", "100", "2025-03-01", "40"),
        folder=tmp_path,
    )
    assert entries(report) == [
        ("I1", "2025-01-02", "100.00"),
        ("I2", "2025-01-02", "100.00"),
        ("I2", "2025-03-01", "-40.00"),
    ]
    assert report.totals == {"CNY": Decimal("160.00")}


def test_payments_in_further_columns(tmp_path: Path) -> None:
    head = (*LEDGER_HEAD[:5], "收款日期1", "收款金额1", "收款日期2", "收款金额2")
    report = ledger(
        ("C1", "I1", "2025-01-02", "2025-02-01", "100", "2025-03-01", "40", "2025-04-01", "60"),
        ("C1", "I2", "2025-01-02", "2025-02-01", "100", "2025-03-01", "40", "2025-04-01", ""),
        folder=tmp_path,
        head=head,
    )
    assert entries(report) == [
        ("I1", "2025-01-02", "100.00"),
        ("I1", "2025-03-01", "-40.00"),
        ("I1", "2025-04-01", "-60.00"),
        ("I2", "2025-01-02", "100.00"),
        ("I2", "2025-03-01", "-40.00"),
        ("I2", "2025-04-01", "-60.00"),
    ]


def test_payments_in_further_rows_with_the_amount_again_or_without_one(tmp_path: Path) -> None:
    report = ledger(
        ("C1", "I1", "2025-01-02", "2025-02-01", "100", "2025-03-01", "40"),
        ("C1", "I1", "2025-01-02", "2025-02-01", "100", "2025-04-01", "30"),
        ("C1", "I1", "", "", "", "2025-05-01", "20"),
        folder=tmp_path,
    )
    assert entries(report) == [
        ("I1", "2025-01-02", "100.00"),
        ("I1", "2025-03-01", "-40.00"),
        ("I1", "2025-04-01", "-30.00"),
        ("I1", "2025-05-01", "-20.00"),
    ]
    assert report.totals == {"CNY": Decimal("10.00")}


def test_what_is_booked_later_is_kept_and_does_not_count(tmp_path: Path) -> None:
    """On 30 June: I1 was not paid yet, I2 not invoiced yet."""
    report = ledger(
        ("C1", "I1", "2025-06-30", "2025-07-30", "100", "2025-07-01", ""),
        ("C1", "I2", "2025-07-01", "2025-07-30", "50", "", ""),
        folder=tmp_path,
    )
    assert report.totals == {"CNY": Decimal("100.00")}
    assert len(entries(report)) == 3
    assert codes(report) == ["after_as_of"]
    assert report.warnings[0].rows == (2, 3)


def test_instalments_of_one_invoice_are_items_of_their_own(tmp_path: Path) -> None:
    report = ledger(
        ("C1", "I1", "2025-01-02", "2025-02-01", "50", "2025-02-01", ""),
        ("C1", "I1", "2025-01-02", "2025-03-01", "50", "", ""),
        ("C1", "I1", "", "2025-03-01", "", "2025-03-05", "20"),
        folder=tmp_path,
    )
    due = report.lines.group_by("due_on", maintain_order=True).agg(pl.col("amount").sum())
    assert [(str(day), str(amount)) for day, amount in due.iter_rows()] == [
        ("2025-02-01", "0.00"),
        ("2025-03-01", "30.00"),
    ]


def test_a_credit_note_and_an_overpaid_invoice(tmp_path: Path) -> None:
    report = ledger(
        ("C1", "CN1", "2025-01-02", "2025-01-02", "-30", "", ""),
        ("C1", "I1", "2025-01-02", "2025-02-01", "100", "2025-03-01", "120"),
        folder=tmp_path,
    )
    assert report.totals == {"CNY": Decimal("-50.00")}
    assert codes(report) == ["paid_exceeds_amount"]
    assert report.warnings[0].rows == (3,)


def test_a_stated_balance_that_differs_from_the_payments_is_named(tmp_path: Path) -> None:
    head = (*LEDGER_HEAD, "未收余额")
    report = ledger(
        ("C1", "I1", "2025-01-02", "2025-02-01", "100", "2025-03-01", "40", "60"),
        ("C1", "I2", "2025-01-02", "2025-02-01", "100", "2025-03-01", "40", "59.99"),
        folder=tmp_path,
        head=head,
    )
    assert [(warning.code, warning.rows) for warning in report.warnings] == [("balance_differs", (3,))]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            [("C1", "I1", "2025-01-02", "2025-02-01", "100", "", "50")],
            [(2, "收款金额", "50", "payment_without_date")],
        ),
        ([("C1", "I1", "2025-01-02", "2025-02-01", "", "", "")], [(2, "发票金额", "", "missing")]),
        ([("C1", "I1", "", "2025-02-01", "100", "", "")], [(2, "发票日期", "", "missing")]),
        ([("C1", "", "2025-01-02", "2025-02-01", "100", "", "")], [(2, "发票号", "", "missing")]),
        (
            [
                ("C1", "I1", "2025-01-02", "2025-02-01", "100", "", ""),
                ("C1", "I1", "2025-01-02", "2025-02-01", "100", "", ""),
            ],
            [(3, "发票号", "I1", "duplicate")],
        ),
        (
            [
                ("C1", "I1", "2025-01-02", "2025-02-01", "100", "2025-03-01", "40"),
                ("C1", "I1", "2025-01-02", "2025-02-01", "90", "2025-03-02", "40"),
            ],
            [(3, "发票号", "I1", "duplicate")],
        ),
        (
            [
                ("C1", "I1", "2025-01-02", "2025-02-01", "100", "2025-03-01", ""),
                ("C1", "I1", "", "", "", "2025-04-01", ""),
            ],
            [(3, "收款日期", "2025-04-01", "settled_twice")],
        ),
        ([("C1", "I9", "", "", "", "2025-04-01", "20")], [(2, "发票金额", "", "missing")]),
        (
            [("C1", "I1", "2025-01-02", "2025-02-01", "100", "31.02.2025", "40")],
            [(2, "收款日期", "31.02.2025", "impossible_date")],
        ),
        (
            [("C1", "I1", "2025-01-02", "2025-02-01", "100", "2025-03-01", "4x")],
            [(2, "收款金额", "4x", "not_a_number")],
        ),
    ],
)
def test_what_cannot_be_in_a_ledger(rows: list[Sequence[Any]], expected: list[Any], tmp_path: Path) -> None:
    report = ledger(*rows, folder=tmp_path)
    assert errors(report) == expected
    assert report.rejected == len(expected)
    bad = {row for row, *_rest in expected}
    assert not bad & set(report.lines["row_number"])


def test_a_payment_of_zero_is_none(tmp_path: Path) -> None:
    report = ledger(("C1", "I1", "2025-01-02", "2025-02-01", "100", "2025-03-01", "0"), folder=tmp_path)
    assert entries(report) == [("I1", "2025-01-02", "100.00")]


def test_the_total_row_of_a_ledger_sums_invoices(tmp_path: Path) -> None:
    report = ledger(
        ("C1", "I1", "2025-01-02", "2025-02-01", "100", "2025-03-01", "40"),
        ("C1", "I1", "", "", "", "2025-04-01", "10"),
        ("C1", "I2", "2025-01-02", "2025-02-01", "50", "", ""),
        ("合计", "", "", "", "150", "", "50"),
        folder=tmp_path,
    )
    assert [(total.label, total.agrees) for total in report.total_rows] == [("合计", True)]


def test_a_file_of_open_items_is_no_ledger(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refusal:
        ledger(
            ("C1", "I1", "2025-01-02", "100"),
            folder=tmp_path,
            head=("客户编码", "发票号", "发票日期", "发票金额"),
        )
    assert refusal.value.code == "missing_columns"
    assert refusal.value.params["missing"] == ["paid_on"]
    assert "收款日期 / Settled on" in str(refusal.value)


RECEIPT_HEAD = ("客户编码", "收款日期", "发票号", "收款金额")


def test_receipts_with_and_without_a_document(tmp_path: Path) -> None:
    report = read(
        RECEIPT_HEAD,
        ("C1", "2025-06-01", "I1", "100"),
        ("C1", "2025-06-02", "", "50"),
        folder=tmp_path,
        kind="receipts",
    )
    assert report.lines.select("document", "due_on", "open_amount").rows() == [
        ("I1", dt.date(2025, 6, 1), Decimal("100.00")),
        (None, dt.date(2025, 6, 2), Decimal("50.00")),
    ]
    assert report.totals == {"CNY": Decimal("150.00")}


def test_a_receipt_after_the_as_of_date_is_an_error(tmp_path: Path) -> None:
    report = read(
        RECEIPT_HEAD,
        ("C1", "2025-06-30", "I1", "1"),
        ("C1", "2025-07-01", "I1", "1"),
        folder=tmp_path,
        kind="receipts",
    )
    assert errors(report) == [(3, "收款日期", "2025-07-01", "receipt_after_as_of")]


TABLE_HEAD = (
    "客户名称",
    "币种",
    "未到期",
    "1-30天",
    "31-60天",
    "61-90天",
    "91-180天",
    "181-365天",
    "1年以上",
    "合计",
)


def table(*rows: Sequence[Any], folder: Path, head: Sequence[str] = TABLE_HEAD) -> ReadReport:
    return read(head, *rows, folder=folder, kind="aged_table")


def test_an_aging_table_is_one_line_per_customer_and_bucket(tmp_path: Path) -> None:
    """The least age of a bucket stands for its items: 1–30 days are aged 1 day on 30 June."""
    report = table(("甲公司", "CNY", "100", "20", "", "", "", "", "5.5", "125.5"), folder=tmp_path)
    assert report.lines.select("document", "due_on", "open_amount", "due_basis").rows() == [
        ("未到期", dt.date(2025, 6, 30), Decimal("100.00"), "bucket"),
        ("1-30天", dt.date(2025, 6, 29), Decimal("20.00"), "bucket"),
        ("1年以上", dt.date(2024, 6, 29), Decimal("5.50"), "bucket"),
    ]
    assert report.totals == {"CNY": Decimal("125.50")}
    assert [bucket.lower for bucket in report.buckets] == [None, 1, 31, 61, 91, 181, 366]


def test_buckets_that_do_not_come_to_the_total_are_an_error(tmp_path: Path) -> None:
    report = table(
        ("甲公司", "CNY", "100", "20", "", "", "", "", "5.5", "125.51"),
        ("乙公司", "CNY", "100", "", "", "", "", "", "-5", "95"),
        folder=tmp_path,
    )
    assert errors(report) == [(2, "合计", "125.51", "buckets_differ")]
    assert "125.50" in report.errors[0].message
    assert report.totals == {"CNY": Decimal("95.00")}


def test_a_customer_twice_in_one_currency_is_an_error(tmp_path: Path) -> None:
    report = table(
        ("甲公司", "CNY", "1", "", "", "", "", "", "", "1"),
        ("甲公司", "USD", "1", "", "", "", "", "", "", "1"),
        ("甲公司", "CNY", "2", "", "", "", "", "", "", "2"),
        ("合计", "CNY", "3", "", "", "", "", "", "", "3"),
        folder=tmp_path,
    )
    assert errors(report) == [(4, "客户名称", "甲公司", "duplicate")]


def test_a_table_without_a_total_column_and_in_units(tmp_path: Path) -> None:
    report = table(
        ("甲公司", "1.5", "2"), folder=tmp_path, head=("客户名称", "90天以内(万元)", "90天以上(万元)")
    )
    assert report.totals == {"CNY": Decimal("35000.00")}
    assert {warning.code for warning in report.warnings} >= {"unit_applied", "aged_table"}


def test_a_table_with_one_bucket_is_none(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refusal:
        table(("甲公司", "1", "1"), folder=tmp_path, head=("客户名称", "未到期", "合计"))
    assert refusal.value.code == "missing_columns"
    assert refusal.value.params["missing"] == ["buckets"]


XERO = """Aged Receivables Detail
Demo Company
As at 30 June 2025

Invoice Date,Due Date,Invoice Number,Invoice Reference,Current,< 1 Month,1 Month,2 Months,3 Months,Older,Total
ABC Furniture,,,,,,,,,,
1 Apr 2025,11 Apr 2025,INV-0021,P/O,0.00,0.00,0.00,100.00,0.00,0.00,100.00
2 May 2025,11 May 2025,INV-0022,P/O,0.00,0.00,0.00,100.00,0.00,0.00,100.00
Total ABC Furniture,,,,0.00,0.00,0.00,200.00,0.00,0.00,200.00

Basket Case,,,,,,,,,,
1 Apr 2025,11 Apr 2025,INV-0023,P/O,0.00,0.00,0.00,914.55,0.00,0.00,914.55
Total Basket Case,,,,0.00,0.00,0.00,914.55,0.00,0.00,914.55

Total,,,,0,0,0,1114.55,0,0,1114.55
"""
ODOO = """Aged Receivable,,,,,,,,,
,Invoice Date,Amount Currency,Currency,Account,Due Date,At Date,1-30,31-60,Total
Azure Interior,,,,,,100.00,50.00,,150.00
INV/2025/00001,06/15/2025,100,USD,121000,07/15/2025,100.00,,,100.00
INV/2025/00002,05/01/2025,50,USD,121000,05/31/2025,,50.00,,50.00
Deco Addict,,,,,,100.00,,,100.00
INV/2025/00003,06/15/2025,100,USD,121000,07/15/2025,100.00,,,100.00
Total Aged Receivable,,,,,,200.00,50.00,,250.00
"""
QUICKBOOKS = """,,,,,,
A/R Aging Detail,,,,,,
"As of June 30, 2025",,,,,,
Date,Transaction type,Num,Customer full name,Due date,Amount,Open balance
91 or more days past due,,,,,,
03/01/2025,Invoice,1001,Amy's Bird Sanctuary,03/31/2025,239.00,239.00
Total for 91 or more days past due,,,,,239.00,239.00
1 - 30 days past due,,,,,,
05/15/2025,Invoice,1015,Bill's Windsurf Shop,06/14/2025,85.00,60.00
05/15/2025,Credit Memo,1016,Bill's Windsurf Shop,06/14/2025,-10.00,-10.00
Total for 1 - 30 days past due,,,,,75.00,50.00
TOTAL,,,,,314.00,289.00
"""
ERPNEXT = """Posting Date,Party,Voucher Type,Voucher No,Due Date,Invoiced Amount,Paid Amount,Outstanding Amount,Age (Days),0-30,31-60,61-90,91-120,120-above,Currency
2025-03-01,West View,Sales Invoice,SINV-1,2025-03-31,100.00,40.00,60.00,91,0,0,0,60,0,CNY
2025-06-01,West View,Sales Invoice,SINV-2,2025-07-01,100.00,0.00,100.00,0,100,0,0,0,0,CNY
Total,,,,,200.00,40.00,160.00,,100,0,0,60,0,
"""  # noqa: E501
FBL5N = """Customer,Name 1,Document Number,Document Date,Net Due Date,Amount in Doc. Curr.,Document Currency,Amount in Local Currency,Local Currency,Text
10001,Alpha AG,1800000001,01.03.2025,31.03.2025,"1.000,50",EUR,"7.900,00",CNY,Q1
10001,Alpha AG,1600000007,15.03.2025,15.03.2025,"-200,00",EUR,"-1.580,00",CNY,credit
"""  # noqa: E501
KINGDEE = """应收账款明细表
单位：某某公司,,,,,,,
客户编码,客户名称,单据编号,单据日期,到期日,币别,应收金额,未核销金额
CUST0001,上海甲公司,AR00000001,2025/3/1,2025/3/31,人民币,"10,000.00","4,000.00"
,小计,,,,,"10,000.00","4,000.00"
CUST0002,北京乙公司,AR00000002,2025/4/1,2025/5/1,人民币,500.00,500.00
,小计,,,,,500.00,500.00
,合计,,,,,"10,500.00","4,500.00"
"""
YONYOU = """客户,单据号,单据日期,到期日,币种,本币金额,本币余额,摘要
001 上海甲公司,0000000012,2025-03-01,2025-04-30,人民币,1170.00,1170.00,销售设备
合计,,,,,1170.00,1170.00,
"""


@pytest.mark.parametrize(
    ("text", "totals", "documents"),
    [
        (XERO, {"CNY": "1114.55"}, ["INV-0021", "INV-0022", "INV-0023"]),
        (ODOO, {"USD": "250.00"}, ["INV/2025/00001", "INV/2025/00002", "INV/2025/00003"]),
        (QUICKBOOKS, {"CNY": "289.00"}, ["1001", "1015", "1016"]),
        (ERPNEXT, {"CNY": "160.00"}, ["SINV-1", "SINV-2"]),
        (FBL5N, {"EUR": "800.50"}, ["1800000001", "1600000007"]),
        (KINGDEE, {"CNY": "4500.00"}, ["AR00000001", "AR00000002"]),
        (YONYOU, {"CNY": "1170.00"}, ["0000000012"]),
    ],
    ids=["Xero", "Odoo", "QuickBooks", "ERPNext", "SAP FBL5N", "Kingdee", "Yonyou"],
)
def test_the_export_of_a_known_program(
    text: str, totals: dict[str, str], documents: list[str], tmp_path: Path
) -> None:
    report = read_here(text.encode(), tmp_path)
    assert errors(report) == []
    assert {currency: str(amount) for currency, amount in report.totals.items()} == totals
    assert report.lines["document"].to_list() == documents
    assert all(total.agrees for total in report.total_rows)


def test_the_customers_of_group_rows(tmp_path: Path) -> None:
    assert read_here(XERO.encode(), tmp_path).lines["customer_ref"].to_list() == ["ABC Furniture"] * 2 + [
        "Basket Case"
    ]
    assert read_here(ODOO.encode(), tmp_path).lines["customer_ref"].to_list() == ["Azure Interior"] * 2 + [
        "Deco Addict"
    ]


def test_an_item_without_a_due_date_keeps_its_document_date(tmp_path: Path) -> None:
    head = ("客户编码", "发票号", "发票日期", "到期日", "余额")
    report = read_here(
        csv_text(
            [head, ("C1", "I1", "2025-01-02", "", "1"), ("C1", "I2", "2025-01-02", "2025-02-01", "1")]
        ).encode(),
        tmp_path,
    )
    assert report.lines["due_on"].to_list() == [None, dt.date(2025, 2, 1)]
    assert [(warning.code, warning.rows) for warning in report.warnings] == [("due_by_term", (2,))]
    report = read_here(
        csv_text(
            [(*head[:3], "余额"), ("C1", "I1", "2025-01-02", "1"), ("C1", "I1", "2025-01-02", "2")]
        ).encode(),
        tmp_path,
    )
    assert errors(report) == [(3, "发票号", "I1", "duplicate")]


def test_an_amount_ten_times_the_next_is_suspicious(tmp_path: Path) -> None:
    """Of ten items at most; 1,000.01 is more than ten times 100, 1,000.00 is not."""
    head = ("客户编码", "发票号", "到期日", "余额")
    rows = [("C1", f"I{number}", "2025-01-02", "100") for number in range(9)]
    for amount, found in (("1000.00", []), ("1000.01", [("outliers", (11,))])):
        report = read_here(csv_text([head, *rows, ("C1", "I9", "2025-01-02", amount)]).encode(), tmp_path)
        assert [(warning.code, warning.rows) for warning in report.warnings] == found
    report = read_here(csv_text([head, *rows[:8], ("C1", "I9", "2025-01-02", "9999")]).encode(), tmp_path)
    assert report.warnings == ()


CHOSEN = ("Kd.", "Beleg", "Fällig", "Offen", "Egal")
CHOSEN_ROWS = [("C1", "I1", "03/04/2025", "1.234,50", "x"), ("C1", "I2", "03/05/2025", "1.000", "x")]


def test_columns_that_somebody_chose(tmp_path: Path) -> None:
    choices = Choices(
        columns={"0": "customer_ref", "1": "document", "2": "due_on", "3": "open_amount", "4": ""},
        header_row=2,
        day_order="dmy",
        decimal_mark=",",
    )
    content = csv_text([("Liste", "", "", "", ""), CHOSEN, *CHOSEN_ROWS]).encode()
    with pytest.raises(FileRefused):
        read_here(content, tmp_path)
    report = read_here(content, tmp_path, choices=choices)
    assert report.lines.select("document", "due_on", "open_amount").rows() == [
        ("I1", dt.date(2025, 4, 3), Decimal("1234.50")),
        ("I2", dt.date(2025, 5, 3), Decimal("1000.00")),
    ]
    assert report.unmapped == ("Egal",)
    assert report.header == CHOSEN


def test_a_shape_that_was_taught_is_read_without_being_asked(tmp_path: Path) -> None:
    columns = {"0": "customer_ref", "1": "document", "2": "due_on", "3": "open_amount"}
    remembered = {shape_of(CHOSEN): {"columns": columns, "day_order": "mdy", "decimal_mark": ","}}
    content = csv_text([("Title",), (), CHOSEN, *CHOSEN_ROWS]).encode()
    report = read_here(content, tmp_path, remembered=remembered)
    assert report.header_row == 3
    assert report.lines["due_on"].to_list() == [dt.date(2025, 3, 4), dt.date(2025, 3, 5)]
    report = read_here(content, tmp_path, remembered=remembered, choices=Choices(day_order="dmy"))
    assert report.lines["due_on"].to_list() == [dt.date(2025, 4, 3), dt.date(2025, 5, 3)]


def test_a_chosen_encoding_counts(tmp_path: Path) -> None:
    content = csv_text(
        [("客戶編號", "發票號", "到期日", "餘額"), ("甲公司", "I1", "2025-01-01", "1")]
    ).encode("big5")
    report = read_here(content, tmp_path, choices=Choices(encoding="big5"))
    assert report.encoding == "big5"
    assert report.lines["customer_ref"].to_list() == ["甲公司"]
    with pytest.raises(FileRefused) as refusal:
        read_here(content, tmp_path, choices=Choices(encoding="utf-8"))
    assert refusal.value.code == "damaged_text"


@pytest.mark.parametrize(
    ("choices", "code", "missing"),
    [
        (Choices(header_row=31), "no_header", []),
        (
            Choices(columns={"0": "customer_ref"}, header_row=1),
            "missing_columns",
            ["document", "due_on", "open_amount"],
        ),
        (
            Choices(
                columns={
                    "0": "document",
                    "1": "document",
                    "2": "due_on",
                    "3": "open_amount",
                    "4": "customer_ref",
                }
            ),
            "ambiguous_columns",
            [],
        ),
    ],
)
def test_choices_that_do_not_do(choices: Choices, code: str, missing: list[str], tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refusal:
        read_here(csv_text([CHOSEN, *CHOSEN_ROWS]).encode(), tmp_path, choices=choices)
    assert refusal.value.code == code
    assert refusal.value.params.get("missing", []) == missing


def test_chosen_buckets_and_payments(tmp_path: Path) -> None:
    report = read(
        ("A", "B", "1-30", "31-60"),
        ("甲", "x", "1", "2"),
        folder=tmp_path,
        kind="aged_table",
        choices=Choices(
            columns={"0": "customer_name", "2": "bucket", "3": "bucket", "9": "currency", "1": "bucket"}
        ),
    )
    assert report.totals == {"CNY": Decimal("3.00")}
    report = ledger(
        ("C1", "I1", "2025-01-02", "2025-02-01", "100", "2025-03-01", "2025-04-01"),
        folder=tmp_path,
        choices=Choices(
            columns={"0": "customer_ref", "1": "document", "2": "document_on", "4": "amount", "5": "paid_on"}
        ),
    )
    assert entries(report)[1] == ("I1", "2025-03-01", "-100.00")
