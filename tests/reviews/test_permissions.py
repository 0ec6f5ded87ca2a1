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
from reviews.models import (
    ApprovalStep,
    Consultation,
    Decision,
    Review,
    ReviewCopy,
    ReviewKind,
    ReviewState,
    Score,
    StepState,
)
from reviews.permissions import (
    STEP_ACTIONS,
    Action,
    acting_for,
    may_see_bank_account,
    needs_new_customer_review,
    refusal,
    refusal_of_gap,
    refusal_to_advise,
    refusal_to_be_asked,
    refusal_to_correct,
    refusal_to_create,
    refusal_to_receive,
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
    user.__dict__["stands_in_for"] = ()
    return user


def deputy(key: int, *absent: User, role: Role = Role.FINANCE_CLERK) -> User:
    user = person(key, role)
    user.__dict__["stands_in_for"] = absent
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
DEPUTIES = {
    f"deputy of {role.value}": deputy(200 + number, PEOPLE[role.value]) for number, role in enumerate(Role)
} | {
    "deputy of the initiator": deputy(230, PEOPLE["initiator with every role, superuser"]),
    "deputy of a stranger": deputy(231, PEOPLE["stranger with every role"]),
    "initiator as deputy of everybody": deputy(1, *(PEOPLE[role.value] for role in Role)),
}
HEAD, SERVICE_MANAGER = PEOPLE["department_manager"], PEOPLE["service_manager"]
ON_A_STEP = sorted(STEP_ACTIONS - {Action.TAKE_BACK})
ENDED = (ReviewState.APPROVED, ReviewState.REJECTED, ReviewState.WITHDRAWN)
WRITABLE = (ReviewState.DRAFT, ReviewState.RETURNED)


def review_in(state: ReviewState) -> Review:
    INITIATOR.department = Department(pk=1, name="Market", head=HEAD)
    customer = Customer(
        pk=1, number="C1", account_manager=INITIATOR, service_manager=SERVICE_MANAGER, state="in_review"
    )
    ended_at = NOW if state in ENDED else None
    review = Review(
        pk=1, number="R-1", customer=customer, initiator=INITIATOR, state=state, ended_at=ended_at
    )
    review.submitted_at = None if state == ReviewState.DRAFT else NOW
    review._prefetched_objects_cache = {"steps": [], "copies": [], "decisions": []}  # type: ignore[attr-defined]
    return review


def step_in(
    state: StepState, role: str = Role.LEGAL_AFFAIRS, *, assignee: User | None = None
) -> ApprovalStep:
    is_decided = state in {StepState.APPROVED, StepState.RETURNED, StepState.REJECTED}
    decided = {"decided_by": PEOPLE["legal_affairs"], "decided_at": NOW} if is_decided else {}
    return ApprovalStep(pk=1, role=role, state=state, assignee=assignee, **decided)


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
    if action == Action.SEND_COPY:
        return OWNERS if state in {ReviewState.IN_APPROVAL, ReviewState.RETURNED} else set()
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
    review._prefetched_objects_cache["scores"] = SCORES[scores]  # type: ignore[attr-defined]
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
    if action == Action.SEND_COPY:
        return OWNERS if state in {ReviewState.IN_APPROVAL, ReviewState.RETURNED} else set()
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


EVERYBODY = PEOPLE | DEPUTIES
BOUND = {Role.SERVICE_MANAGER, Role.DEPARTMENT_MANAGER}
TAKEN_ON_BY = ("nobody", "its holder", "a colleague", "one who left", "one who lost the role")


def taken_on_by(whom: str, role: Role) -> User | None:
    left = person(96, role)
    left.__dict__["roles"] = frozenset()  # what an inactive person holds
    return {
        "nobody": None,
        "its holder": PEOPLE[role.value],
        "a colleague": PEOPLE["stranger with every role"],
        "one who left": left,
        "one who lost the role": person(97, Role.FINANCE_CLERK),
    }[whom]


def allowed_on_open_step(action: Action, role: Role, whom: str) -> set[str]:
    """The table of P3 and P4: its holder signs a step; who took it on signs it alone; a deputy decides and asks, but
    does not bind the step to anybody.
    """
    colleagues = set() if role in BOUND else {"stranger with every role"}
    signers = {role.value} | colleagues
    if whom == "its holder":
        signers = {role.value}
    elif whom == "a colleague":
        signers = {"stranger with every role"}
    is_taken_on = whom in {"its holder", "a colleague"}
    if action == Action.CLAIM:
        return set() if role in BOUND or is_taken_on else signers
    if action == Action.RELEASE:
        return signers if is_taken_on else set()
    if action == Action.TRANSFER:
        return signers
    deputies = {f"deputy of {name}" for name in signers if name in set(Role)}
    if "stranger with every role" in signers:
        deputies.add("deputy of a stranger")
    return signers | deputies


@pytest.mark.parametrize(("action", "role", "whom"), list(product(ON_A_STEP, CHAIN_ROLES, TAKEN_ON_BY)))
def test_an_open_step_of_either_chain_is_for_exactly_these_people(
    action: Action, role: Role, whom: str
) -> None:
    review = review_in(ReviewState.IN_APPROVAL)
    step = step_in(StepState.PENDING, role, assignee=taken_on_by(whom, role))
    found = {
        name
        for name, user in EVERYBODY.items()
        if refusal(action, user=user, review=review, step=step) is None
    }
    assert found == allowed_on_open_step(action, role, whom)


@pytest.mark.parametrize(
    ("action", "state", "whom"),
    list(product(ON_A_STEP, [state for state in StepState if state != StepState.PENDING], TAKEN_ON_BY)),
)
def test_a_step_that_is_not_open_is_for_nobody(action: Action, state: StepState, whom: str) -> None:
    review = review_in(ReviewState.IN_APPROVAL)
    step = step_in(state, assignee=taken_on_by(whom, Role.LEGAL_AFFAIRS))
    assert [
        name
        for name, user in EVERYBODY.items()
        if refusal(action, user=user, review=review, step=step) is None
    ] == []


@pytest.mark.parametrize(("round_", "refused"), [(1, True), (2, False)])
def test_a_deputy_decides_once_in_a_round(round_: int, refused: bool) -> None:
    """He decided the first stage of round 1 himself: in round 1 he stands in for nobody, in round 2 he may."""
    review = review_in(ReviewState.IN_APPROVAL)
    someone = EVERYBODY["deputy of legal_affairs"]
    earlier = ApprovalStep(pk=9, round=1, role=Role.GENERAL_MANAGEMENT, state="approved", decided_by=someone)
    review._prefetched_objects_cache["steps"] = [earlier]  # type: ignore[attr-defined]
    step = step_in(StepState.PENDING)
    step.round = round_
    found = refusal(Action.APPROVE, user=someone, review=review, step=step)
    assert (found and found.code) == ("step.deputy_decided" if refused else None)


def test_who_holds_the_role_himself_decides_in_his_own_name() -> None:
    review, step = review_in(ReviewState.IN_APPROVAL), step_in(StepState.PENDING)
    both = deputy(240, PEOPLE["legal_affairs"], role=Role.LEGAL_AFFAIRS)
    assert acting_for(both, review, step) is both
    assert acting_for(EVERYBODY["deputy of legal_affairs"], review, step) is PEOPLE["legal_affairs"]
    assert acting_for(PEOPLE["finance_clerk"], review, step) is None


def test_a_colleague_who_was_faster_is_named() -> None:
    step = step_in(StepState.PENDING, assignee=PEOPLE["legal_affairs"])
    found = refusal(
        Action.CLAIM,
        user=PEOPLE["stranger with every role"],
        review=review_in(ReviewState.IN_APPROVAL),
        step=step,
    )
    assert isinstance(found, ConflictError)
    assert str(found) == "user15 has taken this step on."


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("legal_affairs", "transfer.self"),
        ("initiator with every role, superuser", "review.own"),
        ("finance_clerk", "transfer.role"),
        ("superuser without a role", "transfer.role"),
        ("stranger with every role", None),
    ],
)
def test_a_step_is_transferred_to_another_holder_of_its_role_alone(name: str, code: str | None) -> None:
    found = refusal_to_receive(
        user=PEOPLE[name],
        review=review_in(ReviewState.IN_APPROVAL),
        step=step_in(StepState.PENDING),
        by=PEOPLE["legal_affairs"],
    )
    assert (found and found.code) == code


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("legal_affairs", "consult.self"),
        ("initiator", "consult.initiator"),
        ("superuser without a role", "consult.no_role"),
        ("administrator", None),
        ("account_manager", None),
    ],
)
def test_anybody_at_work_but_the_initiator_is_asked_for_an_opinion(name: str, code: str | None) -> None:
    found = refusal_to_be_asked(
        user=PEOPLE[name], review=review_in(ReviewState.IN_APPROVAL), by=PEOPLE["legal_affairs"]
    )
    assert (found and found.code) == code


