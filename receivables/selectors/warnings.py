"""Which early warnings the rules find on a day, by a policy: in chunks of customers, nothing is written (P5.1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from creditrisk.policy.schema import Policy, WarningRules
from customers.models import CustomerState
from receivables.models import Report
from receivables.selectors import warning_facts
from receivables.selectors.reports import report_for
from receivables.selectors.warning_items import (
    Horizon,
    ItemFacts,
    average_by_report,
    horizon,
    item_facts,
    last_business_before,
)
from receivables.warnings import (
    KINDS,
    BusinessFacts,
    Point,
    RaisedWarning,
    RepaymentFacts,
    VolumeFacts,
    broken_promise,
    churn,
    dispute_overdue,
    file_not_confirmed,
    grade_fallen,
    leadership_change,
    limit_exceeded,
    qualification_ending,
    repayment_anomaly,
    volume_anomaly,
)

CHUNK = 1_000
IN_BUSINESS = frozenset({CustomerState.ACTIVE, CustomerState.WATCH})
"""P5.1.1: an active customer; one on watch goes on buying. With the others there is no business to lose."""
PAYS = IN_BUSINESS | {CustomerState.SUSPENDED}

Warning = tuple[int, RaisedWarning]
"""A customer (primary key) and a warning about him."""


@dataclass(frozen=True)
class Basis:
    """What all customers of a run are judged by: the day, the policy, the reports, and the one that describes the day
    (None: no report does)."""

    on: dt.date
    policy: Policy
    seen: Horizon
    report: Report | None

    @property
    def rules(self) -> WarningRules:
        """The policy's thresholds of early warnings."""
        return self.policy.warnings

    @property
    def is_stale(self) -> bool:
        """Whether the latest report is so old that silence cannot be told from a report that is missing: then nobody is
        said to leave."""
        last_on = self.seen.last_on
        return last_on is not None and (self.on - last_on).days > self.rules.churn_after_days


def basis_on(*, on: dt.date, policy: Policy) -> Basis:
    """Return what the day `on` is judged by."""
    return Basis(on, policy, horizon(on=on, rules=policy.warnings), report_for(on))


def chunks() -> list[dict[int, str]]:
    """Return the customers that warnings are about, by primary key in order, with their states: so many at a time."""
    watched = warning_facts.watched_customers().order_by("pk").values_list("pk", "state")
    states = list(watched)
    return [dict(states[start : start + CHUNK]) for start in range(0, len(states), CHUNK)]


def warnings_of(customers: dict[int, str], *, basis: Basis) -> list[Warning]:
    """Return the warnings about a chunk of customers (primary key → state, keys in order), by customer and kind. A
    fixed number of queries, however many customers."""
    if not customers:
        return []
    found = [
        warning
        for warning in (
            *_of_items(customers, basis),
            *_of_promises(customers, basis),
            *_of_files(customers, basis),
            *_of_limits(customers, basis),
        )
        if warning[0] in customers
    ]
    return sorted(found, key=lambda one: (one[0], KINDS.index(one[1].kind), one[1].subject))


def _span(customers: dict[int, str]) -> tuple[int, int]:
    return min(customers), max(customers)


def _of_items(customers: dict[int, str], basis: Basis) -> Iterator[Warning]:
    seen, rules = basis.seen, basis.rules
    first, last = _span(customers)
    facts = item_facts(seen, first_pk=first, last_pk=last)
    in_business = {pk for pk, state in customers.items() if state in IN_BUSINESS}
    yield from _of_silence(in_business, facts, basis)
    if seen.knows_month:
        for pk in sorted(in_business & facts.keys()):
            for one in facts[pk]:
                warning = volume_anomaly(_volume(one, facts[pk], seen), rules=rules)
                if warning is not None:
                    yield pk, warning
    slower = []
    for pk, state in customers.items():
        if state in PAYS:
            for one in facts.get(pk, ()):
                warning = repayment_anomaly(
                    RepaymentFacts(one.currency, one.recent, one.baseline), rules=rules
                )
                if warning is not None:
                    slower.append((pk, warning))
    averages = average_by_report(seen, {pk for pk, _warning in slower})
    for pk, warning in slower:
        yield pk, _with_chart(warning, averages.get((pk, warning.subject), ()))


