"""The quarterly adjustment of credit grades (P5.2.2): five hundred customers a transaction, each once a quarter."""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from creditrisk.exceptions import ConflictError, InvalidInputError
from creditrisk.jobs.services import note_progress
from creditrisk.jobs.units import tried
from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.selectors import policy_version_on
from creditrisk.quarters import Quarter
from customers.models import Customer, CustomerState
from customers.services import Regrade, regrade_customers
from receivables.models import Report, ReportState
from receivables.payment_speed import QuarterFacts
from receivables.selectors.quarter_facts import QuarterReports, quarter_facts, reports_of_quarter
from reviews.adjustment_facts import Basis, facts_as_json, standings
from reviews.adjustment_selectors import (
    JOB,
    adjusted_after,
    counts_of_quarter,
    customers_to_adjust,
    quarters_due,
)
from reviews.adjustment_wording import explanation, no_report_text, source_of
from reviews.grade_adjustment import Adjustment, adjust_grade
from reviews.models import AdjustmentState, GradeAdjustment
from reviews.services.adjustment_messages import tell_adjusted

CHUNK = 500
STATES = {
    "unchanged": AdjustmentState.UNCHANGED,
    "at_once": AdjustmentState.APPLIED,
    "awaits_confirmation": AdjustmentState.PROPOSED,
}
logger = logging.getLogger(__name__)


class _ReportSupersededError(Exception):
    """A corrected report came in while the run was using the one before."""


@dataclass(frozen=True)
class Change:
    """A grade that a run changed or proposes: the customer's number, and the adjustment."""

    customer: str
    adjustment: Adjustment


@dataclass
class AdjustmentRun:
    """What a run did, or with `dry_run` would do: how many adjustments of the quarter are in which state, also those
    that an earlier attempt made, one error for each customer for whom it failed, and for a dry run the `changes`, by
    customer number. `age_days` is how many calendar days before the quarter's end the report `report` was drawn up;
    `is_stale` where the policy calls that old.
    """

    quarter: Quarter
    report: str
    age_days: int
    is_stale: bool
    counts: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def warnings(self) -> list[dict[str, Any]]:
        """Return codes with their facts, JSON-ready, as the ledger of jobs keeps them."""
        if not self.is_stale:
            return []
        return [{"code": "report_stale", "report": self.report, "age_days": self.age_days}]


@dataclass(frozen=True)
class _Run:
    quarter: Quarter
    today: dt.date
    reports: QuarterReports
    version: PolicyVersion

    def started(self) -> AdjustmentRun:
        age_days = self.reports.age_days
        limit = self.version.policy.dunning.report_stale_after_days
        return AdjustmentRun(self.quarter, self.reports.describing.number, age_days, age_days > limit)


def adjust_grades(
    *, quarter: Quarter, now: dt.datetime | None = None, dry_run: bool = False
) -> AdjustmentRun:
    """Adjust the grade of every customer who has one and is not closed, for `quarter`; return what was done (P5.2.2).

    By the reports in force and the policy that was in force on the quarter's last day. Worse grades take effect on the
    day of `now` (None: now), better ones wait where the policy says so; proposals of earlier quarters that nobody
    decided lapse. Five hundred customers share a transaction: whatever ends the run, the next call adjusts who is left
    and nobody twice. A customer for whom it fails does not stop the others; he is in `errors`. His managers and the
    leaders are told once a quarter.

    Raises InvalidInputError where the quarter is not over, no report is as of a day in it, or an earlier quarter is due
    and not settled; ConflictError where a later one has been adjusted.
    """
    run = _prepared(quarter, today=timezone.localdate(now))
    if dry_run:
        return _forecast(run)
    result = run.started()
    try:
        _adjust_all(run, result)
    except _ReportSupersededError:
        logger.warning("A report of %s was superseded during the run: going on with the new one.", quarter)
        return adjust_grades(quarter=quarter, now=now)
    if not result.errors:
        # Each is told once a quarter: of all of it, when the rest is done as well.
        tell_adjusted(quarter)
    result.counts = counts_of_quarter(quarter)
    return result


def require_adjustable(quarter: Quarter, *, now: dt.datetime | None) -> None:
    """Raise what `adjust_grades` would raise for the quarter at the moment `now` (None: now), before anything is
    recorded."""
    _prepared(quarter, today=timezone.localdate(now))


def _prepared(quarter: Quarter, *, today: dt.date) -> _Run:
    if today <= quarter.last_on:
        reason = _("%(quarter)s is not over: it ends on %(last_on)s.")
        raise InvalidInputError(
            "adjustment.not_over", reason % {"quarter": quarter, "last_on": quarter.last_on.isoformat()}
        )
    if (later := adjusted_after(quarter)) is not None:
        reason = _("%(later)s has been adjusted already: what comes before it is not made up for.")
        raise ConflictError("adjustment.later_done", reason % {"later": later})
    reports = reports_of_quarter(quarter)
    if reports is None:
        raise InvalidInputError("adjustment.no_report", no_report_text(quarter))
    earlier = [due for due in quarters_due(today=today) if due < quarter]
    if earlier:
        reason = _("%(earlier)s is due and not settled: quarters are adjusted in order.")
        raise InvalidInputError("adjustment.earlier_due", reason % {"earlier": earlier[0]})
    return _Run(quarter, today, reports, policy_version_on(quarter.last_on))


