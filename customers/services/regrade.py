"""Grades that the quarterly adjustment changes (P5.2.2), many at once. Reviews change one: see `state`."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import ConflictError
from creditrisk.policy.models import PolicyVersion
from customers.models import Customer, CustomerState, Grade, GradeChange

REASON_MAX_LENGTH = 500


@dataclass(frozen=True)
class Regrade:
    """One customer's new grade, the one he is thought to have, and why, in words."""

    customer_pk: int
    old: str
    new: str
    reason: str


@transaction.atomic
def regrade_customers(
    *,
    regrades: Iterable[Regrade],
    effective_on: dt.date,
    source: str,
    by: User | None,
    policy_version: PolicyVersion,
) -> dict[int, GradeChange]:
    """Give customers other grades from `effective_on` on; return customer → the line of his grade history.

    A provisional grade stays provisional; the last review, its validity and the credit limit stay as they are: only a
    review gives others. The customers are locked in the order of their keys. The caller has checked the permission
    (`by` None: the quarter's run, by the rules). Raises ConflictError where one is closed, or no longer has the grade
    he is thought to have: then none is changed.
    """
    wanted = {regrade.customer_pk: regrade for regrade in regrades}
    locked = list(
        Customer.objects.select_for_update(of=("self",))
        .filter(pk__in=wanted)
        .exclude(state=CustomerState.CLOSED)
        .order_by("pk")
    )
    unlike = [customer.number for customer in locked if customer.grade != wanted[customer.pk].old]
    if unlike or len(locked) < len(wanted):
        reason = _("The grade of customer %(customer)s has changed meanwhile, or his file was closed.")
        raise ConflictError("grade.changed", reason % {"customer": ", ".join(unlike) or "–"})
    by_grade = defaultdict(list)
    for customer in locked:
        by_grade[Grade(wanted[customer.pk].new)].append(customer.pk)
    with acting(by):
        changes = GradeChange.objects.bulk_create(
            GradeChange(
                customer=customer,
                old=customer.grade,
                new=wanted[customer.pk].new,
                is_provisional=customer.grade_is_provisional,
                effective_on=effective_on,
                source=source,
                reason=wanted[customer.pk].reason[:REASON_MAX_LENGTH],
                decided_by=by,
                policy_version=policy_version,
            )
            for customer in locked
        )
        for grade, keys in by_grade.items():
            Customer.objects.filter(pk__in=keys).update(grade=grade, updated_at=timezone.now())
    return {change.customer_id: change for change in changes}
