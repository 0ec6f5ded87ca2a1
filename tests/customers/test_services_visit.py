"""Visits (P5.1.3): planned, recorded with the named findings, cancelled; files; and what follows from them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from creditrisk.accounts.models import Department, RoleAssignment
from creditrisk.accounts.roles import Role
from creditrisk.audit.selectors import history_of
from creditrisk.exceptions import ConflictError, InvalidInputError, NotAllowedError
from creditrisk.notifications.models import Notification
from customers.models import Customer, CustomerState, FollowUp, Visit, VisitFile, VisitParticipant, VisitState
from customers.services import (
    attach_visit_files,
    cancel_visit,
    complete_follow_up,
    record_visit,
)
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
    return create_customer_of(team)


def titles() -> dict[str, str]:
    return {note.user.username: note.title for note in Notification.objects.select_related("user")}


# Planning


def test_service_manager_plans_for_the_account_manager_who_is_told(team: Team, customer: Customer) -> None:
    colleague = create_user(Role.LEGAL_AFFAIRS)
    visit = planned(
        customer,
        team.service_manager,
        planned_on=TODAY + days(3),
        responsible=team.account_manager,
        purpose="  季度 \n 拜访 ",
        participants=[colleague, team.account_manager],
        customer_participants=" 王总 ",
    )
    stored = Visit.objects.get()
    assert stored == visit
    assert (stored.state, stored.purpose, stored.customer_participants) == ("planned", "季度 拜访", "王总")
    assert [*stored.participants.all()] == [colleague]  # who is responsible takes part anyway
    assert set(titles()) == {team.account_manager.username}
    assert "2026-11-27" in titles()[team.account_manager.username]
    assert history_of(stored)[0].person == str(team.service_manager)


def test_who_plans_for_himself_is_told_nothing(team: Team, customer: Customer) -> None:
    planned(customer, team.account_manager)
    assert titles() == {}


def test_a_plan_is_for_today_or_later(team: Team, customer: Customer) -> None:
    planned(customer, team.account_manager, planned_on=TODAY)
    with pytest.raises(InvalidInputError) as refused:
        plan_on_the_day_before(customer, team)
    assert refused.value.code == "visit.planned_in_past"


def plan_on_the_day_before(customer: Customer, team: Team) -> Visit:
    from customers.services import plan_visit

    return plan_visit(
        customer=customer,
        planned_on=TODAY - days(1),
        purpose="x",
        channel="fair",
        responsible=team.account_manager,
        by=team.account_manager,
        now=NOW,
    )


@pytest.mark.parametrize(
    ("fields", "code"), [({"purpose": " "}, "visit.purpose_missing"), ({}, "visit.responsible")]
)
def test_a_plan_that_cannot_be(team: Team, customer: Customer, fields: dict[str, Any], code: str) -> None:
    values = fields or {"responsible": create_user(Role.ACCOUNT_MANAGER)}
    with pytest.raises(InvalidInputError) as refused:
        planned(customer, team.account_manager, **values)
    assert refused.value.code == code
    assert not Visit.objects.exists()


def test_a_manager_who_lost_the_role_makes_no_visit(team: Team, customer: Customer) -> None:
    RoleAssignment.objects.filter(user=team.account_manager).delete()
    with pytest.raises(InvalidInputError):
        planned(customer, team.service_manager, responsible=team.account_manager)


def test_only_those_who_manage_the_customer_plan(team: Team, customer: Customer) -> None:
    with pytest.raises(NotAllowedError) as refused:
        planned(customer, team.department_manager)
    assert refused.value.code == "visit.not_allowed"


def test_a_closed_file_gets_no_visit(team: Team) -> None:
    with pytest.raises(NotAllowedError) as refused:
        planned(create_customer_of(team, state=CustomerState.CLOSED), team.account_manager)
    assert refused.value.code == "customer.closed"


def test_the_second_click_plans_nothing_new(team: Team, customer: Customer) -> None:
    key = uuid4()
    first = planned(customer, team.service_manager, responsible=team.account_manager, submission_key=key)
    assert (
        planned(customer, team.service_manager, responsible=team.account_manager, submission_key=key) == first
    )
    assert Visit.objects.count() == Notification.objects.count() == 1
    other = create_customer_of(team)
    with pytest.raises(IntegrityError), transaction.atomic():  # a key of another customer's form is no key
        planned(other, team.account_manager, submission_key=key)


# Recording


FINDINGS = {
    "leadership_changes": "新任总经理",
    "staff_turnover": "财务主管离职",
    "reasons_to_continue": "服务好",
    "recent_developments": "新工厂",
}


def test_a_planned_visit_is_recorded_with_its_findings(team: Team, customer: Customer) -> None:
    visit = planned(customer, team.account_manager, participants=[team.service_manager])
    record_visit(
        customer=customer,
        visit=visit,
        record=record_of(channel="remote", purpose="视频会议", impression=" 稳定 ", **FINDINGS),
        by=team.service_manager,
        now=NOW,
    )
    stored = Visit.objects.get()
    assert stored.state == VisitState.DONE
    assert {name: getattr(stored, name) for name in FINDINGS} == FINDINGS
    assert (stored.channel, stored.purpose, stored.impression) == ("remote", "视频会议", "稳定")
    assert (stored.planned_on, stored.done_on, stored.recorded_at) == (TODAY, TODAY, NOW)
    assert (stored.responsible, stored.recorded_by) == (team.account_manager, team.service_manager)
    assert not stored.participants.exists()  # nobody is named in the record
    assert history_of(stored)[0].person == str(team.service_manager)


def test_a_visit_without_a_plan(team: Team, customer: Customer) -> None:
    visit = done(customer, team.service_manager, done_on=TODAY - days(20))
    assert (visit.state, visit.planned_on, visit.responsible) == ("done", None, team.service_manager)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"done_on": TODAY + days(1)}, "visit.done_in_future"),
        ({"impression": "\n"}, "visit.impression_missing"),
        ({"purpose": ""}, "visit.purpose_missing"),
        ({"files": [("x.svg", b"<svg onload=alert(1)>")]}, "attachment.type"),
        ({"files": [("x.png", b"")]}, "attachment.empty"),
    ],
)
def test_a_record_that_cannot_be_leaves_nothing(
    team: Team, customer: Customer, fields: dict[str, Any], code: str
) -> None:
    visit = planned(customer, team.account_manager)
    files = fields.pop("files", ())
    with pytest.raises(InvalidInputError) as refused:
        record_visit(
            customer=customer,
            visit=visit,
            record=record_of(**fields),
            files=files,
            by=team.account_manager,
            now=NOW,
        )
    assert refused.value.code == code
    assert Visit.objects.get().state == VisitState.PLANNED
    assert not VisitFile.objects.exists()


def test_today_is_no_future(team: Team, customer: Customer) -> None:
    assert done(customer, team.account_manager, done_on=TODAY).done_on == TODAY


def test_the_second_click_records_once(team: Team, customer: Customer) -> None:
    key = uuid4()
    arguments: dict[str, Any] = {
        "customer": customer,
        "record": record_of(risk_signal="alarm"),
        "files": [("照片.png", PNG)],
        "by": team.account_manager,
        "now": NOW,
        "submission_key": key,
    }
    assert record_visit(**arguments) == record_visit(**arguments)
    assert Visit.objects.count() == VisitFile.objects.count() == 1
    assert Notification.objects.count() == 2


def test_the_second_person_is_told_that_it_is_recorded(team: Team, customer: Customer) -> None:
    visit = planned(customer, team.account_manager)
    arguments: dict[str, Any] = {"customer": customer, "visit": visit, "now": NOW}
    record_visit(record=record_of(), by=team.account_manager, submission_key=uuid4(), **arguments)
    with pytest.raises(ConflictError) as refused:
        record_visit(
            record=record_of(impression="另一个"),
            by=team.service_manager,
            submission_key=uuid4(),
            **arguments,
        )
    assert refused.value.code == "visit.not_planned"
    assert Visit.objects.get().impression == "合作稳定"


def test_only_those_who_manage_the_customer_record(team: Team, customer: Customer) -> None:
    visit = planned(customer, team.account_manager)
    for chosen in (visit, None):
        with pytest.raises(NotAllowedError):
            record_visit(
                customer=customer, visit=chosen, record=record_of(), by=team.department_manager, now=NOW
            )


def test_a_visit_is_recorded_on_its_own_customer(team: Team, customer: Customer) -> None:
    visit = planned(customer, team.account_manager)
    with pytest.raises(Visit.DoesNotExist):
        record_visit(
            customer=create_customer_of(team),
            visit=visit,
            record=record_of(),
            by=team.account_manager,
            now=NOW,
        )


def test_an_alarm_is_told_to_the_others_who_answer_for_the_customer(team: Team, customer: Customer) -> None:
    done(customer, team.service_manager, risk_signal="watch")
    assert titles() == {}
    done(customer, team.service_manager, risk_signal="alarm")
    assert set(titles()) == {team.account_manager.username, team.department_manager.username}


def test_an_alarm_without_a_department_or_account_manager(team: Team) -> None:
    loner = create_user(Role.ACCOUNT_MANAGER)
    customer = create_customer_of(replace(team, account_manager=loner))
    done(customer, team.service_manager, risk_signal="alarm")
    assert set(titles()) == {loner.username}
    Notification.objects.all().delete()
    orphan = create_customer_of(replace(team, account_manager=None))  # type: ignore[arg-type]
    done(orphan, team.service_manager, risk_signal="alarm")
    assert titles() == {}


def test_an_alarm_where_the_department_has_no_head(team: Team, customer: Customer) -> None:
    Department.objects.update(head=None)
    done(customer, team.service_manager, risk_signal="alarm")
    assert set(titles()) == {team.account_manager.username}


# Cancelling


def test_cancelling(team: Team, customer: Customer) -> None:
    visit = planned(customer, team.account_manager)
    cancel_visit(visit=visit, reason=" 客户改期 ", by=team.account_manager, now=NOW)
    stored = Visit.objects.get()
    assert (stored.state, stored.cancel_reason, stored.cancelled_by, stored.cancelled_at) == (
        "cancelled",
        "客户改期",
        team.account_manager,
        NOW,
    )
    again = cancel_visit(visit=visit, reason="客户改期", by=team.account_manager, now=NOW + days(1))
    assert again.cancelled_at == NOW
    for by, reason in ((team.account_manager, "别的"), (team.service_manager, "客户改期")):
        with pytest.raises(ConflictError):
            cancel_visit(visit=visit, reason=reason, by=by, now=NOW)


def test_cancelling_needs_a_reason_and_the_right(team: Team, customer: Customer) -> None:
    visit = planned(customer, team.account_manager)
    with pytest.raises(InvalidInputError) as refused:
        cancel_visit(visit=visit, reason="  ", by=team.account_manager, now=NOW)
    assert refused.value.code == "visit.reason_missing"
    with pytest.raises(NotAllowedError):
        cancel_visit(visit=visit, reason="x", by=team.group_leader, now=NOW)


def test_the_database_refuses_half_a_record(team: Team, customer: Customer) -> None:
    visit = planned(customer, team.account_manager)
    for changes in (
        {"state": "done"},
        {"state": "cancelled"},
        {"risk_signal": "alarm"},
        {"cancel_reason": "x"},
        {"planned_on": None},
        {"purpose": ""},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Visit.objects.filter(pk=visit.pk).update(**changes)


# Files


def test_files_are_kept_once_under_the_servers_own_names(team: Team, customer: Customer) -> None:
    visit = done(customer, team.account_manager, files=[("../../照片.png", PNG)])
    [file] = visit.files.all()
    assert file.name == "照片.png"
    assert file.file.name.startswith(f"visits/{visit.pk}/")
    assert file.content_type == "image/png"
    assert (
        attach_visit_files(
            visit=visit, files=[("照片.png", PNG), ("记录.txt", b"ok")], by=team.service_manager
        )
        == 1
    )
    assert visit.files.count() == 2


def test_one_file_too_many_keeps_all_out(team: Team, customer: Customer, settings: Any) -> None:
    settings.CREDITRISK_ATTACHMENTS_MAX_COUNT = 2
    visit = done(customer, team.account_manager)
    two = [("1.txt", b"1"), ("2.txt", b"2")]
    with pytest.raises(InvalidInputError) as refused:
        attach_visit_files(visit=visit, files=[*two, ("3.txt", b"3")], by=team.account_manager)
    assert refused.value.code == "visit.too_many_files"
    assert not visit.files.exists()
    assert attach_visit_files(visit=visit, files=two, by=team.account_manager) == 2


def test_who_may_add_files(team: Team, customer: Customer) -> None:
    visit = planned(customer, team.account_manager)
    with pytest.raises(NotAllowedError):
        attach_visit_files(visit=visit, files=[("1.txt", b"1")], by=team.department_manager)
    cancel_visit(visit=visit, reason="x", by=team.account_manager, now=NOW)
    with pytest.raises(NotAllowedError) as refused:
        attach_visit_files(visit=visit, files=[("1.txt", b"1")], by=team.account_manager)
    assert refused.value.code == "visit.cancelled"


# Follow-ups


def test_a_follow_up_for_somebody_else(team: Team, customer: Customer) -> None:
    visit = done(customer, team.account_manager)
    noted = follow_up(visit, team.account_manager, responsible=team.legal_affairs, text=" 审 \n 合同 ")
    assert (noted.text, noted.responsible, noted.created_by) == (
        "审 合同",
        team.legal_affairs,
        team.account_manager,
    )
    assert set(titles()) == {team.legal_affairs.username}
    finished = complete_follow_up(follow_up=noted, by=team.legal_affairs, now=NOW)
    assert (finished.done_at, finished.done_by) == (NOW, team.legal_affairs)
    again = complete_follow_up(follow_up=noted, by=team.service_manager, now=NOW + days(1))
    assert (again.done_at, again.done_by) == (NOW, team.legal_affairs)


def test_those_who_manage_the_customer_complete_it_too(team: Team, customer: Customer) -> None:
    noted = follow_up(done(customer, team.account_manager), team.account_manager)
    with pytest.raises(NotAllowedError) as refused:
        complete_follow_up(follow_up=noted, by=team.group_leader, now=NOW)
    assert refused.value.code == "follow_up.not_yours"
    assert (
        complete_follow_up(follow_up=noted, by=team.service_manager, now=NOW).done_by == team.service_manager
    )


def test_the_second_click_notes_nothing_new(team: Team, customer: Customer) -> None:
    visit, key = done(customer, team.account_manager), uuid4()
    first = follow_up(visit, team.account_manager, submission_key=key)
    assert follow_up(visit, team.account_manager, submission_key=key) == first
    assert FollowUp.objects.count() == 1
    assert titles() == {}  # for himself


def test_a_follow_up_that_cannot_be(team: Team, customer: Customer) -> None:
    visit = done(customer, team.account_manager)
    stranger = create_user(Role.ACCOUNT_MANAGER)
    for fields, code in (
        ({"text": " "}, "follow_up.text_missing"),
        ({"due_on": TODAY - days(1)}, "follow_up.due_before_visit"),
        ({"responsible": stranger}, "follow_up.responsible"),
    ):
        with pytest.raises(InvalidInputError) as refused:
            follow_up(visit, team.account_manager, **fields)
        assert refused.value.code == code
    assert follow_up(visit, team.account_manager, due_on=TODAY).due_on == TODAY


def test_nothing_follows_from_a_plan(team: Team, customer: Customer) -> None:
    visit = planned(customer, team.account_manager)
    with pytest.raises(NotAllowedError) as refused:
        follow_up(visit, team.account_manager)
    assert refused.value.code == "follow_up.not_done"
    with pytest.raises(NotAllowedError):
        follow_up(done(customer, team.account_manager), team.group_leader)


def test_names() -> None:
    visit = Visit(purpose="季度拜访", state="planned", planned_on=TODAY)
    assert str(visit) == "季度拜访"
    assert visit.is_overdue(on=TODAY + days(1))
    assert not visit.is_overdue(on=TODAY)
    assert str(FollowUp(text="报价")) == "报价"
    assert str(VisitFile(name="a.png")) == "a.png"
    person = create_user(name="王芳")
    assert str(VisitParticipant(user=person)) == "王芳"
