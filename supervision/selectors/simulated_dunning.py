"""How many reminders, letters and demands a draft policy would have sent on the days of the reports (P5.2.3)."""

from __future__ import annotations

from collections import Counter

from creditrisk.policy.schema import DUNNING_STAGES
from customers.models import Customer
from receivables.selectors.dunning_replay import replay_dunning
from supervision.selectors.simulated_reports import reports_of
from supervision.simulated_parts import MOST_LISTED, ChangedCustomer, Figures, Question, Row, SimulatedPart


def simulated_dunning(question: Question) -> SimulatedPart:
    """Return the notices by stage on the day of each report, by both policies."""
    old, new = question.old, question.new
    if (old.dunning, old.base_currency) == (new.dunning, new.base_currency):
        return SimulatedPart("dunning", is_same=True)
    reports = reports_of(question.quarters)
    if not reports:
        return SimulatedPart("dunning", notes=("no_report",))
    replays = replay_dunning(reports, {"old": old, "new": new})
    before, after = replays["old"], replays["new"]
    days = [report.as_of for report in reports]
    rows = [
        *_rows("all_days", sum(before.by_day.values(), Counter()), sum(after.by_day.values(), Counter())),
        *(row for day in days for row in _rows(day.isoformat(), before.by_day[day], after.by_day[day])),
    ]
    changed = [
        customer
        for customer in {*before.by_customer, *after.by_customer}
        if before.by_customer[customer] != after.by_customer[customer]
    ]
    named = (
        Customer.objects.filter(pk__in=changed).order_by("number").values_list("pk", "number")[:MOST_LISTED]
    )
    customers = tuple(
        ChangedCustomer(
            number,
            _figures(before.by_customer[pk]),
            _figures(after.by_customer[pk]),
        )
        for pk, number in named
    )
    return SimulatedPart("dunning", tuple(rows), len(changed), customers, notes=("dunning_replay",))


def _rows(group: str, old: Counter[str], new: Counter[str]) -> list[Row]:
    return [Row(group, stage, str(old[stage]), str(new[stage])) for stage in DUNNING_STAGES]


def _figures(notices: Counter[str]) -> Figures:
    return tuple((stage, str(notices[stage])) for stage in DUNNING_STAGES if notices[stage])
