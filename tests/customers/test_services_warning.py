"""What people do with cases of early warning on PostgreSQL: who may, what is refused, once (P5.1)."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from creditrisk.accounts.models import RoleAssignment, User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import BusinessError, ConflictError, InvalidInputError, NotAllowedError
from creditrisk.notifications.models import Notification
from customers.models import (
    CaseEntry,
    CaseOutcome,
    CaseState,
    Customer,
    CustomerState,
    EntryKind,
    WarningCase,
)
from customers.open_matters import open_matters_of
from customers.services import (
    accept_handover,
    add_entry,
    close_case,
    close_customer,
    merge_customers,
    raise_case,
    reassign_case,
    reassign_portfolio,
    set_due_date,
)
from customers.warning_permissions import direct_refusal, raise_refusal, work_refusal
from customers.warning_selectors import cases_waiting_for, default_owner, precision_by_kind
from tests.factories.customers import create_contact, create_customer
from tests.factories.people import Team, create_team, create_user, reload
from tests.factories.visits import NOW, TODAY, create_customer_of, done, planned, proposed
from tests.factories.warnings import create_case

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return create_customer_of(team)


@pytest.fixture
def case(customer: Customer) -> WarningCase:
    return create_case(customer)


def told(user: User) -> list[str]:
    return list(Notification.objects.filter(user=user).order_by("pk").values_list("title", flat=True))


# Raising by hand ------------------------------------------------------------------------------------------------------


def raised(customer: Customer, by: User, **fields: Any) -> WarningCase:
    values: dict[str, Any] = {"kind": "churn", "reason": "对方在接触竞争对手", "now": NOW}
    return raise_case(customer=customer, by=by, **(values | fields))


def test_a_case_raised_by_hand_is_the_service_managers_and_due_in_a_week(
    team: Team, customer: Customer
) -> None:
    case = raised(customer, team.account_manager)
    assert case.number == "W-2026-000001"
    assert (case.raised_on, case.due_on, case.owner) == (
        TODAY,
        TODAY + dt.timedelta(days=7),
        team.service_manager,
    )
    assert (case.severity, case.numbers, case.raised_by) == (None, {}, team.account_manager)
    assert told(team.service_manager) == [
        f"The early warning {case.number} of {customer.name} is yours: customer about to leave."
    ]


def test_a_form_sent_twice_is_one_case(team: Team, customer: Customer) -> None:
    key = uuid4()
    first = raised(customer, team.service_manager, submission_key=key)
    assert raised(customer, team.service_manager, submission_key=key) == first
    assert told(team.service_manager) == []  # he knows what he raised himself


def test_one_open_case_of_a_kind(team: Team, customer: Customer, case: WarningCase) -> None:
    with pytest.raises(ConflictError, match=case.number):
        raised(customer, team.group_leader)
    assert raised(customer, team.group_leader, kind="other").kind == "other"


def test_the_database_holds_one_open_case_of_a_kind_and_subject(
    customer: Customer, case: WarningCase
) -> None:
    with pytest.raises(IntegrityError, match="warning_one_open_case"), transaction.atomic():
        create_case(customer)
    create_case(customer, subject="another")


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_reason_is_asked_for(team: Team, customer: Customer, reason: str) -> None:
    with pytest.raises(InvalidInputError, match="noticed"):
        raised(customer, team.service_manager, reason=reason)


RAISERS = {Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER, Role.GROUP_LEADER, Role.DEPUTY_LEADER}


@pytest.mark.parametrize("role", list(Role))
def test_managers_and_leaders_raise(team: Team, customer: Customer, role: Role) -> None:
    refusal = raise_refusal(reload(team.holder(role)), customer)
    assert (refusal is None) is (role in RAISERS)
    if refusal is not None:
        with pytest.raises(NotAllowedError, match=r"P5\.1"):
            raised(customer, team.holder(role))


def test_nobody_warns_of_a_closed_file(team: Team) -> None:
    closed = create_customer_of(team, state=CustomerState.CLOSED, state_reason="终止")
    with pytest.raises(NotAllowedError, match="closed"):
        raised(closed, team.service_manager)


# The log --------------------------------------------------------------------------------------------------------------


def entered(case: WarningCase, by: User, **fields: Any) -> CaseEntry:
    values: dict[str, Any] = {"kind": "note", "text": "已联系", "happened_on": TODAY, "now": NOW}
    return add_entry(case=case, by=by, **(values | fields))


def test_calls_and_visits_name_their_contact_and_visit(
    team: Team, customer: Customer, case: WarningCase
) -> None:
    contact = create_contact(customer=customer)
    assert entered(case, team.service_manager, kind="call", contact=contact).contact == contact
    for visit in (planned(customer, team.service_manager), done(customer, team.service_manager)):
        assert entered(case, team.service_manager, kind="visit", visit=visit).visit == visit
    assert [entry.kind for entry in case.entries.all()] == ["visit", "visit", "call"]


def test_an_entry_sent_twice_is_one(team: Team, case: WarningCase) -> None:
    key = uuid4()
    first = entered(case, team.service_manager, submission_key=key)
    assert entered(case, team.service_manager, submission_key=key) == first


def test_what_an_entry_may_not_say(team: Team, customer: Customer, case: WarningCase) -> None:
    other = create_customer_of(team)
    for fields, code in (
        ({"kind": "closed"}, "warning.entry_kind"),
        ({"text": " "}, "warning.text_missing"),
        ({"happened_on": TODAY + dt.timedelta(days=1)}, "warning.future"),
        ({"kind": "call", "contact": create_contact(customer=other)}, "warning.contact"),
        ({"contact": create_contact(customer=customer)}, "warning.contact"),
        ({"kind": "visit", "visit": done(other, team.service_manager)}, "warning.visit"),
        ({"visit": done(customer, team.service_manager)}, "warning.visit"),
    ):
        with pytest.raises(InvalidInputError) as refused:
            entered(case, team.service_manager, **fields)
        assert refused.value.code == code


def test_the_log_is_final(team: Team, case: WarningCase) -> None:
    entry = entered(case, team.service_manager)
    with pytest.raises(DatabaseError, match="case_log_is_final"), transaction.atomic():
        CaseEntry.objects.filter(pk=entry.pk).update(text="anders")
    with pytest.raises(DatabaseError, match="case_log_is_final"), transaction.atomic():
        entry.delete()


WORKERS = {Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER, Role.GROUP_LEADER, Role.DEPUTY_LEADER}
DIRECTORS = {Role.DEPARTMENT_MANAGER, Role.GROUP_LEADER, Role.DEPUTY_LEADER}


@pytest.mark.parametrize("role", list(Role))
def test_who_works_on_a_case_and_who_directs_it(team: Team, case: WarningCase, role: Role) -> None:
    person = reload(team.holder(role))
    assert (work_refusal(person, case) is None) is (role in WORKERS)
    assert (direct_refusal(person, case) is None) is (role in DIRECTORS)
    colleague = create_user(Role.ACCOUNT_MANAGER)
    for is_refused, act in (
        (role not in WORKERS, lambda: entered(case, person)),
        (role not in WORKERS, lambda: close(case, person)),
        (role not in DIRECTORS, lambda: put_off(case, person)),
        (role not in DIRECTORS, lambda: give(case, person, colleague)),
    ):
        if is_refused:
            with pytest.raises(NotAllowedError):
                act()


def test_an_owner_works_on_his_case_as_long_as_he_has_a_role(team: Team, customer: Customer) -> None:
    owner = create_user(Role.SERVICE_MANAGER)
    case = create_case(customer, owner=owner)
    assert work_refusal(reload(owner), case) is None
    RoleAssignment.objects.filter(user=owner).delete()
    assert work_refusal(reload(owner), case) is not None


# Directing ------------------------------------------------------------------------------------------------------------


def give(case: WarningCase, by: User, owner: User) -> WarningCase:
    return reassign_case(case=case, owner=owner, text="请跟进", by=by, now=NOW)


def put_off(case: WarningCase, by: User, due_on: dt.date = TODAY + dt.timedelta(days=20)) -> WarningCase:
    return set_due_date(case=case, due_on=due_on, text="客户出差", by=by, now=NOW)


def test_a_case_is_given_to_somebody_who_sees_the_customer_and_is_told(team: Team, case: WarningCase) -> None:
    given = give(case, team.group_leader, team.account_manager)
    assert given.owner == team.account_manager
    assert give(case, team.group_leader, team.account_manager) == given  # twice is once
    entry = case.entries.get()
    assert (entry.kind, entry.owner, entry.text) == (EntryKind.REASSIGNED, team.account_manager, "请跟进")
    assert len(told(team.account_manager)) == 1
    for stranger in (create_user(Role.SERVICE_MANAGER), team.finance_clerk):
        with pytest.raises(InvalidInputError, match="does not work"):
            give(case, team.group_leader, stranger)


def test_another_due_date_is_today_or_later(team: Team, case: WarningCase) -> None:
    put_off(case, team.department_manager)
    assert put_off(case, team.department_manager).due_on == TODAY + dt.timedelta(days=20)
    entry = case.entries.get()
    assert (entry.kind, entry.due_on) == (EntryKind.DUE_CHANGED, TODAY + dt.timedelta(days=20))
    assert put_off(case, team.department_manager, TODAY).due_on == TODAY
    with pytest.raises(InvalidInputError, match="today or later"):
        put_off(case, team.department_manager, TODAY - dt.timedelta(days=1))


# Closing --------------------------------------------------------------------------------------------------------------


def close(case: WarningCase, by: User, **fields: Any) -> WarningCase:
    values: dict[str, Any] = {"outcome": "acted", "note": "已签新订单", "now": NOW}
    return close_case(case=case, by=by, **(values | fields))


def test_a_case_is_closed_once_with_outcome_and_note(team: Team, case: WarningCase) -> None:
    closed = close(case, team.account_manager)
    assert (closed.state, closed.outcome, closed.closed_on) == (CaseState.CLOSED, CaseOutcome.ACTED, TODAY)
    assert close(case, team.account_manager) == closed  # the second click
    assert [entry.kind for entry in case.entries.all()] == [EntryKind.CLOSED]
    assert len(told(team.service_manager)) == 1
    with pytest.raises(ConflictError, match="2026-11-24"):
        close(case, team.account_manager, outcome="false_alarm")
    for act in (
        lambda: entered(case, team.account_manager),
        lambda: give(case, team.group_leader, team.account_manager),
        lambda: put_off(case, team.group_leader),
    ):
        with pytest.raises(ConflictError):
            act()


def test_what_a_closing_lacks(team: Team, case: WarningCase) -> None:
    for fields, code in (
        ({"note": " "}, "warning.note_missing"),
        ({"outcome": "duplicate"}, "warning.outcome"),
        ({"outcome": "sold"}, "warning.outcome"),
    ):
        with pytest.raises(InvalidInputError) as refused:
            close(case, team.service_manager, **fields)
        assert refused.value.code == code


def test_a_case_without_an_owner_is_closed_by_a_leader(team: Team, customer: Customer) -> None:
    assert close(create_case(customer, owner=None), team.group_leader).state == CaseState.CLOSED


def test_with_the_file_its_open_cases_are_closed_for_the_same_reason(team: Team, customer: Customer) -> None:
    his, leaders = create_case(customer), create_case(customer, subject="2", owner=team.group_leader)
    before = close(create_case(customer, subject="3"), team.service_manager, note="已谈")
    other = create_case(create_customer_of(team))
    (matter,) = open_matters_of(customer=customer, user=team.group_leader, on=TODAY)
    assert matter.text == (
        f"2 early warnings are open and will be closed with the file: {his.number}, {leaders.number}"
    )
    for _click in range(2):
        close_customer(customer=customer, reason="客户已注销", by=team.group_leader)
    for case in (his, leaders):
        stored = WarningCase.objects.get(pk=case.pk)
        assert (stored.state, stored.outcome) == (CaseState.CLOSED, CaseOutcome.NO_ACTION)
        assert (stored.closing_note, stored.closed_by) == ("客户已注销", team.group_leader)
        assert [(entry.kind, entry.text) for entry in stored.entries.all()] == [("closed", "客户已注销")]
    assert WarningCase.objects.get(pk=before.pk).closing_note == "已谈"
    assert WarningCase.objects.get(pk=other.pk).state == CaseState.OPEN
    assert [text for text in told(team.service_manager) if his.number in text] == [
        f"The early warning {his.number} of {customer.name} is closed: no action needed."
    ]
    assert told(team.group_leader) == []


# Whose it is ----------------------------------------------------------------------------------------------------------


def test_a_new_case_is_the_service_managers_else_the_account_managers_else_nobodys(team: Team) -> None:
    both = create_customer_of(team)
    assert default_owner(both) == team.service_manager
    team.service_manager.is_active = False
    assert default_owner(both) == team.account_manager
    RoleAssignment.objects.filter(user=team.account_manager).delete()
    assert default_owner(create_customer(account_manager=reload(team.account_manager))) is None
    assert default_owner(create_customer()) is None


def test_open_cases_follow_the_customer_to_his_new_service_manager(team: Team, customer: Customer) -> None:
    """His own and nobody's go along; what a leader gave to the account manager stays with him, closed ones too."""
    successor = create_user(Role.SERVICE_MANAGER)
    his, nobodys = create_case(customer), create_case(customer, subject="2", owner=None)
    given = create_case(customer, subject="3", owner=team.account_manager)
    over = close(create_case(customer, subject="4"), team.service_manager)
    handover = proposed(customer, team.account_manager, successor)
    accept_handover(handover=handover, by=successor, now=NOW)
    owners = dict(WarningCase.objects.values_list("pk", "owner"))
    assert owners == {
        his.pk: successor.pk,
        nobodys.pk: successor.pk,
        given.pk: team.account_manager.pk,
        over.pk: team.service_manager.pk,
    }
    assert his.entries.get().owner == successor


