"""The pages of visits, through the real middleware."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from creditrisk.accounts.roles import Role
from customers.models import Customer, FollowUp, Visit, VisitFile, VisitState
from customers.services import cancel_visit, record_visit
from tests.factories.people import Team, create_team, create_user
from tests.factories.visits import (
    NOW,
    PNG,
    TODAY,
    create_customer_of,
    days,
    done,
    follow_up,
    planned,
    record_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return create_customer_of(team, number="K-1 ü", name="示范<公司>")


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


def at(name: str, *arguments: Any) -> str:
    return reverse(f"portfolio:{name}", args=arguments)


def plan_of(team: Team, **changes: Any) -> dict[str, Any]:
    return {
        "planned_on": timezone.localdate().isoformat(),
        "channel": "fair",
        "purpose": "展会<洽谈>",
        "responsible": team.account_manager.pk,
        "participants": [team.legal_affairs.pk],
        "customer_participants": "王总",
        "submission_key": str(uuid4()),
    } | changes


def record_data(**changes: Any) -> dict[str, Any]:
    return {
        "done_on": timezone.localdate().isoformat(),
        "channel": "remote",
        "purpose": "季度拜访",
        "impression": "稳定",
        "risk_signal": "watch",
        "leadership_changes": "新任总经理",
        "submission_key": str(uuid4()),
    } | changes


def test_from_plan_to_record_with_photos_and_follow_up(team: Team, customer: Customer) -> None:
    client = as_(team.account_manager)
    assert at("visit_plan", customer.number) in text(client.get(customer.get_absolute_url()))
    response = client.post(at("visit_plan", customer.number), plan_of(team), follow=True)
    visit = Visit.objects.get()
    assert response.redirect_chain[-1][0] == visit.get_absolute_url()
    assert "展会&lt;洽谈&gt;" in text(response)
    form = text(client.get(at("visit_record", visit.pk)))
    assert "展会&lt;洽谈&gt;" in form  # the plan is filled in
    photos = [SimpleUploadedFile("一.png", PNG), SimpleUploadedFile("二.txt", b"ok")]
    response = client.post(at("visit_record", visit.pk), record_data(documents=photos), follow=True)
    page = text(response)
    assert Visit.objects.get().state == VisitState.DONE
    assert "新任总经理" in page
    assert "state-risk_watch" in page
    assert "一.png" in page
    assert VisitFile.objects.count() == 2
    noted = {
        "text": "发送报价",
        "due_on": "2099-01-31",
        "responsible": team.legal_affairs.pk,
        "submission_key": str(uuid4()),
    }
    page = text(client.post(at("follow_up_add", visit.pk), noted, follow=True))
    assert "发送报价" in page
    assert "2099-01-31" in page
    task = FollowUp.objects.get()
    page = text(client.post(at("follow_up_complete", visit.pk, task.pk), follow=True))
    assert f"completed by {team.account_manager}" in page
    assert at("visit_record", visit.pk) not in page


def test_a_photo_is_sent_as_a_download(team: Team, customer: Customer) -> None:
    visit = done(customer, team.account_manager, files=[("照片.png", PNG)])
    file = visit.files.get()
    response = as_(team.group_leader).get(at("visit_file", visit.pk, file.pk))
    assert response.getvalue() == PNG
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    other = done(customer, team.account_manager)
    assert as_(team.group_leader).get(at("visit_file", other.pk, file.pk)).status_code == 404


def test_what_the_service_refuses_stands_at_its_field(team: Team, customer: Customer) -> None:
    client = as_(team.account_manager)
    page = text(client.post(at("visit_plan", customer.number), plan_of(team, planned_on="2020-01-01")))
    assert "A visit is planned for today or later." in page
    assert "展会&lt;洽谈&gt;" in page  # nothing typed is lost
    page = text(client.post(at("visit_record_new", customer.number), record_data(done_on="2099-01-01")))
    assert "A visit is recorded once it was made." in page
    assert "新任总经理" in page
    bad = SimpleUploadedFile("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")
    page = text(client.post(at("visit_record_new", customer.number), record_data(documents=bad)))
    assert "x.svg: Only PDF, PNG, JPEG" in page
    page = text(client.post(at("visit_record_new", customer.number), record_data(impression=" ")))
    assert "This field is required." in page
    assert not Visit.objects.exists()


def test_a_file_that_is_too_large_is_refused_unread(team: Team, customer: Customer, settings: Any) -> None:
    settings.CREDITRISK_ATTACHMENT_MAX_BYTES = 1024 * 1024
    visit = done(customer, team.account_manager)
    big = SimpleUploadedFile("大.txt", b"x" * (1024 * 1024 + 1))
    response = as_(team.account_manager).post(at("visit_attach", visit.pk), {"documents": big})
    assert response.status_code == 400
    assert "大.txt: This file is too large" in text(response)
    response = as_(team.account_manager).post(at("visit_attach", visit.pk), {})
    assert response.status_code == 400
    assert not VisitFile.objects.exists()


def test_files_are_added_afterwards(team: Team, customer: Customer) -> None:
    visit = done(customer, team.account_manager)
    response = as_(team.service_manager).post(
        at("visit_attach", visit.pk), {"documents": SimpleUploadedFile("记录.txt", b"ok")}, follow=True
    )
    assert "1 file added." in text(response)
    assert "记录.txt" in text(response)


def test_unknown_fields_are_refused(team: Team, customer: Customer) -> None:
    client = as_(team.account_manager)
    for name, data in (
        ("visit_plan", plan_of(team, state="done")),
        ("visit_record_new", record_data(recorded_by=1)),
    ):
        assert "fields that it does not have" in text(client.post(at(name, customer.number), data))
    assert not Visit.objects.exists()


def test_a_visit_recorded_by_somebody_else_meanwhile(team: Team, customer: Customer) -> None:
    """409, and what was typed is still there."""
    visit = planned(customer, team.account_manager)
    record_visit(customer=customer, visit=visit, record=record_of(), by=team.service_manager, now=NOW)
    client = as_(team.account_manager)
    response = client.post(at("visit_record", visit.pk), record_data())
    assert response.status_code == 409
    assert "This visit is no longer planned" in text(response)
    assert "新任总经理" in text(response)
    assert client.get(at("visit_record", visit.pk)).status_code == 409
    assert client.post(at("visit_cancel", visit.pk), {"reason": "x"}).status_code == 409


def test_cancelling(team: Team, customer: Customer) -> None:
    visit = planned(customer, team.account_manager)
    client = as_(team.account_manager)
    assert "required" in text(client.post(at("visit_cancel", visit.pk), {"reason": ""}))
    page = text(client.post(at("visit_cancel", visit.pk), {"reason": "客户<改期>"}, follow=True))
    assert "客户&lt;改期&gt;" in page
    assert at("visit_attach", visit.pk) not in page


def test_a_follow_up_that_is_refused_shows_the_visit_again(team: Team, customer: Customer) -> None:
    visit = done(customer, team.account_manager)
    data = {"text": "x", "due_on": "2020-01-01", "responsible": team.account_manager.pk}
    response = as_(team.account_manager).post(
        at("follow_up_add", visit.pk), {**data, "submission_key": str(uuid4())}
    )
    assert response.status_code == 400
    assert "due on the day of the visit or later" in text(response)
    response = as_(team.account_manager).post(at("follow_up_add", visit.pk), {"text": ""})
    assert response.status_code == 400


# The list


def pages_of(team: Team, customer: Customer) -> dict[str, Visit]:
    """Return visits of every kind, by a word that only each one's purpose holds."""
    account_manager, service_manager = team.account_manager, team.service_manager
    today = timezone.localdate()
    late = planned(customer, account_manager, purpose="LATE", planned_on=TODAY - days(400))
    Visit.objects.filter(pk=late.pk).update(planned_on=today - days(1))
    coming = planned(customer, service_manager, purpose="COMING")
    Visit.objects.filter(pk=coming.pk).update(planned_on=today)
    alarm = done(customer, account_manager, purpose="ALARMING", risk_signal="alarm", done_on=TODAY - days(90))
    gone = planned(customer, account_manager, purpose="GONE")
    cancel_visit(visit=gone, reason="x", by=account_manager, now=NOW)
    return {"LATE": late, "COMING": coming, "ALARMING": alarm, "GONE": gone}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"LATE", "COMING", "ALARMING", "GONE"}),
        ("state=overdue", {"LATE"}),
        ("state=planned", {"LATE", "COMING"}),
        ("state=done", {"ALARMING"}),
        ("state=cancelled", {"GONE"}),
        ("mine=open", {"LATE"}),
        ("mine=all", {"LATE", "ALARMING", "GONE"}),
        ("risk=alarm", {"ALARMING"}),
        ("until=2026-09-01", {"ALARMING"}),
        ("since=2026-09-01", {"LATE", "COMING", "GONE"}),
        ("q=示范", {"LATE", "COMING", "ALARMING", "GONE"}),
        ("q=nobody", set()),
        ("q=%00", {"LATE", "COMING", "ALARMING", "GONE"}),
        ("state=nonsense", {"LATE", "COMING", "ALARMING", "GONE"}),
        ("responsible__password__startswith=p", {"LATE", "COMING", "ALARMING", "GONE"}),
        ("sort=responsible__password", {"LATE", "COMING", "ALARMING", "GONE"}),
        ("sort=-open_follow_ups", {"LATE", "COMING", "ALARMING", "GONE"}),
    ],
)
def test_filtering_and_sorting(team: Team, customer: Customer, query: str, found: set[str]) -> None:
    visits = pages_of(team, customer)
    response = as_(team.account_manager).get(f"{at('visit_list')}?{query}")
    assert response.status_code == 200
    assert {word for word in visits if word in text(response)} == found


