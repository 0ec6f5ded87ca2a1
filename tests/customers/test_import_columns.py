"""What the columns of a file of customers are called."""

from __future__ import annotations

import pytest

from customers.import_columns import IMPORT_FIELDS, OTHER_NAMES, column_key, find_header


def test_every_field_has_names_and_no_name_means_two_fields() -> None:
    assert set(OTHER_NAMES) == set(IMPORT_FIELDS)
    keys = [key for names in OTHER_NAMES.values() for key in names.split()]
    assert len(keys) == len(set(keys))
    assert [key for key in keys if column_key(key) != key] == []


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("客户编号 *", "客户编号"),
        ("Customer No.", "customerno"),
        ("注册资本（万元）", "注册资本"),
        ("ＮＡＭＥ", "name"),
    ],
)
def test_width_case_and_punctuation_do_not_matter(header: str, key: str) -> None:
    assert column_key(header) == key


def test_the_row_with_the_most_names_is_the_header() -> None:
    rows = [
        ["客户清单"],
        ["客户编号", "", "名称不详"],
        ["客户编号", "客户名称", "说明", "账期"],
        ["K-1", "名称", "", "30"],
    ]
    header = find_header(rows, {})
    assert header is not None
    assert header.index == 2
    assert header.columns == {"number": 0, "name": 1, "payment_term_days": 3}
    assert header.texts["payment_term_days"] == "账期"
    assert (header.unknown, header.twice) == (("说明",), ())


def test_two_columns_of_one_field_are_told() -> None:
    header = find_header([["客户名称", "公司名称", "账期"]], {})
    assert header is not None
    assert header.twice == ("公司名称",)


@pytest.mark.parametrize("row", [["客户名称"], ["地址", "账期"], ["a", "b"], []])
def test_no_header(row: list[str]) -> None:
    assert find_header([row], {}) is None
    assert find_header([], {}) is None


def test_own_names_are_known_too() -> None:
    header = find_header([["Nummer", "Name"]], {"nummer": "number"})
    assert header is not None
    assert set(header.columns) == {"number", "name"}
