"""The page of jobs: for administrators and leaders, a constant number of queries."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.jobs.models import JobRun
from creditrisk.jobs.services import JobOutcome, run_job
from tests.factories.people import create_user

ALLOWED = {Role.ADMINISTRATOR, Role.GROUP_LEADER, Role.DEPUTY_LEADER}
PAGE = "/jobs/"


def page(client: Client, user: User, query: str = "") -> Any:
    client.force_login(user)
    return client.get(PAGE + query)


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_administrators_and_leaders_see_the_jobs(client: Client, role: Role) -> None:
    response = page(client, create_user(role))
    assert response.status_code == (200 if role in ALLOWED else 403)
    assert reverse("jobs:list") == PAGE


@pytest.mark.django_db
def test_the_page_tells_state_units_duration_and_error(client: Client) -> None:
    run_job(
        job="dunning",
        period="2026-11-23",
        work=lambda: JobOutcome({}, units_done=7, errors=("customer 5: <b>",)),
    )
    JobRun.objects.create(job="dunning", period="2026-11-24")
    html = page(client, create_user(Role.ADMINISTRATOR)).content.decode()
    assert "daily dunning" in html
    assert "state-failed" in html
    assert "customer 5: &lt;b&gt;" in html
    assert "interrupted" in html


@pytest.mark.django_db
def test_jobs_are_narrowed_by_state_and_unknown_filters_and_sorting_are_ignored(client: Client) -> None:
    run_job(job="dunning", period="2026-11-23", work=lambda: JobOutcome({}))
    run_job(job="dunning", period="2026-11-24", work=lambda: JobOutcome({}, errors=("x",)))
    admin = create_user(Role.ADMINISTRATOR)
    html = page(client, admin, "?state=failed&job=dunning&result__contains=x&sort=result").content.decode()
    assert "2026-11-24" in html
    assert "2026-11-23" not in html


@pytest.mark.django_db
def test_a_full_page_costs_as_many_queries_as_an_empty_one(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    admin = create_user(Role.ADMINISTRATOR)
    first = dt.date(2026, 1, 1)
    JobRun.objects.bulk_create(
        JobRun(job="dunning", period=str(first + dt.timedelta(days=day)), result={"long": "x" * 100})
        for day in range(120)
    )
    client.force_login(admin)
    with django_assert_max_num_queries(16):
        response = client.get(PAGE)
    assert response.content.decode().count("daily dunning") >= 50
