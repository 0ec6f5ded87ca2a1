"""Which credit limits a draft policy would propose, and who would be on hold ("New customers and credit limits")."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import cast

from django.db.models import Min

from creditrisk.money import to_cents
from creditrisk.policy.schema import GRADES, Grade, Policy
from customers.models import Customer, CustomerState
from receivables.aging import days_past_due
from receivables.selectors.item_lines import items_of
from receivables.selectors.payment_record import payment_records
from receivables.selectors.reports import report_for
from reviews.grading import proposed_credit_limit
from supervision.simulated_parts import MOST_LISTED, ChangedCustomer, Figures, Question, Row, SimulatedPart

LOOKED_AT_ONCE = 1000
NOTHING = Decimal(0)
Proposal = tuple[str, Decimal]
"""Currency and amount of a proposed limit."""


def simulated_limits(question: Question) -> SimulatedPart:
    """Return how many customers would get another limit by their grade and business of today, what the limits add up to
    by currency, and how many customers an item past due would put on hold."""
    old, new = question.old, question.new
    if _rules(old) == _rules(new):
        return SimulatedPart("limits", is_same=True)
    before, after = _proposals(old, on=question.on), _proposals(new, on=question.on)
    changed = sorted(number for number in before if before[number] != after[number])
    currencies = sorted({currency for currency, _amount in before.values()})
    rows = [
        Row("", "with_limit", _with_limit(before), _with_limit(after)),
        *(
            Row(currency, "limits_total", _total(before, currency), _total(after, currency))
            for currency in currencies
        ),
        Row("", "on_hold", _on_hold(old, on=question.on), _on_hold(new, on=question.on)),
    ]
    customers = tuple(
        ChangedCustomer(number, _figures(before[number]), _figures(after[number]))
        for number in changed[:MOST_LISTED]
    )
    return SimulatedPart("limits", tuple(rows), len(changed), customers, notes=("limits_today",))


def _rules(policy: Policy) -> tuple[object, ...]:
    rules = policy.credit_limit
    factors = tuple(policy.band(grade).limit_factor for grade in GRADES)
    return (
        rules.limit_step_amount,
        rules.days_per_month,
        rules.actual_business_months,
        rules.hold_after_days_past_due,
        factors,
    )


def _proposals(policy: Policy, *, on: dt.date) -> dict[str, Proposal]:
    """Return customer number → the limit proposed from his grade, payment term and business of the last months; who has
    no grade or no business in his currency is left out. One query for a thousand customers."""
    graded = Customer.objects.exclude(state=CustomerState.CLOSED).exclude(grade="")
    people = list(
        graded.order_by("number").values_list("pk", "number", "grade", "currency", "payment_term_days")
    )
    months = policy.credit_limit.actual_business_months
    found: dict[str, Proposal] = {}
    for start in range(0, len(people), LOOKED_AT_ONCE):
        batch = people[start : start + LOOKED_AT_ONCE]
        records = payment_records([row[0] for row in batch], on=on, months=months)
        for pk, number, grade, currency, term in batch:
            own = next((one for one in records.get(pk, []) if one.currency == currency), None)
            if own is None:
                continue
            monthly = to_cents(own.business_amount / months)
            amount = proposed_credit_limit(
                monthly_amount=monthly, payment_term_days=term, grade=cast(Grade, grade), policy=policy
            )
            found[number] = (currency, amount)
    return found


def _with_limit(proposals: dict[str, Proposal]) -> str:
    return str(sum(amount > 0 for _currency, amount in proposals.values()))


def _total(proposals: dict[str, Proposal], currency: str) -> str:
    return str(sum((amount for own, amount in proposals.values() if own == currency), NOTHING))


def _on_hold(policy: Policy, *, on: dt.date) -> str:
    """Return how many customers have an item further past due than business goes on with, by the report of the day."""
    report = report_for(on)
    if report is None:
        return "0"
    oldest = items_of(report).filter(open_amount__gt=0).order_by().values("customer").annotate(Min("due_on"))
    limit = policy.credit_limit.hold_after_days_past_due
    return str(sum(days_past_due(row["due_on__min"], on) > limit for row in oldest.iterator()))


def _figures(proposal: Proposal) -> Figures:
    currency, amount = proposal
    return ((currency, str(amount)),)
