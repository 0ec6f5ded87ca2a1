"""Annex 2 as it is read: the stored facts with their labels, and the two scores side by side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from creditrisk.accounts.models import User
from creditrisk.policy.schema import Policy
from creditrisk.policy.wording import CONSEQUENCES, CRITERIA
from customers.models import ContractState, ServiceType
from customers.models.payment_term import payment_term_text
from reviews.grading import consequence_of, grade_for_score
from reviews.models import SCORERS, AnnualForm, Review, Score
from reviews.permissions import sees_scores_of
from reviews.scoring import review_score


@dataclass(frozen=True)
class ContractRow:
    """One contract of the form. Dates are None where the contract does not say."""

    number: str
    service_type: str
    state: str
    state_label: str
    currency: str
    amount: Decimal
    signed_on: dt.date | None
    starts_on: dt.date | None
    ends_on: dt.date | None
    payment_term: str


@dataclass(frozen=True)
class PaymentRow:
    """The payments in one currency. `as_of` is the date of the report the figures are from."""

    currency: str
    first_report_on: dt.date
    as_of: dt.date
    received_amount: Decimal
    business_amount: Decimal
    open_amount: Decimal
    overdue_amount: Decimal
    average_days_late: Decimal | None


def contracts_of(facts: Mapping[str, Any]) -> list[ContractRow]:
    """Return the contracts in stored facts."""
    return [
        ContractRow(
            number=row["number"],
            service_type=str(ServiceType(row["service_type"]).label),
            state=row["state"],
            state_label=str(ContractState(row["state"]).label),
            currency=row["currency"],
            amount=Decimal(row["amount"]),
            signed_on=_day(row["signed_on"]),
            starts_on=_day(row["starts_on"]),
            ends_on=_day(row["ends_on"]),
            payment_term=payment_term_text(row["payment_term_kind"], row["payment_term_days"]),
        )
        for row in facts.get("contracts", ())
    ]


def payments_of(facts: Mapping[str, Any]) -> list[PaymentRow]:
    """Return the payments in stored facts, by currency."""
    return [
        PaymentRow(
            currency=row["currency"],
            first_report_on=dt.date.fromisoformat(row["first_report_on"]),
            as_of=dt.date.fromisoformat(row["as_of"]),
            received_amount=Decimal(row["received_amount"]),
            business_amount=Decimal(row["business_amount"]),
            open_amount=Decimal(row["open_amount"]),
            overdue_amount=Decimal(row["overdue_amount"]),
            average_days_late=None if row["average_days_late"] is None else Decimal(row["average_days_late"]),
        )
        for row in facts.get("payments", ())
    ]


def service_types_of(facts: Mapping[str, Any]) -> list[str]:
    """Return the labels of the kinds of service in stored facts."""
    return [str(ServiceType(code).label) for code in facts.get("service_types", ())]


def _day(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)


def proposal_text(code: str, facts: Mapping[str, Any]) -> str:
    """Return the software's proposal for a criterion with its arithmetic in words; empty where there is none."""
    proposal = facts.get("proposals", {}).get(code)
    if proposal is None:
        return ""
    if code == "repayment_speed":
        days = Decimal(proposal["figure"])
        early = _(
            "%(answer)s proposed: %(days)s days early on average, weighted by amount, in %(months)s months."
        )
        late = _(
            "%(answer)s proposed: %(days)s days late on average, weighted by amount, in %(months)s months."
        )
        told = early if days < 0 else late
        return told % {"answer": proposal["answer"], "days": abs(days), "months": facts["months"]}
    years = int(Decimal(proposal["figure"]))
    told = ngettext(
        "%(answer)s proposed: %(count)s full year since the first contract of %(since)s.",
        "%(answer)s proposed: %(count)s full years since the first contract of %(since)s.",
        years,
    )
    return told % {"answer": proposal["answer"], "count": years, "since": facts["cooperation_since"]}


@dataclass(frozen=True)
class ScoreCell:
    """One answer: grade and points, the reason where it departs from the proposal. Empty where it is not for this
    reader yet, or not given.
    """

    answer: str = ""
    points: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class ScoreRow:
    """One criterion: what the software proposes, and the answers of account manager and service manager."""

    label: str
    proposal: str
    cells: tuple[ScoreCell, ...]


@dataclass(frozen=True)
class ScoreSheet:
    """The scores of a review as one person may see them. `score` and `grade` are None until both are in and seen."""

    rows: list[ScoreRow]
    totals: tuple[int | None, ...]
    scorers: tuple[str, ...]
    hidden: tuple[bool, ...]
    score: Decimal | None
    grade: str | None
    consequence: str


def score_sheet(review: Review, form: AnnualForm, *, user: User, policy: Policy) -> ScoreSheet:
    """Return the scores that `user` may see now (`reviews.permissions.sees_scores_of`). Reads only what is loaded."""
    given = {score.role: score for score in review.scores.all()}
    seen: list[Score | None] = [
        given.get(role) if sees_scores_of(user, review, role) else None for role in SCORERS
    ]
    rows = [
        ScoreRow(
            label=str(CRITERIA[criterion.code][0]),
            proposal=proposal_text(criterion.code, form.facts),
            cells=tuple(_cell(score, criterion.code, criterion.points) for score in seen),
        )
        for criterion in policy.criteria
    ]
    totals = tuple(score.total if score else None for score in seen)
    average = _average(totals)
    grade = None if average is None else grade_for_score(average, policy)
    return ScoreSheet(
        rows=rows,
        totals=totals,
        scorers=tuple(str(score.by) if score else "" for score in seen),
        hidden=tuple(role in given and not found for role, found in zip(SCORERS, seen, strict=True)),
        score=average,
        grade=grade,
        consequence="" if grade is None else str(CONSEQUENCES[consequence_of(grade, policy)]),
    )


def _cell(score: Score | None, code: str, points: Mapping[Any, int]) -> ScoreCell:
    if score is None:
        return ScoreCell()
    answer = score.answers[code]
    return ScoreCell(answer, points[answer], score.reasons.get(code, ""))


def _average(totals: Iterable[int | None]) -> Decimal | None:
    known = [total for total in totals if total is not None]
    return review_score(*known) if len(known) == len(SCORERS) else None
