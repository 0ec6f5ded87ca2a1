"""The deposit ledger 保证金 (P5.2.3): received, returned, forfeited; a mistake is reversed, never changed.

Every movement locks the customer first. Should a writer ever forget to, the database still refuses a balance
below zero.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.notifications.services import notify
from customers.contract_permissions import (
    forfeit_deposit_refusal,
    keep_deposits_refusal,
    reverse_deposit_refusal,
)
from customers.models import Contract, Customer, DepositAccount, DepositEntry, DepositKind
from customers.services.contract_locks import lock_customer
from customers.services.messages import filled

FORFEITED = gettext_lazy(
    "The deposit of %(customer)s became liquidated damages: %(currency)s %(amount)s (P5.2.3)."
)


@transaction.atomic
def receive_deposit(
    *,
    customer: Customer,
    currency: str,
    amount: Decimal,
    happened_on: dt.date,
    by: User,
    contract: Contract | None = None,
    reference: str = "",
    submission_key: UUID | None = None,
) -> DepositEntry:
    """Record `amount` in `currency` received from the customer, for one contract or for all he owes; return the
    entry. A form sent twice is one entry.

    Raises NotAllowedError, InvalidInputError for an amount that is not positive or a contract of somebody else.
    """
    locked = lock_customer(customer.pk)
    if sent_before := _sent_before(submission_key, locked):
        return sent_before
    require(keep_deposits_refusal(by, locked))
    return _move(
        locked,
        kind=DepositKind.RECEIVED,
        currency=currency,
        amount=amount,
        happened_on=happened_on,
        contract=contract,
        by=by,
        reference=reference,
        submission_key=submission_key,
    )


@transaction.atomic
def return_deposit(
    *,
    customer: Customer,
    currency: str,
    amount: Decimal,
    happened_on: dt.date,
    by: User,
    contract: Contract | None = None,
    reference: str = "",
    reason: str = "",
    submission_key: UUID | None = None,
) -> DepositEntry:
    """Record `amount` paid back to the customer; return the entry. A form sent twice is one entry.

    Raises as `receive_deposit`, and InvalidInputError `deposit.overdrawn` where less is held.
    """
    locked = lock_customer(customer.pk)
    if sent_before := _sent_before(submission_key, locked):
        return sent_before
    require(keep_deposits_refusal(by, locked))
    return _move(
        locked,
        kind=DepositKind.RETURNED,
        currency=currency,
        amount=amount,
        happened_on=happened_on,
        contract=contract,
        by=by,
        reference=reference,
        reason=reason,
        submission_key=submission_key,
    )


@transaction.atomic
def forfeit_deposit(
    *,
    customer: Customer,
    currency: str,
    amount: Decimal,
    happened_on: dt.date,
    reason: str,
    decision: str,
    by: User | None,
    contract: Contract | None = None,
    submission_key: UUID | None = None,
) -> DepositEntry:
    """Turn `amount` of the deposit into liquidated damages (P5.2.3), for `reason`, by `decision` (who decided,
    where it is recorded); return the entry. The customer's managers are told.

    The caller has checked the permission (`by` None: by the rules). Raises InvalidInputError as
    `return_deposit`, and without a reason or decision.
    """
    locked = lock_customer(customer.pk)
    if sent_before := _sent_before(submission_key, locked):
        return sent_before
    if not reason.strip() or not decision.strip():
        raise InvalidInputError(
            "deposit.decision_missing", _("A forfeiture names its reason and who decided it.")
        )
    entry = _move(
        locked,
        kind=DepositKind.FORFEITED,
        currency=currency,
        amount=amount,
        happened_on=happened_on,
        contract=contract,
        by=by,
        reason=reason,
        decision=decision,
        submission_key=submission_key,
    )
    people = [locked.account_manager, locked.service_manager]
    notify(
        users=[person for person in people if person is not None and person != by],
        title=filled(FORFEITED, customer=locked.name, currency=currency, amount=f"{amount:,.2f}"),
        url=locked.get_absolute_url(),
        key=f"deposit:{entry.pk}:forfeited",
    )
    return entry


@transaction.atomic
def forfeit_deposit_by_hand(*, customer: Customer, by: User, **movement: object) -> DepositEntry:
    """Forfeit as a person decided; `movement` is what `forfeit_deposit` takes. Raises NotAllowedError for anybody but
    the group leader and planning & finance, else as `forfeit_deposit`."""
    require(forfeit_deposit_refusal(by, customer))
    return forfeit_deposit(customer=customer, by=by, **movement)  # type: ignore[arg-type]


@transaction.atomic
def reverse_deposit_entry(
    *, entry: DepositEntry, reason: str, happened_on: dt.date, by: User
) -> DepositEntry:
    """Undo an entry by one of its own, for `reason`; return that. Twice is once.

    Raises NotAllowedError (see `reverse_deposit_refusal`), InvalidInputError without a reason, or where what came
    in is no longer held.
    """
    customer = lock_customer(entry.account.customer_id)
    locked = DepositEntry.objects.select_related("account__contract", "reversed_by").get(pk=entry.pk)
    locked.account.customer = customer
    reason = reason.strip()
    reversal: DepositEntry | None = getattr(locked, "reversed_by", None)
    if reversal is not None and reversal.by_id == by.pk and reversal.reason == reason:
        return reversal  # the second click of the same form
    require(reverse_deposit_refusal(by, locked))
    if not reason:
        raise InvalidInputError("deposit.reason_missing", _("Say why the entry is reversed."))
    return _write(
        locked.account,
        kind=DepositKind.REVERSAL,
        amount=locked.amount,
        effect_amount=-locked.effect_amount,
        happened_on=happened_on,
        by=by,
        reason=reason,
        reverses=locked,
    )


def _sent_before(submission_key: UUID | None, customer: Customer) -> DepositEntry | None:
    """Return the entry that this form made when it was sent the first time."""
    if submission_key is None:
        return None
    return DepositEntry.objects.filter(submission_key=submission_key, account__customer=customer).first()


def _move(
    customer: Customer,
    *,
    kind: DepositKind,
    currency: str,
    amount: Decimal,
    happened_on: dt.date,
    contract: Contract | None,
    by: User | None,
    reference: str = "",
    reason: str = "",
    decision: str = "",
    submission_key: UUID | None = None,
) -> DepositEntry:
    """Write a movement of the locked customer's deposit in `currency`, for `contract` where there is one."""
    if amount <= 0:
        raise InvalidInputError("deposit.amount", _("The amount must be above zero."))
    if contract is not None and contract.customer_id != customer.pk:
        raise InvalidInputError("deposit.contract", _("This contract belongs to another customer."))
    key = {"customer": customer, "currency": currency, "contract": contract}
    account = DepositAccount.objects.filter(**key).first()
    if account is None and kind != DepositKind.RECEIVED:
        raise _overdrawn(currency, Decimal(0))
    if account is None:
        with acting(by):
            account = DepositAccount.objects.create(**key)
    return _write(
        account,
        kind=kind,
        amount=amount,
        effect_amount=amount if kind == DepositKind.RECEIVED else -amount,
        happened_on=happened_on,
        by=by,
        reference=reference.strip(),
        reason=reason.strip(),
        decision=decision.strip(),
        submission_key=submission_key,
    )


def _write(
    account: DepositAccount, *, effect_amount: Decimal, by: User | None, **values: object
) -> DepositEntry:
    """Write an entry and move the balance with it. Raises InvalidInputError where the balance would fall below zero."""
    balance_amount = account.balance_amount + effect_amount
    if balance_amount < 0:
        raise _overdrawn(account.currency, account.balance_amount)
    last = account.entries.order_by("-sequence").values_list("sequence", flat=True).first()
    with acting(by):
        account.balance_amount = balance_amount
        account.save()
        return DepositEntry.objects.create(
            account=account,
            sequence=(last or 0) + 1,
            effect_amount=effect_amount,
            balance_amount=balance_amount,
            by=by,
            **values,
        )


def _overdrawn(currency: str, held: Decimal) -> InvalidInputError:
    text = _("Only %(currency)s %(amount)s is held: a deposit cannot fall below zero.")
    return InvalidInputError("deposit.overdrawn", text % {"currency": currency, "amount": f"{held:,.2f}"})