def _with_chart(warning: RaisedWarning, points: Iterable[tuple[dt.date, Decimal]]) -> RaisedWarning:
    return replace(warning, series=tuple(Point(f"{day:%Y-%m-%d}", value) for day, value in points))


def _volume(one: ItemFacts, all_of_his: Sequence[ItemFacts], seen: Horizon) -> VolumeFacts:
    """Return a customer's volume in one currency, without the months before his first business or our first report."""
    firsts = [facts.oldest_on for facts in all_of_his if facts.oldest_on is not None]
    known_from = max(
        [day.replace(day=1) for day in (min(firsts, default=None), seen.first_on) if day is not None]
    )
    *history, (month, amount) = one.months
    return VolumeFacts(
        currency=one.currency,
        month_on=month,
        amount=amount,
        history=tuple(before for before in history if before[0] >= known_from),
    )


def _of_silence(in_business: set[int], facts: dict[int, list[ItemFacts]], basis: Basis) -> Iterator[Warning]:
    """Yield the customers about to leave. Without a report nobody is said to; nor is he whom the latest report saw buy
    within half the time: what he bought since is in no report yet."""
    known_to = basis.seen.last_on
    if known_to is None or basis.is_stale or not in_business:
        return
    just_seen_from = known_to - dt.timedelta(days=basis.rules.churn_after_days // 2)
    signed = warning_facts.contracts_signed((min(in_business), max(in_business)), on=basis.on)
    newest = {
        pk: max((one.newest_on for one in facts.get(pk, ()) if one.newest_on is not None), default=None)
        for pk in in_business
    }
    earlier = last_business_before(basis.seen, [pk for pk, day in newest.items() if day is None])
    for pk in sorted(in_business):
        largest = max(
            facts.get(pk, ()), key=lambda one: sum(amount for _month, amount in one.months), default=None
        )
        business = BusinessFacts(
            last_document_on=newest[pk] or earlier.get(pk),
            last_contract_on=signed.get(pk),
            currency=largest.currency if largest else "",
            months=largest.months if largest else (),
        )
        if business.last_document_on is not None and business.last_document_on > just_seen_from:
            continue
        if (warning := churn(business, on=basis.on, rules=basis.rules)) is not None:
            yield pk, warning


def _of_promises(customers: dict[int, str], basis: Basis) -> Iterator[Warning]:
    on, rules = basis.on, basis.rules
    found = warning_facts.promises_missed(_span(customers), on=on, rules=rules)
    return _judged(broken_promise, found, basis)


def _of_files(customers: dict[int, str], basis: Basis) -> Iterator[Warning]:
    """Yield what the customer files say."""
    on, rules, span = basis.on, basis.rules, _span(customers)
    overdue = warning_facts.files_overdue(span, on=on, policy=basis.policy)
    yield from _judged(file_not_confirmed, overdue, basis)
    ending = warning_facts.qualifications_to_renew(span, on=on, rules=rules)
    yield from _judged(qualification_ending, ending, basis)
    yield from _judged(grade_fallen, warning_facts.grades_changed(span, on=on, rules=rules), basis)
    yield from _judged(dispute_overdue, warning_facts.disputes_overdue(span, on=on), basis)
    yield from _judged(leadership_change, warning_facts.visits_made(span, on=on, rules=rules), basis)


def _judged(
    rule: Callable[..., RaisedWarning | None], found: Iterable[tuple[int, object]], basis: Basis
) -> Iterator[Warning]:
    """Yield the customers about whose facts a rule warns."""
    for pk, facts in found:
        if (warning := rule(facts, on=basis.on, rules=basis.rules)) is not None:
            yield pk, warning


def _of_limits(customers: dict[int, str], basis: Basis) -> Iterator[Warning]:
    if basis.report is None:
        return
    exceeded = [
        (pk, warning)
        for pk, facts in warning_facts.limits_and_exposure(_span(customers), report=basis.report)
        if (warning := limit_exceeded(facts, on=basis.on)) is not None
    ]
    own = {pk for pk, warning in exceeded if not warning.subject}
    series = warning_facts.exposure_by_report(own, on=basis.on)
    for pk, warning in exceeded:
        points = () if warning.subject else series.get((pk, warning.series_unit), ())
        yield pk, _with_chart(warning, points)