@pytest.mark.parametrize(
    ("name", "state", "answered", "code"),
    [
        ("finance_clerk", StepState.PENDING, False, None),
        ("finance_clerk", StepState.PENDING, True, "advise.answered"),
        ("finance_clerk", StepState.APPROVED, False, "advise.decided"),
        ("finance_clerk", StepState.SUPERSEDED, False, "advise.decided"),
        ("general_manager", StepState.PENDING, False, "advise.not_asked"),
    ],
)
def test_a_question_is_answered_by_whom_it_was_put_to_while_the_step_is_open(
    name: str, state: StepState, answered: bool, code: str | None
) -> None:
    question = Consultation(
        step=step_in(state), asked=PEOPLE["finance_clerk"], answered_at=NOW if answered else None
    )
    found = refusal_to_advise(user=PEOPLE[name], consultation=question)
    assert (found and found.code) == code


@pytest.mark.parametrize("name", EVERYBODY)
def test_who_takes_part_sends_copies(name: str) -> None:
    review = review_in(ReviewState.IN_APPROVAL)
    review._prefetched_objects_cache["steps"] = [step_in(StepState.PENDING)]  # type: ignore[attr-defined]
    takes_part = allowed_on_open_step(Action.APPROVE, Role.LEGAL_AFFAIRS, "nobody") | OWNERS
    takes_part |= {"initiator as deputy of everybody"}
    found = refusal(Action.SEND_COPY, user=EVERYBODY[name], review=review)
    assert (found is None) is (name in takes_part)


