"""What the daily job does with warnings: cases for those that are new, entries in those that grew worse, one message
for each owner, and the overdue ones to the leaders (P5.1)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import ngettext

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.accounts.selectors import people_with
from creditrisk.notifications.services import notify
from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.schema import WarningRules
from customers.models import CaseEntry, Customer, CustomerState, EntryKind, WarningCase, WarningKind
from customers.services.warning_case import case_numbers
from customers.warning_selectors import (
    CaseKey,
    default_owners,
    earlier_cases,
    entries_of_job_on,
    raised_by_job_on,
)
from customers.warning_timing import Answer, EarlierCase, answer_to, due_on, escalated_from

ESCALATED_AT_ONCE = 500
GROWS_BY_ITSELF = frozenset({WarningKind.CHURN, WarningKind.FILE_NOT_CONFIRMED, WarningKind.DISPUTE_OVERDUE})
"""Kinds whose severity is the days that pass."""


@dataclass(frozen=True)
class FoundWarning:
    """A warning that the rules found for a customer: see `WarningCase` for its parts."""

    customer_pk: int
    kind: str
    severity: Decimal
    subject: str = ""
    numbers: dict[str, Any] = field(default_factory=dict)
    series: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> CaseKey:
        """What a case of it is known by."""
        return self.customer_pk, self.kind, self.subject


def answers_to(
    found: Sequence[FoundWarning], *, on: dt.date, rules: WarningRules
) -> list[tuple[FoundWarning, Answer]]:
    """Return what becomes of each warning: a case, an entry in one, or nothing. Writes nothing; one query."""
    earlier = earlier_cases({one.customer_pk for one in found})
    return [(one, _answer(one, earlier, on=on, rules=rules)) for one in found]


def _answer(
    one: FoundWarning, earlier: dict[CaseKey, EarlierCase], *, on: dt.date, rules: WarningRules
) -> Answer:
    return answer_to(
        one.severity,
        earlier=earlier.get(one.key),
        on=on,
        rules=rules,
        grows_by_itself=one.kind in GROWS_BY_ITSELF,
    )


@transaction.atomic
def raise_cases(*, found: Sequence[FoundWarning], on: dt.date, version: PolicyVersion) -> int:
    """Raise a case for every warning of the day `on` that asks for one, and note in open ones that they grew worse;
    return how many cases and entries that were. Again, it does nothing more. A file closed meanwhile gets none.

    The customers are locked in the order of their keys: a handover waits, or is seen. Nobody is told (`tell_owners`).
    """
    if not found:
        return 0
    rules = version.policy.warnings
    customers = {
        customer.pk: customer
        for customer in Customer.objects.select_for_update(of=("self",))
        .filter(pk__in={one.customer_pk for one in found})
        .exclude(state=CustomerState.CLOSED)
        .order_by("pk")
        .defer("bank_account")
    }
    asked = answers_to([one for one in found if one.customer_pk in customers], on=on, rules=rules)
    raised = _new_cases(
        [one for one, answer in asked if answer == "raise"], customers, on=on, version=version
    )
    worse = [one for one, answer in asked if answer == "worse"]
    _note_worse(worse, on=on, version=version)
    return raised + len(worse)


def _new_cases(
    found: Sequence[FoundWarning],
    customers: dict[int, Customer],
    *,
    on: dt.date,
    version: PolicyVersion,
) -> int:
    if not found:
        return 0
    owners = default_owners(customers.values())
    numbers = case_numbers(on, count=len(found))
    WarningCase.objects.bulk_create(
        WarningCase(
            number=number,
            customer=customers[one.customer_pk],
            kind=one.kind,
            subject=one.subject,
            raised_on=on,
            severity=one.severity,
            numbers=one.numbers,
            series=one.series,
            owner=owners[one.customer_pk],
            due_on=due_on(on, rules=version.policy.warnings),
            policy_version=version,
        )
        for number, one in zip(numbers, found, strict=True)
    )
    return len(found)


def _note_worse(found: Sequence[FoundWarning], *, on: dt.date, version: PolicyVersion) -> None:
    """Give the open cases the numbers of the day, and say in their logs by how much they grew worse."""
    if not found:
        return
    worse = {one.key: one for one in found}
    cases = WarningCase.objects.open().filter(customer__in={one.customer_pk for one in found})
    grown = []
    for case in cases.select_for_update().order_by("pk"):
        one = worse.get((case.customer_id, case.kind, case.subject))
        if one is not None:
            grown.append((case, case.severity, one))
    CaseEntry.objects.bulk_create(
        CaseEntry(
            case=case,
            kind=EntryKind.WORSE,
            happened_on=on,
            severity_before=before,
            severity=one.severity,
        )
        for case, before, one in grown
    )
    for case, _before, one in grown:
        case.severity, case.numbers, case.series = one.severity, one.numbers, one.series
        case.policy_version = version
    WarningCase.objects.bulk_update(
        [case for case, _before, _one in grown], ["severity", "numbers", "series", "policy_version"]
    )


@transaction.atomic
def tell_owners(*, on: dt.date) -> int:
    """Tell everybody once how many warnings the day `on` brought him, those of colleagues who left among them, and the
    leaders how many have no owner; return how many people were told. It is read from what is stored: after a kill,
    those are told who were not."""
    raised: Counter[User | None] = Counter(case.owner for case in raised_by_job_on(on))
    worse: Counter[User | None] = Counter(
        entry.case.owner for entry in entries_of_job_on(on, EntryKind.WORSE)
    )
    passed_on: Counter[User | None] = Counter(
        entry.case.owner for entry in entries_of_job_on(on, EntryKind.REASSIGNED)
    )
    people = {person for person in (*raised, *worse, *passed_on) if person is not None}
    for person in sorted(people, key=lambda one: one.pk):
        notify(
            users=[person],
            title=lazy(_of_the_day, str)(raised[person], worse[person], passed_on[person]),
            url=f"{reverse('warnings:list')}?mine=on&state=open",
            key=f"warnings:{on}",
        )
    without_owner = raised[None] + passed_on[None]
    if not without_owner:
        return len(people)
    leaders = list(people_with(Role.GROUP_LEADER, Role.DEPUTY_LEADER))
    notify(
        users=leaders,
        title=lazy(_without_owner, str)(without_owner),
        url=f"{reverse('warnings:list')}?owner=nobody&state=open",
        key=f"warnings:{on}:nobody",
    )
    return len(people) + len(leaders)


def _of_the_day(raised: int, worse: int, passed_on: int) -> str:
    told = []
    if raised:
        text = ngettext(
            "%(count)s early warning was raised on your customers.",
            "%(count)s early warnings were raised on your customers.",
            raised,
        )
        told.append(text % {"count": raised})
    if worse:
        text = ngettext("%(count)s case grew worse.", "%(count)s cases grew worse.", worse)
        told.append(text % {"count": worse})
    if passed_on:
        text = ngettext(
            "%(count)s case came to you from a colleague who no longer works on it.",
            "%(count)s cases came to you from colleagues who no longer work on them.",
            passed_on,
        )
        told.append(text % {"count": passed_on})
    return " ".join(told)


def _without_owner(count: int) -> str:
    return ngettext(
        "%(count)s early warning has no owner: give it to somebody.",
        "%(count)s early warnings have no owner: give them to somebody.",
        count,
    ) % {"count": count}


def cases_to_escalate(*, on: dt.date, rules: WarningRules) -> list[int]:
    """Return the open cases (primary keys) that are overdue on `on` for longer than the policy lets them, and of which
    the leaders were never told, by number."""
    last_due_on = on - (escalated_from(on, rules=rules) - on)
    cases = WarningCase.objects.open().filter(escalated_at__isnull=True, due_on__lte=last_due_on)
    return list(cases.order_by("number").values_list("pk", flat=True))


def escalate_overdue(*, on: dt.date, rules: WarningRules, now: dt.datetime) -> int:
    """Tell the group leader and his deputy of the cases that are overdue on `on`, each case once and all in one
    message; return how many cases that were (P3.1, P5.1). In transactions of their own: after a kill, the rest follows.
    """
    found = cases_to_escalate(on=on, rules=rules)
    count = sum(
        _escalate(found[start : start + ESCALATED_AT_ONCE], on=on, now=now)
        for start in range(0, len(found), ESCALATED_AT_ONCE)
    )
    _tell_leaders(on=on)
    return count


@transaction.atomic
def _escalate(pks: Sequence[int], *, on: dt.date, now: dt.datetime) -> int:
    cases = list(
        WarningCase.objects.open()
        # Who works on one closes it just now, or it is told the next day.
        .select_for_update(skip_locked=True)
        .filter(pk__in=pks, escalated_at__isnull=True)
        .order_by("pk")
    )
    CaseEntry.objects.bulk_create(
        CaseEntry(case=case, kind=EntryKind.ESCALATED, happened_on=on) for case in cases
    )
    for case in cases:
        case.escalated_at = now
    WarningCase.objects.bulk_update(cases, ["escalated_at"])
    return len(cases)


@transaction.atomic
def _tell_leaders(*, on: dt.date) -> None:
    count = entries_of_job_on(on, EntryKind.ESCALATED).count()
    if count:
        notify(
            users=people_with(Role.GROUP_LEADER, Role.DEPUTY_LEADER),
            title=lazy(_overdue, str)(count),
            url=f"{reverse('warnings:list')}?overdue=on",
            key=f"warnings:{on}:escalated",
        )


def _overdue(count: int) -> str:
    return ngettext(
        "%(count)s early warning is overdue: nobody has closed the case.",
        "%(count)s early warnings are overdue: nobody has closed the cases.",
        count,
    ) % {"count": count}
