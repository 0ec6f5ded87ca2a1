"""Handing a customer over from his account manager to a service manager (P3.2.2): proposed, then accepted or
declined by him, or withdrawn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from uuid import UUID

from django.db import transaction
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.notifications.services import notify
from customers.models import Customer, Handover, HandoverState, HandoverStep, HandoverStepKind
from customers.portfolio_permissions import (
    accept_refusal,
    decide_handover_refusal,
    propose_refusal,
    withdraw_handover_refusal,
)
from customers.portfolio_selectors import open_handover_of
from customers.services.portfolio import assign_managers, require_service_manager
from customers.services.visit import lock_customer

REASON_MAX_LENGTH = 500


@transaction.atomic
def propose_handover(
    *,
    customer: Customer,
    recipient: User,
    state_of_business: str,
    open_points: str,
    by: User,
    now: dt.datetime,
    submission_key: UUID | None = None,
) -> Handover:
    """Propose the customer to the service manager `recipient`; return the handover. He is told. A form sent twice
    gives one proposal.

    The recipient may be the service manager whom the customer has already: then the handover puts on record from when
    on he runs him. Raises NotAllowedError, ConflictError while another handover is open, InvalidInputError where the
    recipient is no service manager or the customer's account manager, or the state of business is missing.
    """
    locked = lock_customer(customer.pk)
    if submission_key is not None:
        sent_before = Handover.objects.filter(submission_key=submission_key, customer=locked).first()
        if sent_before is not None:
            return sent_before
    require(propose_refusal(by, locked, open_handover=open_handover_of(locked)))
    require_service_manager(recipient, account_manager=locked.account_manager)
    if not state_of_business.strip():
        raise InvalidInputError("handover.notes_missing", _("Describe the state of business."))
    with acting(by):
        handover = Handover.objects.create(
            customer=locked,
            recipient=recipient,
            state_of_business=state_of_business.strip(),
            open_points=open_points.strip(),
            proposed_by=by,
            proposed_at=now,
            submission_key=submission_key,
        )
    _log(handover, HandoverStepKind.PROPOSED, by=by, at=now)
    _tell(handover, [recipient], _proposed, by=by)
    return handover


@transaction.atomic
def accept_handover(*, handover: Handover, by: User, now: dt.datetime) -> Handover:
    """The recipient takes the customer over and is his service manager from now on; return the handover.

    The account manager is told, and the service manager before him. Accepted twice is once. Raises NotAllowedError,
    ConflictError where it is no longer open or was proposed by somebody who no longer manages the customer,
    InvalidInputError where the rules of the portfolio do not allow it (see `assign_managers`).
    """
    locked = _lock(handover)
    if locked.state == HandoverState.ACCEPTED and locked.recipient_id == by.pk:
        return locked  # the second click of the same form
    require(accept_refusal(by, locked))
    customer = locked.customer
    before = customer.service_manager
    if before != locked.recipient:
        assign_managers(
            customer=customer,
            account_manager=customer.account_manager,
            service_manager=locked.recipient,
            by=by,
        )
    locked.accept()
    _end(locked, HandoverStepKind.ACCEPTED, by=by, at=now)
    _tell(locked, [locked.proposed_by, before], _accepted, by=by)
    return locked


@transaction.atomic
def decline_handover(*, handover: Handover, reason: str, by: User, now: dt.datetime) -> Handover:
    """The recipient does not take the customer over, for `reason`; return the handover. The account manager is told.

    Declined twice is once. Raises NotAllowedError, ConflictError where it is no longer open, InvalidInputError without
    a reason.
    """
    locked = _lock(handover)
    if locked.state == HandoverState.DECLINED and locked.recipient_id == by.pk:
        return locked  # the second click of the same form
    require(decide_handover_refusal(by, locked))
    if not reason.strip():
        raise InvalidInputError("handover.reason_missing", _("Say why you do not take the customer over."))
    locked.decline()
    _end(locked, HandoverStepKind.DECLINED, by=by, at=now, note=reason.strip()[:REASON_MAX_LENGTH])
    _tell(locked, [locked.proposed_by, locked.customer.account_manager], _declined, by=by)
    return locked


@transaction.atomic
def withdraw_handover(*, handover: Handover, by: User, now: dt.datetime) -> Handover:
    """The account manager takes the proposal back; return the handover. The recipient is told. Twice is once.

    Raises NotAllowedError, ConflictError where it is no longer open.
    """
    locked = _lock(handover)
    refusal = withdraw_handover_refusal(by, locked)
    if refusal and refusal.code == "handover.ended" and locked.state == HandoverState.WITHDRAWN:
        return locked  # the second click of the same form
    require(refusal)
    locked.withdraw()
    _end(locked, HandoverStepKind.WITHDRAWN, by=by, at=now)
    _tell(locked, [locked.recipient], _withdrawn, by=by)
    return locked


def readdress_handover(*, handover: Handover, recipient: User, by: User, now: dt.datetime) -> None:
    """Pass an open handover on to another service manager: the first one's portfolio is reassigned.

    The caller has locked the customer and checked the permission; he tells the recipient. Raises InvalidInputError
    where `recipient` is no service manager, or the customer's account manager.
    """
    require_service_manager(recipient, account_manager=handover.customer.account_manager)
    handover.recipient = recipient
    with acting(by):
        handover.save()
    _log(handover, HandoverStepKind.READDRESSED, by=by, at=now)


def _lock(handover: Handover) -> Handover:
    """Return the handover, locked after its customer: whoever changes his portfolio locks him first, too."""
    customer = lock_customer(handover.customer_id)
    locked = (
        Handover.objects.select_for_update(of=("self",))
        .select_related("recipient", "proposed_by")
        .get(pk=handover.pk)
    )
    locked.customer = customer
    return locked


def _end(handover: Handover, kind: HandoverStepKind, *, by: User, at: dt.datetime, note: str = "") -> None:
    handover.decided_at = at
    with acting(by):
        handover.save()
    _log(handover, kind, by=by, at=at, note=note)


def _log(handover: Handover, kind: HandoverStepKind, *, by: User, at: dt.datetime, note: str = "") -> None:
    HandoverStep.objects.create(
        handover=handover, kind=kind, by=by, at=at, recipient=handover.recipient, note=note
    )


def _tell(
    handover: Handover, people: list[User | None], text: Callable[[str, str], str], *, by: User
) -> None:
    told = {person.pk: person for person in people if person is not None and person.pk != by.pk}
    notify(
        users=told.values(),
        title=lazy(text, str)(str(handover.customer), str(by)),  # each in his own language
        url=handover.get_absolute_url(),
        key=f"handover:{handover.pk}:{handover.state}",
    )


def _proposed(customer: str, person: str) -> str:
    return _("%(person)s proposes to hand %(customer)s over to you.") % {
        "customer": customer,
        "person": person,
    }


def _accepted(customer: str, person: str) -> str:
    return _("%(person)s has taken %(customer)s over.") % {"customer": customer, "person": person}


def _declined(customer: str, person: str) -> str:
    return _("%(person)s does not take %(customer)s over: read why.") % {
        "customer": customer,
        "person": person,
    }


def _withdrawn(customer: str, person: str) -> str:
    return _("%(person)s has withdrawn the handover of %(customer)s.") % {
        "customer": customer,
        "person": person,
    }
