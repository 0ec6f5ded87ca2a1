"""Waiving liquidated damages: asked for by those who look after the customer, decided by the group leader (P5.2.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.accounts.selectors import holders_of
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import ConflictError, InvalidInputError, require
from creditrisk.notifications.services import notify
from customers.models import Customer
from customers.services.contract_locks import lock_with_managers
from customers.services.messages import filled
from receivables.damages_permissions import (
    ask_waiver_refusal,
    decide_waiver_refusal,
    withdraw_waiver_refusal,
)
from receivables.models import DamagesWaiver, WaiverState
from receivables.selectors.damages import damages_account

REASON_MAX_LENGTH = 1000
ASKED = gettext_lazy("%(person)s asks to waive damages of %(customer)s: %(currency)s %(amount)s.")
APPROVED = gettext_lazy("%(person)s waived damages of %(customer)s: %(currency)s %(amount)s.")
REFUSED = gettext_lazy("%(person)s did not waive the damages of %(customer)s: %(currency)s %(amount)s.")


@transaction.atomic
def ask_waiver(
    *,
    customer: Customer,
    currency: str,
    amount: Decimal | None,
    reason: str,
    on: dt.date,
    by: User,
    document: str = "",
    due_on: dt.date | None = None,
    submission_key: UUID | None = None,
) -> DamagesWaiver:
    """Ask the group leader to waive `amount` of the damages that are open on the day `on`; return the request.

    Of the item `document` due on `due_on`, or (without `due_on`) of all the customer's damages in `currency`; no amount
    is the whole. A form sent twice is one request. The leaders are told. Raises NotAllowedError, InvalidInputError
    without a reason, for an amount that is not above zero or above what is open, or an item without damages.
    """
    locked = lock_with_managers(customer.pk)
    if submission_key is not None:
        sent_before: DamagesWaiver | None = DamagesWaiver.objects.filter(
            submission_key=submission_key, customer=locked
        ).first()
        if sent_before is not None:
            return sent_before
    require(ask_waiver_refusal(by, locked))
    waiver = DamagesWaiver(
        customer=locked,
        currency=currency,
        document=document if due_on else "",
        due_on=due_on,
        reason=_reason(reason),
        asked_by=by,
        submission_key=submission_key,
    )
    open_amount = _open_amount(waiver, on=on)
    waiver.amount = open_amount if amount is None else amount
    if open_amount <= 0:
        raise InvalidInputError("waiver.nothing", _("No damages are open there: there is nothing to waive."))
    if not 0 < waiver.amount <= open_amount:
        raise InvalidInputError(
            "waiver.amount",
            _("Waive something above zero and at most %(currency)s %(amount)s, which is open.")
            % {"currency": currency, "amount": f"{open_amount:,.2f}"},
        )
    with acting(by):
        waiver.save()
    _tell(waiver, ASKED, holders_of(Role.GROUP_LEADER).exclude(pk=by.pk), by=by)
    return waiver


@transaction.atomic
def approve_waiver(*, waiver: DamagesWaiver, reason: str, by: User, now: dt.datetime) -> DamagesWaiver:
    """The group leader waives the damages as of `now`; return the waiver. Twice is once. Who asked and the customer's
    managers are told.

    Raises NotAllowedError, ConflictError where it is decided, or more than is still open, InvalidInputError without a
    reason.
    """
    return _decide(waiver, WaiverState.APPROVED, reason, by=by, now=now)


@transaction.atomic
def refuse_waiver(*, waiver: DamagesWaiver, reason: str, by: User, now: dt.datetime) -> DamagesWaiver:
    """The damages stand; return the waiver. Twice is once. Told and raises as `approve_waiver`."""
    return _decide(waiver, WaiverState.REFUSED, reason, by=by, now=now)


@transaction.atomic
def withdraw_waiver(*, waiver: DamagesWaiver, by: User) -> DamagesWaiver:
    """Take back a request before it is decided; return it. Twice is once. Raises NotAllowedError, ConflictError."""
    locked = _locked(waiver)
    if locked.state == WaiverState.WITHDRAWN and locked.asked_by_id == by.pk:
        return locked
    require(withdraw_waiver_refusal(by, locked))
    locked.withdraw()
    with acting(by):
        locked.save()
    return locked


def _decide(
    waiver: DamagesWaiver, state: WaiverState, reason: str, *, by: User, now: dt.datetime
) -> DamagesWaiver:
    locked = _locked(waiver)
    if locked.state == state and locked.decided_by_id == by.pk:
        return locked  # the second click of the same form
    require(decide_waiver_refusal(by, locked))
    locked.decision_reason = _reason(reason)
    locked.decided_by, locked.decided_at, locked.decided_on = by, now, timezone.localdate(now)
    if state == WaiverState.APPROVED:
        open_amount = _open_amount(locked, on=locked.decided_on)
        if locked.amount > open_amount:
            raise ConflictError(
                "waiver.less_open",
                _(
                    "Only %(currency)s %(amount)s is still open: refuse it, and let a smaller one be asked for."
                )
                % {"currency": locked.currency, "amount": f"{open_amount:,.2f}"},
            )
        locked.approve()
    else:
        locked.refuse()
    with acting(by):
        locked.save()
    customer = locked.customer
    people = {
        person.pk: person
        for person in (locked.asked_by, customer.account_manager, customer.service_manager)
        if person is not None and person != by
    }
    _tell(locked, APPROVED if state == WaiverState.APPROVED else REFUSED, people.values(), by=by)
    return locked


def _open_amount(waiver: DamagesWaiver, *, on: dt.date) -> Decimal:
    """Return what is open on a day of the damages that a waiver is about."""
    account = damages_account(waiver.customer_id, on=on)
    if waiver.due_on is None:
        return account.total_in(waiver.currency).balance_amount
    key = (waiver.customer_id, waiver.document, waiver.due_on, waiver.currency)
    return sum((item.unsettled_amount for item in account.items if item.balances.key == key), Decimal("0.00"))


def _tell(waiver: DamagesWaiver, text: Promise, users: Iterable[User], *, by: User) -> None:
    notify(
        users=users,
        title=filled(
            text,
            person=by.display_name,
            customer=waiver.customer.name,
            currency=waiver.currency,
            amount=f"{waiver.amount:,.2f}",
        ),
        url=waiver.get_absolute_url(),
        key=f"waiver:{waiver.pk}:{waiver.state}",
    )


def _locked(waiver: DamagesWaiver) -> DamagesWaiver:
    customer = lock_with_managers(waiver.customer_id)
    locked: DamagesWaiver = (
        DamagesWaiver.objects.select_related("asked_by").select_for_update(of=("self",)).get(pk=waiver.pk)
    )
    locked.customer = customer
    return locked


def _reason(text: str) -> str:
    reason = text.strip()
    if not reason:
        raise InvalidInputError("waiver.reason", _("Give the reason: it stays on record."))
    return reason[:REASON_MAX_LENGTH]
