"""Which days a column of an aging table covers, and whether the columns fit together ("Aging")."""

from __future__ import annotations

import pytest

from creditrisk.policy.default import DEFAULT_POLICY
from receivables.reading.bucket_names import bucket_column, settled
from receivables.reading.report import FileBucket
from receivables.selectors.own_buckets import own_buckets

BUCKETS = DEFAULT_POLICY.aging_buckets


@pytest.mark.parametrize(
    ("text", "lower", "upper"),
    [
        ("未到期", None, 0),
        ("未逾期金额", None, 0),
        ("信用期内", None, 0),
        ("Not due", None, 0),
        ("Current", None, 0),
        ("not yet due", None, 0),
        ("未到期（元）", None, 0),
        ("1-30天", 1, 30),
        ("1–30", 1, 30),
        ("逾期1~30天", 1, 30),
        ("1 - 30 days past due", 1, 30),
        ("31至60日", 31, 60),
        ("０－３０天", 0, 30),
        ("0-30", 0, 30),
        ("账龄31到60天", 31, 60),
        ("91-180 days overdue", 91, 180),
        ("1-2年", 366, 730),
        ("2-3 years", 731, 1095),
        ("30天以内", None, 30),
        ("≤30", None, 30),
        ("<= 30 days", None, 30),
        ("30天及以内", None, 30),
        ("under 30", None, 30),
        ("1年以内", None, 365),
        ("90天以上", 90, None),
        (">90", 90, None),
        ("90+", 90, None),
        ("over 90 days", 90, None),
        ("91 or more", 91, None),
        ("91 or more days past due", 91, None),
        ("120-above", 120, None),
        ("1年以上", 365, None),
        ("3年及以上", 1095, None),
        ("逾期365天以上金额", 365, None),
        ("逾期３１－６０天", 31, 60),
        ("帳齡31-60天", 31, 60),
    ],
)
def test_a_header_in_days_or_years(text: str, lower: int | None, upper: int | None) -> None:
    column = bucket_column(3, text)
    assert column is not None
    assert (column.index, column.lower, column.upper, column.is_exact) == (3, lower, upper, True)


@pytest.mark.parametrize(
    "text",
    [
        "1-3个月",
        "3个月以内",
        "半年以内",
        "6个月以上",
        "< 1 Month",
        "1 Month",
        "2 Months",
        "Older",
        "1-2 months",
    ],
)
def test_a_header_in_months_is_not_exact(text: str) -> None:
    column = bucket_column(0, text)
    assert column is not None
    assert not column.is_exact


@pytest.mark.parametrize(
    "text", ["客户", "合计", "30", "60-30", "2025-01-01", "Total", "", "INV-1-30", "余额", "1-30-60"]
)
def test_a_header_that_is_no_bucket(text: str) -> None:
    assert bucket_column(0, text) is None


def bounds(*texts: str) -> list[tuple[int | None, int | None]] | None:
    columns = [bucket_column(index, text) for index, text in enumerate(texts)]
    found = settled([column for column in columns if column is not None])
    return None if found is None else [(column.lower, column.upper) for column in found]


def test_columns_begin_where_the_one_before_ends() -> None:
    """ "Over 90" behind 61–90 begins on day 91, and so does "91 and more"; 30–60 behind 0–30 begins on day 31."""
    assert bounds("Not due", "1-30", "31-60", "61-90", "> 90") == [
        (None, 0),
        (1, 30),
        (31, 60),
        (61, 90),
        (91, None),
    ]
    assert bounds("1-30", "31-60", "61-90", "91 or more") == [(1, 30), (31, 60), (61, 90), (91, None)]
    assert bounds("0-30", "30-60", "60-90", "90+") == [(0, 30), (31, 60), (61, 90), (91, None)]
    assert bounds("30天以内", "31-60天", "60天以上") == [(None, 30), (31, 60), (61, None)]


def test_the_order_in_the_file_does_not_matter() -> None:
    assert bounds("1年以上", "1-30天", "31-365天", "未到期") == [(None, 0), (1, 30), (31, 365), (366, None)]


@pytest.mark.parametrize(
    "texts",
    [
        ("1-30", "20-60"),
        ("1-30", "61-90"),
        ("> 30", "> 60"),
        ("1-30", "1-30"),
        ("1-30", "> 60"),
        ("Not due", "0-30天以上"),
    ],
)
def test_columns_that_overlap_or_leave_days_out_do_not_fit(texts: tuple[str, ...]) -> None:
    assert not bounds(*texts) or len(bounds(*texts) or []) < 2


def file_buckets(*texts: str) -> list[FileBucket]:
    columns = [bucket_column(index, text) for index, text in enumerate(texts)]
    found = settled([column for column in columns if column is not None])
    assert found is not None
    return [FileBucket(column.text, column.lower, column.upper, column.is_exact) for column in found]


def test_buckets_with_the_bounds_of_the_policy_are_the_policys() -> None:
    texts = ("未到期", "1-30天", "31-60天", "61-90天", "91-180天", "181-365天", "1年以上")
    assert own_buckets(file_buckets(*texts), BUCKETS) == []
    assert own_buckets(file_buckets("Not due", "1-30", "31-60"), BUCKETS) == []
    assert own_buckets([], BUCKETS) == []


def test_other_buckets_stay_as_the_file_calls_them() -> None:
    """31–60 and 61–90 are the policy's; 0–30 holds the due date itself, and 90+ three of the policy's buckets."""
    assert own_buckets(file_buckets("0-30", "31-60", "61-90", "90+"), BUCKETS) == [
        {"key": "0-30", "up_to_days": 30},
        {"key": "31-60", "up_to_days": 60},
        {"key": "61-90", "up_to_days": 90},
        {"key": "90+", "up_to_days": None},
    ]


def test_before_a_first_overdue_day_comes_what_is_not_due() -> None:
    assert own_buckets(file_buckets("1-45", "46-90", "> 90"), BUCKETS)[0] == {
        "key": "not_due",
        "up_to_days": 0,
    }
    assert own_buckets(file_buckets("1-45", "46-90", "> 90"), BUCKETS)[1]["key"] == "1-45"
