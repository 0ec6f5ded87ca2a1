"""Who may do what in which state: every state × action × person, none left out. A database only
where the account number is at stake."""

from __future__ import annotations

from itertools import product

import pytest
from django.test import Client

from creditrisk.accounts.models import Department, User
from creditrisk.accounts.roles import SEES_ALL_CUSTOMERS, Role
from creditrisk.exceptions import ConflictError, NotAllowedError
from customers.models import Customer, CustomerState
from reviews import services
from reviews.approval_chain import CHAINS
from reviews.models import ApprovalStep, Review, ReviewKind, ReviewState, Score, StepState
from reviews.permissions import (
    STEP_ACTIONS,
    Action,
    may_see_bank_account,
    needs_new_customer_review,
    refusal,
    refusal_of_gap,
    refusal_to_create,
    require,
)
from tests.factories.people import Team, create_department, create_user, reload
from tests.factories.reviews import (
    COMPLETE_ANSWERS,
    NOW,
    approve_all,
    create_draft,
    create_submitted,
)


def person(key: int, *roles: Role, superuser: bool = False) -> User:
    user = User(pk=key, username=f"user{key}", is_superuser=superuser)
    user.__dict__["roles"] = frozenset(role.value for role in roles)
    return user


INITIATOR = person(1, Role.ACCOUNT_MANAGER)
PEOPLE = {
    "initiator": INITIATOR,
    "initiator with every role, superuser": person(1, *Role, superuser=True),
    "initiator without a role": person(1),
    **{role.value: person(10 + number, role) for number, role in enumerate(Role)},
    "stranger with every role": person(90, *Role),
    "superuser without a role": person(91, superuser=True),
}
HEAD, SERVICE_MANAGER = PEOPLE["department_manager"], PEOPLE["service_manager"]
DECIDING = sorted(STEP_ACTIONS - {Action.TAKE_BACK})
ENDED = (ReviewState.APPROVED, ReviewState.REJECTED, ReviewState.WITHDRAWN)
WRITABLE = (ReviewState.DRAFT, ReviewState.RETURNED)


def review_in(state: ReviewState) -> Review:
    INITIATOR.department = Department(pk=1, name="Market", head=HEAD)
    customer = Customer(
        pk=1, number="C1", account_manager=INITIATOR, service_manager=SERVICE_MANAGER, state="in_review"
    )
    ended_at = NOW if state in ENDED else None
    return Review(pk=1, number="R-1", customer=customer, initiator=INITIATOR, state=state, ended_at=ended_at)


def step_in(state: StepState, role: str = Role.LEGAL_AFFAIRS) -> ApprovalStep:
    is_decided = state in {StepState.APPROVED, StepState.RETURNED, StepState.REJECTED}
    decided = {"decided_by": PEOPLE["legal_affairs"], "decided_at": NOW} if is_decided else {}
    return ApprovalStep(pk=1, role=role, state=state, **decided)


OWNERS = {"initiator", "initiator with every role, superuser"}
READERS = (
    OWNERS
    | {role.value for role in SEES_ALL_CUSTOMERS}
    | {"service_manager", "department_manager", "stranger with every role"}
)


def allowed_people(action: Action, state: ReviewState) -> set[str]:
    """The whole table of P4.1 for actions on a review, by state."""
    if action == Action.VIEW:
        return OWNERS if state == ReviewState.DRAFT else READERS
    if action == Action.WITHDRAW:
        return set() if state in ENDED else OWNERS
    if action == Action.SCORE:
        return set()
    if action == Action.URGE:
        return OWNERS if state == ReviewState.IN_APPROVAL else set()
    return OWNERS if state in WRITABLE else set()


@pytest.mark.parametrize(
    ("action", "state"),
    list(product([action for action in Action if action not in STEP_ACTIONS], ReviewState)),
)
def test_every_action_in_every_state_is_allowed_to_exactly_these_people(
    action: Action, state: ReviewState
) -> None:
    review = review_in(state)
    found = {name for name, user in PEOPLE.items() if refusal(action, user=user, review=review) is None}
    assert found == allowed_people(action, state)