def test_filter_by_person(team: Team, customer: Customer) -> None:
    pages_of(team, customer)
    page = text(as_(team.group_leader).get(f"{at('visit_list')}?person={team.service_manager.pk}"))
    assert "COMING" in page
    assert "LATE" not in page


def test_my_open_tasks_show_overdue_visits_and_follow_ups(team: Team, customer: Customer) -> None:
    pages_of(team, customer)
    visit = done(customer, team.account_manager)
    late = follow_up(visit, team.account_manager, text="OVERDUE-TASK")
    FollowUp.objects.filter(pk=late.pk).update(due_on=timezone.localdate() - days(1))
    open_one = follow_up(visit, team.account_manager, text="OPEN-TASK")
    FollowUp.objects.filter(pk=open_one.pk).update(due_on=timezone.localdate())
    follow_up(visit, team.account_manager, text="NOT-MINE", responsible=team.service_manager)
    page = text(as_(team.account_manager).get(f"{at('visit_list')}?mine=open"))
    assert "OVERDUE-TASK" in page
    assert page.index("OVERDUE-TASK") < page.index("OPEN-TASK")
    assert "NOT-MINE" not in page
    assert page.count("state-overdue") == 2  # the visit and the follow-up
    assert f"#follow-up-{late.pk}" in page
    assert "OVERDUE-TASK" not in text(as_(team.account_manager).get(at("visit_list")))


