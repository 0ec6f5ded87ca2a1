"""Watch, close, reopen, freeze: who decides, from which state, why, and what a second click does (P3.1, P5.1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import InvalidInputError, NotAllowedError
from creditrisk.notifications.models import Notification
from customers import services
from customers.models import Customer, CustomerState
from customers.state_history import state_history_of
from tests.factories.customers import REVIEWED_ON, create_active_customer
from tests.factories.people import Team, create_department, create_team, create_user

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 6, 1, 8, 30, tzinfo=dt.UTC)
LEADERS = {Role.GROUP_LEADER, Role.DEPUTY_LEADER}
WATCHERS = LEADERS | {Role.SERVICE_MANAGER, Role.DEPARTMENT_MANAGER}
freeze = partial(services.freeze_customer, now=NOW)


@pytest.fixture
def team() -> Team:
    return create_team()


def in_state(team: Team, state: CustomerState, **fields: Any) -> Customer:
    return create_active_customer(
        state=state,
        state_reason="before",
        account_manager=team.account_manager,
        service_manager=team.service_manager,
        **fields,
    )


MOVES: list[tuple[Callable[..., Customer], set[CustomerState], CustomerState, set[Role]]] = [
    (services.put_on_watch, {CustomerState.ACTIVE}, CustomerState.WATCH, WATCHERS),
    (services.end_watch, {CustomerState.WATCH}, CustomerState.ACTIVE, WATCHERS),
    (
        services.close_customer,
        set(CustomerState) - {CustomerState.IN_REVIEW, CustomerState.CLOSED},
        CustomerState.CLOSED,
        LEADERS,
    ),
    (services.reopen_customer, {CustomerState.CLOSED}, CustomerState.PROSPECT, {Role.GROUP_LEADER}),
]


@pytest.mark.parametrize(("act", "sources", "target", "roles"), MOVES)
def test_from_every_state(
    team: Team,
    act: Callable[..., Customer],
    sources: set[CustomerState],
    target: CustomerState,
    roles: set[Role],
) -> None:
    for state in CustomerState:
        customer = in_state(team, state)
        if state in sources:
            act(customer=customer, reason=" why ", by=team.group_leader)
            stored = Customer.objects.get(pk=customer.pk)
            assert (stored.state, stored.state_reason) == (target, "why")
        else:
            with pytest.raises(NotAllowedError):
                act(customer=customer, reason="why", by=team.group_leader)
            assert Customer.objects.get(pk=customer.pk).state == state


@pytest.mark.parametrize(("act", "sources", "target", "roles"), MOVES)
def test_by_every_role(
    team: Team,
    act: Callable[..., Customer],
    sources: set[CustomerState],
    target: CustomerState,
    roles: set[Role],
) -> None:
    for role in Role:
        customer = in_state(team, next(iter(sources)))
        if role in roles:
            assert act(customer=customer, reason="why", by=team.holder(role)).state == target
        else:
            with pytest.raises(NotAllowedError) as refused:
                act(customer=customer, reason="why", by=team.holder(role))
            assert refused.value.code.endswith("_not_allowed")


@pytest.mark.parametrize(("act", "sources", "target", "roles"), MOVES)
def test_second_click_changes_nothing_another_reason_is_refused(
    team: Team,
    act: Callable[..., Customer],
    sources: set[CustomerState],
    target: CustomerState,
    roles: set[Role],
) -> None:
    customer = in_state(team, next(iter(sources)))
    act(customer=customer, reason="why", by=team.group_leader)
    before = len(state_history_of(customer, limit=9))
    assert act(customer=customer, reason="why", by=team.group_leader).state == target
    assert len(state_history_of(customer, limit=9)) == before
    with pytest.raises(NotAllowedError):
        act(customer=customer, reason="another", by=team.group_leader)
    with pytest.raises(NotAllowedError):
        act(customer=customer, reason="why", by=team.finance_clerk)


@pytest.mark.parametrize(("act", "sources", "target", "roles"), MOVES)
def test_without_a_reason_nothing_happens(
    team: Team,
    act: Callable[..., Customer],
    sources: set[CustomerState],
    target: CustomerState,
    roles: set[Role],
) -> None:
    customer = in_state(team, next(iter(sources)))
    with pytest.raises(InvalidInputError):
        act(customer=customer, reason="  ", by=team.group_leader)
    assert Customer.objects.get(pk=customer.pk).state_reason == "before"


def test_another_service_manager_and_another_head_do_not_watch(team: Team) -> None:
    head = create_user(Role.DEPARTMENT_MANAGER)
    create_department(head=head)
    for person in (create_user(Role.SERVICE_MANAGER), head):
        with pytest.raises(NotAllowedError):
            services.put_on_watch(customer=in_state(team, CustomerState.ACTIVE), reason="x", by=person)


def test_who_comes_back_is_as_a_new_customer(team: Team) -> None:
    """P4.1: the old review and the limits count no more; the last grade stays."""
    customer = in_state(
        team,
        CustomerState.CLOSED,
        is_onboarded=True,
        grade_valid_to_on=dt.date(2027, 1, 15),
        credit_limit_amount=1000,
        credit_limit_currency="CNY",
        credit_limit_valid_to_on=dt.date(2027, 1, 15),
        temporary_limit_amount=2000,
        temporary_limit_valid_to_on=dt.date(2027, 1, 15),
        temporary_limit_reason="project",
    )
    back = services.reopen_customer(customer=customer, reason="new project", by=team.group_leader)
    back.refresh_from_db()
    assert (back.state, back.grade, back.version) == (CustomerState.PROSPECT, "B", 2)
    assert not back.is_onboarded
    ended = (
        back.reviewed_on,
        back.grade_valid_to_on,
        back.credit_limit_amount,
        back.credit_limit_valid_to_on,
        back.temporary_limit_amount,
        back.temporary_limit_valid_to_on,
    )
    assert ended == (None,) * 6


# Freezing


@pytest.mark.parametrize("role", list(Role))
def test_who_freezes_and_unfreezes(team: Team, role: Role) -> None:
    may = role in LEADERS | {Role.PLANNING_FINANCE}
    customer = in_state(team, CustomerState.ACTIVE)
    for act in (freeze, services.unfreeze_customer):
        if may:
            act(customer=customer, reason="why", by=team.holder(role))
        else:
            with pytest.raises(NotAllowedError) as refused:
                act(customer=customer, reason="why", by=team.holder(role))
            assert refused.value.code == "customer.freeze_not_allowed"


def test_freezing_keeps_the_state_and_who_when_why(team: Team) -> None:
    customer = in_state(team, CustomerState.WATCH)
    freeze(customer=customer, reason=" lawsuit ", by=team.planning_finance)
    frozen = Customer.objects.get(pk=customer.pk)
    assert (frozen.state, frozen.state_reason) == (CustomerState.WATCH, "before")
    assert (frozen.frozen_at, frozen.frozen_by) == (NOW, team.planning_finance)
    assert frozen.freeze_reason == "lawsuit"
    again = freeze(customer=customer, reason="lawsuit", by=team.group_leader)
    assert again.frozen_by == team.planning_finance
    with pytest.raises(NotAllowedError):
        freeze(customer=customer, reason="another", by=team.group_leader)
    services.unfreeze_customer(customer=customer, reason="won", by=team.deputy_leader)
    free = Customer.objects.get(pk=customer.pk)
    assert (free.frozen_at, free.frozen_by, free.freeze_reason) == (None, None, "won")
    services.unfreeze_customer(customer=customer, reason="won", by=team.deputy_leader)
    with pytest.raises(NotAllowedError):
        services.unfreeze_customer(customer=customer, reason="another", by=team.deputy_leader)
    told = [(change.code, change.person, change.text) for change in state_history_of(customer, limit=2)]
    assert told == [
        ("unfrozen", str(team.deputy_leader), "won"),
        ("frozen", str(team.planning_finance), "lawsuit"),
    ]


def told(customer: Customer) -> list[tuple[str, str]]:
    """Return who was told what about the customer, in the order in which it happened."""
    url = customer.get_absolute_url()
    return list(Notification.objects.filter(url=url).order_by("pk").values_list("user__username", "title"))


def test_managers_and_the_head_are_told_of_freeze_and_unfreeze_once(team: Team) -> None:
    """Each once for each event, in his language; nobody is told what he did himself."""
    customer = in_state(team, CustomerState.ACTIVE)
    User.objects.filter(pk=team.service_manager.pk).update(language="zh-hans")
    for _ in range(2):
        freeze(customer=customer, reason="lawsuit", by=team.group_leader)
    for _ in range(2):
        services.unfreeze_customer(customer=customer, reason="won", by=team.group_leader)
    person = team.group_leader.display_name
    frozen = f"{person} froze new business with {customer.name}: lawsuit"
    unfrozen = f"{person} lifted the freeze of {customer.name}: won"
    assert [entry for entry in told(customer) if entry[0] != team.service_manager.username] == [
        (team.account_manager.username, frozen),
        (team.department_manager.username, frozen),
        (team.account_manager.username, unfrozen),
        (team.department_manager.username, unfrozen),
    ]
    assert [title for name, title in told(customer) if name == team.service_manager.username] == [
        f"{person}冻结了与{customer.name}的新业务：lawsuit",
        f"{person}解除了对{customer.name}的冻结：won",
    ]


def test_who_has_no_managers_is_frozen_as_well(team: Team) -> None:
    customer = create_active_customer()
    assert freeze(customer=customer, reason="lawsuit", by=team.group_leader).is_frozen
    assert told(customer) == []


def test_freezing_needs_a_reason_and_an_open_file(team: Team) -> None:
    customer = in_state(team, CustomerState.ACTIVE)
    with pytest.raises(InvalidInputError):
        freeze(customer=customer, reason=" ", by=team.group_leader)
    with pytest.raises(NotAllowedError):
        services.unfreeze_customer(customer=customer, reason="", by=team.group_leader)
    with pytest.raises(NotAllowedError) as refused:
        freeze(customer=in_state(team, CustomerState.CLOSED), reason="x", by=team.group_leader)
    assert refused.value.code == "customer.closed"


def test_a_closed_customer_can_be_unfrozen(team: Team) -> None:
    customer = in_state(
        team, CustomerState.CLOSED, frozen_at=NOW, frozen_by=team.group_leader, freeze_reason="x"
    )
    with pytest.raises(InvalidInputError):
        services.unfreeze_customer(customer=customer, reason=" ", by=team.group_leader)
    assert not services.unfreeze_customer(customer=customer, reason="y", by=team.group_leader).is_frozen


# The history


def test_every_change_of_state_is_told_with_who_when_why(team: Team) -> None:
    customer = in_state(team, CustomerState.ACTIVE)
    services.put_on_watch(customer=customer, reason="late", by=team.service_manager)
    services.update_customer(
        customer=customer, data={"address": "新地址"}, version=1, by=team.service_manager
    )
    services.stop_cooperation(customer=customer, reason="later", by=team.deputy_leader)
    services.close_customer(customer=customer, reason="gone", by=team.group_leader)
    services.reopen_customer(customer=customer, reason="back", by=team.group_leader)
    told = [(change.code, change.person, change.text) for change in state_history_of(customer, limit=9)]
    assert told == [
        ("prospect", str(team.group_leader), "back"),
        ("closed", str(team.group_leader), "gone"),
        ("suspended", str(team.deputy_leader), "later"),
        ("watch", str(team.service_manager), "late"),
        ("active", "", "before"),
    ]
    newest = state_history_of(customer, limit=1)
    assert [change.code for change in newest] == ["prospect"]
    assert abs(newest[0].at - customer.created_at) < dt.timedelta(minutes=5)


def test_the_history_is_two_queries(team: Team, django_assert_num_queries: Callable[[int], Any]) -> None:
    customer = in_state(team, CustomerState.ACTIVE)
    for _ in range(3):
        services.put_on_watch(customer=customer, reason="late", by=team.service_manager)
        services.end_watch(customer=customer, reason="paid", by=team.service_manager)
    with django_assert_num_queries(2):
        assert len(state_history_of(customer, limit=5)) == 5


@pytest.mark.parametrize(
    "fields",
    [
        {"frozen_at": NOW, "freeze_reason": "x"},
        {"frozen_by": True, "freeze_reason": "x"},
        {"frozen_at": NOW, "frozen_by": True},
        {"temporary_limit_amount": 1, "temporary_limit_reason": "x"},
        {"temporary_limit_valid_to_on": REVIEWED_ON, "temporary_limit_reason": "x"},
        {"temporary_limit_amount": 1, "temporary_limit_valid_to_on": REVIEWED_ON},
        {
            "temporary_limit_amount": 0,
            "temporary_limit_valid_to_on": REVIEWED_ON,
            "temporary_limit_reason": "x",
        },
        {"grade": "", "grade_valid_to_on": REVIEWED_ON},
        {"parent": True},
    ],
)
def test_database_refuses_what_no_service_would_write(team: Team, fields: dict[str, Any]) -> None:
    customer = in_state(team, CustomerState.ACTIVE)
    values: dict[str, Any] = dict(fields)
    if "frozen_by" in values:
        values["frozen_by"] = team.group_leader
    if "parent" in values:
        values["parent"] = customer
    with pytest.raises(IntegrityError), transaction.atomic():
        Customer.objects.filter(pk=customer.pk).update(**values)