def _adjust_all(run: _Run, result: AdjustmentRun) -> None:
    # Nobody decides about a file that is closed.
    GradeAdjustment.objects.filter(
        state=AdjustmentState.PROPOSED, customer__state=CustomerState.CLOSED
    ).update(state=AdjustmentState.LAPSED)
    customers = dict(customers_to_adjust(run.quarter).values_list("pk", "number"))
    keys, done = list(customers), counts_of_quarter(run.quarter).total()
    for start in range(0, len(keys), CHUNK):
        chunk = keys[start : start + CHUNK]
        failed = tried(chunk, partial(_adjust_chunk, run=run), fatal=(_ReportSupersededError,))
        result.errors += [
            f"customer {customers[key]}: {type(error).__name__}: {error}" for key, error in failed.items()
        ]
        done += len(chunk) - len(failed)
        note_progress(job=JOB, period=str(run.quarter), units_done=done)


@transaction.atomic
def _adjust_chunk(keys: Sequence[int], run: _Run) -> None:
    """The unit of a run: judge under the customers' locks, then write all of it or nothing."""
    # The reports first, as those do who supersede one: what is judged below holds until the commit.
    locked_reports = Report.objects.select_for_update(no_key=True).filter(pk__in=run.reports.keys)
    if any(report.state != ReportState.COMMITTED for report in locked_reports.order_by("pk")):
        raise _ReportSupersededError
    locked = list(
        Customer.objects.select_for_update(of=("self",))
        .filter(pk__in=keys)
        .exclude(state=CustomerState.CLOSED)
        .order_by("pk")
    )
    # Another run may have been there while this one waited for the locks.
    done = set(
        GradeAdjustment.objects.filter(customer__in=locked, quarter=str(run.quarter)).values_list(
            "customer", flat=True
        )
    )
    customers = [customer for customer in locked if customer.pk not in done and customer.grade]
    judged = list(_judged(customers, run))
    waiting = GradeAdjustment.objects.filter(customer__in=customers, state=AdjustmentState.PROPOSED)
    waiting.update(state=AdjustmentState.LAPSED)
    changes = regrade_customers(
        regrades=[
            Regrade(customer.pk, customer.grade, adjustment.new_grade, _explained(adjustment))
            for customer, _basis, _facts, adjustment in judged
            if adjustment.effective == "at_once"
        ],
        effective_on=run.today,
        source=source_of(run.quarter),
        by=None,
        policy_version=run.version,
    )
    GradeAdjustment.objects.bulk_create(
        GradeAdjustment(
            customer=customer,
            quarter=str(run.quarter),
            state=STATES[adjustment.effective],
            old_grade=adjustment.old_grade,
            new_grade=adjustment.new_grade,
            old_score=adjustment.old_score,
            new_score=adjustment.new_score,
            answers=_answers(basis, adjustment),
            points=adjustment.points,
            facts=facts_as_json(basis, facts, run.reports),
            reasons=[reason.as_json() for reason in adjustment.reasons],
            review_id=basis.review_pk,
            basis_change_id=basis.last_change_pk,
            grade_change=changes.get(customer.pk),
            report=run.reports.describing,
            policy_version=run.version,
            adjusted_on=run.today,
        )
        for customer, basis, facts, adjustment in judged
    )


def _explained(adjustment: Adjustment) -> str:
    return explanation(reason.as_json() for reason in adjustment.reasons)


Judged = tuple[Customer, Basis, QuarterFacts, Adjustment]


def _judged(customers: Sequence[Customer], run: _Run) -> Iterator[Judged]:
    """Yield each customer with how he stands, how he paid and what the rule makes of it; a few queries for all."""
    found = standings(customers, quarter=run.quarter)
    facts = quarter_facts(found, run.reports)
    for customer in customers:
        basis, own = found[customer.pk], facts.get(customer.pk, QuarterFacts())
        yield customer, basis, own, adjust_grade(basis.standing, own, run.version.policy)


def _answers(basis: Basis, adjustment: Adjustment) -> str:
    score = basis.standing.score
    if score is None:
        return ""
    return adjustment.answer or "".join(score.answers)


def _forecast(run: _Run) -> AdjustmentRun:
    """Return what a run would do now to those who are left. Nothing is locked or written."""
    result = run.started()
    keys = list(customers_to_adjust(run.quarter).values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        customers = list(Customer.objects.filter(pk__in=keys[start : start + CHUNK]).order_by("pk"))
        for customer, _basis, _facts, adjustment in _judged(customers, run):
            result.counts[STATES[adjustment.effective]] += 1
            if adjustment.is_change:
                result.changes.append(Change(customer.number, adjustment))
    result.changes.sort(key=lambda change: change.customer)
    return result