STARTER = person(1, Role.SERVICE_MANAGER)
ANNUAL_PEOPLE = PEOPLE | {"initiator": STARTER}
SCORES = {
    "none": [],
    "both": [Score(role=Role.ACCOUNT_MANAGER, by=person(80)), Score(role=Role.SERVICE_MANAGER, by=STARTER)],
}


def annual_in(state: ReviewState, scores: str) -> Review:
    review = review_in(state)
    review.kind, review.year, review.initiator = ReviewKind.ANNUAL, 2026, STARTER
    review.customer.account_manager = PEOPLE["account_manager"]
    PEOPLE["account_manager"].department = Department(pk=1, name="Market", head=HEAD)
    review.customer.service_manager = STARTER
    review._prefetched_objects_cache = {"scores": SCORES[scores]}  # type: ignore[attr-defined]
    return review


def allowed_in_annual(action: Action, state: ReviewState, scores: str) -> set[str]:
    """The whole table of P4.2: the service manager starts, writes and withdraws, he and the account manager score."""
    managers = OWNERS | {"account_manager"}
    if action == Action.VIEW:
        others = (READERS - {"service_manager"}) | {"account_manager"}
        return managers if state == ReviewState.DRAFT else others
    if action == Action.WITHDRAW:
        return set() if state in ENDED else OWNERS
    if action == Action.SCORE:
        stand = state == ReviewState.DRAFT and scores == "both"
        return managers if state in WRITABLE and not stand else set()
    if action == Action.URGE:
        return OWNERS if state == ReviewState.IN_APPROVAL else set()
    return OWNERS if state in WRITABLE else set()


@pytest.mark.parametrize(
    ("action", "state", "scores"),
    list(product([action for action in Action if action not in STEP_ACTIONS], ReviewState, SCORES)),
)
def test_every_action_on_an_annual_review_is_allowed_to_exactly_these_people(
    action: Action, state: ReviewState, scores: str
) -> None:
    review = annual_in(state, scores)
    found = {
        name for name, user in ANNUAL_PEOPLE.items() if refusal(action, user=user, review=review) is None
    }
    assert found == allowed_in_annual(action, state, scores)


CHAIN_ROLES = sorted({role for chain in CHAINS.values() for stage in chain for role in stage.roles})


@pytest.mark.parametrize(("action", "role"), list(product(DECIDING, CHAIN_ROLES)))
def test_an_open_step_of_either_chain_is_decided_by_exactly_its_role(action: Action, role: Role) -> None:
    review = review_in(ReviewState.IN_APPROVAL)
    step = step_in(StepState.PENDING, role)
    found = {
        name for name, user in PEOPLE.items() if refusal(action, user=user, review=review, step=step) is None
    }
    bound = {Role.SERVICE_MANAGER, Role.DEPARTMENT_MANAGER}
    others = set() if role in bound else {"stranger with every role"}
    assert found == {role.value} | others


@pytest.mark.parametrize(
    ("action", "state", "name"),
    list(product(DECIDING, [state for state in StepState if state != StepState.PENDING], PEOPLE)),
)
def test_a_step_that_is_not_open_is_decided_by_nobody(action: Action, state: StepState, name: str) -> None:
    review = review_in(ReviewState.IN_APPROVAL)
    assert refusal(action, user=PEOPLE[name], review=review, step=step_in(state)) is not None


@pytest.mark.parametrize(
    ("state", "kind", "code"),
    [
        (StepState.WAITING, NotAllowedError, "step.not_open"),
        (StepState.APPROVED, ConflictError, "step.decided"),
        (StepState.RETURNED, ConflictError, "step.decided"),
        (StepState.REJECTED, ConflictError, "step.decided"),
        (StepState.SUPERSEDED, ConflictError, "step.superseded"),
        (StepState.CANCELLED, ConflictError, "review.ended"),
    ],
)
def test_a_refusal_says_what_has_become_of_the_step(
    state: StepState, kind: type[Exception], code: str
) -> None:
    holder = PEOPLE["legal_affairs"]
    found = refusal(
        Action.APPROVE, user=holder, review=review_in(ReviewState.IN_APPROVAL), step=step_in(state)
    )
    assert isinstance(found, kind)
    assert found.code == code  # type: ignore[union-attr]


