"""When a file has to be confirmed again (P4.3): the rule, its boundaries, and its twin in SQL."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from django.utils import timezone

from creditrisk.policy.default import DEFAULT_POLICY
from customers.file_confirmation import (
    SECTION_FIELDS,
    confirmation_due_on,
    file_confirmed_on,
    latest_by_section,
    snapshot_hash,
    snapshot_of,
    standing_on,
)
from customers.master_data import MASTER_DATA_FIELDS
from customers.models import Customer, CustomerState, FileSection
from customers.portfolio_selectors import (
    confirmation_standing,
    files_overdue_for_confirmation,
    files_to_ask_for,
    with_confirmation_due,
)
from tests.factories.customers import create_active_customer

RULES = DEFAULT_POLICY.review_cycle


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def due(confirmed: str | None, reviewed: str | None, opened: str = "2026-01-10") -> str:
    return confirmation_due_on(
        confirmed_on=day(confirmed) if confirmed else None,
        reviewed_on=day(reviewed) if reviewed else None,
        opened_on=day(opened),
        rules=RULES,
    ).isoformat()


CASES = [
    # never confirmed, never reviewed: six months after the file was opened
    (None, None, "2026-07-10"),
    # never confirmed, reviewed on 15 Jan: 15 Jan + 30 days = 14 Feb
    (None, "2026-01-15", "2026-02-14"),
    # confirmed after the review: six months
    ("2026-01-20", "2026-01-15", "2026-07-20"),
    # confirmed on the very day of the review: that follows it
    ("2026-01-15", "2026-01-15", "2026-07-15"),
    # confirmed the day before the review: 15 Jan + 30 days again
    ("2026-01-14", "2026-01-15", "2026-02-14"),
    # a review shortly before the six months end does not put them off: 31 Jul + 30 days = 30 Aug is later
    ("2026-02-01", "2026-07-31", "2026-08-01"),
    # 31 Aug + six months is the last day of February
    ("2026-08-31", None, "2027-02-28"),
    ("2027-08-31", None, "2028-02-29"),
]


@pytest.mark.parametrize(("confirmed", "reviewed", "expected"), CASES)
def test_due_date(confirmed: str | None, reviewed: str | None, expected: str) -> None:
    assert due(confirmed, reviewed) == expected


@pytest.mark.parametrize(
    ("on", "standing"),
    [
        ("2026-06-09", "confirmed"),  # 31 days before
        ("2026-06-10", "due"),  # 30 days before: the notice begins
        ("2026-07-10", "due"),  # the last day in time
        ("2026-07-11", "overdue"),
    ],
)
def test_standing(on: str, standing: str) -> None:
    assert standing_on(day("2026-07-10"), on=day(on), rules=RULES) == standing


def test_without_notice_a_file_is_due_on_its_day_alone() -> None:
    rules = replace(RULES, confirmation_notice_days=0)
    assert standing_on(day("2026-07-10"), on=day("2026-07-09"), rules=rules) == "confirmed"
    assert standing_on(day("2026-07-10"), on=day("2026-07-10"), rules=rules) == "due"


def test_file_is_confirmed_once_every_section_is() -> None:
    latest = latest_by_section(
        [
            (["master_data", "contacts"], day("2026-03-01")),
            (["bank"], day("2026-02-01")),
            (["master_data"], day("2026-01-01")),
        ]
    )
    assert latest == {
        "master_data": day("2026-03-01"),
        "contacts": day("2026-03-01"),
        "bank": day("2026-02-01"),
    }
    assert file_confirmed_on(latest) is None
    assert file_confirmed_on({**latest, "portfolio": day("2026-03-05")}) == day("2026-02-01")
    assert file_confirmed_on({}) is None


def test_every_field_a_person_fills_in_belongs_to_one_section() -> None:
    fields = [field for fields in SECTION_FIELDS.values() for field in fields]
    assert sorted(fields) == sorted([*MASTER_DATA_FIELDS, "account_manager", "service_manager"])
    assert list(SECTION_FIELDS) == FileSection.values


def test_hash_depends_on_the_values_and_not_on_their_order() -> None:
    customer = Customer(name="甲", payment_term_days=30, registered_capital_amount=None)
    snapshot = snapshot_of(customer, ["contacts", "master_data"])
    assert snapshot["master_data"]["name"] == "甲"
    assert snapshot["master_data"]["registered_capital_amount"] is None
    assert snapshot_hash(snapshot) == snapshot_hash(dict(reversed(snapshot.items())))
    customer.name = "乙"
    assert snapshot_hash(snapshot) != snapshot_hash(snapshot_of(customer, ["contacts", "master_data"]))


@pytest.mark.django_db
def test_sql_says_the_same_as_the_rule() -> None:
    """Every case, and every day of a leap year as the day of confirmation."""
    opened_at = dt.datetime(2026, 1, 9, 18, 0, tzinfo=dt.UTC)  # 10 January, 02:00 in Shanghai
    leap_year = [(dt.date(2028, 1, 1) + dt.timedelta(days=n)).isoformat() for n in range(366)]
    for confirmed, reviewed, _expected in [*CASES, *((text, None, "") for text in leap_year)]:
        create_active_customer(
            confirmed_on=day(confirmed) if confirmed else None,
            reviewed_on=day(reviewed) if reviewed else None,
        )
    Customer.objects.update(created_at=opened_at)
    customers = with_confirmation_due(Customer.objects.all(), DEFAULT_POLICY)
    assert len(customers) == len(CASES) + 366
    for customer in customers:
        expected = confirmation_due_on(
            confirmed_on=customer.confirmed_on,
            reviewed_on=customer.reviewed_on,
            opened_on=timezone.localdate(customer.created_at),
            rules=RULES,
        )
        assert customer.confirmation_due_on == expected  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_files_overdue_and_files_to_ask_for() -> None:
    """Due on 1 July: overdue from 2 July, asked for from 1 June (30 days before); a closed file never."""
    customer = create_active_customer(confirmed_on=day("2026-01-01"), reviewed_on=day("2026-01-01"))
    create_active_customer(
        confirmed_on=day("2026-01-01"), reviewed_on=day("2026-01-01"), state=CustomerState.CLOSED
    )
    assert list(files_overdue_for_confirmation(on=day("2026-07-01"))) == []
    assert list(files_overdue_for_confirmation(on=day("2026-07-02"))) == [customer]
    assert list(files_to_ask_for(on=day("2026-05-31"))) == []
    assert list(files_to_ask_for(on=day("2026-06-01"))) == [customer]
    standing = confirmation_standing(customer, on=day("2026-07-02"))
    assert (standing.standing, standing.due_on, standing.confirmed_on) == (
        "overdue",
        day("2026-07-01"),
        day("2026-01-01"),
    )
