"""The corpus: one file per line of what finance sends, each understood to the cell or refused with its reason."""

# ruff: noqa: E501 - a file and what it says stand on one line

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from receivables.reading import FileRefused, ReadingLimits, ReadReport
from tests.receivables.reading.files import (
    HEAD,
    Formula,
    compound_file,
    csv,
    csv_text,
    errors,
    item,
    lines,
    ods,
    part,
    read_here,
    repacked,
    xls,
    xlsb,
    xlsx,
    zipped,
)

GOOD = ("C001", "INV1", "2025-04-30", "CNY", "100.00")
SECOND = ("C001", "INV2", "2025-04-30", "CNY", "100.00")
DAY, DUE = dt.date(2025, 3, 1), dt.date(2025, 4, 30)


def with_open_amount(*texts: Any) -> list[list[Any]]:
    return [list(HEAD), *(item(f"INV{n}", 应收余额=text) for n, text in enumerate(texts, start=1))]


def with_due(*texts: Any) -> list[list[Any]]:
    return [
        list(HEAD),
        *(item(f"INV{n}", 发票日期=None, 到期日=text) for n, text in enumerate(texts, start=1)),
    ]


def renamed(**names: str) -> list[str]:
    return [names.get(name, name) for name in HEAD]


ENGLISH = [
    "Customer No.",
    "Customer name",
    "Invoice #",
    "Invoice date",
    "Due date",
    "Currency",
    "Amount",
    "Open amount",
]
TRADITIONAL = ["客戶編號", "客戶名稱", "發票號碼", "發票日期", "到期日", "幣別", "發票金額", "應收餘額"]
SAP = ["Account", "Document Number", "Document Date", "Net Due Date", "Amount in Doc. Curr.", "Document currency",
       "Amount in local currency", "Text"]  # fmt: skip
ERPNEXT = ["Posting Date", "Customer", "Voucher Type", "Voucher No", "Due Date", "Invoiced Amount", "Paid Amount",
           "Outstanding Amount", "Currency"]  # fmt: skip
KINGDEE = [
    "往来单位编码",
    "往来单位名称",
    "单据编号",
    "业务日期",
    "应收日期",
    "币别",
    "应收金额",
    "未核销金额",
    "备注",
]

