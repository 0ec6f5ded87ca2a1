"""What a quarter's adjustment would be under another rule-book (P5.2.2). Reads only; nothing is written or told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from creditrisk.exceptions import InvalidInputError
from creditrisk.policy.schema import Grade, Policy
from creditrisk.quarters import Quarter
from customers.models import Customer, CustomerState
from receivables.payment_speed import QuarterFacts
from receivables.selectors.quarter_facts import QuarterReports, quarter_facts, reports_of_quarter
from reviews.adjustment_facts import past_standings
from reviews.adjustment_wording import no_report_text
from reviews.grade_adjustment import Adjustment, adjust_grade

CHUNK = 500


@dataclass(frozen=True)
class SimulatedChange:
    """A customer whose grade would be another: his primary key, number and name, and the adjustment."""

    customer_pk: int
    customer: str
    name: str
    adjustment: Adjustment


@dataclass
class SimulatedAdjustments:
    """What a quarter's adjustment would do: how many customers would go from which grade to which (also to the same),
    and those who would change, by number.
    """

    counts: Counter[tuple[Grade, Grade]] = field(default_factory=Counter)
    changes: list[SimulatedChange] = field(default_factory=list)

    @property
    def assessed(self) -> int:
        """How many customers were looked at."""
        return self.counts.total()


def simulated_adjustments(*, quarter: Quarter, policy: Policy) -> SimulatedAdjustments:
    """Return what the adjustment of a past `quarter` would do to all customers who are not closed, under `policy`.

    Each stands as he did before that quarter's adjustment (`past_standings`); the reports are those in force now. Five
    hundred customers at a time, so that memory does not grow with their number. Raises InvalidInputError where no
    report is as of a day in the quarter.
    """
    reports = reports_of_quarter(quarter)
    if reports is None:
        raise InvalidInputError("adjustment.no_report", no_report_text(quarter))
    result = SimulatedAdjustments()
    for customer, adjustment in _adjustments(quarter, reports, policy):
        result.counts[adjustment.old_grade, adjustment.new_grade] += 1
        if adjustment.is_change:
            change = SimulatedChange(customer.pk, customer.number, customer.name, adjustment)
            result.changes.append(change)
    result.changes.sort(key=lambda change: change.customer)
    return result


def _adjustments(
    quarter: Quarter, reports: QuarterReports, policy: Policy
) -> Iterator[tuple[Customer, Adjustment]]:
    known = Customer.objects.exclude(state=CustomerState.CLOSED).order_by("pk").values_list("pk", flat=True)
    keys = list(known)
    for start in range(0, len(keys), CHUNK):
        chunk = Customer.objects.filter(pk__in=keys[start : start + CHUNK])
        customers = list(chunk.only("pk", "number", "name", "grade"))
        found = past_standings(customers, quarter=quarter)
        facts = quarter_facts(found, reports)
        for customer in customers:
            if basis := found.get(customer.pk):
                own = facts.get(customer.pk, QuarterFacts())
                yield customer, adjust_grade(basis.standing, own, policy)
