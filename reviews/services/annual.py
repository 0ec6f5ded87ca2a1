"""Starting annual reviews (P3.2.6, P4.2), scoring them, and keeping their facts fresh."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import BusinessError, InvalidInputError
from creditrisk.jobs.units import tried
from creditrisk.numbering.services import next_number
from creditrisk.policy.schema import GRADES, Policy
from creditrisk.policy.selectors import policy_version_on
from customers.models import Customer
from reviews.annual_facts import AnnualFacts, annual_facts, proposed_answers
from reviews.annual_progress import has_business_in
from reviews.models import SCORERS, AnnualForm, Review, ReviewKind, ReviewState, Score
from reviews.permissions import (
    Action,
    refusal_of_annual,
    refusal_to_correct,
    refusal_to_start_annual,
    require,
    scoring_role,
)
from reviews.scoring import total_score, unexplained_departures
from reviews.selectors import (
    annual_review_of,
    customers_to_launch,
    latest_approved,
    managers_at_work,
    open_review_of_kind,
)
from reviews.services.locked_review import Done, lock_review, person_now, require_form_version
from reviews.services.messages import tell_launched, tell_scores_in

CHUNK = 200
REASON_MAX_LENGTH = 500


@transaction.atomic
def start_annual_review(*, customer: Customer, by: User, year: int, now: dt.datetime) -> Done:
    """Start the annual review of `customer` for `year` as a draft, filled from the data of the day of `now`, and ask
    his account manager to score. A second click returns the same draft.

    Raises NotAllowedError (not his service manager, no approved first review, no account manager), ConflictError where
    one is open or the year is assessed already.
    """
    locked = Customer.objects.select_for_update().get(pk=customer.pk)
    person = person_now(by)
    found = annual_review_of(locked, year=year)
    if found and found.initiator_id == person.pk and found.state == ReviewState.DRAFT and found.year == year:
        return Done(found, repeated=True)
    refused = refusal_to_start_annual(
        user=person, customer=locked, year=year, found=found, at_work=managers_at_work()
    )
    if refused is not None:
        raise refused
    (review,) = _start([locked], year=year, now=now)
    tell_launched([review], now=now)
    return Done(review)


@transaction.atomic
def correct_annual_review(*, review: Review, by: User, now: dt.datetime) -> Done:
    """Start an annual review of the same year that cites the approved `review`, with the data of the day of `now`: both
    score anew. A second click returns the same draft.

    Raises NotAllowedError (not his service manager, not approved), ConflictError where one is open or a later review
    has assessed the customer, NotAllowedError where one of his managers is not at work.
    """
    locked = Customer.objects.select_for_update().get(pk=review.customer_id)
    person = person_now(by)
    earlier = Review.objects.get(pk=review.pk)
    earlier.customer = locked
    assert earlier.year is not None  # an annual one has its year
    found = open_review_of_kind(earlier)
    if found and found.cites_id == earlier.pk and found.initiator_id == person.pk:
        return Done(found, repeated=True)
    refused = refusal_to_correct(
        user=person, review=earlier, open_review=found, latest=latest_approved(locked)
    )
    refused = refused or refusal_of_annual(
        customer=locked, year=earlier.year, found=None, at_work=managers_at_work()
    )
    if refused is not None:
        raise refused
    (started,) = _start([locked], year=earlier.year, now=now, cites=earlier)
    tell_launched([started], now=now)
    return Done(started)


@dataclass
class Launched:
    """What a launch did: the numbers of the reviews it started, customer number → code of the reason for those left
    out, and customer number → error for those for whom it failed.
    """

    started: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def reasons(self) -> Counter[str]:
        """How many customers were left out for which reason."""
        return Counter(self.left_out.values())


def launch_annual_reviews(
    *, year: int, now: dt.datetime, service_manager: User | None = None, everybody: bool = False
) -> Launched:
    """Start the annual reviews of `year` for the customers of `service_manager` (None: of all) who had business in it,
    each in the name of his service manager (P3.2.6); return what was done. `everybody`: also for those who had none.

    Goes on in steps of 200 customers, each a transaction of its own: whatever ends it, a second run starts what is
    missing and nothing twice. A customer for whom it fails does not stop the others; he is in `failed`. Raises
    InvalidInputError for a year that has not begun.
    """
    if year > timezone.localdate(now).year:
        raise InvalidInputError("annual.future", _("The year %(year)s has not begun.") % {"year": year})
    launched = Launched()
    wanted = customers_to_launch(service_manager, year=year)
    if not everybody:
        wanted = wanted.filter(has_business_in(year))
    customers = dict(wanted.values_list("pk", "number"))

    def launch(keys: Sequence[int]) -> None:
        some = _launch_some(keys, year=year, now=now)
        launched.started += some.started
        launched.left_out |= some.left_out

    keys = list(customers)
    for start in range(0, len(keys), CHUNK):
        for key, error in tried(keys[start : start + CHUNK], launch).items():
            launched.failed[customers[key]] = f"{type(error).__name__}: {error}"
    return launched


@transaction.atomic
def _launch_some(keys: Sequence[int], *, year: int, now: dt.datetime) -> Launched:
    locked = (
        Customer.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=keys)
        .select_related("account_manager", "service_manager")
        .order_by("pk")
    )
    found = {
        review.customer_id: review
        for review in Review.objects.filter(customer__in=keys, kind=ReviewKind.ANNUAL)
        .exclude(state__in=(ReviewState.REJECTED, ReviewState.WITHDRAWN))
        .order_by("year")
        if review.ended_at is None or review.year == year
    }
    launched, startable, at_work = Launched(), [], managers_at_work()
    for customer in locked:
        refused: BusinessError | None = refusal_of_annual(
            customer=customer, year=year, found=found.get(customer.pk), at_work=at_work
        )
        if refused is not None:
            launched.left_out[customer.number] = refused.code
        else:
            startable.append(customer)
    reviews = _start(startable, year=year, now=now)
    tell_launched(reviews, now=now)
    launched.started = [review.number for review in reviews]
    return launched


def _start(
    customers: list[Customer], *, year: int, now: dt.datetime, cites: Review | None = None
) -> list[Review]:
    """Return a draft for each of the locked customers, in the name of his service manager."""
    if not customers:
        return []
    today = timezone.localdate(now)
    facts = annual_facts(customers, on=today, policy=policy_version_on(today).policy)
    starters = {customer.service_manager for customer in customers if customer.service_manager is not None}
    reviews = []
    for starter in sorted(starters, key=lambda person: person.pk):
        own = [customer for customer in customers if customer.service_manager_id == starter.pk]
        with acting(starter):
            drafts = Review.objects.bulk_create(
                Review(
                    number=f"R-{today.year}-{next_number(f'review-{today.year}'):06d}",
                    kind=ReviewKind.ANNUAL,
                    customer=customer,
                    initiator=starter,
                    review_on=today,
                    year=year,
                    cites=cites,
                    business_amount=facts[customer.pk].monthly_amount,
                    business_currency=customer.currency,
                )
                for customer in own
            )
            AnnualForm.objects.bulk_create(
                _form(review, facts[review.customer_id], now=now) for review in drafts
            )
        reviews += drafts
    return reviews


def _form(review: Review, found: AnnualFacts, *, now: dt.datetime) -> AnnualForm:
    return AnnualForm(
        review=review,
        facts=found.facts,
        facts_at=now,
        monthly_amount=found.monthly_amount,
        currency=review.customer.currency,
        payment_term_days=review.customer.payment_term_days,
    )


@transaction.atomic
def refresh_facts(*, review: Review, by: User, seen_form_version: int, now: dt.datetime) -> Done:
    """Read the facts of the form anew from the data of the day of `now`. Scores stay; where nothing changed, nothing
    is written.

    Raises NotAllowedError, ConflictError where the form is locked or was changed since `seen_form_version`.
    """
    locked = lock_review(review.pk)
    person = person_now(by)
    require(Action.EDIT, user=person, review=locked)
    require_form_version(locked, seen_form_version)
    form = AnnualForm.objects.get(pk=locked.pk)
    found = annual_facts([locked.customer], on=timezone.localdate(now), policy=_policy(locked, now))[
        locked.customer_id
    ]
    if found.facts == form.facts:
        return Done(locked, repeated=True)
    form.facts, form.facts_at, form.monthly_amount = found.facts, now, found.monthly_amount
    form.payment_term_days = locked.customer.payment_term_days
    locked.business_amount = found.monthly_amount
    locked.form_version += 1
    with acting(person):
        form.save()
        locked.save()
    return Done(locked)


@transaction.atomic
def save_remarks(*, review: Review, by: User, remarks: str, seen_form_version: int) -> Done:
    """Store the remarks of the annual form; the form's version rises. The same remarks twice change nothing.

    Raises NotAllowedError, ConflictError where the form is locked or was changed since `seen_form_version`.
    """
    locked = lock_review(review.pk)
    person = person_now(by)
    require(Action.EDIT, user=person, review=locked)
    form = AnnualForm.objects.get(pk=locked.pk)
    if form.remarks == remarks.strip():
        return Done(locked, repeated=True)
    require_form_version(locked, seen_form_version)
    form.remarks = remarks.strip()
    locked.form_version += 1
    with acting(person):
        form.save()
        locked.save()
    return Done(locked)


@transaction.atomic
def give_scores(
    *,
    review: Review,
    by: User,
    answers: Mapping[str, str],
    reasons: Mapping[str, str],
    now: dt.datetime,
) -> Done:
    """Score the customer as his account manager or service manager: one of A–D for each criterion (Annex 2). The same
    scores twice change nothing; own scores may be changed until both are in, and after a return.

    Raises NotAllowedError (not his to score), ConflictError (both are in, or the form is locked), InvalidInputError
    for an answer that is missing or none, a departure from the software's proposal without a reason
    (`score.reason_missing`), or a reason that is too long.
    """
    locked = lock_review(review.pk)
    person = person_now(by)
    given = Score.objects.filter(review=locked, role=scoring_role(person, locked) or "").first()
    kept = {code: text for code, reason in reasons.items() if (text := reason.strip())}
    if given and given.by_id == person.pk and (given.answers, given.reasons) == (dict(answers), kept):
        return Done(locked, repeated=True)
    require(Action.SCORE, user=person, review=locked)
    role = scoring_role(person, locked)
    assert role is not None  # required just now
    form = AnnualForm.objects.get(pk=locked.pk)
    policy = _policy(locked, now)
    total = _total(answers, kept, proposed_answers(form.facts), policy)
    with acting(person):
        Score.objects.update_or_create(
            review=locked,
            role=role,
            defaults={
                "by": person,
                "answers": dict(answers),
                "reasons": kept,
                "total": total,
                "given_at": now,
            },
        )
        locked.form_version += 1
        locked.save()
    if locked.scores.count() == len(SCORERS):
        tell_scores_in(locked, by=person)
    return Done(locked)


def _total(
    answers: Mapping[str, str], reasons: Mapping[str, str], proposals: Mapping[str, str], policy: Policy
) -> int:
    if set(answers) != {criterion.code for criterion in policy.criteria} or not set(answers.values()) <= set(
        GRADES
    ):
        raise InvalidInputError("score.incomplete", _("Answer all four criteria, each with A, B, C or D."))
    if unexplained_departures(answers, reasons, proposals):  # type: ignore[arg-type]
        raise InvalidInputError(
            "score.reason_missing",
            _("Give a reason where your answer departs from what the software proposes (Annex 2)."),
        )
    if any(len(reason) > REASON_MAX_LENGTH for reason in reasons.values()):
        text = _("A reason has at most %(length)s characters.") % {"length": REASON_MAX_LENGTH}
        raise InvalidInputError("score.reason_too_long", text)
    return total_score(answers, policy)  # type: ignore[arg-type]


def _policy(review: Review, now: dt.datetime) -> Policy:
    """Return the rules the review runs under: those it was submitted by, or those of the day."""
    version = review.policy_version or policy_version_on(timezone.localdate(now))
    return version.policy
