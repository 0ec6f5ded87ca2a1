"""How customers stand before a quarter's adjustment, and what the rule is given of them (P5.2.2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from django.db.models import F

from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.schema import Grade, Policy
from creditrisk.quarters import Quarter
from customers.models import Customer, GradeChange
from receivables.payment_speed import QuarterFacts, slowest
from receivables.selectors.quarter_facts import QuarterReports
from reviews.grade_adjustment import CRITERION, ScoreInForce, Standing
from reviews.models import IN_FORCE, AdjustmentState, GradeAdjustment, Review, ReviewKind, ReviewState, Score


@dataclass(frozen=True)
class Basis:
    """How a customer stands, and what that comes from: the annual review that scored him, and the last line of his
    grade history (primary keys; None where there is none).
    """

    standing: Standing
    review_pk: int | None = None
    last_change_pk: int | None = None


def standings(customers: Collection[Customer], *, quarter: Quarter) -> dict[int, Basis]:
    """Return customer → how he stands now, before the adjustment of `quarter`. Five queries, however many customers.

    The score is that of his last approved annual review, or what the last adjustment since made of it. Refused and
    lapsed proposals left it as it was, and so does one that nobody has decided.
    """
    keys = [customer.pk for customer in customers]
    scores = _scores(keys, quarter=quarter, is_past=False)
    changes = _changes(keys)
    found = {}
    for customer in customers:
        own = changes[customer.pk]
        review_pk, score = scores.get(customer.pk, (None, None))
        standing = Standing(
            grade=_grade(customer.grade), given_grade=_given(own) or _grade(customer.grade), score=score
        )
        found[customer.pk] = Basis(standing, review_pk, max((change.pk for change in own), default=None))
    return found


def past_standings(customers: Collection[Customer], *, quarter: Quarter) -> dict[int, Basis]:
    """Return customer → how he stood before the adjustment of a past `quarter`: as that was recorded, or where he was
    not adjusted, as the histories of reviews and grades tell of its last day. Who had no grade then is missing. Six
    queries, however many customers.
    """
    keys = [customer.pk for customer in customers]
    recorded = GradeAdjustment.objects.filter(customer__in=keys, quarter=str(quarter))
    found = {
        customer: Basis(_standing_of(facts["standing"]), review_pk)
        for customer, review_pk, facts in recorded.values_list("customer", "review", "facts")
    }
    scores = _scores(keys, quarter=quarter, is_past=True)
    changes = _changes(keys)
    for customer in customers:
        if customer.pk in found:
            continue
        own = changes[customer.pk]
        by_then = [change for change in own if change.effective_on <= quarter.last_on]
        grade = customer.grade
        if own:
            grade = by_then[-1].new if by_then else own[0].old
        if grade:
            review_pk, score = scores.get(customer.pk, (None, None))
            standing = Standing(_grade(grade), _given(by_then) or _grade(grade), score)
            found[customer.pk] = Basis(standing, review_pk)
    return found


@dataclass(frozen=True)
class _Change:
    pk: int
    old: str
    new: str
    effective_on: Any
    is_adjustment: bool


def _changes(keys: Collection[int]) -> dict[int, list[_Change]]:
    """Return customer → the lines of his grade history, oldest first."""
    found = defaultdict(list)
    rows = GradeChange.objects.filter(customer__in=keys).order_by("effective_on", "pk")
    states = rows.annotate(adjusted=F("adjustment__state"))
    for customer, pk, old, new, effective_on, adjusted in states.values_list(
        "customer", "pk", "old", "new", "effective_on", "adjusted"
    ):
        # What a person made of a proposal is a grade that he gave.
        by_rule = adjusted is not None and adjusted != AdjustmentState.AMENDED
        found[customer].append(_Change(pk, old, new, effective_on, by_rule))
    return found


def _given(changes: Collection[_Change]) -> Grade | None:
    """Return the last grade that people gave; before the first adjustment where the history begins with it."""
    given = [change.new for change in changes if not change.is_adjustment]
    if given:
        return _grade(given[-1])
    return next((_grade(change.old) for change in changes if change.old), None)


def _scores(keys: Collection[int], *, quarter: Quarter, is_past: bool) -> dict[int, tuple[int, ScoreInForce]]:
    """Return customer → the annual review that scored him and the score in force; with `is_past` as of the quarter's
    last day."""
    approved = Review.objects.filter(
        customer__in=keys,
        kind=ReviewKind.ANNUAL,
        state=ReviewState.APPROVED,
        annual_form__score__isnull=False,
    )
    if is_past:
        approved = approved.filter(ended_at__date__lte=quarter.last_on)
    latest = list(
        approved.order_by("customer", "-ended_at", "-pk")
        .distinct("customer")
        .values_list("customer", "pk", "policy_version", "annual_form__score")
    )
    answers = defaultdict(list)
    given = Score.objects.filter(review__in=[row[1] for row in latest]).order_by("review", "role")
    for review, given_answers in given.values_list("review", "answers"):
        answers[review].append(_grade(given_answers[CRITERION]))
    policies = {
        version.pk: version.policy
        for version in PolicyVersion.objects.filter(pk__in={row[2] for row in latest})
    }
    since = {
        (customer, review): ScoreInForce(score, tuple(_grade(answer) for answer in given_answers), points)
        for customer, review, score, given_answers, points in GradeAdjustment.objects.filter(
            customer__in=keys, state__in=IN_FORCE, quarter__lt=str(quarter)
        )
        .order_by("customer", "-quarter")
        .distinct("customer")
        .values_list("customer", "review", "new_score", "answers", "points")
        if score is not None and points is not None
    }
    found = {}
    for customer, review, version, score in latest:
        own = tuple(answers[review])
        assert score is not None  # asked for so
        given_score = ScoreInForce(score, own, _points(own, policies[version]))
        found[customer] = (review, since.get((customer, review), given_score))
    return found


def _points(answers: Collection[Grade], policy: Policy) -> Decimal:
    """Return the average points of the scorers' answers to "repayment speed"."""
    criterion = next(criterion for criterion in policy.criteria if criterion.code == CRITERION)
    return Decimal(sum(criterion.points[answer] for answer in answers)) / len(answers)


