"""Whatever anybody does in whatever order: no review is stuck, none passes without every decision of its last round,
none is approved by its initiator, and the log leads to what is stored.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from creditrisk.absences.services import appoint_deputy, end_absence
from creditrisk.accounts.models import Absence, User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import BusinessError
from reviews import services
from reviews.models import (
    JUDGEMENTS,
    ApprovalStep,
    Consultation,
    DecisionKind,
    Review,
    ReviewState,
    StepState,
)
from reviews.permissions import Action, refusal
from reviews.services.locked_review import load_step, lock_review
from tests.factories.people import create_team, create_user
from tests.factories.reviews import NOW, TODAY, create_annual_submitted, create_submitted

PEOPLE = st.integers(0, 99)
STEPS = st.integers(0, 99)
DONE = (ReviewState.APPROVED, ReviewState.REJECTED, ReviewState.WITHDRAWN)


class ReviewMachine(RuleBasedStateMachine):
    """One review and everybody who may touch it; each rule tries one thing, and a refusal is as good as done."""

    make = staticmethod(create_submitted)

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.now = NOW
        team = create_team()
        colleagues = [create_user(Role.LEGAL_AFFAIRS), create_user(Role.LEGAL_AFFAIRS, Role.PLANNING_FINANCE)]
        heads = [create_user(Role.DEPARTMENT_MANAGER), create_user(Role.SERVICE_MANAGER)]
        self.people: list[User] = [*(team.holder(role) for role in Role), *colleagues, *heads]
        self.review_id = type(self).make(team).pk

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @property
    def review(self) -> Review:
        return Review.objects.get(pk=self.review_id)

    def person(self, number: int) -> User:
        return self.people[number % len(self.people)]

    def step(self, number: int) -> ApprovalStep:
        steps = list(ApprovalStep.objects.filter(review=self.review_id).order_by("-round", "stage", "pk"))
        return steps[number % len(steps)]

    def open_step(self, number: int) -> ApprovalStep:
        found = ApprovalStep.objects.filter(review=self.review_id, state=StepState.PENDING).order_by("pk")
        return found[number % len(found)] if found else self.step(number)

    def actor(self, step: ApprovalStep, number: int) -> User:
        """Return somebody: two times of three one who could decide the step, else anybody."""
        return (self.who_could_decide(step) if number % 3 else None) or self.person(number)

    def attempt(self, service: Any, **given: Any) -> None:
        self.now += dt.timedelta(minutes=1)
        try:
            with transaction.atomic():
                service(**given, now=self.now)
        except BusinessError:
            pass

    def decide(self, service: Any, step: ApprovalStep, by: User, opinion: str) -> None:
        review = self.review
        self.attempt(
            service,
            step=step,
            by=by,
            opinion=opinion,
            seen_round=review.round,
            seen_form_version=review.form_version,
        )

    @rule(step=STEPS)
    def the_right_person_approves(self, step: int) -> None:
        """Else few sequences would come far."""
        chosen = self.open_step(step)
        if person := self.who_could_decide(chosen):
            self.decide(services.approve_step, chosen, person, "同意")

    @rule(steps=st.lists(STEPS, min_size=2, max_size=5))
    def the_right_people_approve(self, steps: list[int]) -> None:
        for step in steps:
            self.the_right_person_approves(step)

    @rule(step=STEPS, by=PEOPLE)
    def anybody_approves(self, step: int, by: int) -> None:
        self.decide(services.approve_step, self.step(step), self.person(by), "")

    @rule(step=STEPS, by=PEOPLE)
    def anybody_returns(self, step: int, by: int) -> None:
        chosen = self.open_step(step)
        self.decide(services.return_step, chosen, self.actor(chosen, by), "补充")

    @rule(step=STEPS, by=PEOPLE, also=st.booleans())
    def anybody_rejects(self, step: int, by: int, also: bool) -> None:
        if also and by % 3 == 0:  # the end should not come too often
            self.decide(services.reject_step, self.open_step(step), self.person(by), "不同意")

    @rule(step=STEPS, by=PEOPLE)
    def anybody_takes_back(self, step: int, by: int) -> None:
        self.attempt(services.take_back_step, step=self.step(step), by=self.person(by))

    @rule(step=STEPS)
    def the_last_one_takes_back(self, step: int) -> None:
        decided = list(
            ApprovalStep.objects.filter(review=self.review_id, state=StepState.APPROVED).order_by("-stage")
        )
        if decided:
            chosen = decided[step % len(decided)]
            assert chosen.decided_by is not None
            self.attempt(services.take_back_step, step=chosen, by=chosen.decided_by)

    @rule(step=STEPS, by=PEOPLE)
    def anybody_claims_and_gives_back(self, step: int, by: int) -> None:
        service = services.claim_step if by % 2 else services.release_step
        chosen = self.open_step(step)
        self.attempt(service, step=chosen, by=self.actor(chosen, by // 2))

    @rule(step=STEPS, by=PEOPLE, to=PEOPLE)
    def anybody_transfers(self, step: int, by: int, to: int) -> None:
        chosen = self.open_step(step)
        able = [person for person in self.people if person.has_role(chosen.role)]
        self.attempt(
            services.transfer_step,
            step=chosen,
            to=able[to % len(able)] if to % 2 else self.person(to),
            reason="出差",
            by=self.actor(chosen, by),
        )

    @rule(step=STEPS, by=PEOPLE, asked=PEOPLE)
    def anybody_asks(self, step: int, by: int, asked: int) -> None:
        chosen = self.open_step(step)
        self.attempt(
            services.ask_colleague,
            step=chosen,
            asked=self.person(asked),
            question="?",
            by=self.actor(chosen, by),
        )

    @rule(by=PEOPLE)
    def anybody_answers(self, by: int) -> None:
        for consultation in Consultation.objects.filter(step__review=self.review_id).select_related("asked")[
            :3
        ]:
            person = consultation.asked if by % 2 else self.person(by)
            self.attempt(services.give_opinion, consultation=consultation, by=person, opinion="可")

    @rule(absent=PEOPLE, deputy=PEOPLE)
    def somebody_goes_away(self, absent: int, deputy: int) -> None:
        person = self.actor(self.open_step(deputy), absent)
        try:
            with transaction.atomic():
                appoint_deputy(
                    person=person,
                    deputy=self.person(deputy),
                    starts_on=TODAY,
                    ends_on=TODAY,
                    by=person,
                    today=TODAY,
                )
        except BusinessError:
            pass

    @rule(step=STEPS)
    def a_deputy_approves(self, step: int) -> None:
        chosen = self.open_step(step)
        for absence in Absence.objects.select_related("person", "deputy"):
            if absence.person.has_role(chosen.role):
                self.decide(services.approve_step, chosen, absence.deputy, "代")

    @rule(number=PEOPLE)
    def somebody_comes_back(self, number: int) -> None:
        absences = list(Absence.objects.all())
        if absences:
            chosen = absences[number % len(absences)]
            end_absence(absence=chosen, by=chosen.person, today=TODAY)

    @rule(by=PEOPLE)
    def anybody_hands_it_in(self, by: int) -> None:
        review = self.review
        person = review.initiator if by % 2 else self.person(by)
        self.attempt(services.submit_review, review=review, by=person, seen_form_version=review.form_version)

    @rule(by=PEOPLE, also=st.booleans())
    def anybody_withdraws(self, by: int, also: bool) -> None:
        if also and by % 5 == 0:
            self.attempt(services.withdraw_review, review=self.review, by=self.person(by))

    def who_could_decide(self, step: ApprovalStep) -> User | None:
        """Return the first who could decide the step now; those who hold its role are asked first."""
        locked = lock_review(self.review_id)
        stored = load_step(locked, step.pk)
        for person in sorted(self.people, key=lambda person: not person.has_role(step.role)):
            fresh = User.objects.get(pk=person.pk)
            fresh.stands_in_for = fresh.stands_in_on(TODAY)
            if refusal(Action.APPROVE, user=fresh, review=locked, step=stored) is None:
                return fresh
        return None

    @invariant()
    def the_log_leads_to_what_is_stored(self) -> None:
        assert services.verify_decisions(self.review) == []

    @invariant()
    def nothing_is_stuck(self) -> None:
        review = self.review
        pending = list(review.steps.filter(state=StepState.PENDING))
        if review.state == ReviewState.IN_APPROVAL:
            assert pending
            for step in pending:
                assert self.who_could_decide(step), f"nobody can decide {step}"
        else:
            assert pending == []
        if review.state == ReviewState.RETURNED:
            locked = lock_review(self.review_id)
            assert (
                refusal(Action.SUBMIT, user=User.objects.get(pk=review.initiator_id), review=locked) is None
            )

    @invariant()
    def nobody_approves_his_own_review_nor_twice_for_others(self) -> None:
        decided: set[tuple[int, int]] = set()
        withdrawn: set[int] = set()
        review = self.review
        for decision in review.decisions.order_by("sequence"):
            if decision.kind == DecisionKind.TAKE_BACK:
                assert decision.step_id is not None
                withdrawn.add(decision.step_id)
                decided = {
                    (round_, person)
                    for round_, person in decided
                    if ApprovalStep.objects.filter(review=review, round=round_, decided_by=person).exists()
                }
            if decision.kind not in JUDGEMENTS:
                continue
            assert decision.by_id != review.initiator_id
            assert decision.on_behalf_of_id not in {review.initiator_id, decision.by_id}
            if decision.on_behalf_of_id is not None and not withdrawn:
                assert (decision.round, decision.by_id) not in decided
            decided.add((decision.round, decision.by_id))

    @invariant()
    def what_is_approved_has_every_decision_of_its_last_round(self) -> None:
        review = self.review
        if review.state != ReviewState.APPROVED:
            return
        steps = review.steps.filter(round=review.round)
        asked = sorted((number, role) for number, stage in enumerate(review.chain) for role in stage["roles"])
        approved = sorted(steps.filter(state=StepState.APPROVED).values_list("stage", "role"))
        assert approved == asked


class AnnualMachine(ReviewMachine):
    make = staticmethod(create_annual_submitted)


@pytest.mark.no_cover  # each service is covered by tests of its own
@pytest.mark.django_db
@pytest.mark.parametrize("machine", [ReviewMachine, AnnualMachine])
def test_whatever_anybody_does(machine: type[ReviewMachine]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=8,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