def test_a_case_of_who_does_not_see_the_customer_any_more_follows_him(team: Team, customer: Customer) -> None:
    """The head of the former managers' department sees the customer no more; the leader does, and keeps his."""
    head_s = create_case(customer, owner=team.department_manager)
    leader_s = create_case(customer, subject="2", owner=team.group_leader)
    account_manager, service_manager = create_user(Role.ACCOUNT_MANAGER), create_user(Role.SERVICE_MANAGER)
    reassign_portfolio(
        customer=customer,
        account_manager=account_manager,
        service_manager=service_manager,
        version=customer.version,
        by=team.group_leader,
    )
    assert dict(WarningCase.objects.values_list("pk", "owner")) == {
        head_s.pk: service_manager.pk,
        leader_s.pk: team.group_leader.pk,
    }


def test_without_a_new_manager_the_cases_stay(team: Team) -> None:
    customer = create_customer_of(team)
    customer.account_manager = None
    customer.save()
    case = create_case(customer)
    reassign_portfolio(
        customer=customer,
        account_manager=None,
        service_manager=None,
        version=customer.version,
        by=team.group_leader,
    )
    assert WarningCase.objects.get(pk=case.pk).owner == team.service_manager


def test_what_waits_for_whom(team: Team, customer: Customer) -> None:
    create_case(customer)
    create_case(customer, subject="2", owner=None)
    close(create_case(customer, subject="3"), team.service_manager)

    def waiting(person: User) -> int:
        return sum(rows.count() for rows in cases_waiting_for(reload(person)))

    assert waiting(team.service_manager) == 1
    assert waiting(team.group_leader) == 1  # nobody's
    assert waiting(team.account_manager) == 0


