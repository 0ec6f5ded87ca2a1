"""Two people at the same moment, on real PostgreSQL: exactly one decision, nobody stuck, and the log replays.

Without the lock on the review's row two parallel approvers each miss the other's approval and the review
stays in the middle stage for ever; without the check after the lock one step is decided twice.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from creditrisk.accounts.roles import Role
from creditrisk.exceptions import BusinessError, ConflictError
from customers.models import Customer, CustomerState
from reviews import services
from reviews.approval_chain import CHAINS, NEW_CUSTOMER
from reviews.models import Decision, DecisionKind, Review, ReviewState, StepState
from tests.factories.people import create_team, create_user
from tests.factories.reviews import (
    NOW,
    create_draft,
    create_in_parallel_stage,
    create_prospect,
    create_submitted,
    start_on_chain,
    step_of,
)

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

TIMES = 40
TOGETHER = 3
SEEN = {"seen_round": 1, "seen_form_version": 1, "now": NOW}


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """As many threads as ever race, each with its own connection, closed at the end."""
    with ThreadPoolExecutor(TOGETHER) as executor:
        yield executor
        barrier = threading.Barrier(TOGETHER)

        def close() -> None:
            barrier.wait(timeout=10)  # so that each thread takes exactly one of them
            connection.close()

        list(executor.map(lambda _number: close(), range(TOGETHER)))


def race(pool: ThreadPoolExecutor, *actions: Callable[[], Any]) -> list[Any]:
    """Run the actions at the same moment; return each one's result, or the refusal it met. Anything else is
    raised.
    """
    barrier = threading.Barrier(len(actions))

    def run(action: Callable[[], Any]) -> Any:
        barrier.wait(timeout=10)
        try:
            return action()
        except BusinessError as refused:
            return refused

    return [future.result(timeout=30) for future in [pool.submit(run, action) for action in actions]]


def won(results: list[Any]) -> int:
    """Return how many actions did something; all others must have met a conflict or found the same done
    before.
    """
    done = [result for result in results if isinstance(result, services.Done) and not result.repeated]
    others = [result for result in results if result not in done]
    assert all(isinstance(other, ConflictError | services.Done) for other in others), others
    return len(done)


def require_consistent(review: Review) -> Review:
    """Assert what must hold after any race: an intact log that leads to what is stored, and something to do
    next.
    """
    stored = Review.objects.get(pk=review.pk)
    assert services.verify_decisions(stored) == []
    pending = stored.steps.filter(state=StepState.PENDING).count()
    waiting = stored.steps.filter(state=StepState.WAITING).count()
    if stored.state == ReviewState.IN_APPROVAL:
        assert pending > 0, "nobody can decide: the review is stuck"
    else:
        assert pending == waiting == 0
    decided = stored.steps.filter(decided_at__isnull=False)
    assert decided.count() == Decision.objects.filter(review=stored, step__isnull=False).count()
    return stored


def approve(review: Review, role: str, by: Any) -> Callable[[], services.Done]:
    step = step_of(review, role)
    return lambda: services.approve_step(step=step, by=by, **SEEN)


def send_back(review: Review, role: str, by: Any) -> Callable[[], services.Done]:
    step = step_of(review, role)
    return lambda: services.return_step(step=step, by=by, opinion="补充", **SEEN)


def withdraw(review: Review, by: Any) -> Callable[[], services.Done]:
    return lambda: services.withdraw_review(review=review, by=by, now=NOW)


def test_three_cooperating_departments_approve_at_once(pool: ThreadPoolExecutor) -> None:
    team = create_team()
    for _time in range(TIMES):
        review = create_in_parallel_stage(team)
        block = ("legal_affairs", "general_management", "planning_finance")
        results = race(pool, *(approve(review, role, team.holder(role)) for role in block))
        assert won(results) == 3
        stored = require_consistent(review)
        assert set(stored.steps.filter(state=StepState.PENDING).values_list("role", flat=True)) == {
            "group_leader"
        }


def test_two_holders_of_a_role_approve_the_same_step(pool: ThreadPoolExecutor) -> None:
    team = create_team()
    colleague = create_user(Role.LEGAL_AFFAIRS)
    for _time in range(TIMES):
        review = create_in_parallel_stage(team)
        step = step_of(review, "legal_affairs")
        results = race(
            pool,
            approve(review, "legal_affairs", team.legal_affairs),
            approve(review, "legal_affairs", colleague),
        )
        assert won(results) == 1
        assert Decision.objects.filter(step=step).count() == 1
        assert sum(isinstance(result, ConflictError) for result in results) == 1
        require_consistent(review)


def test_a_double_click_approves_once(pool: ThreadPoolExecutor) -> None:
    team = create_team()
    for _time in range(TIMES):
        review = create_submitted(team)
        action = approve(review, "service_manager", team.service_manager)
        results = race(pool, action, action)
        assert won(results) == 1
        assert sum(result.repeated for result in results) == 1
        require_consistent(review)


def test_a_return_against_an_approval_in_the_same_block(pool: ThreadPoolExecutor) -> None:
    team = create_team()
    for _time in range(TIMES):
        review = create_in_parallel_stage(team)
        results = race(
            pool,
            send_back(review, "legal_affairs", team.legal_affairs),
            approve(review, "planning_finance", team.planning_finance),
        )
        assert won(results) in {1, 2}
        stored = require_consistent(review)
        assert stored.state == ReviewState.RETURNED
        assert stored.steps.get(role="general_management").state == StepState.SUPERSEDED


def test_a_withdrawal_against_an_approval(pool: ThreadPoolExecutor) -> None:
    team = create_team()
    for _time in range(TIMES):
        review = create_submitted(team)
        results = race(
            pool,
            withdraw(review, team.account_manager),
            approve(review, "service_manager", team.service_manager),
        )
        assert won(results) in {1, 2}
        stored = require_consistent(review)
        assert stored.state == ReviewState.WITHDRAWN
        assert Customer.objects.get(pk=review.customer_id).state == CustomerState.PROSPECT


def test_a_withdrawal_against_the_last_approval(pool: ThreadPoolExecutor) -> None:
    """One of the two ends the review: either the customer is active, or he is a prospect again."""
    team = create_team()
    outcomes = set()
    for _time in range(TIMES):
        review = create_draft(team)
        start_on_chain(review, CHAINS[NEW_CUSTOMER][-1:])
        results = race(
            pool,
            withdraw(review, team.account_manager),
            approve(review, "general_manager", team.general_manager),
        )
        assert won(results) == 1
        stored = require_consistent(review)
        state = Customer.objects.get(pk=review.customer_id).state
        outcomes.add((stored.state, state))
    assert outcomes <= {
        (ReviewState.APPROVED, CustomerState.ACTIVE),
        (ReviewState.WITHDRAWN, CustomerState.PROSPECT),
    }


def test_a_double_click_on_start_makes_one_review_and_no_gap(pool: ThreadPoolExecutor) -> None:
    team = create_team()
    for time in range(TIMES):
        customer = create_prospect(team)

        def start(customer: Customer = customer) -> services.Done:
            return services.start_review(customer=customer, by=team.account_manager, review_on=NOW.date())

        results = race(pool, start, start)
        assert won(results) == 1
        assert results[0].review == results[1].review
        assert results[0].review.number == f"R-2026-{time + 1:06d}"


def test_a_double_click_on_submit_starts_one_round(pool: ThreadPoolExecutor) -> None:
    team = create_team()
    for _time in range(TIMES):
        review = create_draft(team)

        def submit(review: Review = review) -> services.Done:
            return services.submit_review(
                review=review, by=team.account_manager, seen_form_version=1, now=NOW
            )

        assert won(race(pool, submit, submit)) == 1
        assert require_consistent(review).steps.count() == 7
        assert review.decisions.filter(kind=DecisionKind.SUBMIT).count() == 1


def test_saving_against_submitting_never_changes_what_the_approvers_see(pool: ThreadPoolExecutor) -> None:
    team = create_team()
    for _time in range(TIMES):
        review = create_draft(team)

        def submit(review: Review = review) -> services.Done:
            return services.submit_review(
                review=review, by=team.account_manager, seen_form_version=1, now=NOW
            )

        def save(review: Review = review) -> services.Done:
            return services.save_form(
                review=review, by=team.account_manager, answers={"bank_name": "乙"}, seen_form_version=1
            )

        assert won(race(pool, submit, save)) == 1
        stored = require_consistent(review) if review.decisions.exists() else None
        if stored is not None:
            handed_in = stored.decisions.get().snapshot["form"]["bank_name"]
            assert handed_in == stored.new_customer_form.bank_name == "示范银行上海分行"