def test_the_one_who_is_too_late_learns_who_was_faster() -> None:
    found = refusal(
        Action.REJECT,
        user=PEOPLE["stranger with every role"],
        review=review_in(ReviewState.IN_APPROVAL),
        step=step_in(StepState.APPROVED),
    )
    assert str(found) == "user15 has already decided this step: approved."


@pytest.mark.parametrize(
    ("role", "code"),
    [
        (Role.SERVICE_MANAGER, "step.service_manager"),
        (Role.DEPARTMENT_MANAGER, "step.department_head"),
    ],
)
def test_a_holder_who_is_not_this_customers_is_told_whose_step_it_is(role: Role, code: str) -> None:
    found = refusal(
        Action.APPROVE,
        user=PEOPLE["stranger with every role"],
        review=review_in(ReviewState.IN_APPROVAL),
        step=step_in(StepState.PENDING, role),
    )
    assert found is not None
    assert found.code == code


def test_a_step_action_without_its_step_is_a_programmers_mistake() -> None:
    with pytest.raises(ValueError, match="approve"):
        refusal(Action.APPROVE, user=INITIATOR, review=review_in(ReviewState.IN_APPROVAL))


def test_require_raises_the_refusal_and_passes_what_is_allowed() -> None:
    require(Action.EDIT, user=INITIATOR, review=review_in(ReviewState.DRAFT))
    with pytest.raises(ConflictError) as refused:
        require(Action.EDIT, user=INITIATOR, review=review_in(ReviewState.IN_APPROVAL))
    assert refused.value.code == "review.locked"


def test_after_a_handover_the_former_account_manager_may_look_and_withdraw_but_not_write() -> None:
    successor = person(50, Role.ACCOUNT_MANAGER)
    review = review_in(ReviewState.DRAFT)
    review.customer.account_manager = successor
    former = {action: refusal(action, user=INITIATOR, review=review) for action in (Action.VIEW, Action.EDIT)}
    assert former[Action.VIEW] is None
    assert former[Action.EDIT] is not None
    assert former[Action.EDIT].code == "review.handed_over"
    assert refusal(Action.VIEW, user=successor, review=review) is None
    assert refusal(Action.WITHDRAW, user=successor, review=review) is None
    assert refusal(Action.SUBMIT, user=successor, review=review) is not None


# The account number ------------------------------------------------------------------------------


@pytest.fixture
def asked(team: Team) -> Review:
    """A review in approval, whose service manager belongs to another department than the account manager."""
    team.service_manager.department = create_department(head=create_user(Role.DEPARTMENT_MANAGER))
    team.service_manager.save()
    return create_submitted(team)


def reads_account(user: User, review: Review) -> bool:
    stored = Review.objects.get(pk=review.pk)
    assert refusal(Action.VIEW, user=user, review=stored) is None
    return may_see_bank_account(user, stored)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMINISTRATOR}))
def test_initiator_deciders_and_finance_read_the_whole_account_number(
    team: Team, asked: Review, role: Role
) -> None:
    """Legal affairs, general management and the department's head decide: they read all of what they decide on."""
    assert reads_account(team.holder(role), asked)


def test_who_only_sees_the_review_gets_the_account_number_masked(team: Team, asked: Review) -> None:
    """The head of the service manager's department sees the customer, but decides nothing."""
    assert team.service_manager.department is not None
    onlooker = team.service_manager.department.head
    assert onlooker is not None
    assert not reads_account(onlooker, asked)
    client = Client()
    for user, is_masked in ((onlooker, True), (team.legal_affairs, False), (team.department_manager, False)):
        client.force_login(user)
        page = client.get(asked.get_absolute_url()).content.decode()
        assert (COMPLETE_ANSWERS["bank_account"] not in page) is is_masked
        assert ("•••• 0123" in page) is is_masked
        assert COMPLETE_ANSWERS["bank_name"] in page, "all the rest is read by everybody"