# Two files that become one --------------------------------------------------------------------------------------------


def test_cases_of_two_files_become_those_of_one(team: Team, customer: Customer) -> None:
    """Both have an open churn case: that of the file to close is merged away; the other kinds move."""
    drop = create_customer_of(team)
    kept, same = create_case(customer), create_case(drop)
    other = create_case(drop, kind="limit_exceeded")
    closed = close(create_case(drop, kind="grade_fallen"), team.service_manager)
    merge_customers(keep=customer, drop=drop, reason="重复", by=team.administrator)
    assert set(WarningCase.objects.filter(customer=customer)) == {kept, same, other, closed}
    same = WarningCase.objects.get(pk=same.pk)
    assert (same.state, same.outcome, same.closed_by) == (CaseState.CLOSED, CaseOutcome.DUPLICATE, None)
    assert WarningCase.objects.open().filter(customer=customer, kind="churn").get() == kept


# Precision ------------------------------------------------------------------------------------------------------------


def test_how_precise_a_kind_is(team: Team, customer: Customer) -> None:
    """Six churn warnings: one open, two acted after 4 and 6 days, one lost after 4, one false alarm after 4; and one
    merged away, which counts nowhere. Led to action 3 of 4 closed: 75 %; false 25 %; median of 4, 4, 4, 6 is 4."""
    create_case(customer, subject="open", escalated_at=NOW)
    for subject, outcome, later in (
        ("1", "acted", 0),
        ("2", "acted", 2),
        ("3", "lost", 0),
        ("4", "false_alarm", 0),
    ):
        close(
            create_case(customer, subject=subject),
            team.service_manager,
            outcome=outcome,
            now=NOW + dt.timedelta(days=later),
        )
    create_case(customer, subject="5", state="closed", outcome="duplicate", closed_on=TODAY, closed_at=NOW)
    create_case(customer, subject="6", raised_on=dt.date(2025, 1, 1))
    create_case(create_customer(), kind="other")  # not theirs
    (churn,) = precision_by_kind(
        reload(team.service_manager), since=dt.date(2026, 11, 1), until=dt.date(2026, 11, 30)
    )
    assert (churn.kind, churn.raised, churn.open, churn.escalated) == ("churn", 5, 1, 1)
    assert (churn.acted, churn.lost, churn.no_action, churn.false_alarm, churn.closed) == (2, 1, 0, 1, 4)
    assert (churn.acted_pct, churn.false_pct, churn.days_to_close) == (75, 25, 4.0)


def test_without_a_closed_case_there_is_no_share(team: Team, case: WarningCase) -> None:
    (churn,) = precision_by_kind(
        reload(team.group_leader), since=dt.date(2026, 11, 1), until=dt.date(2026, 11, 30)
    )
    assert (churn.acted_pct, churn.false_pct, churn.days_to_close) == (None, None, None)


def test_every_refusal_is_one_that_pages_show(team: Team, case: WarningCase) -> None:
    refusal = work_refusal(team.finance_clerk, case)
    assert isinstance(refusal, BusinessError)
    assert "P5.1.3" in str(refusal)
