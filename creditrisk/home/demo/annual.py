"""Annual reviews on their way, each brought there by the services as its people would have done it."""

from __future__ import annotations

import datetime as dt

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.home.demo.reviews import OPINIONS, Clock, decider_of
from customers.models import Customer, CustomerState
from reviews import services
from reviews.annual_facts import proposed_answers
from reviews.models import AnnualForm, Review, StepState

SCORED: tuple[tuple[Role, ...], ...] = (
    (),
    (Role.ACCOUNT_MANAGER,),
    *((Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER),) * 5,
)
"""Who has scored; where both have, the review is in approval."""
APPROVALS = (0, 0, 0, 1, 2, 4, 6)
"""How many steps approve: the third waits for the department, the fourth for three at once, the last is approved."""
GIVEN = {"contract_performance": "A", "responsiveness": "B"}


def create_annual_reviews(customers: list[Customer], users: dict[str, User], today: dt.date) -> int:
    """Start the annual reviews of the year of `today` for some customers of the first service manager; return how
    many."""
    mine = [
        customer
        for customer in customers
        if customer.service_manager == users["csm"]
        and customer.state == CustomerState.ACTIVE
        and customer.account_manager is not None
    ][: len(SCORED)]
    for customer, scored, approvals in zip(mine, SCORED, APPROVALS, strict=False):
        clock = Clock(today - dt.timedelta(days=12))
        review = services.start_annual_review(
            customer=customer, by=users["csm"], year=today.year, now=clock.next()
        ).review
        for role in scored:
            _score(review, role, clock)
        if len(scored) == 2:
            review.refresh_from_db()
            services.submit_review(
                review=review,
                by=review.initiator,
                seen_form_version=review.form_version,
                now=clock.next(),
            )
            approve_steps(review, approvals, users, clock)
    return len(mine)


def _score(review: Review, role: Role, clock: Clock) -> None:
    customer = review.customer
    by = customer.account_manager if role == Role.ACCOUNT_MANAGER else customer.service_manager
    assert by is not None  # chosen so
    proposed = proposed_answers(AnnualForm.objects.get(pk=review.pk).facts)
    answers = {"repayment_speed": "B", "cooperation_history": "C"} | GIVEN | proposed
    services.give_scores(review=review, by=by, answers=answers, reasons={}, now=clock.next())


def approve_steps(review: Review, approvals: int, users: dict[str, User], clock: Clock) -> None:
    """Approve so many steps of a submitted review, one after the other."""
    for index in range(approvals):
        review.refresh_from_db()
        step = review.steps.filter(state=StepState.PENDING).order_by("stage", "pk")[0]
        services.approve_step(
            step=step, by=decider_of(review, step, users), seen_round=review.round,
            seen_form_version=review.form_version, now=clock.next(), opinion=OPINIONS[index % len(OPINIONS)],
        )  # fmt: skip
