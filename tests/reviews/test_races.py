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
from reviews.models import JUDGEMENTS, Decision, DecisionKind, Review, ReviewState, StepState
from tests.factories.absences import stand_in
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

# What is raced is covered in detail elsewhere; without a tracer the race is closer.
pytestmark = [pytest.mark.race, pytest.mark.no_cover, pytest.mark.django_db(transaction=True)]

TIMES = 15
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
    logged = Decision.objects.filter(review=stored)
    taken_back = logged.filter(kind=DecisionKind.TAKE_BACK).count()
    assert decided.count() == logged.filter(kind__in=JUDGEMENTS).count() - taken_back
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


# Claims, transfers, deputies and take-backs -------------------------------------------------------

FEWER_TIMES = 8


def claim(review: Review, role: str, by: Any) -> Callable[[], services.Done]:
    step = step_of(review, role)
    return lambda: services.claim_step(step=step, by=by, now=NOW)


def transfer(review: Review, role: str, by: Any, to: Any) -> Callable[[], services.Done]:
    step = step_of(review, role)
    return lambda: services.transfer_step(step=step, to=to, reason="出差", by=by, now=NOW)


def take_back(review: Review, role: str, by: Any) -> Callable[[], services.Done]:
    step = step_of(review, role)
    return lambda: services.take_back_step(step=step, by=by, now=NOW)


def test_two_holders_claim_the_same_step(pool: ThreadPoolExecutor) -> None:
    team, colleague = create_team(), create_user(Role.LEGAL_AFFAIRS)
    for _time in range(FEWER_TIMES):
        review = create_in_parallel_stage(team)
        both = (claim(review, "legal_affairs", person) for person in (team.legal_affairs, colleague))
        assert won(race(pool, *both)) == 1
        assert step_of(review, "legal_affairs").assignee in {team.legal_affairs, colleague}
        require_consistent(review)


def test_a_claim_against_the_approval_of_a_colleague(pool: ThreadPoolExecutor) -> None:
    """Either he has approved it, or it is the other's; never an approval of what a colleague had taken on."""
    team, colleague = create_team(), create_user(Role.LEGAL_AFFAIRS)
    for _time in range(FEWER_TIMES):
        review = create_in_parallel_stage(team)
        results = race(
            pool,
            claim(review, "legal_affairs", colleague),
            approve(review, "legal_affairs", team.legal_affairs),
        )
        assert won(results) == 1
        step = step_of(review, "legal_affairs")
        assert (step.assignee is None) is (step.state == StepState.APPROVED)
        require_consistent(review)


def test_a_transfer_against_the_approval_of_who_gives_it_away(pool: ThreadPoolExecutor) -> None:
    team, colleague = create_team(), create_user(Role.LEGAL_AFFAIRS)
    for _time in range(FEWER_TIMES):
        review = create_in_parallel_stage(team)
        results = race(
            pool,
            transfer(review, "legal_affairs", team.legal_affairs, colleague),
            approve(review, "legal_affairs", team.legal_affairs),
        )
        assert won(results) == 1
        step = step_of(review, "legal_affairs")
        assert (step.assignee, step.decided_by) in {(colleague, None), (None, team.legal_affairs)}
        require_consistent(review)


def test_two_transfers_at_once_go_to_one(pool: ThreadPoolExecutor) -> None:
    team = create_team()
    first, second = create_user(Role.LEGAL_AFFAIRS), create_user(Role.LEGAL_AFFAIRS)
    for _time in range(FEWER_TIMES):
        review = create_in_parallel_stage(team)
        both = (transfer(review, "legal_affairs", team.legal_affairs, to) for to in (first, second))
        assert won(race(pool, *both)) == 1
        transfers = review.decisions.filter(kind=DecisionKind.TRANSFER)
        assert (
            transfers.get().snapshot["to"]["username"] == step_of(review, "legal_affairs").assignee.username
        )  # type: ignore[union-attr]
        require_consistent(review)


def test_the_absent_person_and_his_deputy_decide_at_once(pool: ThreadPoolExecutor) -> None:
    team = create_team()
    stand_in(team.finance_clerk, person=team.legal_affairs)
    for _time in range(FEWER_TIMES):
        review = create_in_parallel_stage(team)
        people = (team.legal_affairs, team.finance_clerk)
        assert won(race(pool, *(approve(review, "legal_affairs", person) for person in people))) == 1
        decision = review.decisions.get(step=step_of(review, "legal_affairs"))
        assert (decision.by == team.finance_clerk) is (decision.on_behalf_of == team.legal_affairs)
        require_consistent(review)


def test_a_deputy_of_two_decides_once_in_a_round(pool: ThreadPoolExecutor) -> None:
    """He stands in for two of the three departments and presses both buttons at once."""
    team = create_team()
    for absent in (team.legal_affairs, team.planning_finance):
        stand_in(team.finance_clerk, person=absent)
    for _time in range(FEWER_TIMES):
        review = create_in_parallel_stage(team)
        roles = ("legal_affairs", "planning_finance")
        results = race(pool, *(approve(review, role, team.finance_clerk) for role in roles))
        assert [getattr(result, "code", "") for result in results].count("step.deputy_decided") == 1
        require_consistent(review)


def test_a_take_back_against_the_decision_of_the_next_stage(pool: ThreadPoolExecutor) -> None:
    """Either the approval is taken back and the next stage waits, or the next stage has decided and it stands."""
    team = create_team()
    for _time in range(FEWER_TIMES):
        review = create_submitted(team)
        approve(review, "service_manager", team.service_manager)()
        approve_next = approve(review, "department_manager", team.department_manager)
        results = race(pool, take_back(review, "service_manager", team.service_manager), approve_next)
        done = [result for result in results if isinstance(result, services.Done)]
        assert len(done) == 1
        stored = require_consistent(review)
        (pending,) = stored.steps.filter(state=StepState.PENDING)
        assert pending.role in {"service_manager", "legal_affairs"}


def test_two_of_a_block_take_back_while_the_third_approves(pool: ThreadPoolExecutor) -> None:
    team = create_team()
    for _time in range(FEWER_TIMES):
        review = create_in_parallel_stage(team)
        for role in ("legal_affairs", "general_management"):
            approve(review, role, team.holder(role))()
        results = race(
            pool,
            take_back(review, "legal_affairs", team.legal_affairs),
            take_back(review, "general_management", team.general_management),
            approve(review, "planning_finance", team.planning_finance),
        )
        assert won(results) == 3
        stored = require_consistent(review)
        waiting_for = set(stored.steps.filter(state=StepState.PENDING).values_list("role", flat=True))
        assert waiting_for == {"legal_affairs", "general_management"}


def test_a_question_against_the_decision(pool: ThreadPoolExecutor) -> None:
    team = create_team()
    for _time in range(FEWER_TIMES):
        review = create_in_parallel_stage(team)
        step = step_of(review, "legal_affairs")

        def ask(step: Any = step) -> Any:
            return services.ask_colleague(
                step=step, asked=team.finance_clerk, question="?", by=team.legal_affairs, now=NOW
            )

        race(pool, ask, approve(review, "legal_affairs", team.legal_affairs))
        assert step_of(review, "legal_affairs").state == StepState.APPROVED
        require_consistent(review)