# name of the case → the file, and the lines it gives
UNDERSTOOD: dict[str, tuple[bytes, list[tuple[str, ...]]]] = {
    "xlsx with date and number cells": (
        xlsx([HEAD, item(发票日期=DAY, 到期日=DUE, 发票金额=100, 应收余额=100.0)]), [GOOD]),
    "xlsx that counts its days from 1904": (xlsx([HEAD, item(发票日期=DAY, 到期日=DUE)], date_1904=True), [GOOD]),
    "serials as plain numbers": (xlsx([HEAD, item(发票日期=45717, 到期日=45777)]), [GOOD]),
    "serials as plain numbers from 1904": (
        xlsx([HEAD, item(发票日期=45717 - 1462, 到期日=45777 - 1462)], date_1904=True), [GOOD]),
    "compact dates as numbers": (xlsx([HEAD, item(发票日期=20250301, 到期日=20250430)]), [GOOD]),
    "xls": (xls([HEAD, item(发票日期=DAY, 到期日=DUE, 应收余额=100)]), [GOOD]),
    "xls in a stream called Book": (xls([HEAD, item()], stream="Book"), [GOOD]),
    "xls from 1904, dates as numbers": (xls([HEAD, item(到期日=45777 - 1462)], date_1904=True), [GOOD]),
    "xlsb": (xlsb([HEAD, item(应收余额=100)]), [GOOD]),
    "ods": (ods([HEAD, item(发票日期=DAY, 到期日=DUE, 应收余额=100)]), [GOOD]),
    "csv in UTF-8": (csv([HEAD, item()]), [GOOD]),
    "csv in UTF-8 with a mark": (csv([HEAD, item()], "utf-8-sig"), [GOOD]),
    "csv in UTF-16 with a mark": (csv([HEAD, item()], "utf-16"), [GOOD]),
    "csv in UTF-16 LE without a mark": (csv([HEAD, item()], "utf-16-le"), [GOOD]),
    "csv in UTF-16 BE with a mark": (b"\xfe\xff" + csv([HEAD, item()], "utf-16-be"), [GOOD]),
    "csv in UTF-16 BE without a mark": (csv([HEAD, item()], "utf-16-be"), [GOOD]),
    "csv in GB18030": (csv([HEAD, item()], "gb18030"), [GOOD]),
    "csv in Big5": (csv([TRADITIONAL, item(客户名称="上海貿易有限公司")], "big5"), [GOOD]),
    "csv in cp1252": (csv([ENGLISH, item(客户名称="Müller & Söhne GmbH")], "cp1252"), [GOOD]),
    "csv with semicolons and decimal commas": (
        csv([HEAD, item(发票金额="1.100,50", 应收余额="1.100,50")], separator=";"),
        [("C001", "INV1", "2025-04-30", "CNY", "1100.50")]),
    "csv with bars": (csv([HEAD, item()], separator="|"), [GOOD]),
    "tsv": (csv([HEAD, item()], separator="\t"), [GOOD]),
    "tsv in UTF-16, as Excel's Unicode text": (csv([HEAD, item()], "utf-16", separator="\t"), [GOOD]),
    "Excel's own line that states the separator": (b"sep=;\r\n" + csv([HEAD, item()], separator=";"), [GOOD]),
    "old Macintosh line ends": (csv([HEAD, item()]).replace(b"\r\n", b"\r"), [GOOD]),
    "Unix line ends and none at the end": (csv([HEAD, item()]).replace(b"\r\n", b"\n").rstrip(), [GOOD]),
    "line ends inside quotes": (csv([HEAD, item(客户名称="上海\n公司"), item("INV2")]), [GOOD, SECOND]),
    "stray and doubled quotes": (
        csv([HEAD, item()]) + b'C001,5" disc,INV2,2025-03-01,2025-04-30,CNY,100,100\r\n'
        + csv([item("INV3", 客户名称='"A" Ltd')]),
        [GOOD, SECOND, (*GOOD[:1], "INV3", *GOOD[2:])]),
    "English header": (csv([ENGLISH, item()]), [GOOD]),
    "traditional header": (csv([TRADITIONAL, item()]), [GOOD]),
    "header with spaces, case, width and marks": (
        csv([[" Customer_No ", "CUSTOMER NAME", "＊Ｉｎｖｏｉｃｅ　Ｎｏ．", "Invoice Date:", "due-date", "Cur.", "AMOUNT", "Open\nAmount"],
             item()]), [GOOD]),
    "bilingual header": (csv([renamed(客户编码="客户编码 Customer No.", 到期日="到期日/Due date"), item()]), [GOOD]),
    "SAP FBL5N": (
        csv([SAP, ["C001", "INV1", "01.03.2025", "30.04.2025", "1,234.50-", "EUR", "9,876.00-", ""]]),
        [("C001", "INV1", "2025-04-30", "EUR", "-1234.50")]),
    "ERPNext": (
        csv([ERPNEXT, ["2025-03-01", "Acme Ltd", "Sales Invoice", "INV1", "2025-04-30", "300", "200", "100", "USD"]]),
        [("Acme Ltd", "INV1", "2025-04-30", "USD", "100.00")]),
    "Kingdee": (
        csv([KINGDEE, ["C001", "甲公司", "INV1", "2025/3/1 0:00:00", "2025/4/30 0:00:00", "人民币", "300", "100", ""]]),
        [GOOD]),
    "QuickBooks' aging detail, with its groups": (
        csv([["Acme Inc"], ["As of June 30, 2025"], [],
             ["Date", "Transaction Type", "Num", "Customer", "Due Date", "Amount", "Open Balance"],
             ["1 - 30 days past due"],
             ["05/01/2025", "Invoice", "1037", "Cool Cars", "05/31/2025", "362.07", "362.07"],
             ["05/14/2025", "Credit Memo", "1038", "Bob", "06/14/2025", "-5.00", "-5.00"],
             ["Total for 1 - 30 days past due", "", "", "", "", "357.07", "357.07"],
             ["TOTAL", "", "", "", "", "357.07", "357.07"]]),
        [("Cool Cars", "1037", "2025-05-31", "CNY", "362.07"), ("Bob", "1038", "2025-06-14", "CNY", "-5.00")]),
    "Xero": (
        csv([["Contact", "Invoice Number", "Invoice Date", "Due Date", "Invoice Reference", "Total", "Amount Due"],
             ["ABC", "INV1", "1 Mar 2025", "30 Apr 2025", "", "1,000.00", "100.00"],
             ["Total ABC", "", "", "", "", "1,000.00", "100.00"]]), [("ABC", *GOOD[1:])]),
    "Odoo": (
        csv([["Invoice Partner Display Name", "Number", "Invoice/Bill Date", "Due Date", "Total", "Amount Due", "Currency"],
             ["ABC", "INV1", "2025-03-01", "2025-04-30", "300", "100", "USD"]]), [("ABC", *GOOD[1:3], "USD", "100.00")]),
    "Yonyou, in two currencies": (
        csv([["客商编码", "客商名称", "单据号", "单据日期", "到期日", "原币币种", "原币金额", "原币余额", "本币金额", "本币余额"],
             ["C001", "甲", "INV1", "2025-03-01", "2025-04-30", "美元", "300", "100", "2100", "700"]], "gb18030"),
        [(*GOOD[:3], "USD", "100.00")]),
    "only a customer's name": (csv([["客户", "发票号", "到期日", "余额"], ["甲公司", "INV1", "2025-04-30", "100"]]),
                              [("甲公司", *GOOD[1:])]),
    "one amount column is the open amount": (
        csv([["Customer", "Document", "Due", "Amount"], ["C001", "INV1", "2025-04-30", "100"]]), [GOOD]),
    "customer number beside customer": (
        csv([["Customer", "Customer No", "Document", "Due", "Amount"], ["Acme", "C001", "INV1", "2025-04-30", "100"]]),
        [GOOD]),
    "title rows above the header": (
        xlsx([["应收账款明细表"], ["截止日：2025年6月30日"], [], HEAD, item()]), [GOOD]),
    "header in row 30": (csv([["标题"]] * 29 + [HEAD, item()]), [GOOD]),
    "blank rows": (csv([[], HEAD, [], item(), ["", " ", "　"], item("INV2"), []]), [GOOD, SECOND]),
    "blank first columns": (xlsx([[None, None, *HEAD], [None, None, *item()]]), [GOOD]),
    "header over two rows": (
        xlsx([["客户", None, "发票号", "到期日", "币种", "金额", None],
              ["编码", "名称", None, None, None, "发票", "余额"],
              ["C001", "甲", "INV1", DUE, "CNY", 100, 100]],
             merges=["A1:B1", "F1:G1", "C1:C2", "D1:D2", "E1:E2"]), [GOOD]),
    "header over two rows in csv": (
        csv([["客户", "", "发票", "到期日", "余额"], ["编码", "名称", "号", "", ""], ["C001", "甲", "INV1", "2025-04-30", "100"]]),
        [GOOD]),
    "header again in English": (csv([HEAD, ENGLISH, item()]), [GOOD]),
    "header again on every page": (csv([HEAD, item(), HEAD, item("INV2")]), [GOOD, SECOND]),
    "totals and subtotals": (
        csv([HEAD, item(), item("INV2"), ["小计", "", "", "", "", "", "200", "200"], item("INV3"),
             ["", "合  计", "", "", "", "", "300", "300"]]), [GOOD, SECOND, (*GOOD[:1], "INV3", *GOOD[2:])]),
    "a total in English in the document column": (
        csv([HEAD, item(), ["", "", "Grand Total:", "", "", "", "", "100"]]), [GOOD]),
    "a total without a label": (csv([HEAD, item(), item("INV2"), ["", "", "", "", "", "", "", "200.00"]]), [GOOD, SECOND]),
    "a customer called Total": (csv([HEAD, item(客户编码="Total Energies SA")]), [("Total Energies SA", *GOOD[1:])]),
    "footers": (csv([HEAD, item(), ["制表人：张三", "审核：李四"]]), [GOOD]),
    "merged customers": (
        xlsx([HEAD, item(), [None, None, *item("INV2")[2:]], item("INV3", 客户编码="C002")],
             merges=["A2:A3", "B2:B3"]), [GOOD, SECOND, ("C002", "INV3", *GOOD[2:])]),
    "customers only in the first row of their group": (
        csv([HEAD, item(), item("INV2", 客户编码="", 客户名称=""), item("INV3", 客户编码="", 客户名称=""),
             item("INV4", 客户编码="C002"), item("INV5", 客户编码="", 客户名称="")]),
        [GOOD, SECOND, ("C001", "INV3", *GOOD[2:]), ("C002", "INV4", *GOOD[2:]), ("C002", "INV5", *GOOD[2:])]),
    "customers in rows of their own": (
        csv([HEAD, ["C001"], item("INV1", 客户编码="", 客户名称=""), item("INV2", 客户编码="", 客户名称="")]),
        [GOOD, SECOND]),
    "amounts in 万元": (
        csv([renamed(应收余额="应收余额（万元）"), item(应收余额="12.345678")]), [(*GOOD[:4], "123456.78")]),
    "unit in a title row": (csv([["单位：人民币千元"], HEAD, item(应收余额="1.5")]), [(*GOOD[:4], "1500.00")]),
    "the column's unit before the title's": (
        csv([["单位：万元"], renamed(应收余额="应收余额(元)"), item(应收余额="1.5")]), [(*GOOD[:4], "1.50")]),
    "currency in the header": (
        csv([["Customer", "Document", "Due date", "Open amount (USD)"], ["C001", "INV1", "2025-04-30", "100"]]),
        [("C001", "INV1", "2025-04-30", "USD", "100.00")]),
    "currency behind the header": (
        csv([["Customer", "Document", "Due date", "Amount in EUR"], ["C001", "INV1", "2025-04-30", "100"]]),
        [("C001", "INV1", "2025-04-30", "EUR", "100.00")]),
    "currency in the amount": (
        csv([["Customer", "Document", "Due date", "Amount"], ["C001", "INV1", "2025-04-30", "€100"]]),
        [("C001", "INV1", "2025-04-30", "EUR", "100.00")]),
    "currency names": (
        csv([HEAD, *(item(f"I{n}", 币种=name) for n, name in enumerate(["人民币", "RMB", "¥", "美元", "HK$", "usd", ""]))]),
        [("C001", f"I{n}", "2025-04-30", code, "100.00")
         for n, code in enumerate(["CNY", "CNY", "CNY", "USD", "HKD", "USD", "CNY"])]),
    "base currency beside a currency column": (
        csv([["客户", "发票号", "到期日", "币种", "本位币余额"], ["C001", "INV1", "2025-04-30", "USD", "100"]]), [GOOD]),
    "amounts in many ways": (
        csv(with_open_amount("1,234.50", "(1,234.50)", "1,234.50-", "１，２３４．５０", "¥1,234.50", "-")),
        [("C001", f"INV{n}", "2025-04-30", "CNY", amount) for n, amount in enumerate(
            ["1234.50", "-1234.50", "-1234.50", "1234.50", "1234.50", "0.00"], start=1)]),
    "noise of binary fractions": (
        xlsx(with_open_amount(1234.5600000001, 0.1 + 0.2, 99999999999.99, 1e5)),
        [("C001", f"INV{n}", "2025-04-30", "CNY", amount) for n, amount in enumerate(
            ["1234.56", "0.30", "99999999999.99", "100000.00"], start=1)]),
    "dates in many ways": (
        csv(with_due("2025/4/30", "2025.04.30", "20250430", "2025年4月30日", "30.04.2025", "30/4/2025", "30-Apr-2025", "45777")),
        [("C001", f"INV{n}", "2025-04-30", "CNY", "100.00") for n in range(1, 9)]),
    "formulas with values": (
        xlsx([HEAD, item(应收余额=Formula("=G2*1", 100), 到期日=Formula('=TEXT(D2+60,"yyyy-mm-dd")', "2025-04-30"))]), [GOOD]),
    "formulas that look like text stay text": (
        csv([HEAD, item(客户名称="=cmd|' /C calc'!A0", 发票号="+1")]), [("C001", "+1", *GOOD[2:])]),
    "a credit note and its invoice": (
        csv([HEAD, item(), item("CN1", 应收余额="-250.00")]), [GOOD, ("C001", "CN1", "2025-04-30", "CNY", "-250.00")]),
    "instalments of one invoice": (
        csv([HEAD, item(), item(到期日="2025-05-31")]), [GOOD, ("C001", "INV1", "2025-05-31", "CNY", "100.00")]),
    "invisible characters": (
        csv([HEAD, item("\u200bINV1\u200e", 客户编码="\ufeffC001\u00a0")]), [GOOD]),
    "other sheets": (
        xlsx([HEAD, item()], more=[("说明", [["请勿修改"]]), ("空", []), ("旧", [HEAD, item("OLD")])], hidden=["旧"]), [GOOD]),
    "the second sheet": (xlsx([["说明"]], more=[("明细", [HEAD, item()])]), [GOOD]),
    "numbers kept as text in csv": (
        csv([HEAD]) + '="00123",甲,="INV1",2025-03-01,2025-04-30,CNY,100,100\r\n'.encode(), [("00123", *GOOD[1:])]),
    "a cell that happens to be a column name": (
        csv([["类型", "客户编码", "Number", "到期日", "余额"], ["Invoice", "C001", "INV1", "2025-04-30", "100"]]), [GOOD]),
    "Chinese beyond the first lines of a GB18030 file": (
        csv([ENGLISH, *(item(f"I{n}", 客户名称="ACME") for n in range(1500)), item(客户名称="上海第一贸易有限公司")], "gb18030"),
        [*(("C001", f"I{n}", *GOOD[2:]) for n in range(1500)), GOOD]),
}  # fmt: skip