def test_a_form_that_was_never_handed_in_has_no_deciders(team: Team) -> None:
    review = create_draft(team)
    services.withdraw_review(review=review, by=team.account_manager, now=NOW)
    assert reads_account(team.account_manager, review)
    assert reads_account(team.finance_clerk, review)
    assert not reads_account(team.legal_affairs, review)


def test_who_has_decided_goes_on_reading_what_he_decided_on(team: Team, asked: Review) -> None:
    """Legal affairs approved, and is the head of the service manager's department today."""
    approve_all(team, asked, up_to="general_management")
    department = team.service_manager.department
    assert department is not None
    department.head = team.legal_affairs
    department.save()
    team.legal_affairs.role_assignments.update(role=Role.DEPARTMENT_MANAGER)
    assert reads_account(reload(team.legal_affairs), asked)


def test_the_initiator_goes_on_reading_after_a_handover_until_he_has_no_role(
    team: Team, asked: Review
) -> None:
    Customer.objects.filter(pk=asked.customer_id).update(account_manager=create_user(Role.ACCOUNT_MANAGER))
    assert reads_account(team.account_manager, asked)
    team.account_manager.role_assignments.all().delete()
    assert not may_see_bank_account(reload(team.account_manager), Review.objects.get(pk=asked.pk))


# Starting ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "reviewed", "needed"),
    [
        (CustomerState.PROSPECT, False, True),
        (CustomerState.IN_REVIEW, False, False),
        (CustomerState.ACTIVE, False, True),
        (CustomerState.ACTIVE, True, False),
        (CustomerState.WATCH, False, True),
        (CustomerState.WATCH, True, False),
        (CustomerState.SUSPENDED, False, False),
        (CustomerState.CLOSED, False, False),
    ],
)
def test_which_customers_need_a_new_customer_review(
    state: CustomerState, reviewed: bool, needed: bool
) -> None:
    customer = Customer(state=state, reviewed_on=NOW.date() if reviewed else None)
    assert needs_new_customer_review(customer) is needed


@pytest.mark.parametrize("name", PEOPLE)
def test_only_the_customers_own_account_manager_starts_a_review(name: str) -> None:
    customer = Customer(account_manager=INITIATOR, state=CustomerState.PROSPECT)
    refused = refusal_to_create(user=PEOPLE[name], customer=customer, open_review=None)
    assert (refused is None) is (name in OWNERS)


def test_why_a_review_cannot_be_started() -> None:
    customer = Customer(account_manager=INITIATOR, state=CustomerState.ACTIVE, reviewed_on=NOW.date())
    found = {
        "role": refusal_to_create(user=PEOPLE["legal_affairs"], customer=customer, open_review=None),
        "yours": refusal_to_create(
            user=person(51, Role.ACCOUNT_MANAGER), customer=customer, open_review=None
        ),
        "open": refusal_to_create(
            user=INITIATOR, customer=customer, open_review=review_in(ReviewState.RETURNED)
        ),
        "needed": refusal_to_create(user=INITIATOR, customer=customer, open_review=None),
    }
    assert {key: refused and refused.code for key, refused in found.items()} == {
        "role": "review.create_role",
        "yours": "review.create_not_yours",
        "open": "review.create_open",
        "needed": "review.create_not_needed",
    }


@pytest.mark.parametrize("role", CHAIN_ROLES)
def test_every_gap_in_the_chain_names_its_remedy(role: Role) -> None:
    gap = refusal_of_gap(role)
    assert gap.code == f"submit.nobody_{role.value}"
    assert "administrator" in str(gap) or "customer file" in str(gap)
