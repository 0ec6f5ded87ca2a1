"""Total rows: recognised by their label, compared to the cent."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from receivables.reading.totals import TOTAL_LABEL, Stated, compare_totals
from tests.receivables.reading.files import HEAD, csv, item, read_here


@pytest.mark.parametrize(
    "label",
    [
        "合计", "合  计", "总计：", "總計", "小计", "小計", "共计", "累计", "本页合计", "本月合计",
        "合计（元）", "合计 CNY", "应收合计",
        "总合计", "上海一贸易有限公司 小计", "上海一贸易有限公司合计", "Total", "TOTAL:", "Totals",
        "Total for Acme Ltd", "Sub-total",
        "Subtotal", "Grand Total", "Acme Ltd Total", "Sum:",
    ],
)  # fmt: skip
def test_a_label_of_a_total(label: str) -> None:
    assert re.search(TOTAL_LABEL, label)


@pytest.mark.parametrize(
    "label", ["合计贸易有限公司", "Totally Fine Ltd", "Summit", "INV-100", "总部", "计", "Subtotalled goods"]
)
def test_no_label_of_a_total(label: str) -> None:
    assert not re.search(TOTAL_LABEL, label)


def stated(*amounts: str | None, currency: str | None = None) -> list[Stated]:
    return [
        Stated(row, "合计", None if amount is None else Decimal(amount), currency)
        for row, amount in enumerate(amounts, start=10)
    ]


def runs(*sums: dict[str, str]) -> list[dict[str, Decimal]]:
    return [{currency: Decimal(amount) for currency, amount in run.items()} for run in sums]


def test_subtotals_a_total_of_subtotals_and_the_grand_total_all_agree() -> None:
    """10 | 20 | then 30 = 10 + 20 | 5 | 35 = everything."""
    compared = compare_totals(
        stated("10", "20", "30", "5", "35"), runs({"CNY": "10"}, {"CNY": "20"}, {}, {"CNY": "5"}, {})
    )
    assert [total.agrees for total in compared] == [True] * 5


def test_a_cent_too_much_does_not_agree_and_the_sum_of_the_rows_is_shown() -> None:
    first, second = compare_totals(stated("10.01", "30.01"), runs({"CNY": "10"}, {"CNY": "20"}))
    assert (first.agrees, first.computed_amount) == (False, Decimal(10))
    assert (second.agrees, second.computed_amount) == (False, Decimal(20))


def test_a_wrong_grand_total_is_shown_with_the_sum_of_all_rows() -> None:
    *_, last = compare_totals(stated("10", "31"), runs({"CNY": "10"}, {}))
    assert (last.agrees, last.computed_amount) == (False, Decimal(10))


def test_a_total_without_currency_over_two_currencies_is_not_compared() -> None:
    [total] = compare_totals(stated("30"), runs({"CNY": "10", "USD": "20"}))
    assert (total.agrees, total.currency) == (None, None)


def test_a_total_with_its_currency_is_compared_in_it() -> None:
    [total] = compare_totals(stated("20", currency="USD"), runs({"CNY": "10", "USD": "20"}))
    assert (total.agrees, total.currency) == (True, "USD")


def test_a_total_that_cannot_be_read_or_has_nothing_to_sum_is_not_compared() -> None:
    assert next(compare_totals(stated(None), runs({"CNY": "1"}))).agrees is None
    assert next(compare_totals(stated("1", currency="USD"), runs({"CNY": "1"}))).agrees is None


def test_the_totals_of_a_file_per_currency(tmp_path: Path) -> None:
    rows = [
        HEAD, item(应收余额="10"), item("I2", 应收余额="-3.5"), item("I3", 币种="USD", 应收余额="7"),
        ["合计", "", "", "", "", "CNY", "", "6.50"], ["合计", "", "", "", "", "USD", "", "7.01"],
    ]  # fmt: skip
    report = read_here(csv(rows), tmp_path)
    assert [(total.row, total.currency, total.agrees) for total in report.total_rows] == [
        (5, "CNY", True),
        (6, "USD", False),
    ]
    assert dict(report.totals) == {"CNY": Decimal("6.50"), "USD": Decimal("7.00")}


def test_nothing_is_compared_while_an_amount_cannot_be_read(tmp_path: Path) -> None:
    report = read_here(
        csv([HEAD, item(), item("I2", 应收余额="?"), ["合计", "", "", "", "", "", "", "200"]]), tmp_path
    )
    assert [total.agrees for total in report.total_rows] == [None]


def test_a_total_in_ten_thousands_is_compared_in_the_same_unit(tmp_path: Path) -> None:
    head = [name.replace("应收余额", "应收余额(万元)") for name in HEAD]
    report = read_here(csv([head, item(应收余额="1.5"), ["合计", "", "", "", "", "", "", "1.5"]]), tmp_path)
    assert [(str(total.amount), total.agrees) for total in report.total_rows] == [("15000.00", True)]


def test_a_total_is_read_with_the_decimal_mark_of_the_items(tmp_path: Path) -> None:
    """1.234 alone would have three decimals; under 1.233,50 it is one thousand two hundred and thirty-four."""
    rows = [
        HEAD, item(发票金额="", 应收余额="1.233,50"), item("I2", 发票金额="", 应收余额="0,50"),
        ["合计", "", "", "", "", "", "", "1.234"],
    ]  # fmt: skip
    report = read_here(csv(rows, separator=";"), tmp_path)
    assert [(str(total.amount), total.agrees) for total in report.total_rows] == [("1234.00", True)]


def test_a_total_in_base_currency_has_no_other(tmp_path: Path) -> None:
    head = [name.replace("应收余额", "本币余额") for name in HEAD]
    report = read_here(csv([head, item(币种="USD"), ["合计", "", "", "", "", "USD", "", "100"]]), tmp_path)
    assert [(total.currency, total.agrees) for total in report.total_rows] == [("CNY", True)]
