"""The quarterly adjustment of a credit grade from how the customer paid (P5.2.2).

A rule only: it proposes, and says by which facts and clauses. Writing it down is the services' work.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from creditrisk.money import to_cents
from creditrisk.policy.schema import FULL_SCORE, GRADES, Grade, GradeAdjustmentRules, Policy
from receivables.payment_speed import PaymentSpeed, QuarterFacts, slowest
from reviews.grading import grade_for_score
from reviews.scoring import Proposal, repayment_speed_proposal

Effective = Literal["at_once", "awaits_confirmation", "unchanged"]

CRITERION = "repayment_speed"
SPEED, SCORE, CAPS, EFFECT, SCALE = "P5.2.2 (1)", "P5.2.2 (2)", "P5.2.2 (3)", "P5.2.2 (4)", "Annex 2"
"""The clauses: the four points of the quarterly adjustment, and the scale of the grades."""


@dataclass(frozen=True)
class ScoreInForce:
    """The score that a customer has: that of his last annual review, or what an adjustment made of it since.

    `answers` are those to the criterion "repayment speed" that the score contains: the account manager's and the
    service manager's, or the one that an adjustment put in place of both. `points` are the average of theirs.
    """

    score: Decimal
    answers: tuple[Grade, ...]
    points: Decimal


@dataclass(frozen=True)
class Standing:
    """How a customer stands before the adjustment: his `grade`, and what it comes from.

    `score` is None where no annual review has scored him (a new customer's provisional grade, or one that was taken
    over with his file): then `given_grade`, the last one that people gave him, is what the caps are put on.
    """

    grade: Grade
    given_grade: Grade
    score: ScoreInForce | None = None


@dataclass(frozen=True)
class Reason:
    """One number that an adjustment used, or one step it took: the clause, what it is, and its value as text."""

    clause: str
    fact: str
    value: str

    def as_json(self) -> dict[str, str]:
        """Return the reason as JSON-ready data."""
        return {"clause": self.clause, "fact": self.fact, "value": self.value}


@dataclass(frozen=True)
class Adjustment:
    """What the rule makes of a customer's grade. Both scores are None where he has none.

    `answer` is the one to "repayment speed" that the new score contains, None where it stays as it was; `points` are
    what the criterion counts in the new score. `caps` are the grades above which the oldest item lets him not be, the
    milder first.
    """

    old_grade: Grade
    new_grade: Grade
    old_score: Decimal | None
    new_score: Decimal | None
    answer: Grade | None
    points: Decimal | None
    caps: tuple[Grade, ...]
    effective: Effective
    reasons: tuple[Reason, ...]

    @property
    def is_change(self) -> bool:
        """Whether the grade is another."""
        return self.new_grade != self.old_grade

    @property
    def is_downgrade(self) -> bool:
        """Whether the new grade is worse."""
        return GRADES.index(self.new_grade) > GRADES.index(self.old_grade)


def adjust_grade(standing: Standing, facts: QuarterFacts, policy: Policy) -> Adjustment:
    """Return the adjustment of a customer's grade for a quarter (P5.2.2, "Quarterly grade adjustment").

    The criterion "repayment speed" is asked anew of the facts and put in place of both scorers' answers; the grade
    follows from the total, and is capped by the oldest open item. 85.0 with B and C (17.5) paid 20 days late on average
    (D 10) is 85.0 − 17.5 + 10 = 77.5, C. A worse grade takes effect at once, however many steps down; a better one goes
    up by `upgrade_steps_per_quarter` and waits for the deputy leader where the policy says so. Nothing due: the
    criterion stays as it is. Without a score only the caps apply.
    """
    rules = policy.grade_adjustment
    late = slowest(facts.speeds)
    proposal = repayment_speed_proposal(None if late is None else late.average_days_late, policy)
    reasons = list(_speed_reasons(facts, proposal))
    old, new_score, points = standing.score, None, None
    if old is None:
        uncapped = standing.given_grade
        reasons.append(Reason(SCORE, "no_score", uncapped))
    else:
        new_score, points = _replaced(old, proposal, policy)
        uncapped = grade_for_score(new_score, policy)
        reasons += _score_reasons(old, new_score, points, proposal)
        reasons.append(Reason(SCALE, "grade_of_score", uncapped))
    crossed = _caps(facts, rules)
    caps = tuple(grade for grade, _after in crossed)
    if facts.oldest is not None:
        item = facts.oldest
        value = f"{item.document}, {item.due_on.isoformat()}, {item.days_past_due}"
        reasons.append(Reason(CAPS, "oldest_item", value))
        reasons += [
            Reason(CAPS, "grade_cap", f"{item.days_past_due} > {after}: {grade}") for grade, after in crossed
        ]
    wanted = _worst(uncapped, *caps)
    new = _limited(standing.grade, wanted, rules)
    if new != wanted:
        reasons.append(Reason(CAPS, "upgrade_limit", f"{wanted} → {new}"))
    effective = _effective(standing.grade, new, rules)
    reasons.append(Reason(EFFECT, "effective", effective))
    return Adjustment(
        old_grade=standing.grade,
        new_grade=new,
        old_score=None if old is None else old.score,
        new_score=new_score,
        answer=proposal.answer if proposal and old else None,
        points=points,
        caps=caps,
        effective=effective,
        reasons=tuple(reasons),
    )


def _replaced(old: ScoreInForce, proposal: Proposal | None, policy: Policy) -> tuple[Decimal, Decimal]:
    """Return the score with the criterion replaced, and the points of the criterion in it.

    A score stays within 0 and 100 also where it was given by other points than those in force now.
    """
    if proposal is None:
        return old.score, old.points
    criterion = next(criterion for criterion in policy.criteria if criterion.code == CRITERION)
    points = Decimal(criterion.points[proposal.answer])
    score = old.score - old.points + points
    return min(max(score, Decimal(0)), Decimal(FULL_SCORE)), points


def _caps(facts: QuarterFacts, rules: GradeAdjustmentRules) -> tuple[tuple[Grade, int], ...]:
    """Return the grades at which the oldest item caps, each with the days it has passed."""
    days = 0 if facts.oldest is None else facts.oldest.days_past_due
    bounds: tuple[tuple[Grade, int], ...] = (
        ("C", rules.cap_at_c_after_days),
        ("D", rules.cap_at_d_after_days),
    )
    return tuple((grade, after) for grade, after in bounds if days > after)


def _worst(*grades: Grade) -> Grade:
    return max(grades, key=GRADES.index)


def _limited(old: Grade, wanted: Grade, rules: GradeAdjustmentRules) -> Grade:
    """Return `wanted`, or where that is too far up the best grade within reach."""
    return GRADES[max(GRADES.index(wanted), GRADES.index(old) - rules.upgrade_steps_per_quarter)]


def _effective(old: Grade, new: Grade, rules: GradeAdjustmentRules) -> Effective:
    if new == old:
        return "unchanged"
    is_better = GRADES.index(new) < GRADES.index(old)
    return "awaits_confirmation" if is_better and rules.upgrades_need_confirmation else "at_once"


def _speed_reasons(facts: QuarterFacts, proposal: Proposal | None) -> Iterator[Reason]:
    if proposal is None:
        yield Reason(SPEED, "nothing_due", "")
        return
    for speed in facts.speeds:
        yield Reason(SPEED, "paid_amount", f"{speed.currency} {speed.paid_amount}")
        yield Reason(SPEED, "overdue_amount", f"{speed.currency} {speed.overdue_amount}")
        yield Reason(SPEED, "average_days_late", f"{speed.currency} {_rounded(speed)}")
    yield Reason(SPEED, CRITERION, proposal.answer)


def _rounded(speed: PaymentSpeed) -> str:
    return str(to_cents(speed.average_days_late))


def _score_reasons(
    old: ScoreInForce, new_score: Decimal, points: Decimal, proposal: Proposal | None
) -> Iterator[Reason]:
    yield Reason(SCORE, "repayment_speed_before", ", ".join(old.answers))
    if proposal is None:
        yield Reason(SCORE, "score_stays", f"{old.score:.1f}")
        return
    yield Reason(SCORE, "score", f"{old.score:.1f} − {old.points:.1f} + {points:.1f} = {new_score:.1f}")
