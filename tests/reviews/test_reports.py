"""The figures about reviews: counted by hand, for exactly the reviews that a person may see."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from creditrisk.accounts.roles import Role
from reviews import reports, services
from reviews.models import ApprovalStep
from tests.factories.people import Team, create_user
from tests.factories.reviews import (
    NOW,
    TODAY,
    approve_as,
    create_annual_submitted,
    create_draft,
    create_submitted,
    seen,
    step_of,
)

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("days", "column"), [(0, 0), (3, 0), (4, 1), (7, 1), (8, 2), (14, 2), (15, 3), (30, 3), (31, 4)]
)
def test_both_sides_of_every_age(team: Team, days: int, column: int) -> None:
    create_submitted(team)
    (row,) = reports.open_by_age(team.group_leader, on=TODAY + days * DAY)
    assert row.label == Role.SERVICE_MANAGER.label
    assert row.counts == tuple(int(number == column) for number in range(5))


def test_what_is_open_by_state_and_stage(team: Team) -> None:
    """A draft, a returned form, two steps of service managers and one block of three: 7 in all."""
    create_draft(team)
    returned = create_submitted(team)
    services.return_step(
        step=step_of(returned, "service_manager"),
        by=team.service_manager,
        opinion="no",
        now=NOW,
        **seen(returned),
    )
    create_submitted(team)
    create_submitted(team)
    approve_as(team, create_annual_submitted(team), "department_manager")
    rows = reports.open_by_age(team.account_manager, on=dt.date.max - DAY)
    assert {str(row.label): row.total for row in rows} == {
        "draft": 1,
        "returned": 1,
        "Customer service manager": 2,
        "Legal affairs": 1,
        "General management department manager": 1,
        "Planning & finance department manager": 1,
    }
    assert reports.totals(rows) == (0, 0, 0, 0, 7, 7)
    assert (
        sum(row.total for row in reports.open_by_age(team.group_leader, on=TODAY)) == 6
    )  # no draft of another
    assert reports.open_by_age(create_user(Role.ACCOUNT_MANAGER), on=TODAY) == []
    assert reports.totals([]) == (0,)


def test_how_long_a_stage_takes(team: Team) -> None:
    """One step after 12 hours, one after 4 days: 2.25, so 2.3; its last day was the 5th, so the second is late."""
    first, second = create_submitted(team), create_submitted(team)
    approve_as(team, first, "service_manager", now=NOW + dt.timedelta(hours=12))
    approve_as(team, second, "service_manager", now=NOW + 4 * DAY)
    found = reports.days_per_stage(team.group_leader, first_on=TODAY, last_on=TODAY + 4 * DAY)
    assert [(row.role, row.decided, row.average_days, row.in_time, row.late) for row in found] == [
        ("service_manager", 2, Decimal("2.3"), 1, 1)
    ]
    (only_first,) = reports.days_per_stage(team.group_leader, first_on=TODAY, last_on=TODAY + 3 * DAY)
    assert only_first.decided == 1
    kinds = {
        kind: reports.days_per_stage(team.group_leader, first_on=TODAY, last_on=TODAY + 9 * DAY, kind=kind)
        for kind in ("new_customer", "annual", "nonsense")
    }
    assert [len(rows) for rows in kinds.values()] == [1, 0, 1]


def test_who_has_how_much_before_him(team: Team) -> None:
    """Two steps of one service manager, one of them overdue; one of legal affairs for all, one taken on."""
    late, _fresh = create_submitted(team), create_submitted(team)
    ApprovalStep.objects.filter(review=late).update(due_on=TODAY)
    for takes_on in (False, True):
        review = create_submitted(team)
        for role in ("service_manager", "department_manager"):
            approve_as(team, review, role)
        if takes_on:
            services.claim_step(step=step_of(review, "legal_affairs"), by=team.legal_affairs, now=NOW)
    create_annual_submitted(team)
    found = reports.backlog(team.group_leader, on=TODAY + DAY)
    assert [(str(row.label), row.person, row.waiting, row.overdue, row.oldest_on) for row in found] == [
        ("Customer service manager", team.service_manager, 2, 1, TODAY),
        ("Department manager", team.department_manager, 1, 0, TODAY),
        ("Legal affairs", None, 1, 0, TODAY),
        ("Legal affairs", team.legal_affairs, 1, 0, TODAY),
    ]


def test_a_step_whose_department_has_no_head_waits_for_nobody_by_name(team: Team) -> None:
    create_annual_submitted(team)
    team.account_manager.department = None
    team.account_manager.save()
    (row,) = reports.backlog(team.group_leader, on=TODAY)
    assert (str(row.label), row.person) == ("Department manager", None)


def test_the_page_and_the_workbook_tell_the_same(team: Team) -> None:
    review = create_submitted(team)
    approve_as(team, review, "service_manager", now=NOW + DAY)
    client = Client()
    client.force_login(team.group_leader)
    asked = {"first_on": "2026-03-01", "last_on": "2026-03-31", "kind": ""}
    with time_machine.travel(NOW + 2 * DAY):
        page = client.get(reverse("reviews:report"), asked)
        answer = client.get(reverse("reviews:report_workbook"), asked)
        plain = client.get(reverse("reviews:report_workbook"))
        wrong = client.get(reverse("reviews:report"), {"first_on": "x", "last_on": "2026-03-31"})
    assert "Department manager" in page.content.decode()
    assert wrong.context["form"].errors
    for workbook in (answer, plain):
        book = openpyxl.load_workbook(io.BytesIO(b"".join(workbook.streaming_content)))  # type: ignore[attr-defined]
        assert book.sheetnames == ["Open", "Days per stage", "Backlog"]
        assert [cell.value for cell in book["Days per stage"][2]] == ["Customer service manager", 1, 1, 1, 0]
        assert [cell.value for cell in book["Open"][2]] == ["Department manager", 1, 0, 0, 0, 0, 1]
        assert book["Backlog"][2][1].value == str(team.department_manager)


def test_the_page_costs_the_same_however_many_reviews_there_are(team: Team) -> None:
    client = Client()
    client.force_login(team.group_leader)
    counts = []
    for more in (1, 4):
        for _number in range(more):
            approve_as(team, create_submitted(team), "service_manager")
            create_draft(team)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("reviews:report"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_nothing_to_tell(team: Team) -> None:
    client = Client()
    client.force_login(team.group_leader)
    page: Any = client.get(reverse("reviews:report")).content.decode()
    for text in ("No review is open.", "Nothing was decided in that time.", "Nothing waits for anybody."):
        assert text in page