def _grade(text: str) -> Grade:
    return cast(Grade, str(text))


def facts_as_json(basis: Basis, facts: QuarterFacts, reports: QuarterReports) -> dict[str, Any]:
    """Return what the rule was given, JSON-ready: amounts as text, dates as YYYY-MM-DD."""
    score, oldest, late = basis.standing.score, facts.oldest, slowest(facts.speeds)
    return {
        "first_on": reports.quarter.first_on.isoformat(),
        "last_on": reports.quarter.last_on.isoformat(),
        "reports": [
            {"number": report.number, "as_of": report.as_of.isoformat()} for report in reports.itemised
        ],
        "speeds": [
            {
                "currency": speed.currency,
                "paid_amount": str(speed.paid_amount),
                "paid_amount_days": str(speed.paid_amount_days),
                "payments": speed.payments,
                "overdue_amount": str(speed.overdue_amount),
                "overdue_amount_days": str(speed.overdue_amount_days),
                "overdue_items": speed.overdue_items,
                "average_days_late": f"{speed.average_days_late:.2f}",
            }
            for speed in facts.speeds
        ],
        "average_days_late": late and f"{late.average_days_late:.2f}",
        "oldest": oldest
        and {
            "document": oldest.document,
            "due_on": oldest.due_on.isoformat(),
            "days_past_due": oldest.days_past_due,
            "currency": oldest.currency,
            "open_amount": str(oldest.open_amount),
        },
        "standing": {
            "grade": basis.standing.grade,
            "given_grade": basis.standing.given_grade,
            "score": score and str(score.score),
            "answers": "".join(score.answers) if score else "",
            "points": score and str(score.points),
        },
    }


def _standing_of(data: dict[str, Any]) -> Standing:
    """Return the standing that `facts_as_json` wrote."""
    score = None
    if data["score"] is not None:
        answers = tuple(_grade(answer) for answer in data["answers"])
        score = ScoreInForce(Decimal(data["score"]), answers, Decimal(data["points"]))
    return Standing(_grade(data["grade"]), _grade(data["given_grade"]), score)
