"""Who may do what with a customer file (P3, P4.1, P5): every action × role, both sides of each state."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import NotAllowedError, require
from creditrisk.policy.default import DEFAULT_POLICY
from customers import permissions
from customers.models import Customer, CustomerState
from customers.permissions import Refusal
from tests.factories.customers import RELATIONS, create_active_customer
from tests.factories.people import Team, create_department, create_team, create_user, reload

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 6, 1)


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return create_active_customer(account_manager=team.account_manager, service_manager=team.service_manager)


def contract(user: User, customer: Customer, on: dt.date = TODAY) -> Refusal:
    return permissions.contract_refusal(user, customer, signed_on=on, policy=DEFAULT_POLICY)


def code(refusal: Refusal) -> str:
    return refusal.code if refusal else ""


MANAGERS = {Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER}
LEADERS = {Role.GROUP_LEADER, Role.DEPUTY_LEADER}
ABOVE = LEADERS | {Role.ADMINISTRATOR, Role.DEPARTMENT_MANAGER}
ALLOWED: dict[Callable[[User, Customer], Refusal], set[Role]] = {
    permissions.edit_refusal: MANAGERS,
    contract: MANAGERS,
    permissions.account_manager_refusal: ABOVE,
    permissions.service_manager_refusal: ABOVE | {Role.ACCOUNT_MANAGER},
    permissions.suspend_refusal: LEADERS,
}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("action", list(ALLOWED))
def test_action_by_role(
    team: Team, customer: Customer, role: Role, action: Callable[[User, Customer], Refusal]
) -> None:
    assert (action(team.holder(role), customer) is None) == (role in ALLOWED[action])


@pytest.mark.parametrize("role", list(Role))
def test_only_the_group_leader_lifts_a_suspension(team: Team, role: Role) -> None:
    suspended = create_active_customer(state=CustomerState.SUSPENDED, state_reason="late")
    refusal = permissions.reinstate_refusal(team.holder(role), suspended)
    assert (refusal is None) == (role is Role.GROUP_LEADER)


@pytest.mark.parametrize("role", list(Role))
def test_only_account_managers_open_files(team: Team, role: Role) -> None:
    assert (permissions.create_refusal(team.holder(role)) is None) == (role is Role.ACCOUNT_MANAGER)


@pytest.mark.parametrize("action", [permissions.edit_refusal, contract, permissions.service_manager_refusal])
def test_another_account_manager_is_refused(
    customer: Customer, action: Callable[[User, Customer], Refusal]
) -> None:
    assert action(create_user(Role.ACCOUNT_MANAGER), customer) is not None


@pytest.mark.parametrize("action", [permissions.edit_refusal, contract])
def test_who_lost_the_role_is_refused(
    team: Team, customer: Customer, action: Callable[[User, Customer], Refusal]
) -> None:
    team.account_manager.role_assignments.all().delete()
    assert action(reload(team.account_manager), customer) is not None


def test_head_of_another_department_does_not_reassign(customer: Customer) -> None:
    head = create_user(Role.DEPARTMENT_MANAGER)
    create_department(head=head)
    assert code(permissions.account_manager_refusal(head, customer)) == "portfolio.not_allowed"


def test_nobodys_customer_has_no_department_head(team: Team) -> None:
    orphan = create_active_customer()
    assert permissions.account_manager_refusal(team.department_manager, orphan) is not None
    assert permissions.account_manager_refusal(team.deputy_leader, orphan) is None


def test_account_manager_without_department_has_no_head(team: Team) -> None:
    customer = create_active_customer(account_manager=create_user(Role.ACCOUNT_MANAGER))
    assert permissions.account_manager_refusal(team.department_manager, customer) is not None


# P4.1: when a contract may be recorded


def with_state(team: Team, state: CustomerState, **fields: object) -> Customer:
    return create_active_customer(
        state=state, state_reason="why", account_manager=team.account_manager, **fields
    )


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (CustomerState.ACTIVE, ""),
        (CustomerState.WATCH, ""),
        (CustomerState.SUSPENDED, "contract.suspended"),
        (CustomerState.CLOSED, "customer.closed"),
    ],
)
def test_contract_by_state(team: Team, state: CustomerState, expected: str) -> None:
    assert code(contract(team.account_manager, with_state(team, state))) == expected


@pytest.mark.parametrize(
    "state", [CustomerState.PROSPECT, CustomerState.IN_REVIEW, CustomerState.ACTIVE, CustomerState.WATCH]
)
def test_no_contract_without_an_approved_review(team: Team, state: CustomerState) -> None:
    customer = with_state(team, state, reviewed_on=None)
    assert code(contract(team.account_manager, customer)) == "contract.no_review"


@pytest.mark.parametrize(("grade", "expected"), [("A", ""), ("B", ""), ("C", ""), ("D", "contract.grade_d")])
def test_contract_by_grade(team: Team, grade: str, expected: str) -> None:
    customer = with_state(team, CustomerState.ACTIVE, grade=grade)
    assert code(contract(team.account_manager, customer)) == expected


@pytest.mark.parametrize(
    ("signed_on", "expected"),
    [(dt.date(2027, 1, 15), ""), (dt.date(2027, 1, 16), "contract.review_expired")],
)
def test_review_is_valid_for_twelve_months(team: Team, signed_on: dt.date, expected: str) -> None:
    """Reviewed on 2026-01-15; 12 months later, 2027-01-15, is the last day."""
    customer = with_state(team, CustomerState.ACTIVE)
    assert code(contract(team.account_manager, customer, signed_on)) == expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [(CustomerState.SUSPENDED, ""), (CustomerState.CLOSED, "customer.closed")],
)
def test_closed_file_is_not_edited(team: Team, state: CustomerState, expected: str) -> None:
    assert code(permissions.edit_refusal(team.account_manager, with_state(team, state))) == expected


@pytest.mark.parametrize("state", list(CustomerState))
def test_suspending_and_reinstating_by_state(team: Team, state: CustomerState) -> None:
    customer = with_state(team, state)
    stopped = state in {CustomerState.SUSPENDED, CustomerState.CLOSED}
    assert (permissions.suspend_refusal(team.group_leader, customer) is not None) == stopped
    assert (permissions.reinstate_refusal(team.group_leader, customer) is None) == (
        state == CustomerState.SUSPENDED
    )


@pytest.mark.parametrize("role", list(Role))
def test_who_reads_the_whole_account_number(team: Team, customer: Customer, role: Role) -> None:
    readers = {
        *MANAGERS,
        *LEADERS,
        Role.PLANNING_FINANCE,
        Role.GENERAL_MANAGER,
        Role.FINANCE_CLERK,
    }
    assert permissions.may_see_bank_account(team.holder(role), customer) == (role in readers)


@pytest.mark.parametrize("relation", RELATIONS)
def test_one_who_is_loaded_is_seen_by_exactly_those_who_find_him(relation: str) -> None:
    """`sees_customer` against `visible_to`: each role alone, all and none, in every relation."""
    customer = create_active_customer()
    for roles in [(), tuple(Role), *[(role,) for role in Role]]:
        person = create_user(*roles)
        RELATIONS[relation](customer, person)
        stored = Customer.objects.get(pk=customer.pk)
        found = Customer.objects.visible_to(person).filter(pk=customer.pk).exists()  # type: ignore[attr-defined]
        assert permissions.sees_customer(person, stored) is found, roles


def test_require_raises_the_refusal_itself() -> None:
    refusal = NotAllowedError("code", "reason")
    require(None)
    with pytest.raises(NotAllowedError) as raised:
        require(refusal)
    assert raised.value is refusal


def test_every_reason_for_a_hold_is_named_the_weightiest_first() -> None:
    suspended = create_active_customer(
        state=CustomerState.SUSPENDED, state_reason="late", grade="D", reviewed_on=dt.date(2025, 1, 1)
    )
    found = permissions.business_refusals(suspended, on=TODAY, policy=DEFAULT_POLICY)
    assert [refusal.code for refusal in found] == [
        "contract.suspended",
        "contract.grade_d",
        "contract.review_expired",
    ]
    assert code(permissions.business_refusal(suspended, on=TODAY, policy=DEFAULT_POLICY)) == (
        "contract.suspended"
    )
    fine = create_active_customer()
    assert permissions.business_refusal(fine, on=TODAY, policy=DEFAULT_POLICY) is None
    assert {refusal.code for refusal in found} <= set(permissions.REFUSAL_TEXTS)
