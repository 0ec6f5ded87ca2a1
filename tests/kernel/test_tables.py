"""Tables in the house style: figures, states, bounded pages, cards on a phone."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import RequestFactory
from django_tables2 import RequestConfig

from creditrisk.accounts.models import Department
from creditrisk.tables import AmountColumn, BaseTable, Column, DateColumn, NumberColumn, StateColumn


class ItemTable(BaseTable):
    number = Column(verbose_name="Number")
    state = StateColumn()
    amount = AmountColumn(currency="currency", verbose_name="Amount")
    bucket = AmountColumn(dash_zero=True)
    days = NumberColumn()
    due_on = DateColumn()


def row(**changes: Any) -> dict[str, Any]:
    return {
        "number": "INV-1",
        "state": "active",
        "amount": Decimal("1234567.8"),
        "bucket": Decimal(0),
        "currency": "CNY",
        "days": 31,
        "due_on": dt.date(2026, 1, 31),
    } | changes


def render(table: ItemTable, query: str = "") -> str:
    request = RequestFactory().get(f"/items/?{query}")
    RequestConfig(request, paginate={"per_page": 50}).configure(table)
    return str(table.as_html(request))


def test_amount_has_its_currency_thousands_and_two_places() -> None:
    assert '<span class="currency">CNY</span> 1,234,567.80' in render(ItemTable([row()]))


def test_credit_is_marked() -> None:
    assert '<span class="negative">-12.00</span>' in render(ItemTable([row(amount=Decimal(-12))]))


def test_zero_is_a_dash_only_where_asked() -> None:
    html = render(ItemTable([row(amount=Decimal(0))]))
    assert '<span class="zero">–</span>' in html
    assert "0.00" in html


def test_missing_amount_is_a_dash_not_a_zero() -> None:
    assert "0.00" not in render(ItemTable([row(amount=None)]))


def test_exports_get_the_plain_amount() -> None:
    assert list(ItemTable([row()]).as_values())[1][2] == Decimal("1234567.8")


def test_state_is_a_badge_of_its_code() -> None:
    assert '<span class="state state-active">active</span>' in render(ItemTable([row()]))


def test_dates_are_iso() -> None:
    assert ">2026-01-31</td>" in render(ItemTable([row()]))


def test_moments_are_in_the_companys_time_zone() -> None:
    """17:30 UTC is 01:30 of the next day in Shanghai."""
    moment = dt.datetime(2026, 1, 31, 17, 30, tzinfo=dt.UTC)
    assert "2026-02-01 01:30" in render(ItemTable([row(due_on=moment)]))


def test_cells_carry_their_label_for_the_phone() -> None:
    assert 'data-label="Amount"' in render(ItemTable([row()]))


@pytest.mark.parametrize(("asked", "shown"), [("", 50), ("per_page=200", 200), ("per_page=100000", 200)])
def test_page_length_is_bounded(asked: str, shown: int) -> None:
    html = render(ItemTable([row()] * 300), asked)
    assert html.count("<tr") == shown + 1


@pytest.mark.parametrize("asked", ["per_page=0", "per_page=-5", "page=99999", "page=x", "sort=password"])
def test_nonsense_in_the_address_is_survived(asked: str) -> None:
    assert "<tbody" in render(ItemTable([row()] * 60), asked)


def test_sorting_is_by_the_tables_own_columns_only() -> None:
    rows = [row(number="A", currency="Z"), row(number="B", currency="A")]
    assert render(ItemTable(rows), "sort=-number").index(">B<") < render(
        ItemTable(rows), "sort=-number"
    ).index(">A<")
    by_other = render(ItemTable(rows), "sort=currency")
    assert by_other.index(">A<") < by_other.index(">B<")


def test_sorted_column_says_so_and_links_keep_the_filter() -> None:
    html = render(ItemTable([row()] * 60), "sort=number&q=a&page=2")
    assert 'aria-sort="ascending"' in html
    assert "?sort=-number&amp;q=a" in html
    assert "page=1" in html


def test_empty_table_helps() -> None:
    assert "Nothing here yet." in render(ItemTable([]))


def test_hostile_cells_are_escaped() -> None:
    html = render(ItemTable([row(number="<script>", state='"><img>', currency="<b>")]))
    assert not {"<script>", "<img>", "<b>"} & {part for part in ("<script>", "<img>", "<b>") if part in html}


@pytest.mark.django_db
@pytest.mark.parametrize(("rows", "queries"), [(0, 1), (49, 1), (50, 1), (51, 2)])
def test_a_first_page_that_takes_all_rows_in_does_not_count_them(
    rows: int, queries: int, django_assert_num_queries: Any
) -> None:
    """50 rows a page: up to 50 one query brings the rows and their number; with the 51st they are counted."""
    Department.objects.all().delete()
    Department.objects.bulk_create(
        Department(code=f"{number:04}", name=f"{number}") for number in range(rows)
    )
    with django_assert_num_queries(queries):
        html = render(DepartmentTable(Department.objects.all()))
    assert html.count("<tr") == (min(rows, 50) + 1 if rows else 0)
    assert ("Rows 1–50 of 51" in html) == (rows > 50)


class DepartmentTable(BaseTable):
    code = Column()

    class Meta:
        model = Department
        fields = ("code",)
