"""Raising the early warnings of a day: chunk by chunk, each in a transaction of its own; then the messages, then the
cases that are overdue (P5.1)."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence

from django.db import DatabaseError
from django.utils import timezone

from creditrisk.exceptions import BusinessError
from creditrisk.policy.schema import Policy
from creditrisk.policy.selectors import policy_version_on
from customers.models import Customer, EntryKind, WarningCase
from customers.services import (
    FoundWarning,
    answers_to,
    cases_to_escalate,
    escalate_overdue,
    pass_stranded_cases_on,
    raise_cases,
    tell_owners,
)
from customers.warning_selectors import entries_of_job_on, raised_by_job_on
from customers.warning_timing import due_on
from receivables.selectors.warnings import Basis, Warning, basis_on, chunks, warnings_of
from receivables.services.report_flows import store_flows
from receivables.warning_result import CaseSummary, SimulatedWarnings, WarningsResult
from receivables.warnings import KINDS

logger = logging.getLogger(__name__)


def raise_warnings(*, on: dt.date, dry_run: bool = False) -> WarningsResult:
    """Raise the warnings of the day `on` by the policy in force on it, pass on the cases of those who left, tell the
    owners, and tell the leaders of the cases that are overdue; return what the day brought, this run's and that of runs
    before.

    Again, it does the rest: a case is raised once, a message sent once. A chunk that fails is recorded and the others
    go on. A dry run raises nothing and returns what it would do.
    """
    version = policy_version_on(on)
    basis = _basis(on, version.policy)
    if dry_run:
        return _would_raise(basis)
    errors = []
    for customers in chunks():
        try:
            found = [_found(warning) for warning in warnings_of(customers, basis=basis)]
            raise_cases(found=found, on=on, version=version)
        except (BusinessError, DatabaseError) as error:
            logger.exception("The warnings of customers %s to %s failed.", min(customers), max(customers))
            errors.append(f"{min(customers)}–{max(customers)}: {type(error).__name__}")
    pass_stranded_cases_on(on=on)
    if not errors:
        # Each is told once for the day: of all of it, when the rest is done as well.
        tell_owners(on=on)
    escalate_overdue(on=on, rules=version.policy.warnings, now=timezone.now())
    return _told(basis, errors)


def raised_on(on: dt.date) -> WarningsResult:
    """Return what the runs of the day `on` did, as it is stored."""
    return _told(basis_on(on=on, policy=policy_version_on(on).policy), ())


def _told(basis: Basis, errors: Sequence[str]) -> WarningsResult:
    return _result(
        basis,
        raised=[_summary(case) for case in raised_by_job_on(basis.on)],
        worse=[_summary(entry.case) for entry in entries_of_job_on(basis.on, EntryKind.WORSE)],
        escalated=[_summary(entry.case) for entry in entries_of_job_on(basis.on, EntryKind.ESCALATED)],
        errors=errors,
    )


def _found(warning: Warning) -> FoundWarning:
    pk, raised = warning
    return FoundWarning(
        customer_pk=pk,
        kind=raised.kind,
        subject=raised.subject,
        severity=raised.severity,
        numbers=raised.numbers_json(),
        series=raised.series_json(),
    )


def _would_raise(basis: Basis) -> WarningsResult:
    raised, worse = [], []
    for customers in chunks():
        found = [_found(warning) for warning in warnings_of(customers, basis=basis)]
        for one, answer in answers_to(found, on=basis.on, rules=basis.rules):
            if answer == "raise":
                raised.append(one)
            elif answer == "worse":
                worse.append(one)
    numbers = dict(
        Customer.objects.filter(pk__in={one.customer_pk for one in (*raised, *worse)}).values_list(
            "pk", "number"
        )
    )
    late = WarningCase.objects.filter(pk__in=cases_to_escalate(on=basis.on, rules=basis.rules))
    return _result(
        basis,
        raised=[
            CaseSummary(
                customer=numbers[one.customer_pk],
                kind=one.kind,
                subject=one.subject,
                numbers=one.numbers,
                due_on=due_on(basis.on, rules=basis.rules),
            )
            for one in raised
        ],
        worse=[
            CaseSummary(
                customer=numbers[one.customer_pk], kind=one.kind, subject=one.subject, numbers=one.numbers
            )
            for one in worse
        ],
        escalated=[_summary(case) for case in late.select_related("customer", "owner").order_by("number")],
    )


def _summary(case: WarningCase) -> CaseSummary:
    return CaseSummary(
        number=case.number,
        customer=case.customer.number,
        kind=case.kind,
        subject=case.subject,
        numbers=case.numbers,
        owner=case.owner.username if case.owner else "",
        due_on=case.due_on,
    )


def _result(
    basis: Basis,
    *,
    raised: Sequence[CaseSummary],
    worse: Sequence[CaseSummary],
    escalated: Sequence[CaseSummary],
    errors: Sequence[str] = (),
) -> WarningsResult:
    return WarningsResult(
        on=basis.on,
        as_of=basis.report.as_of if basis.report else None,
        is_stale=basis.is_stale,
        raised=tuple(raised),
        worse=tuple(worse),
        escalated=tuple(escalated),
        errors=tuple(errors),
    )


def simulated_warnings(*, on: dt.date, policy: Policy) -> SimulatedWarnings:
    """Return whom a policy, in force or a draft, would warn of on `on`, as if there were no cases yet. Nothing is
    written but the sums of reports that were not counted yet (`store_flows`)."""
    basis = _basis(on, policy)
    found: dict[str, set[int]] = {}
    for customers in chunks():
        for pk, warning in warnings_of(customers, basis=basis):
            found.setdefault(warning.kind, set()).add(pk)
    pks: set[int] = set().union(*found.values())
    numbers = dict(Customer.objects.filter(pk__in=pks).values_list("pk", "number"))
    return SimulatedWarnings(
        on,
        {kind: tuple(sorted(numbers[pk] for pk in found[kind])) for kind in KINDS if kind in found},
    )


def _basis(on: dt.date, policy: Policy) -> Basis:
    """Return what the day `on` is judged by, with the sums of its reports stored."""
    basis = basis_on(on=on, policy=policy)
    store_flows(basis.seen)
    return basis
