"""The demo company as `make run` loads it: whole, believable, and the same every time."""

from __future__ import annotations

import datetime as dt
import io
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count, F
from django.test import override_settings

from creditrisk.accounts.models import RoleAssignment, User
from creditrisk.accounts.roles import Role
from creditrisk.accounts.selectors import holders_of
from creditrisk.dates import local_today
from creditrisk.home.demo.companies import made_up_companies
from creditrisk.home.demo.ledger import month_ends
from creditrisk.home.demo.people import DEMO_PASSWORD, demo_logins
from creditrisk.home.demo.reviews import PLAN
from creditrisk.quarters import Quarter
from customers.models import Contract, Customer, CustomerState, GradeChange
from receivables.models import (
    AgingSum,
    DamagesReceipt,
    DamagesWaiver,
    OpenItem,
    PayableSum,
    Report,
    ReportState,
    RowError,
)
from reviews.approval_chain import CHAINS, NEW_CUSTOMER
from reviews.models import (
    AdjustmentState,
    AnnualForm,
    ApprovalStep,
    Attachment,
    GradeAdjustment,
    Review,
    ReviewKind,
    ReviewState,
    StepState,
)
from tests.factories.reference import restore_reference_data

pytestmark = pytest.mark.django_db
LAST = dt.date(2026, 10, 31)
CHAIN = [role for stage in CHAINS[NEW_CUSTOMER] for role in stage.roles]
OLD_CUSTOMERS = 300 - len(PLAN)


@pytest.fixture(scope="module")
def told(django_db_setup: Any, django_db_blocker: Any) -> Iterator[str]:
    """Load the whole demo once for this module, as the command does; yield what the command said."""
    media = Path(tempfile.mkdtemp(prefix="creditrisk-demo-"))
    said = io.StringIO()
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=media), transaction.atomic():
        restore_reference_data()
        call_command("load_demo", "--last", LAST.isoformat(), stderr=said)
        yield said.getvalue()
        transaction.set_rollback(True)
    shutil.rmtree(media)


@pytest.fixture
def demo(told: str, db: None) -> str:
    return told


def test_it_is_as_large_as_promised(demo: str) -> None:
    """Besides the old customers: 3 approved, 8 under approval, 2 returned; 3 drafts, 2 rejected, 2 withdrawn.

    Of the old ones 6 are on watch and 1 is closed.
    """
    assert demo.startswith("demo loaded: 17 users, 300 customers, 24 reports, ")
    assert ", 20 reviews, 7 annual reviews, 24 visits, 4 handovers, 280 confirmations, " in demo
    assert re.search(
        r", 1 damages received, 2 waivers, 14 annual scores, \d+ grade adjustments, \d+ early warnings, 3 groups, ",
        demo,
    )
    # Two months of three service managers and the group.
    assert ", 8 monthly summaries" in demo
    assert User.objects.count() == 17
    assert Customer.objects.count() == 300
    assert Contract.objects.values("customer").distinct().count() == OLD_CUSTOMERS
    assert Counter(Customer.objects.values_list("state", flat=True)) == {
        CustomerState.ACTIVE: OLD_CUSTOMERS + 3 - 6 - 1,
        CustomerState.WATCH: 6,
        CustomerState.CLOSED: 1,
        CustomerState.IN_REVIEW: 8 + 2,
        CustomerState.PROSPECT: 3 + 2 + 2,
    }


def test_customers_have_chinese_and_english_names_and_terms_of_30_and_60_days(demo: str) -> None:
    names = Customer.objects.values_list("name", "name_en", "uscc")
    assert all(name.endswith("有限公司") and english.endswith("Co., Ltd.") for name, english, _code in names)
    assert len({name for name, _english, _code in names}) == len({code for *_names, code in names}) == 300
    assert set(Contract.objects.values_list("payment_term_days", flat=True)) == {30, 60}
    assert set(Customer.objects.values_list("currency", flat=True)) == {"CNY", "USD"}
    assert {"A", "B", "C", "D"} == set(
        GradeChange.objects.filter(source="demo").values_list("new", flat=True)
    )


def test_every_role_is_staffed_and_its_log_in_works(demo: str) -> None:
    for role in Role:
        assert holders_of(role).exists(), role
    assert sorted(role for _name, role, _password in demo_logins()) == sorted(
        str(role.label) for role in Role
    )
    for username, label, _password in demo_logins():
        held = RoleAssignment.objects.filter(user__username=username).values_list("role", flat=True)
        assert label in {str(Role(role).label) for role in held}
    # Checking a password is slow on purpose: one is tried, the others have the same hash.
    assert User.objects.values("password").distinct().count() == 1
    assert authenticate(username="am", password=DEMO_PASSWORD)
    unled = User.objects.filter(role_assignments__role=Role.ACCOUNT_MANAGER, department__head=None)
    assert not unled.exists()