def test_foreign_visits_are_not_found(team: Team, customer: Customer) -> None:
    visit = done(customer, team.account_manager)
    stranger = as_(create_user(Role.ACCOUNT_MANAGER))
    assert stranger.get(visit.get_absolute_url()).status_code == 404
    assert visit.purpose not in text(stranger.get(at("visit_list")))


@pytest.mark.parametrize("count", [2, 40])
def test_lists_and_pages_are_a_constant_number_of_queries(
    team: Team, count: int, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    client = as_(team.account_manager)
    for _ in range(count):
        customer = create_customer_of(team)
        planned(customer, team.account_manager)
        visit = done(customer, team.account_manager, files=[("a.txt", b"a")])
        follow_up(visit, team.account_manager)
    for query in ("", "?mine=open"):
        with django_assert_max_num_queries(12):
            assert client.get(at("visit_list") + query).status_code == 200


@pytest.mark.parametrize("count", [1, 12])
def test_one_visit_is_a_constant_number_of_queries(
    team: Team, customer: Customer, count: int, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    files = [(f"{n}.txt", str(n).encode()) for n in range(count)]
    visit = done(customer, team.account_manager, files=files, participants=[team.legal_affairs])
    for n in range(count):
        follow_up(visit, team.account_manager, text=str(n), responsible=create_user(Role.GROUP_LEADER))
    client = as_(team.account_manager)
    with django_assert_max_num_queries(16):
        assert client.get(visit.get_absolute_url()).status_code == 200