@pytest.mark.parametrize("case", UNDERSTOOD)
def test_a_file_is_understood_to_the_cell(case: str, tmp_path: Path) -> None:
    content, expected = UNDERSTOOD[case]
    report = read_here(content, tmp_path)
    assert errors(report) == []
    assert lines(report) == expected
    assert report.rows == report.accepted == len(expected)


# name of the case → the file, and the errors: row, column, value, code
ROW_ERRORS: dict[str, tuple[bytes, list[tuple[int, str, str, str]]]] = {
    "missing cells": (
        csv([HEAD, item(客户编码="", 客户名称=""), item("", 发票日期=""), item("I2", 到期日="", 发票日期=""), item("I3", 应收余额="")]),
        [(2, "客户编码", "", "missing"), (3, "发票号", "", "missing"), (4, "到期日", "", "missing"),
         (5, "应收余额", "", "missing")]),
    "one forgotten customer is not filled down": (
        csv([HEAD, item(), item("I2", 客户编码="", 客户名称=""), item("I3", 客户编码="C002")]),
        [(3, "客户编码", "", "missing")]),
    "a row with an amount alone that is no sum": (
        csv([HEAD, item(), ["", "", "", "", "", "", "", "77"]]), [(3, "发票号", "", "missing")]),
    "31 February": (csv(with_due("2025-02-31")), [(2, "到期日", "2025-02-31", "impossible_date")]),
    "no date": (csv(with_due("tomorrow", "1899-12-31")),
                [(2, "到期日", "tomorrow", "not_a_date"), (3, "到期日", "1899-12-31", "date_out_of_range")]),
    "dates that can be two days": (
        csv(with_due("03/04/2025", "05/05/2025")), [(2, "到期日", "03/04/2025", "ambiguous_date")]),
    "years of two digits": (csv(with_due("30.04.25")), [(2, "到期日", "30.04.25", "two_digit_year")]),
    "a document date is checked too": (
        csv([HEAD, item(发票日期="x")]), [(2, "发票日期", "x", "not_a_date")]),
    "no amounts": (
        csv(with_open_amount("NaN", "Infinity", "1_000", "1e5", "abc", "12.345", "1.234", "9" * 15)),
        [(n + 2, "应收余额", text, code) for n, (text, code) in enumerate([
            ("NaN", "not_a_number"), ("Infinity", "not_a_number"), ("1_000", "not_a_number"), ("1e5", "not_a_number"),
            ("abc", "not_a_number"), ("12.345", "too_many_decimals"), ("1.234", "too_many_decimals"),
            ("9" * 15, "too_large")])]),
    "three decimals in a number cell": (
        xlsx(with_open_amount(12.345)), [(2, "应收余额", "12.345", "too_many_decimals")]),
    "dots and commas for decimals": (
        csv(with_open_amount("1234.50", "12,50", "1,234")),
        [(3, "应收余额", "12,50", "ambiguous_number"), (4, "应收余额", "1,234", "ambiguous_number")]),
    "a bad amount of the document": (csv([HEAD, item(发票金额="?")]), [(2, "发票金额", "?", "not_a_number")]),
    "true, and a date, as amounts": (
        xlsx(with_open_amount(True, DAY)),
        [(2, "应收余额", "true", "not_a_number"), (3, "应收余额", "2025-03-01 00:00:00", "not_a_number")]),
    "unknown currency": (csv([HEAD, item(币种="XXX")]), [(2, "币种", "XXX", "unknown_currency")]),
    "the sign of another currency": (
        csv([HEAD, item(应收余额="$100"), item("I2", 币种="USD", 应收余额="$100")]),
        [(2, "应收余额", "$100", "currency_sign")]),
    "a dollar sign and no currency": (
        csv([["Customer", "Document", "Due date", "Amount"], ["C001", "INV1", "2025-04-30", "$100"]]),
        [(2, "Amount", "$100", "currency_sign")]),
    "the same document twice": (
        csv([HEAD, item(), item("INV2"), item(应收余额="5")]), [(4, "发票号", "INV1", "duplicate")]),
    "error cells": (
        xlsx([HEAD, item(应收余额=Formula("=1/0", "#DIV/0!")), item("I2", 到期日=Formula("=NA()", "#N/A")),
              item("I3", 币种=Formula("=X", "#NAME?")), item(Formula("=Y", "#REF!"))]),
        [(2, "应收余额", "#DIV/0!", "error_cell"), (3, "到期日", "#N/A", "error_cell"),
         (4, "币种", "#NAME?", "error_cell"), (5, "发票号", "#REF!", "error_cell")]),
    "error values as text": (csv(with_open_amount("#REF!")), [(2, "应收余额", "#REF!", "error_cell")]),
    "formulas that were never calculated": (
        xlsx([HEAD, item(应收余额=Formula("=G2", None))]), [(2, "应收余额", "", "formula_without_value")]),
    "a cell of 10,001 characters": (
        csv([HEAD, item("X" * 10_001), item("I2", 客户名称="名" * 10_001), item("I3", 到期日="9" * 10_001)]),
        [(2, "发票号", "X" * 200, "cell_too_long"), (3, "客户名称", "名" * 200, "cell_too_long"),
         (4, "到期日", "9" * 200, "cell_too_long")]),
    "a document number of 101 characters": (
        csv([HEAD, item("X" * 101), item("X" * 100)]), [(2, "发票号", "X" * 101, "text_too_long")]),
    "NUL and other control characters": (
        csv([HEAD, item("I\x001"), item("I2", 客户名称="a\x07b")]),
        [(2, "发票号", "I\x001", "control_characters"), (3, "客户名称", "a\x07b", "control_characters")]),
    "characters lost before": (
        csv([HEAD, item(客户名称="\ufffd\ufffd公司")]), [(2, "客户名称", "\ufffd\ufffd公司", "damaged_characters")]),
    "an amount that broke the columns": (
        csv([HEAD, item()]) + b"C001,A,INV2,2025-03-01,2025-04-30,CNY,100.00,1,234.50\r\n", [(3, "", "", "shifted")]),
    "several errors in one row": (
        csv([HEAD, item("", 到期日="x", 币种="Q", 应收余额="y")]),
        [(2, "发票号", "", "missing"), (2, "到期日", "x", "not_a_date"), (2, "应收余额", "y", "not_a_number"),
         (2, "币种", "Q", "unknown_currency")]),
}  # fmt: skip


