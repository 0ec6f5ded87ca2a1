"""The log of collection: every attempt to reach a customer, what it led to, and when the next one is due (P5.2.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any, cast
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.accounts.models import User
from creditrisk.business_days.selectors import business_calendar
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.notifications.services import notify
from creditrisk.policy.selectors import policy_version_on
from customers.models import ContractDispute, Customer
from customers.services import ItemInDispute, open_item_dispute
from customers.services.contract_locks import lock_with_managers
from customers.services.messages import filled
from receivables.models import CollectionContact, ContactResult, ContactWay, Promise
from receivables.next_contact import CallResult, next_contact_on
from receivables.permissions import contact_refusal
from receivables.promises import Instalment
from receivables.services.promises import make_promise

BY_CALL = (ContactResult.REACHED, ContactResult.NO_ANSWER, ContactResult.WRONG_NUMBER)
"""What a call alone can lead to; a promise and a dispute say more, and log the contact themselves."""
WRONG_NUMBER = gettext_lazy(
    "%(customer)s could not be reached: the number is wrong. Correct the finance contact."
)


@transaction.atomic
def log_contact(
    *,
    customer: Customer,
    result: str,
    happened_on: dt.date,
    today: dt.date,
    by: User,
    way: str = ContactWay.PHONE,
    spoke_to: str = "",
    note: str = "",
    next_on: dt.date | None = None,
    promise: Promise | None = None,
    dispute: ContractDispute | None = None,
    submission_key: UUID | None = None,
) -> CollectionContact:
    """Write an attempt to collect into the customer's log; return the entry. A form sent twice is one.

    `next_on` is when to try again; without it the rules say when (`receivables.next_contact`). Of a wrong number the
    managers are told. Raises NotAllowedError for anybody but the customer's managers; InvalidInputError for a day to
    come, a next day before it, a way or result that is none, or a promise or dispute of somebody else.
    """
    locked = lock_with_managers(customer.pk)
    if submission_key is not None:
        before: CollectionContact | None = CollectionContact.objects.filter(
            customer=locked, submission_key=submission_key
        ).first()
        if before is not None:
            return before
    require(contact_refusal(by, locked))
    _check(locked, result, way, promise=promise, dispute=dispute)
    if happened_on > today:
        raise InvalidInputError("contact.future", _("This day is still to come."))
    if next_on is not None and next_on < happened_on:
        raise InvalidInputError("contact.next", _("The next contact lies before this one."))
    contact = CollectionContact.objects.create(
        customer=locked,
        happened_on=happened_on,
        way=way,
        spoke_to=spoke_to.strip(),
        result=result,
        note=note.strip(),
        next_on=next_on or _next_on(result, happened_on, promise=promise, dispute=dispute),
        promise=promise,
        dispute=dispute,
        by=by,
        submission_key=submission_key,
    )
    if result == ContactResult.WRONG_NUMBER:
        people = {one.pk: one for one in (locked.account_manager, locked.service_manager) if one}
        notify(
            users=people.values(),
            title=filled(WRONG_NUMBER, customer=locked.name),
            url=f"{reverse('customers:detail', args=[locked.number])}#contacts",
            key=f"contact:{contact.pk}",
        )
    return contact


@transaction.atomic
def log_promise(
    *,
    customer: Customer,
    currency: str,
    items: Collection[tuple[str, dt.date]],
    instalments: Sequence[Instalment],
    made_on: dt.date,
    today: dt.date,
    by: User,
    way: str = ContactWay.PHONE,
    promised_by: str = "",
    note: str = "",
    submission_key: UUID | None = None,
) -> Promise:
    """Record a promise to pay and the contact in which it was given; return the promise. A form sent twice is one.

    Raises as `make_promise` and `log_contact`.
    """
    promise = make_promise(
        customer=customer,
        currency=currency,
        items=items,
        instalments=instalments,
        made_on=made_on,
        promised_by=promised_by,
        note=note,
        by=by,
        submission_key=submission_key,
    )
    log_contact(
        customer=customer,
        result=ContactResult.PROMISE,
        happened_on=made_on,
        today=today,
        way=way,
        spoke_to=promised_by,
        note=note,
        promise=promise,
        by=by,
        submission_key=submission_key,
    )
    return promise


@transaction.atomic
def log_dispute(
    *,
    customer: Customer,
    items: Collection[ItemInDispute],
    opened_on: dt.date,
    by: User,
    way: str = ContactWay.PHONE,
    submission_key: UUID | None = None,
    **facts: Any,
) -> ContractDispute:
    """Open a dispute about items and record the contact in which the customer raised it; return the dispute. `facts`
    are those of `open_item_dispute`. A form sent twice is one.

    Raises as `open_item_dispute` and `log_contact`.
    """
    dispute = open_item_dispute(
        customer=customer, items=items, opened_on=opened_on, by=by, submission_key=submission_key, **facts
    )
    log_contact(
        customer=customer,
        result=ContactResult.DISPUTE,
        happened_on=opened_on,
        today=opened_on,
        way=way,
        note=dispute.subject,
        dispute=dispute,
        by=by,
        submission_key=submission_key,
    )
    return dispute


def _check(
    customer: Customer, result: str, way: str, *, promise: Promise | None, dispute: ContractDispute | None
) -> None:
    if result not in ContactResult.values or way not in ContactWay.values:
        raise InvalidInputError("contact.result", _("Say how he was contacted, and what came of it."))
    if (result == ContactResult.PROMISE) != (promise is not None) or (result == ContactResult.DISPUTE) != (
        dispute is not None
    ):
        raise InvalidInputError(
            "contact.led_to", _("A promise or a dispute is recorded together with what it is about.")
        )
    if any(one is not None and one.customer_id != customer.pk for one in (promise, dispute)):
        raise InvalidInputError("contact.of_another", _("This belongs to another customer."))


def _next_on(
    result: str, happened_on: dt.date, *, promise: Promise | None, dispute: ContractDispute | None
) -> dt.date:
    return next_contact_on(
        cast(CallResult, result),
        on=happened_on,
        rules=policy_version_on(happened_on).policy.dunning,
        calendar=business_calendar(),
        first_instalment_on=min(one.due_on for one in promise.instalments.all()) if promise else None,
        settle_by_on=dispute.deadline_on if dispute else None,
    )
