"""Three simulated years with a fixed company: everything the calendar asks for happens once, as counted by hand.

The company has four customers of one account manager and one service manager, with monthly reports of 100.00 each:

* *Prompt* (B, 80 points, answers B and B) pays on the due date: answer B, 80 points, B. Nothing changes.
* *Late* (B, 80 points, answers B and B) pays some 46 days late: answer D, 80 − 20 + 10 = 70, C; the oldest item is more
  than 30 days past due at every quarter's end, which caps at C as well. B → C in the first quarter, then nothing.
* *Better* (C, 70 points, answers D and D) pays on the due date: 70 − 10 + 20 = 80, B. Proposed every quarter, and as
  nobody decides, each proposal lapses with the next.
* *Silent* (B without a score) is in no report.

The system is woken every tenth day, twice as by two beats, and is down for ten weeks in the spring of 2027.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from itertools import count
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db.migrations.recorder import MigrationRecorder

from creditrisk.dates import add_months, end_of_month
from creditrisk.jobs.models import JobRun
from creditrisk.jobs.schedule import jobs
from creditrisk.jobs.selectors import jobs_in_trouble
from creditrisk.jobs.services import catch_up
from creditrisk.notifications.models import Notification
from customers.models import Customer, GradeChange, WarningCase
from reviews.models import GradeAdjustment, Review, ReviewKind, ReviewState
from supervision.models import MonthlySummary
from tests.factories.customers import create_active_customer
from tests.factories.people import Team, create_team
from tests.factories.reports import Line, create_report, store_sums
from tests.reviews.adjustment_world import create_scored

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST, LAST = dt.date(2026, 1, 1), dt.date(2028, 12, 31)
DOWN_FROM, UP_AGAIN = dt.date(2027, 3, 10), dt.date(2027, 5, 20)
REVIEWED_AT = dt.datetime(2025, 1, 10, 3, tzinfo=dt.UTC)
NOT_WOKEN = {"dunning", "review_digest"}
"""Letters and the morning's mail have tests of their own; here they would change who pays and who is suspended."""


def at(day: dt.date, clock: str = "09:00") -> dt.datetime:
    return dt.datetime.combine(day, dt.time.fromisoformat(clock), SHANGHAI)


def month_ends() -> Iterator[dt.date]:
    """Yield the last days of the months from December 2024 to November 2028."""
    for months in count():
        day = end_of_month(add_months(dt.date(2024, 12, 1), months))
        if day > dt.date(2028, 11, 30):
            return
        yield day


def due_after(month_end: dt.date) -> dt.date:
    """Return the due date of a month's invoice: the 15th of the next month."""
    return month_end + dt.timedelta(days=15)


def create_company(team: Team) -> dict[str, Customer]:
    """Return the four customers with their reports and reviews."""
    managers = {"account_manager": team.account_manager, "service_manager": team.service_manager}
    company = {
        name: create_active_customer(
            number=name, name=name, grade=grade, reviewed_on=REVIEWED_AT.date(), **managers
        )
        for name, grade in (("PROMPT", "B"), ("LATE", "B"), ("BETTER", "C"), ("SILENT", "B"))
    }
    for name, grade, score, answers in (
        ("PROMPT", "B", "80", "BB"),
        ("LATE", "B", "80", "BB"),
        ("BETTER", "C", "70", "DD"),
    ):
        create_scored(
            team, customer=company[name], grade=grade, score=score, answers=answers, ended_at=REVIEWED_AT
        )
    ends = list(month_ends())
    for place, as_of in enumerate(ends):
        lines = [
            Line(company[name], due_after(as_of), "100", f"{name}-{as_of:%Y%m}")
            for name in ("PROMPT", "BETTER")
        ]
        # Late's invoices stay in three reports: that of their month and two more.
        for invoiced in ends[max(place - 2, 0) : place + 1]:
            lines.append(Line(company["LATE"], due_after(invoiced), "100", f"LATE-{invoiced:%Y%m}"))
        store_sums(create_report(as_of=as_of, lines=lines))
    return company