@pytest.mark.parametrize("how", ["a copy", "a question", "a step", "decided as deputy", "stands in"])
def test_a_review_that_was_put_before_somebody_is_seen_by_him(how: str) -> None:
    """A foreign account manager sees it only where it was put before him by name; without a role not even so."""
    for someone, expected in (
        (person(60, Role.ACCOUNT_MANAGER), True),
        (person(60), False),
    ):
        review = review_in(ReviewState.IN_APPROVAL)
        step = step_in(StepState.PENDING)
        step._prefetched_objects_cache = {"consultations": []}  # type: ignore[attr-defined]
        known = review._prefetched_objects_cache  # type: ignore[attr-defined]
        known["steps"] = [step]
        assert refusal(Action.VIEW, user=someone, review=review) is not None
        if how == "a copy":
            known["copies"] = [ReviewCopy(user=someone)]
        elif how == "a question":
            step._prefetched_objects_cache["consultations"] = [Consultation(asked=someone)]  # type: ignore[attr-defined]
        elif how == "a step":
            step.assignee = someone
        elif how == "decided as deputy":
            known["decisions"] = [Decision(by=someone, on_behalf_of=PEOPLE["legal_affairs"])]
        else:
            someone.__dict__["stands_in_for"] = (PEOPLE["legal_affairs"],)
        assert (refusal(Action.VIEW, user=someone, review=review) is None) is expected


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


@pytest.mark.parametrize(
    ("kind", "state", "customer_state", "name", "open_review", "later", "code"),
    [
        (ReviewKind.NEW_CUSTOMER, "approved", "active", "initiator", False, False, None),
        (ReviewKind.NEW_CUSTOMER, "approved", "watch", "initiator", False, False, None),
        (ReviewKind.ANNUAL, "approved", "active", "service_manager", False, False, None),
        (ReviewKind.NEW_CUSTOMER, "rejected", "active", "initiator", False, False, "correct.not_approved"),
        (ReviewKind.NEW_CUSTOMER, "in_approval", "active", "initiator", False, False, "correct.not_approved"),
        (ReviewKind.NEW_CUSTOMER, "approved", "active", "group_leader", False, False, "correct.not_yours"),
        (ReviewKind.ANNUAL, "approved", "active", "initiator", False, False, "correct.not_yours"),
        (ReviewKind.NEW_CUSTOMER, "approved", "active", "initiator", True, False, "review.create_open"),
        (ReviewKind.NEW_CUSTOMER, "approved", "active", "initiator", False, True, "correct.later"),
        (ReviewKind.NEW_CUSTOMER, "approved", "suspended", "initiator", False, False, "correct.customer"),
        (ReviewKind.NEW_CUSTOMER, "approved", "closed", "initiator", False, False, "correct.customer"),
    ],
)
def test_who_corrects_what(
    kind: ReviewKind,
    state: str,
    customer_state: str,
    name: str,
    open_review: bool,
    later: bool,
    code: str | None,
) -> None:
    review = review_in(ReviewState(state))
    review.kind = kind
    review.customer = Customer(
        pk=1, account_manager=INITIATOR, service_manager=SERVICE_MANAGER, state=customer_state
    )
    other = Review(pk=2, number="R-2")
    found = refusal_to_correct(
        user=PEOPLE[name],
        review=review,
        open_review=other if open_review else None,
        latest=other if later else review,
    )
    assert (found and found.code) == code


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