@pytest.mark.parametrize("case", ROW_ERRORS)
def test_a_row_error_names_row_column_value_and_reason(case: str, tmp_path: Path) -> None:
    content, expected = ROW_ERRORS[case]
    report = read_here(content, tmp_path)
    assert errors(report) == expected
    assert report.error_count == len(expected)
    assert report.rejected == len({row for row, *_ in expected})
    assert report.lines.height == report.accepted
    assert all(str(error.row) in error.message for error in report.errors)


def bomb(size: int) -> bytes:
    return repacked(xlsx([HEAD, item()]), {"xl/media/zeros.bin": b"\0" * size})


def with_prolog(prolog: bytes) -> bytes:
    content = xlsx([HEAD, item()])
    name = "xl/sharedStrings.xml"
    return repacked(content, {name: part(content, name).replace(b"?>", b"?>" + prolog, 1)})


def with_dimension(reference: bytes) -> bytes:
    content = xlsx([HEAD, item()])
    name = "xl/worksheets/sheet1.xml"
    return repacked(content, {name: part(content, name).replace(b'ref="A1:H2"', b'ref="' + reference + b'"')})


def encrypted_zip() -> bytes:
    content = bytearray(xlsx([HEAD, item()]))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        position = content.find(signature)
        while position >= 0:
            content[position + offset] |= 1
            position = content.find(signature, position + 4)
    return bytes(content)


