"""Temporary limits, service level and the group: who sets them, what is refused, and who was faster."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.audit.selectors import history_of
from creditrisk.exceptions import BusinessError, ConflictError, InvalidInputError, NotAllowedError
from creditrisk.notifications.models import Notification
from customers import services
from customers.groups import chain_above, group_of, members_seen
from customers.models import Customer, CustomerState
from tests.factories.customers import create_active_customer, create_customer
from tests.factories.people import Team, create_team, create_user

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 6, 1)


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return create_active_customer(account_manager=team.account_manager, service_manager=team.service_manager)


def grant(customer: Customer, by: User, **changes: Any) -> Customer:
    arguments: dict[str, Any] = {
        "amount": Decimal("50000.00"),
        "valid_to_on": dt.date(2026, 8, 31),
        "reason": "project",
        "version": 1,
        "today": TODAY,
    }
    return services.grant_temporary_limit(customer=customer, by=by, **(arguments | changes))


# Temporary limits


@pytest.mark.parametrize("role", list(Role))
def test_who_grants_and_ends_a_temporary_limit(team: Team, customer: Customer, role: Role) -> None:
    if role in {Role.GROUP_LEADER, Role.PLANNING_FINANCE}:
        assert grant(customer, team.holder(role)).version == 2
        ended = services.end_temporary_limit(customer=customer, reason="x", version=2, by=team.holder(role))
        assert ended.version == 3
        return
    with pytest.raises(NotAllowedError):
        grant(customer, team.holder(role))
    with pytest.raises(NotAllowedError):
        services.end_temporary_limit(customer=customer, reason="x", version=1, by=team.holder(role))


def test_granting_keeps_amount_end_and_reason(team: Team, customer: Customer) -> None:
    grant(customer, team.planning_finance, reason=" project ")
    stored = Customer.objects.get(pk=customer.pk)
    assert stored.temporary_limit_amount == Decimal("50000.00")
    assert stored.temporary_limit_valid_to_on == dt.date(2026, 8, 31)
    assert stored.temporary_limit_reason == "project"
    newest = history_of(stored)[0]
    assert newest.person == str(team.planning_finance)
    assert {change.new for change in newest.changes} == {"50,000.00", "2026-08-31", "project"}


def test_the_second_click_changes_nothing(team: Team, customer: Customer) -> None:
    grant(customer, team.group_leader)
    assert grant(customer, team.group_leader).version == 2
    services.end_temporary_limit(customer=customer, reason="done", version=2, by=team.group_leader)
    again = services.end_temporary_limit(customer=customer, reason="done", version=2, by=team.group_leader)
    assert (again.version, again.temporary_limit_amount, again.temporary_limit_reason) == (3, None, "done")
    with pytest.raises(NotAllowedError) as refused:
        services.end_temporary_limit(customer=customer, reason="other", version=3, by=team.group_leader)
    assert refused.value.code == "limit.none"


def test_managers_are_told_of_a_limit_once(team: Team, customer: Customer) -> None:
    for _ in range(2):
        grant(customer, team.planning_finance)
    for _ in range(2):
        services.end_temporary_limit(customer=customer, reason="done", version=2, by=team.group_leader)
    by, name = team.planning_finance.display_name, customer.name
    titles = [
        f"{by} set a temporary limit of CNY 50,000.00 for {name} up to 2026-08-31.",
        f"{team.group_leader.display_name} ended the temporary limit of {name}: done",
    ]
    for person in (team.account_manager, team.service_manager, team.department_manager):
        assert list(Notification.objects.filter(user=person).values_list("title", flat=True)) == titles[::-1]
    assert Notification.objects.count() == 6


def test_a_second_click_after_another_change_tells_nobody_again(team: Team, customer: Customer) -> None:
    grant(customer, team.planning_finance)
    services.set_service_level(
        customer=customer, level="priority", reason="large", version=2, by=team.group_leader
    )
    told = Notification.objects.count()
    assert grant(customer, team.planning_finance).version == 3
    assert Notification.objects.count() == told


def test_who_did_not_see_the_other_change_is_told(team: Team, customer: Customer) -> None:
    grant(customer, team.planning_finance)
    with pytest.raises(ConflictError) as conflict:
        grant(customer, team.group_leader, amount=Decimal("70000.00"))
    assert str(team.planning_finance) in str(conflict.value)
    assert grant(customer, team.group_leader, amount=Decimal("70000.00"), version=2).version == 3


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": Decimal("0.00")}, "limit.amount"),
        ({"amount": Decimal("-0.01")}, "limit.amount"),
        ({"valid_to_on": TODAY - dt.timedelta(days=1)}, "limit.ended"),
        ({"reason": " "}, "customer.reason_missing"),
    ],
)
def test_what_is_no_limit(team: Team, customer: Customer, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        grant(customer, team.group_leader, **changes)
    assert refused.value.code == code
    assert Customer.objects.get(pk=customer.pk).version == 1


def test_a_limit_may_end_today_and_be_a_cent(team: Team, customer: Customer) -> None:
    granted = grant(customer, team.group_leader, amount=Decimal("0.01"), valid_to_on=TODAY)
    assert granted.temporary_limit_amount == Decimal("0.01")


def test_a_closed_file_gets_no_limit_no_level_and_no_parent(team: Team) -> None:
    closed = create_active_customer(state=CustomerState.CLOSED, state_reason="x")
    leader = team.group_leader
    for act in (
        lambda: grant(closed, leader),
        lambda: services.set_service_level(
            customer=closed, level="limited", reason="x", version=1, by=leader
        ),
        lambda: services.set_parent(customer=closed, parent=None, version=1, by=leader),
    ):
        with pytest.raises(NotAllowedError) as refused:
            act()
        assert refused.value.code == "customer.closed"


# The service level


@pytest.mark.parametrize("role", list(Role))
def test_the_group_leader_alone_sets_the_service_level(team: Team, customer: Customer, role: Role) -> None:
    def act() -> Customer:
        return services.set_service_level(
            customer=customer, level="priority", reason="P4.2", version=1, by=team.holder(role)
        )

    if role is not Role.GROUP_LEADER:
        with pytest.raises(NotAllowedError):
            act()
        return
    assert (act().version, act().version) == (2, 2)
    stored = Customer.objects.get(pk=customer.pk)
    assert (stored.service_level, stored.service_level_reason) == ("priority", "P4.2")


@pytest.mark.parametrize(("level", "reason"), [("gold", "x"), ("limited", " ")])
def test_what_is_no_service_level(team: Team, customer: Customer, level: str, reason: str) -> None:
    with pytest.raises(InvalidInputError):
        services.set_service_level(
            customer=customer, level=level, reason=reason, version=1, by=team.group_leader
        )
    with pytest.raises(ConflictError):
        services.set_service_level(
            customer=customer, level="limited", reason="x", version=7, by=team.group_leader
        )


# The group


def below(parent: Customer | None, name: str = "", **fields: Any) -> Customer:
    return create_customer(parent=parent, name=name, **fields)


def test_group_is_the_head_and_everything_below(django_assert_max_num_queries: Callable[[int], Any]) -> None:
    """A over B and C, B over D; E stands alone."""
    a = below(None)
    b, c = below(a), below(a)
    d = below(b)
    alone = below(None)
    for member in (a, b, c, d):
        with django_assert_max_num_queries(2):
            group = group_of(member)
        assert group is not None
        assert group.head == a
        assert set(group.member_pks) == {a.pk, b.pk, c.pk, d.pk}
        assert group.member_pks[0] == a.pk
    assert group_of(alone) is None
    assert chain_above(d) == [d.pk, b.pk, a.pk]


def test_a_loop_past_the_services_ends_all_the_same() -> None:
    a = below(None)
    b = below(a)
    Customer.objects.filter(pk=a.pk).update(parent=b)
    assert group_of(b) is None
    assert chain_above(b) == [b.pk, a.pk]


def test_members_are_named_to_who_sees_them(team: Team, customer: Customer) -> None:
    sister = below(customer)
    group = group_of(customer)
    assert group is not None
    assert list(members_seen(group, team.account_manager)) == [customer]
    assert set(members_seen(group, team.group_leader)) == {customer, sister}


@pytest.mark.parametrize("role", list(Role))
def test_who_changes_the_group(team: Team, customer: Customer, role: Role) -> None:
    parent = below(None, account_manager=team.account_manager, service_manager=team.service_manager)
    allowed = {Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER, Role.GROUP_LEADER, Role.DEPUTY_LEADER}
    if role not in allowed:
        with pytest.raises(NotAllowedError):
            services.set_parent(customer=customer, parent=parent, version=1, by=team.holder(role))
        return
    for _ in range(2):
        changed = services.set_parent(customer=customer, parent=parent, version=1, by=team.holder(role))
        assert (changed.parent, changed.version) == (parent, 2)
    assert services.set_parent(customer=customer, parent=None, version=2, by=team.holder(role)).version == 3


def test_nobody_is_put_below_a_company_that_the_person_does_not_see(team: Team, customer: Customer) -> None:
    with pytest.raises(InvalidInputError) as refused:
        services.set_parent(customer=customer, parent=below(None), version=1, by=team.account_manager)
    assert refused.value.code == "group.parent_unknown"


def test_a_parent_that_the_person_does_not_see_is_a_leaders_to_change(team: Team, customer: Customer) -> None:
    services.set_parent(customer=customer, parent=below(None), version=1, by=team.group_leader)
    with pytest.raises(NotAllowedError) as refused:
        services.set_parent(customer=customer, parent=None, version=2, by=team.account_manager)
    assert refused.value.code == "group.parent_hidden"


def test_nobody_stands_above_himself(team: Team, customer: Customer) -> None:
    middle = below(customer, name="中间公司")
    lowest = below(middle, name="底层公司")
    for parent, names in ((customer, 1), (middle, 2), (lowest, 3)):
        with pytest.raises(InvalidInputError) as refused:
            services.set_parent(customer=customer, parent=parent, version=1, by=team.group_leader)
        assert refused.value.code == "group.loop"
        assert str(refused.value).count("→") == names
    assert "中间公司" in str(refused.value)
    assert "底层公司" in str(refused.value)


def test_a_loop_tells_no_names_that_the_person_does_not_see(team: Team, customer: Customer) -> None:
    middle = below(customer, name="秘密公司")
    lowest = below(middle, account_manager=team.account_manager)
    with pytest.raises(InvalidInputError) as refused:
        services.set_parent(customer=customer, parent=lowest, version=1, by=team.account_manager)
    assert "秘密公司" not in str(refused.value)
    assert "a company that you do not see" in str(refused.value)


def test_the_group_of_somebody_who_was_changed_meanwhile(team: Team, customer: Customer) -> None:
    grant(customer, team.group_leader)
    with pytest.raises(ConflictError):
        services.set_parent(customer=customer, parent=below(None), version=1, by=team.group_leader)


# Two at once


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    def close_connections() -> None:
        barrier.wait(timeout=30)
        connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        yield threads
        barrier = Barrier(2)
        for done in [threads.submit(close_connections) for _ in range(2)]:
            done.result(timeout=30)


def together(pool: ThreadPoolExecutor, *actions: Callable[[], Any]) -> list[Any]:
    """Return what each action returned or how it was refused, all started at the same moment."""
    barrier = Barrier(len(actions))

    def run(action: Callable[[], Any]) -> Any:
        barrier.wait(timeout=10)
        try:
            return action()
        except BusinessError as refused:
            return refused

    return [future.result(timeout=30) for future in [pool.submit(run, action) for action in actions]]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_two_limits_granted_at_once_one_wins_and_the_other_is_told(pool: ThreadPoolExecutor) -> None:
    leader, planning = create_user(Role.GROUP_LEADER), create_user(Role.PLANNING_FINANCE)
    for _ in range(10):
        customer = create_active_customer()
        results = together(
            pool,
            lambda customer=customer: grant(customer, leader, amount=Decimal("50000.00")),
            lambda customer=customer: grant(customer, planning, amount=Decimal("70000.00")),
        )
        (winner,) = [result for result in results if isinstance(result, Customer)]
        (loser,) = [result for result in results if isinstance(result, ConflictError)]
        stored = Customer.objects.get(pk=customer.pk)
        assert (stored.temporary_limit_amount, stored.version) == (winner.temporary_limit_amount, 2)
        assert str(leader if winner.temporary_limit_amount == 50000 else planning) in str(loser)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_changes_at_once_close_no_loop(pool: ThreadPoolExecutor) -> None:
    leader = create_user(Role.GROUP_LEADER)
    for _ in range(10):
        a, b = create_active_customer(), create_active_customer()
        results = together(
            pool,
            lambda a=a, b=b: services.set_parent(customer=a, parent=b, version=1, by=leader),
            lambda a=a, b=b: services.set_parent(customer=b, parent=a, version=1, by=leader),
        )
        codes = [getattr(result, "code", "done") for result in results]
        assert sorted(codes) == ["done", "group.loop"]
        assert Customer.objects.filter(pk__in=[a.pk, b.pk], parent__isnull=False).count() == 1
