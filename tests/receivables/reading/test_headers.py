"""Headers: names in two languages and three scripts, units, two rows, and what a general name means."""

from __future__ import annotations

import pytest

from receivables.reading import FileRefused
from receivables.reading.grid import Merge
from receivables.reading.header_rows import find_header
from receivables.reading.headers import header_cell, normalised, title_unit, unit
from receivables.reading.layouts import OPEN_ITEMS, map_header


def mapped(*names: str) -> dict[str, str]:
    found = map_header([[name] for name in names], OPEN_ITEMS)
    return {field: names[index] for field, index in found.columns.items()}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Customer No.", "customerno"),
        ("　客戶　編號：", "客户编号"),
        ("ＤＵＥ－ＤＡＴＥ", "duedate"),
        ("Invoice #", "invoice#"),
        ("應收餘額", "应收余额"),
        ("*币种", "币种"),
        ("", ""),
    ],
)
def test_a_name_without_its_decoration(text: str, key: str) -> None:
    assert normalised(text) == key


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("元", (0, None)),
        ("万元", (4, None)),
        ("萬元", (4, None)),
        ("人民币万元", (4, "CNY")),
        ("万元人民币", (4, "CNY")),
        ("千美元", (None, None)),
        ("USD", (None, "USD")),
        ("in EUR", (None, "EUR")),
        ("单位：亿元", (8, None)),
        ("'000", (3, None)),
        ("CNY million", (6, "CNY")),
        ("含税", (None, None)),
        ("", (None, None)),
    ],
)
def test_a_unit(text: str, expected: tuple[int | None, str | None]) -> None:
    assert unit(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("单位：万元", (4, None)),
        ("金额单位：人民币元，截止 2025-06-30", (None, "CNY")),
        ("编制单位：上海贸易公司", (None, None)),
        ("2025年6月应收账款", (None, None)),
    ],
)
def test_a_unit_in_a_title(text: str, expected: tuple[int | None, str | None]) -> None:
    assert title_unit(text) == expected


@pytest.mark.parametrize(
    ("text", "field", "exponent", "currency"),
    [
        ("应收余额（万元）", "open_amount", 4, None),
        ("应收余额万元", "open_amount", 4, None),
        ("Balance (CNY)", "open_amount", None, "CNY"),
        ("Balance USD", "open_amount", None, "USD"),
        ("余额(截至6月30日)", "open_amount", None, None),
        ("应收余额(本币)", "base_open_amount", None, None),
        ("到期日 Due Date", "due_on", None, None),
        ("Colour", None, None, None),
        ("Something USD", None, None, None),
    ],
)
def test_a_header_cell(text: str, field: str | None, exponent: int | None, currency: str | None) -> None:
    cell = header_cell(text, OPEN_ITEMS.ranks)
    assert cell is not None
    assert (cell.field, cell.exponent, cell.currency) == (field, exponent, currency)


def test_an_empty_header_cell_is_none() -> None:
    assert header_cell(" \u3000 ", OPEN_ITEMS.ranks) is None


def test_better_names_win_and_the_rest_stays_unmapped() -> None:
    """The invoice number before the voucher number, the invoice date before the posting date."""
    found = mapped("凭证号", "发票号", "记账日期", "发票日期", "客户名称", "客户简称", "摘要", "备注")
    assert found == {
        "document": "发票号",
        "document_on": "发票日期",
        "customer_name": "客户名称",
        "description": "摘要",
    }


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("客户",), {"customer_ref": "客户"}),
        (("客户", "客户编码"), {"customer_ref": "客户编码", "customer_name": "客户"}),
        (("客户", "客户名称"), {"customer_ref": "客户", "customer_name": "客户名称"}),
        (("日期", "到期日"), {"document_on": "日期", "due_on": "到期日"}),
        (("金额", "余额"), {"amount": "金额", "open_amount": "余额"}),
        (("金额",), {"open_amount": "金额"}),
        (("发票金额",), {"open_amount": "发票金额"}),
        (("金额", "已收金额"), {"amount": "金额"}),
        (("原币金额", "原币余额", "本币金额", "本币余额"), {"amount": "原币金额", "open_amount": "原币余额"}),
        (("金额", "本币余额"), {"open_amount": "本币余额"}),
        (("本币金额", "本币余额"), {"amount": "本币金额", "open_amount": "本币余额"}),
        (("本币金额",), {"open_amount": "本币金额"}),
        (("已收金额", "本币金额"), {}),
    ],
)
def test_a_general_name_means_what_the_others_leave(names: tuple[str, ...], expected: dict[str, str]) -> None:
    assert mapped(*names) == expected


def test_base_currency_is_told_apart() -> None:
    assert map_header([["本币余额"]], OPEN_ITEMS).base_currency
    assert map_header([["本币金额"]], OPEN_ITEMS).base_currency
    assert not map_header([["原币余额"], ["本币余额"]], OPEN_ITEMS).base_currency


def test_what_is_missing_is_named_by_field() -> None:
    found = map_header([["客户"], ["金额"]], OPEN_ITEMS)
    assert found.missing == ("document", "due_on")
    with pytest.raises(FileRefused, match="due date"):
        found.require(row=3)


def test_the_text_of_a_field_that_is_not_there_is_empty() -> None:
    assert map_header([["客户"]], OPEN_ITEMS).text("contract") == ""


def test_the_fullest_row_is_the_header() -> None:
    header = find_header([["客户", "日期"], ["客户", "发票号", "到期日", "余额"]], OPEN_ITEMS)
    assert header is not None
    assert (header.row, header.first_data_index) == (2, 2)


def test_one_known_name_is_no_header() -> None:
    assert find_header([["客户", "x"], ["y", "z"]], OPEN_ITEMS) is None


def test_a_row_above_is_joined_only_under_its_merged_cell() -> None:
    """Without the merge 名称 would stand alone; with it, 客户 + 名称 is the customer's name."""
    rows = [["客户", None, "发票号", "到期日", "余额"], ["编码", "名称", None, None, None]]
    merged = find_header(rows, OPEN_ITEMS, merges=[Merge(0, 0, 0, 1)])
    assert merged is not None
    assert merged.mapped.columns["customer_name"] == 1
    apart = find_header(rows, OPEN_ITEMS, merges=[Merge(0, 2, 1, 2)])
    assert apart is not None
    assert "customer_name" not in apart.mapped.columns


def test_rows_of_different_length_are_joined() -> None:
    header = find_header([["客户"], ["编码", "发票号", "到期日", "余额"]], OPEN_ITEMS)
    assert header is not None
    assert header.mapped.columns == {"customer_ref": 0, "document": 1, "due_on": 2, "open_amount": 3}


def test_the_last_title_states_the_unit() -> None:
    header = find_header(
        [["单位：元", None], ["单位：美元"], ["客户", "发票号", "到期日", "余额"]], OPEN_ITEMS
    )
    assert header is not None
    assert (header.exponent, header.currency) == (0, "USD")
