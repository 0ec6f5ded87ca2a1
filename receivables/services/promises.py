"""Promises to pay: recorded by the managers, judged by the reports (P5.2.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.dates import add_months
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.notifications.services import notify
from creditrisk.numbering.services import next_number
from creditrisk.policy.schema import Policy
from customers.models import Customer
from customers.services.contract_locks import lock_with_managers
from customers.services.messages import filled
from receivables.models import (
    FileKind,
    Promise,
    PromisedItem,
    PromiseInstalment,
    PromiseState,
    Report,
)
from receivables.permissions import promise_refusal, withdraw_promise_refusal
from receivables.promises import Instalment, Judgement, judge
from receivables.selectors.promises import (
    PromisableItem,
    open_amounts,
    promisable_items,
    promises_to_judge,
)
from receivables.selectors.reports import latest_report

ITEMS_MAX_COUNT = 500
INSTALMENTS_MAX_COUNT = 60
LONGEST_MONTHS = 120
MISSED = gettext_lazy(
    "%(customer)s did not keep the promise %(number)s (%(state)s): dunning goes on (P5.2.3)."
)


@transaction.atomic
def make_promise(
    *,
    customer: Customer,
    currency: str,
    items: Collection[tuple[str, dt.date]],
    instalments: Sequence[Instalment],
    made_on: dt.date,
    by: User,
    promised_by: str = "",
    note: str = "",
    submission_key: UUID | None = None,
) -> Promise:
    """Record that a customer promised to pay `instalments` (in `currency`) for `items` (document and due date); return
    the promise. Its items are not dunned until the reports decide. A form sent twice is one.

    Raises NotAllowedError for anybody but the customer's managers; InvalidInputError without an item or instalment, for
    an item that is not open in the latest report or under a promise already, for a date before `made_on`, two
    instalments on one day, an amount that is not positive, or more than is open.
    """
    locked = lock_with_managers(customer.pk)
    if submission_key is not None:
        before: Promise | None = Promise.objects.filter(
            customer=locked, submission_key=submission_key
        ).first()
        if before is not None:
            return before
    require(promise_refusal(by, locked))
    chosen = _chosen(locked, currency, items)
    _check_instalments(
        instalments, made_on=made_on, open_amount=sum((item.open_amount for item in chosen), Decimal(0))
    )
    with acting(by):
        promise = Promise.objects.create(
            number=f"PP-{made_on.year}-{next_number(f'promise-{made_on.year}'):06d}",
            customer=locked,
            currency=currency,
            amount=sum((one.amount for one in instalments), Decimal(0)),
            made_on=made_on,
            last_due_on=max(one.due_on for one in instalments),
            promised_by=promised_by.strip(),
            note=note.strip(),
            recorded_by=by,
            submission_key=submission_key,
        )
    PromiseInstalment.objects.bulk_create(
        PromiseInstalment(promise=promise, due_on=one.due_on, amount=one.amount) for one in instalments
    )
    PromisedItem.objects.bulk_create(
        PromisedItem(
            promise=promise, document=item.document, due_on=item.due_on, open_amount=item.open_amount
        )
        for item in chosen
    )
    return promise


def _chosen(
    customer: Customer, currency: str, items: Collection[tuple[str, dt.date]]
) -> list[PromisableItem]:
    report = latest_report()
    found = promisable_items(customer, report=report) if report is not None else []
    by_key = {(item.document, item.due_on): item for item in found if item.currency == currency}
    if not items or len(items) > ITEMS_MAX_COUNT:
        raise InvalidInputError(
            "promise.items",
            _("Choose the items that the promise is about, at most %(count)s.") % {"count": ITEMS_MAX_COUNT},
        )
    chosen = []
    for document, due_on in dict.fromkeys(items):
        item = by_key.get((document, due_on))
        if item is None:
            text = _("%(document)s is not open in %(currency)s in the latest report: reload the page.")
            raise InvalidInputError("promise.item", text % {"document": document, "currency": currency})
        if item.is_promised:
            text = _("%(document)s is under a promise already: withdraw that one first.")
            raise InvalidInputError("promise.item", text % {"document": document})
        chosen.append(item)
    return chosen


def _check_instalments(instalments: Sequence[Instalment], *, made_on: dt.date, open_amount: Decimal) -> None:
    days = [one.due_on for one in instalments]
    if not days or len(days) > INSTALMENTS_MAX_COUNT:
        raise InvalidInputError("promise.instalments", _("Enter what is to be paid until when."))
    if min(days) < made_on:
        raise InvalidInputError(
            "promise.date", _("An instalment lies before the day on which it was promised.")
        )
    if max(days) > add_months(made_on, LONGEST_MONTHS):
        raise InvalidInputError(
            "promise.date",
            _("An instalment lies more than %(years)s years ahead.") % {"years": LONGEST_MONTHS // 12},
        )
    if len(set(days)) < len(days):
        raise InvalidInputError("promise.date", _("Two instalments have the same date: add them up."))
    if any(one.amount <= 0 for one in instalments):
        raise InvalidInputError("promise.amount", _("Each instalment must be above zero."))
    if sum((one.amount for one in instalments), Decimal(0)) > open_amount:
        raise InvalidInputError(
            "promise.amount",
            _("More is promised than is open: %(amount)s.") % {"amount": f"{open_amount:,.2f}"},
        )


@transaction.atomic
def withdraw_promise(*, promise: Promise, reason: str, on: dt.date, by: User) -> Promise:
    """Take a promise back that was a mistake, or that another one replaces; return it. Its items are dunned again.
    Twice is once.

    Raises NotAllowedError, ConflictError where the reports have decided, InvalidInputError without a reason.
    """
    customer = lock_with_managers(promise.customer_id)
    locked = Promise.objects.get(pk=promise.pk)
    locked.customer = customer
    reason = reason.strip()
    if locked.state == PromiseState.WITHDRAWN and locked.withdrawn_reason == reason:
        return locked
    require(withdraw_promise_refusal(by, locked))
    if not reason:
        raise InvalidInputError("promise.reason_missing", _("Say why the promise is withdrawn."))
    locked.withdraw()
    locked.withdrawn_reason, locked.decided_on = reason, on
    with acting(by):
        locked.save()
    return locked


def judge_promises(*, report: Report, policy: Policy) -> list[Promise]:
    """Let a report in force decide about the promises given before its day; return those that it decided.

    Kept, partly kept or broken by how far their items have fallen (`receivables.promises.judge`). The managers are told
    of a promise that was not kept. A report of sums (an aging table) knows no items and says nothing. Asking again
    changes nothing; a promise whose deciding report was superseded is judged anew.
    """
    if report.file_kind == FileKind.AGED_TABLE:
        return []
    return [
        promise
        for pk in promises_to_judge(report).values_list("pk", flat=True)
        if (promise := _judge(pk, report, grace_days=policy.dunning.promise_grace_days)) is not None
    ]


@transaction.atomic
def _judge(pk: int, report: Report, *, grace_days: int) -> Promise | None:
    customer = lock_with_managers(Promise.objects.get(pk=pk).customer_id)
    promise = promises_to_judge(report).filter(pk=pk).first()
    if promise is None:
        return None
    promise.customer = customer
    if promise.state != PromiseState.OPEN:
        promise.reopen()
        promise.decided_on = promise.decided_by = None
    now_open = open_amounts(report, customers=[customer.pk])
    promise.paid_amount = sum(
        (
            max(
                item.open_amount
                - now_open.get((customer.pk, item.document, item.due_on, promise.currency), Decimal(0)),
                Decimal(0),
            )
            for item in promise.items.all()
        ),
        Decimal(0),
    )
    instalments = list(promise.instalments.all())
    judgement = judge(
        [Instalment(one.due_on, one.amount) for one in instalments],
        paid_amount=promise.paid_amount,
        as_of=report.as_of,
        grace_days=grace_days,
    )
    _apply(promise, judgement, report)
    for instalment, state in zip(instalments, judgement.instalments, strict=True):
        if instalment.state != state:
            instalment.state = state
            instalment.save()
    return promise if promise.state != PromiseState.OPEN else None


def _apply(promise: Promise, judgement: Judgement, report: Report) -> None:
    if judgement.verdict != "open":
        {"kept": promise.keep, "partly": promise.keep_partly, "broken": promise.break_it}[judgement.verdict]()
        promise.decided_on, promise.decided_by = report.as_of, report
    promise.save()
    if judgement.verdict in ("partly", "broken"):
        customer = promise.customer
        people = {one.pk: one for one in (customer.account_manager, customer.service_manager) if one}
        notify(
            users=people.values(),
            title=filled(
                MISSED,
                customer=customer.name,
                number=promise.number,
                state=PromiseState(promise.state).label,
            ),
            url=promise.get_absolute_url(),
            key=f"promise:{promise.number}:{report.number}",
        )