def lying_about_its_size() -> bytes:
    """A part that unpacks to more than it says: the declared sizes are cut to 10 bytes."""
    content = bytearray(xlsx([HEAD, item()]))
    position = content.find(b"xl/worksheets/sheet1.xml", content.find(b"PK\x01\x02")) - 46 + 24
    content[position : position + 4] = (10).to_bytes(4, "little")
    return bytes(content)


def named(name: str) -> bytes:
    buffer = io.BytesIO(xlsx([HEAD, item()]))
    with zipfile.ZipFile(buffer, "a") as archive:
        info = zipfile.ZipInfo("placeholder")
        info.filename = name
        archive.writestr(info, b"<x/>")
    return buffer.getvalue()


def twice(name: str) -> bytes:
    buffer = io.BytesIO(xlsx([HEAD, item()]))
    with zipfile.ZipFile(buffer, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(name, b"<x/>")
    return buffer.getvalue()


def macro_workbook() -> bytes:
    content = xlsx([HEAD, item()])
    types = part(content, "[Content_Types].xml").replace(
        b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    )
    return repacked(content, {"[Content_Types].xml": types})


PLAIN = xlsx([HEAD, item()])
DOCX = zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"})
LAUGHS = b'<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]>'
XXE = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'

# name of the case → the file, the code, and what the parameters hold
REFUSED: dict[str, tuple[bytes, str, dict[str, Any]]] = {
    "nothing": (b"", "empty_file", {}),
    "white space": (b" \r\n\t\r\n", "empty_file", {}),
    "a workbook with an empty sheet": (xlsx([]), "empty_file", {}),
    "a header alone": (csv([HEAD]), "no_rows", {"row": 1}),
    "a header and a total": (csv([HEAD, ["合计", "", "", "", "", "", "0", "0"]]), "no_rows", {"row": 1}),
    "no header": (csv([item(), item("I2")]), "no_header", {"rows": 30}),
    "no header in a workbook": (xlsx([["a", "b"], ["c", "d"]]), "no_header", {"rows": 30}),
    "a header in row 31": (csv([["标题"]] * 30 + [HEAD, item()]), "no_header", {"rows": 30}),
    "unknown headers": (csv([["foo", "bar", "baz"], ["1", "2", "3"]]), "no_header", {}),
    "no due date": (
        csv([["客户编码", "发票号", "余额"], ["C", "I", "1"]]),
        "missing_columns", {"missing": ["due_on"], "found": ["客户编码", "发票号", "余额"], "row": 1}),
    "amount and paid, but no open amount": (
        csv([["客户编码", "发票号", "到期日", "发票金额", "已收金额"], ["C", "I", "2025-01-01", "1", "0"]]),
        "missing_columns", {"missing": ["open_amount"]}),
    "missing columns in a workbook": (
        xlsx([["客户编码", "发票号"], ["C", "I"]]), "missing_columns", {"missing": ["due_on", "open_amount"]}),
    "the same column twice": (
        csv([[*HEAD, "到期日"], [*item(), "2025-05-31"]]), "ambiguous_columns", {"field": "due_on", "columns": ["到期日"] * 2}),
    "two columns that mean the same": (
        csv([[*HEAD, "未收金额"], [*item(), "1"]]), "ambiguous_columns", {"columns": ["应收余额", "未收金额"]}),
    "two sheets of open items": (
        xlsx([HEAD, item()], more=[("上月", [HEAD, item()])]), "several_sheets", {"sheets": ["Sheet1", "上月"]}),
    "PDF": (b"%PDF-1.7\n" + b"\x00" * 20, "foreign_file", {"type": "PDF"}),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"\x00" * 20, "foreign_file", {"type": "PNG"}),
    "a program": (b"MZ\x90\x00\x03" + b"\x00" * 60, "foreign_file", {"type": "EXE"}),
    "noise": (bytes(range(256)) * 40, "not_a_spreadsheet", {}),
    "HTML renamed": (b"<html><body><table><tr><td>1</td></tr></table></body></html>", "web_page", {}),
    "HTML in UTF-16": ("<html><table></table></html>".encode("utf-16"), "web_page", {}),
    "XML spreadsheet of 2003": (b'<?xml version="1.0"?><Workbook/>', "web_page", {}),
    "Word": (DOCX, "foreign_file", {"type": "Word"}),
    "PowerPoint": (
        zipped({"[Content_Types].xml": b"<Types/>", "ppt/presentation.xml": b"<p/>"}), "foreign_file", {"type": "PowerPoint"}),
    "OpenDocument text": (
        zipped({"mimetype": b"application/vnd.oasis.opendocument.text"}), "foreign_file", {"type": "OpenDocument"}),
    "any zip": (zipped({"readme.txt": b"hello"}), "foreign_file", {"type": "zip"}),
    "old Word": (compound_file({"WordDocument": b"x"}), "foreign_file", {"type": "Word"}),
    "an installer": (compound_file({"Property": b"x"}), "foreign_file", {"type": "OLE2"}),
    "password-protected xlsx": (compound_file({"EncryptedPackage": b"x", "EncryptionInfo": b"x"}), "password_protected", {}),
    "password-protected xls": (xls([HEAD, item()], password=True), "password_protected", {}),
    "password-protected ods": (
        ods([HEAD, item()], manifest=b"<manifest><encryption-data/></manifest>"), "password_protected", {}),
    "password-protected zip": (encrypted_zip(), "password_protected", {}),
    "xlsm": (macro_workbook(), "macros", {}),
    "xlsx with a macro inside": (repacked(PLAIN, {"xl/vbaProject.bin": b"x"}), "macros", {}),
    "xls with macros": (compound_file({"Workbook": b"x", "_VBA_PROJECT_CUR": b"x"}), "macros", {}),
    "xlsx cut off": (PLAIN[: len(PLAIN) // 2], "truncated", {}),
    "xls cut off": (xls([HEAD, item()])[:600], "truncated", {}),
    "xls cut off in its header": (xls([HEAD, item()])[:40], "truncated", {}),
    "xlsx with a damaged part": (PLAIN.replace(PLAIN[200:240], b"\0" * 40), "truncated", {}),
    "xlsx without its workbook": (repacked(PLAIN, {"xl/workbook.xml": None}), "truncated", {}),
    "a part longer than it says": (lying_about_its_size(), "truncated", {}),
    "xls with rubbish in its workbook": (compound_file({"Workbook": b"\xff" * 5000}), "damaged_workbook", {}),
    "sheet that is no sheet": (
        repacked(PLAIN, {"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row><c><v>"}), "damaged_workbook", {}),
    "a zip bomb": (bomb(64 * 1024 * 1024), "zip_bomb", {}),
    "billion laughs": (with_prolog(LAUGHS), "entities", {}),
    "an external entity": (with_prolog(XXE), "entities", {}),
    "an entity behind a comment": (with_prolog(b"<!-- <a> -->" + XXE), "entities", {}),
    "an entity behind an endless comment": (with_prolog(b"<!-- <a " + b" " * 70_000 + b"-->" + XXE), "entities", {}),
    "XML in UTF-16": (
        repacked(PLAIN, {"xl/styles.xml": '<?xml version="1.0" encoding="UTF-16"?><styleSheet/>'.encode("utf-16")}),
        "entities", {}),
    "a part outside the container": (named("../../etc/cron.d/x"), "unsafe_names", {}),
    "a part at the root of the disk": (named("/etc/passwd"), "unsafe_names", {}),
    "a part with backslashes": (named("..\\x.xml"), "unsafe_names", {}),
    "a cell at XFD1048576": (with_dimension(b"A1:XFD1048576"), "sheet_dimensions", {"dimension": "A1:XFD1048576"}),
    "csv in an unknown encoding": (
        csv([ENGLISH, item(客户名称="Ивановъ")], "koi8-r"), "unknown_encoding", {}),
    "csv damaged in the middle": (csv([HEAD, item()], "utf-8-sig") + b"\xff\xfe\xff", "damaged_text", {"encoding": "utf-8"}),
    "UTF-16 cut in a character": (csv([HEAD, item()], "utf-16")[:-1], "damaged_text", {"encoding": "utf-16-le"}),
    "a quote that is never closed": (csv([HEAD, item()]) + b'C001,"A,INV2\r\n', "unclosed_quote", {"row": 3}),
    "2,001 columns in a workbook": (xlsx([[*HEAD, *["x"] * 1993], item()]), "too_many_columns", {"columns": 2001}),
    "2,000 columns": (csv([[*HEAD, *["x"] * 2000], item()]), "too_many_columns", {"limit": 2000}),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_is_refused_with_its_reason(case: str, tmp_path: Path) -> None:
    content, code, params = REFUSED[case]
    with pytest.raises(FileRefused) as refused:
        read_here(content, tmp_path)
    assert refused.value.code == code
    assert params.items() <= refused.value.params.items()
    assert "%(" not in str(refused.value)


def test_a_part_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="unsafe names"):
        read_here(twice("xl/workbook.xml"), tmp_path)


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (ReadingLimits(file_bytes=100), "file_too_large"),
        (ReadingLimits(unpacked_bytes=1000), "zip_bomb"),
        (ReadingLimits(parts=3), "too_many_parts"),
        (ReadingLimits(rows=1), "too_many_rows"),
        (ReadingLimits(cells=10), "sheet_dimensions"),
        (ReadingLimits(sheets=0), "too_many_sheets"),
    ],
)
def test_each_limit_refuses_what_is_beyond_it(limits: ReadingLimits, code: str, tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refused:
        read_here(xlsx([HEAD, item(), item("INV2")]), tmp_path, limits=limits)
    assert refused.value.code == code


def test_two_rows_are_within_a_limit_of_two(tmp_path: Path) -> None:
    assert read_here(xlsx([HEAD, item(), item("INV2")]), tmp_path, limits=ReadingLimits(rows=2)).rows == 2


def test_the_name_of_a_file_says_nothing(tmp_path: Path) -> None:
    assert read_here(xlsx([HEAD, item()]), tmp_path, name="report.csv").file_format == "xlsx"
    assert read_here(csv([HEAD, item()]), tmp_path, name="report.xlsx").file_format == "csv"


def read(rows: list[Any], folder: Path) -> ReadReport:
    return read_here(csv(rows), folder)


def test_what_is_told_about_a_file(tmp_path: Path) -> None:
    report = read([["标题"], [*HEAD, "部门"], [*item(), "一部"]], tmp_path)
    assert (report.kind, report.file_format, report.encoding, report.sheet) == (
        "open_items",
        "csv",
        "utf-8",
        None,
    )
    assert report.header_row == 2
    assert report.mapping["open_amount"] == "应收余额"
    assert report.unmapped == ("部门",)
    assert report.lines["row_number"].to_list() == [3]
    assert {currency: str(total) for currency, total in report.totals.items()} == {"CNY": "100.00"}


def test_only_the_first_errors_are_kept_and_all_are_counted(tmp_path: Path) -> None:
    content = csv([HEAD, *(item(f"I{n}", 应收余额="?") for n in range(50))])
    report = read_here(content, tmp_path, limits=ReadingLimits(errors=7))
    assert (len(report.errors), report.error_count, report.rejected) == (7, 50, 50)
    assert [error.row for error in report.errors] == list(range(2, 9))


def test_a_value_is_shown_cut_to_200_characters(tmp_path: Path) -> None:
    report = read([HEAD, item(应收余额="1" * 10_000)], tmp_path)
    assert report.errors[0].value == "1" * 200


WARNINGS: dict[str, tuple[bytes, str, tuple[int, ...], dict[str, Any]]] = {
    "due before the document": (
        csv([HEAD, item(到期日="2025-02-28"), item("I2", 到期日="2025-03-01")]), "due_before_document", (2,), {}),
    "document after the as-of date": (
        csv([HEAD, item(发票日期="2025-07-01", 到期日="2025-08-01"), item("I2", 发票日期="2025-06-30", 到期日="2025-08-01")]),
        "document_after_as_of", (2,), {"as_of": "2025-06-30"}),
    "more open than there was": (
        csv([HEAD, item(应收余额="100.01"), item("I2", 发票金额="-5", 应收余额="-6"), item("I3")]),
        "open_exceeds_amount", (2, 3), {}),
    "customers filled down": (
        xlsx([HEAD, item(), [None, None, *item("INV2")[2:]], item("I3"), item("I4")], merges=["A2:A3"]),
        "filled_down", (3,), {}),
    "a unit": (csv([renamed(应收余额="应收余额(万元)"), item(应收余额="1")]), "unit_applied", (), {"factor": 10_000}),
    "base currency": (
        csv([["客户", "发票号", "到期日", "本币余额"], ["C", "I", "2025-04-30", "1"]]),
        "base_currency", (), {"column": "本币余额", "currency": "CNY"}),
    "no currency in a row": (csv([HEAD, item(币种="")]), "currency_assumed", (2,), {"currency": "CNY"}),
    "formulas": (xlsx([HEAD, item(应收余额=Formula("=1", 1))]), "formulas", (), {"formulas": 1}),
    "headers again": (csv([HEAD, item(), HEAD]), "repeated_headers", (), {"headers": 1}),
    "notes": (csv([HEAD, item(), ["制表人"]]), "notes_skipped", (3,), {}),
    "a long description": (
        csv([[*HEAD, "摘要"], [*item(), "长" * 501], [*item("I2"), "长" * 500]]), "description_cut", (2,), {"limit": 500}),
    "a wrong total": (csv([HEAD, item(), ["合计", "", "", "", "", "", "", "99"]]), "total_differs", (3,), {}),
    "other sheets": (xlsx([HEAD, item()], more=[("说明", [["x"]])]), "other_sheets", (), {"sheets": ["说明"]}),
    "links to other files": (
        repacked(PLAIN, {"xl/externalLinks/externalLink1.xml": b"<externalLink/>"}), "external_links", (), {}),
}  # fmt: skip


@pytest.mark.parametrize("case", WARNINGS)
def test_what_is_odd_but_possible_is_a_warning(case: str, tmp_path: Path) -> None:
    content, code, rows, params = WARNINGS[case]
    report = read_here(content, tmp_path)
    assert report.rejected == 0
    [warning] = [warning for warning in report.warnings if warning.code == code]
    assert warning.rows == rows
    assert warning.count == len(rows)
    assert params.items() <= dict(warning.params).items()
    assert "%(" not in warning.message


def test_an_ordinary_file_has_no_warnings(tmp_path: Path) -> None:
    assert read([HEAD, item(), item("INV2")], tmp_path).warnings == ()


def test_a_description_is_cut_and_the_rest_kept(tmp_path: Path) -> None:
    report = read([[*HEAD, "摘要", "合同号"], [*item(), "长" * 501, "HT1"]], tmp_path)
    assert report.lines["description"].to_list() == ["长" * 500]
    assert report.lines["contract"].to_list() == ["HT1"]


def test_a_missing_amount_of_the_document_is_its_open_amount(tmp_path: Path) -> None:
    report = read([HEAD, item(发票金额="", 应收余额="-5")], tmp_path)
    assert [str(amount) for amount in report.lines["amount"]] == ["-5.00"]


def test_csv_text_and_its_twin_in_xlsx_are_read_alike(tmp_path: Path) -> None:
    rows = [HEAD, item(), item("INV2", 应收余额="1,234.50"), item("INV3", 到期日="2025年5月31日")]
    assert read_here(xlsx(rows), tmp_path).lines.equals(read_here(csv(rows), tmp_path).lines)


def test_a_long_text_file_is_read_in_batches_where_it_is_odd(tmp_path: Path) -> None:
    rows = "".join(csv_text([item(f"I{n}", 客户名称="a\nb")]) for n in range(50_001))
    report = read_here((csv_text([HEAD]) + rows).encode(), tmp_path)
    assert report.rows == 50_001
    assert report.lines["row_number"][-1] == 50_002
