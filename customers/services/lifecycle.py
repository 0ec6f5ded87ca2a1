"""What people decide about a customer's state beside reviews and dunning: watch, close, reopen (P3.1, P5.1)."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import require
from customers.models import Customer, CustomerState
from customers.permissions import Refusal, close_refusal, end_watch_refusal, reopen_refusal, watch_refusal
from customers.services.reasons import required_reason
from customers.services.warning_case import close_cases_of


@transaction.atomic
def put_on_watch(*, customer: Customer, reason: str, by: User) -> Customer:
    """An active customer is looked at more closely (P5.1); business goes on. Return him.

    Raises NotAllowedError, or InvalidInputError without a reason. So do all services here; a second click with the
    same reason changes nothing.
    """
    return _move(
        customer,
        to=CustomerState.WATCH,
        move=Customer.put_on_watch,
        refusal_of=watch_refusal,
        repeated="customer.not_active",
        reason=reason,
        by=by,
    )


@transaction.atomic
def end_watch(*, customer: Customer, reason: str, by: User) -> Customer:
    """A watched customer is an active one again (P5.1). Return him."""
    return _move(
        customer,
        to=CustomerState.ACTIVE,
        move=Customer.end_watch,
        refusal_of=end_watch_refusal,
        repeated="customer.not_on_watch",
        reason=reason,
        by=by,
    )


@transaction.atomic
def close_customer(*, customer: Customer, reason: str, by: User) -> Customer:
    """The file is closed (P3.1 a): no edits, no business, no dunning any more. Return it.

    What is still open is no obstacle: the page names it before (see `customers.open_matters`). His open early warnings
    are closed with it, for the same reason: nobody follows them up any more.
    """
    closed = _move(
        customer,
        to=CustomerState.CLOSED,
        move=Customer.close,
        refusal_of=close_refusal,
        repeated="customer.closed",
        reason=reason,
        by=by,
    )
    close_cases_of(customer=closed, reason=closed.state_reason, by=by, now=timezone.now())
    return closed


@transaction.atomic
def reopen_customer(*, customer: Customer, reason: str, by: User) -> Customer:
    """A closed customer comes back as a prospect. Return him.

    He is as a new customer (P4.1): his old review, his limits and that he was taken over without one count no more;
    his last grade stays until the new review gives another.
    """
    return _move(
        customer,
        to=CustomerState.PROSPECT,
        move=_reopen,
        refusal_of=reopen_refusal,
        repeated="customer.not_closed",
        reason=reason,
        by=by,
    )


def _reopen(customer: Customer) -> None:
    customer.reopen()
    customer.is_onboarded = False
    customer.reviewed_on = None
    customer.grade_valid_to_on = None
    customer.credit_limit_amount = customer.credit_limit_valid_to_on = None
    customer.credit_limit_currency = ""
    customer.temporary_limit_amount = customer.temporary_limit_valid_to_on = None
    customer.version += 1


def _move(
    customer: Customer,
    *,
    to: CustomerState,
    move: Callable[[Customer], None],
    refusal_of: Callable[[User, Customer], Refusal],
    repeated: str,
    reason: str,
    by: User,
) -> Customer:
    """Move the locked customer and keep why. `repeated` is the refusal that a second click meets."""
    locked = Customer.objects.select_for_update().get(pk=customer.pk)
    refusal = refusal_of(by, locked)
    is_there = locked.state == to and locked.state_reason_text == reason.strip()
    if refusal is not None and refusal.code == repeated and is_there:
        return locked
    require(refusal)
    kept = required_reason(reason)
    move(locked)
    locked.state_reason, locked.state_reason_code = kept, ""
    with acting(by):
        locked.save()
    return locked