def test_reviews_stand_in_every_state_and_at_every_step(demo: str) -> None:
    """20 reviews after `PLAN`; those under approval wait for each role but the last, who has approved three."""
    reviews = Review.objects.filter(kind=ReviewKind.NEW_CUSTOMER)
    states = Counter(reviews.values_list("state", flat=True))
    assert states == Counter(state for state, _approvals in PLAN)
    assert set(states) == set(ReviewState.values)
    waiting = ApprovalStep.objects.filter(state=StepState.PENDING, review__in=reviews)
    assert set(waiting.values_list("role", flat=True)) == set(CHAIN)
    for review in reviews.exclude(state=ReviewState.DRAFT):
        assert review.decisions.exists(), review
    assert Attachment.objects.values("review").distinct().count() == len(PLAN)
    approved = Customer.objects.filter(reviews__in=reviews.filter(state=ReviewState.APPROVED))
    assert {(one.state, one.grade) for one in approved} == {(CustomerState.ACTIVE, "C")}


def test_better_grades_of_the_last_quarter_wait_for_the_deputy_leader(demo: str) -> None:
    """As far as the demo's reports tell of the quarter that is over."""
    quarter = Quarter.of(local_today()).previous
    waiting = GradeAdjustment.objects.filter(quarter=str(quarter), state=AdjustmentState.PROPOSED)
    assert waiting.exists() is (quarter.first_on <= LAST)


def test_annual_reviews_wait_for_scores_and_at_every_stage(demo: str) -> None:
    """Seven: two wait for scores, one each for the department, three departments at once, two of these and the general
    manager, and one is approved."""
    annual = Review.objects.filter(kind=ReviewKind.ANNUAL, year=local_today().year)
    assert Counter(annual.values_list("state", flat=True)) == {
        ReviewState.DRAFT: 2,
        ReviewState.IN_APPROVAL: 4,
        ReviewState.APPROVED: 1,
    }
    pending = ApprovalStep.objects.filter(state=StepState.PENDING, review__in=annual)
    assert Counter(pending.values_list("role", flat=True)) == {
        "department_manager": 1,
        "legal_affairs": 1,
        "general_management": 2,
        "planning_finance": 2,
        "group_leader": 1,
    }
    assert all(form.facts["payments"] for form in AnnualForm.objects.all())


def test_there_is_a_report_for_each_of_24_months_with_every_row_accepted(demo: str) -> None:
    reports = Report.objects.filter(kind="open_items").order_by("as_of")
    assert [report.as_of for report in reports] == month_ends(LAST)
    assert {report.state for report in reports} == {ReportState.COMMITTED}
    assert not RowError.objects.exists()
    for report in reports.annotate(items_count=Count("items")):
        assert report.items_count == report.rows > 300
        sums = AgingSum.objects.filter(report=report)
        assert {total.currency for total in sums} == {"CNY", "USD"} == set(report.totals)
        assert sum(total.total_amount for total in sums if total.currency == "CNY") == Decimal(
            report.totals["CNY"]
        )


def test_what_we_owe_is_there_too_without_the_suppliers_who_are_no_customers(demo: str) -> None:
    report = Report.objects.get(kind="payables")
    assert (report.state, report.as_of, report.rows - report.accepted) == ("committed", LAST, 2)
    assert PayableSum.objects.filter(report=report).values("customer").count() == report.accepted > 50


def test_good_slow_and_failing_payers_pay_like_that(demo: str) -> None:
    """Good payers are at most 3 days late, slow ones at most 44, failing ones up to 239 and some a year more."""
    payers = {company.number: company.payer for company in made_up_companies()}
    days_late: dict[str, list[int]] = {"good": [], "slow": [], "failing": []}
    found = OpenItem.objects.annotate(number=F("customer__number"))
    for number, as_of, due_on in found.values_list("number", "as_of", "due_on"):
        days_late[payers[number]].append((as_of - due_on).days)
    assert max(days_late["good"]) <= 3
    assert 30 < max(days_late["slow"]) <= 44
    assert max(days_late["failing"]) > 365
    overdue = {kind: sum(days > 0 for days in late) / len(late) for kind, late in days_late.items()}
    assert overdue["good"] < 0.1 < overdue["slow"] < overdue["failing"]


def test_a_database_with_people_in_it_is_refused(demo: str) -> None:
    with pytest.raises(CommandError, match="this one has users"):
        call_command("load_demo", stderr=io.StringIO())


def test_damages_were_paid_waived_and_wait_for_the_leader(told: str) -> None:
    assert DamagesReceipt.objects.count() == 1
    assert sorted(DamagesWaiver.objects.values_list("state", flat=True)) == ["approved", "asked"]