def wake(moment: dt.datetime) -> None:
    """Wake every job as beat does, twice."""
    with time_machine.travel(moment, tick=False):
        for job in jobs():
            if job.code not in NOT_WOKEN:
                catch_up(job, now=moment)
                assert catch_up(job, now=moment) == []


def live(team: Team) -> None:
    """Let the three years pass. In the last days of January the annual reviews of the year before are withdrawn, so
    that the next December finds nothing open."""
    day = FIRST
    while day <= LAST:
        if not DOWN_FROM <= day < UP_AGAIN:
            wake(at(day))
        day += dt.timedelta(days=10)
        if day.month == 1 and day.day >= 20:
            left = Review.objects.filter(kind=ReviewKind.ANNUAL, state=ReviewState.DRAFT)
            left.update(state=ReviewState.WITHDRAWN, ended_at=at(day))
    wake(at(LAST))


def test_three_years_are_as_counted_by_hand() -> None:
    MigrationRecorder.Migration.objects.update(applied=at(dt.date(2025, 12, 31)))
    with time_machine.travel(at(dt.date(2025, 12, 31)), tick=False):
        team = create_team()
        company = create_company(team)
        for job, period in (
            ("monthly_summary", "2025-11"),
            ("grade_adjustment", "2025Q3"),
            ("annual_reviews", "2025"),
        ):
            JobRun.objects.create(job=job, period=period, state="done", finished_at=at(dt.date(2025, 12, 31)))
    live(team)

    # December 2025 to November 2028, one of the service manager and one of the group each.
    assert MonthlySummary.objects.count() == 36 * 2
    months = set(MonthlySummary.objects.values_list("month", flat=True))
    assert months == {add_months(dt.date(2025, 12, 1), place) for place in range(36)}

    # The fourth quarter of 2025 to the third of 2028: twelve quarters of four customers.
    adjusted = GradeAdjustment.objects
    assert adjusted.count() == 12 * 4
    states = Counter(adjusted.values_list("customer__number", "state"))
    assert states == {
        ("PROMPT", "unchanged"): 12,
        ("SILENT", "unchanged"): 12,
        ("LATE", "applied"): 1,
        ("LATE", "unchanged"): 11,
        ("BETTER", "lapsed"): 11,
        ("BETTER", "proposed"): 1,
    }
    fallen = GradeChange.objects.filter(source__endswith="adjustment")
    assert [(change.customer.number, change.old, change.new) for change in fallen] == [("LATE", "B", "C")]
    assert {name: grade_now(customer) for name, customer in company.items()} == {
        "PROMPT": "B",
        "LATE": "C",
        "BETTER": "C",
        "SILENT": "B",
    }

    # Each December for the three that had business in the year.
    launched = Review.objects.filter(kind=ReviewKind.ANNUAL, review_on__gte=FIRST)
    assert Counter(launched.values_list("year", flat=True)) == {2026: 3, 2027: 3, 2028: 3}
    assert not launched.filter(customer=company["SILENT"]).exists()

    # Nobody confirmed a file: one open case each, never a second. Late's grade fell once.
    raised = Counter(WarningCase.objects.values_list("customer__number", "kind"))
    assert raised == {
        **{(name, "file_not_confirmed"): 1 for name in company},
        ("LATE", "grade_fallen"): 1,
    }

    # The ledger: nothing failed, and of the big jobs every period once and in order.
    assert not JobRun.objects.exclude(state__in=JobRun.SETTLED).exists()
    ran = (
        JobRun.objects.filter(job="grade_adjustment").order_by("started_at").values_list("period", flat=True)
    )
    assert list(ran) == sorted(ran)
    assert len(ran) == 13
    assert JobRun.objects.filter(job="annual_reviews").count() == 4
    with time_machine.travel(at(LAST), tick=False):
        assert [
            state.job.code for state in jobs_in_trouble(at(LAST)) if state.job.code not in NOT_WOKEN
        ] == []

    # One message per person and quarter about grades.
    told = Notification.objects.filter(key__startswith="grades:", user=team.service_manager)
    assert Counter(told.values_list("key", flat=True)).most_common(1)[0][1] == 1


def grade_now(customer: Customer) -> str:
    return Customer.objects.values_list("grade", flat=True).get(pk=customer.pk)
