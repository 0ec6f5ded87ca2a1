"""Stages that a person releases: seen before, written by a worker, once (P5.2.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from creditrisk.accounts.roles import Role
from creditrisk.notifications.models import Notification
from creditrisk.policy.default import DEFAULT_POLICY
from creditrisk.policy.services import publish_policy
from customers.models import Customer
from receivables import tasks
from receivables.models import DunningNotice, DunningRelease
from receivables.selectors.dunning_runs import preview_of
from receivables.services.dunning import run_dunning
from receivables.services.dunning_release import release_notices, write_released
from tests.customers.contract_world import code_of, customer_of
from tests.factories.people import Team, create_team
from tests.factories.reports import Line, create_report
from tests.receivables.test_dunning_run import AS_OF, DUE, day, send_all

pytestmark = pytest.mark.django_db
ON = day(1)


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def by_person(team: Team) -> None:
    """A policy in which letters and demands wait for a person; reminders go by themselves."""
    stages = tuple(
        stage if stage.code == "reminder" else replace(stage, release="by_person")
        for stage in DEFAULT_POLICY.dunning.stages
    )
    publish_policy(
        policy=replace(DEFAULT_POLICY, dunning=replace(DEFAULT_POLICY.dunning, stages=stages)),
        effective_on=AS_OF,
        today=AS_OF,
        by=team.administrator,
        note="",
    )


def debtors(team: Team, count: int = 2) -> list[Customer]:
    customers = [
        customer_of(team, number=f"C{number}", name=f"客户{number}", finance_email="a@x.example")
        for number in range(1, count + 1)
    ]
    lines = [Line(customer, DUE, document="I") for customer in customers]
    create_report(as_of=AS_OF, lines=[*lines, Line(customers[0], day(3), document="R")])
    return customers


def released(team: Team, **changes: Any) -> DunningRelease:
    preview = preview_of(on=ON, customers=Customer.objects.all())
    assert preview is not None
    values: dict[str, Any] = {
        "on": ON,
        "stages": ["dunning_letter"],
        "left_out": [],
        "fingerprint": preview.fingerprint,
        "today": ON,
        "by": team.group_leader,
    }
    return release_notices(**(values | changes))


def written() -> list[tuple[str, str]]:
    return list(DunningNotice.objects.order_by("pk").values_list("customer__number", "stage"))


@pytest.mark.usefixtures("by_person")
def test_the_day_s_run_writes_the_automatic_stages_and_asks_the_leaders_about_the_others(team: Team) -> None:
    debtors(team)
    for _run in range(2):
        result = run_dunning(on=ON, by=None)
    assert written() == [("C1", "reminder")]
    assert [warning.as_json() for warning in result.warnings] == [
        {"code": "waits_for_release", "as_of": ON.isoformat(), "stage": "dunning_letter", "count": 2}
    ]
    # Beside the message that a version of the policy was published.
    told = Notification.objects.exclude(key__startswith="policy:published").get(user=team.group_leader)
    assert "2" in told.title
    assert told.url == f"{reverse('receivables:dunning')}?on={ON}"


@pytest.mark.usefixtures("by_person")
def test_what_is_released_is_written_by_the_worker_once_without_those_left_out(team: Team) -> None:
    debtors(team)
    release = released(team, left_out=["C2"])
    assert (release.state, written()) == ("queued", [])
    for _again in range(2):
        done = write_released(today=ON, release=release)
    assert (done.state, done.notices, written()) == ("done", 1, [("C1", "dunning_letter")])
    second = write_released(today=ON, release=released(team))
    assert (second.state, second.notices) == ("done", 1)
    assert written() == [("C1", "dunning_letter"), ("C2", "dunning_letter")]


@pytest.mark.parametrize("role", list(Role))
def test_leaders_and_administrators_release(team: Team, role: Role) -> None:
    debtors(team)
    person = team.holder(role)
    if role in {Role.GROUP_LEADER, Role.DEPUTY_LEADER, Role.ADMINISTRATOR}:
        assert released(team, by=person).released_by == person
    else:
        assert code_of(lambda: released(team, by=person)) == "dunning.not_allowed"


def test_a_form_sent_twice_is_one_release(team: Team) -> None:
    debtors(team)
    key = uuid4()
    assert released(team, submission_key=key) == released(team, submission_key=key)


def test_a_preview_of_another_report_is_not_released(team: Team) -> None:
    customers = debtors(team)
    preview = preview_of(on=ON, customers=Customer.objects.all())
    assert preview is not None
    create_report(as_of=DUE, lines=[Line(customers[0], DUE)])
    assert code_of(lambda: released(team, fingerprint=preview.fingerprint)) == "release.changed"
    assert code_of(lambda: released(team, stages=["nothing"])) == "release.stages"


@pytest.mark.parametrize("today", [day(0), day(2)])
def test_only_today_s_notices_are_released(team: Team, today: dt.date) -> None:
    debtors(team)
    assert code_of(lambda: released(team, today=today)) == "release.day"


def test_a_release_whose_task_was_lost_is_taken_up_by_the_schedule(team: Team) -> None:
    debtors(team)
    with time_machine.travel(dt.datetime.combine(ON, dt.time(4), dt.UTC), tick=False):
        _taken_up(team)


def _taken_up(team: Team) -> None:
    release = released(team)
    tasks.write_waiting_releases()
    assert written() == [], "a minute has not passed: its own task may still come"
    earlier = timezone.now() - dt.timedelta(minutes=2)
    DunningRelease.objects.filter(pk=release.pk).update(released_at=earlier, state="running")
    tasks.write_waiting_releases()
    assert written() == [("C1", "dunning_letter"), ("C2", "dunning_letter")]
    release.refresh_from_db()
    assert release.state == "done"


def test_a_release_that_is_refused_says_why(team: Team) -> None:
    debtors(team)
    release = released(team)
    DunningRelease.objects.filter(pk=release.pk).update(on=dt.date(2000, 1, 1))
    stale = DunningRelease.objects.get(pk=release.pk)
    failed = write_released(today=stale.on, release=stale)
    assert failed.state == "failed"
    assert "2000-01-01" in failed.error


def test_a_release_that_nobody_wrote_on_its_day_is_refused(team: Team) -> None:
    """The worker was down over night: payments may have come since."""
    debtors(team)
    failed = write_released(today=day(2), release=released(team))
    assert (failed.state, written()) == ("failed", [])
    assert "is over" in failed.error


def test_a_release_waits_while_the_day_s_run_is_on(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    from contextlib import contextmanager

    from creditrisk.jobs import services as jobs

    @contextmanager
    def taken(_job: str) -> Any:
        yield False

    debtors(team)
    release = released(team)
    monkeypatch.setattr(jobs, "_job_lock", taken)
    tasks.write_released_notices(release.pk)
    release.refresh_from_db()
    assert (release.state, written()) == ("queued", [])


# The page ---------------------------------------------------------------------------------------------


@pytest.fixture
def on_that_day() -> Iterator[None]:
    with time_machine.travel(dt.datetime.combine(ON, dt.time(4), dt.UTC), tick=False):
        yield


def page(person: Any, query: str = "") -> str:
    client = Client()
    client.force_login(person)
    return client.get(f"{reverse('receivables:dunning')}?on={ON}{query}").content.decode()


def test_the_page_shows_what_is_due_and_what_waits(team: Team) -> None:
    debtors(team)
    shown = page(team.group_leader)
    assert shown.count("客户1") >= 2
    assert "客户2" in shown
    run_dunning(on=ON, by=None)
    assert "the customer has this notice today already" not in shown
    later = page(team.group_leader)
    assert "has its notice of this stage" in later
    assert "Nothing is due on this day." in later


@pytest.mark.usefixtures("on_that_day")
def test_each_person_sees_his_own_customers_and_an_administrator_none(team: Team) -> None:
    debtors(team)
    customer_of(create_team(), number="OTHER")
    assert "客户1" in page(team.service_manager)
    assert "客户1" not in page(create_team().service_manager)
    administrators = page(team.administrator)
    assert "客户1" not in administrators
    assert "dunning-release" not in administrators
    assert 'name="stages"' in administrators


def test_the_list_can_be_narrowed(team: Team) -> None:
    debtors(team)
    assert "客户2" not in page(team.group_leader, "&customer=c1")
    assert "客户2" not in page(team.group_leader, "&stage=reminder")
    assert "客户1" in page(team.group_leader, "&customer=客户1&stage=reminder")


@pytest.mark.usefixtures("on_that_day")
def test_releasing_on_the_page(team: Team, django_capture_on_commit_callbacks: Any) -> None:
    debtors(team)
    client = Client()
    client.force_login(team.group_leader)
    preview = preview_of(on=ON, customers=Customer.objects.all())
    assert preview is not None
    data = {
        "on": ON.isoformat(),
        "fingerprint": preview.fingerprint,
        "stages": ["dunning_letter"],
        "left_out": "C2",
        "submission_key": str(uuid4()),
    }
    url = reverse("receivables:dunning_release")
    refused = client.post(url, data | {"left_out": "NOBODY"})
    assert refused.status_code == 400
    assert "No customer has the number: NOBODY" in refused.content.decode()
    assert client.post(url, data | {"stages": []}).status_code == 400
    assert client.post(url, data | {"on": day(2).isoformat()}).status_code == 400
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(url, data)["Location"].endswith(f"?on={ON}#releases")
    assert DunningRelease.objects.get().left_out == ["C2"]
    assert "C2" in page(team.group_leader)


def test_a_stale_report_is_told_on_the_page(team: Team) -> None:
    debtors(team)
    client = Client()
    client.force_login(team.group_leader)
    shown = client.get(
        f"{reverse('receivables:dunning')}?on={AS_OF + dt.timedelta(days=36)}"
    ).content.decode()
    assert "The report is 36 days old" in shown
    assert "days old" not in page(team.group_leader)


def test_without_a_report_the_page_says_so(team: Team) -> None:
    assert "upload one first" in page(team.group_leader)


def test_the_page_costs_as_many_queries_for_forty_customers_as_for_two(
    team: Team, django_assert_max_num_queries: Any
) -> None:
    debtors(team, 40)
    client = Client()
    client.force_login(team.group_leader)
    with django_assert_max_num_queries(30):
        client.get(f"{reverse('receivables:dunning')}?on={ON}")


def test_sent_letters_do_not_wait_for_release_again(team: Team) -> None:
    debtors(team)
    write_released(today=ON, release=released(team))
    send_all(ON)
    preview = preview_of(on=day(2), customers=Customer.objects.all())
    assert preview is not None
    assert {line.stage for line in preview.lines} == {"reminder"} or preview.lines == ()
