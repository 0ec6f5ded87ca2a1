"""What becomes of the tables of this app when two files of one customer are merged (see `customers.merging`).

Contracts, visits and qualifications only point to their customer: they move by themselves.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from creditrisk.exceptions import NotAllowedError
from customers.merging import Moved, Relation, move_rows, register_lock, register_mover, register_refusal
from customers.models import (
    BankAccount,
    CaseOutcome,
    CaseState,
    Contact,
    ContractOverride,
    Customer,
    DepositAccount,
    FileConfirmation,
    Handover,
    HandoverState,
    WarningCase,
)
from customers.models.contract_override import OPEN_OVERRIDE_STATES
from customers.models.deposit import DepositAccountQuerySet
from customers.numbers import plain_account_number
from customers.services.group import one_group_change_at_a_time


def move_contacts(relation: Relation, keep: Customer, drop: Customer) -> Moved:
    """Move the contacts; of two main ones of a kind, that of the file kept stays the main one."""
    has_main = relation.rows_of(keep).filter(is_main=True).values("kind")
    second = relation.rows_of(drop).filter(is_main=True, kind__in=has_main)
    second.update(is_main=False, version=F("version") + 1)
    return move_rows(relation, keep, drop)


def move_bank_accounts(relation: Relation, keep: Customer, drop: Customer) -> Moved:
    """Move the accounts; of two main ones, that of the file kept stays the main one. A valid account that both files
    have, however its number is written, stays with the closed one."""
    numbers = {
        plain_account_number(number)
        for number in relation.rows_of(keep)
        .filter(retired_at__isnull=True)
        .values_list("account_number", flat=True)
    } - {""}
    valid = relation.rows_of(drop).filter(retired_at__isnull=True)
    same = [
        pk
        for pk, number in valid.values_list("pk", "account_number")
        if plain_account_number(number) in numbers
    ]
    moving = relation.rows_of(drop).exclude(pk__in=same)
    if relation.rows_of(keep).filter(is_main=True).exists():
        moving.filter(is_main=True).update(is_main=False, version=F("version") + 1)
    return Moved(moving.update(**{relation.field: keep}), stayed=len(same))


def move_deposits(relation: Relation, keep: Customer, drop: Customer) -> Moved:
    """Move the ledgers. An empty one for all he owes stays, with its entries, where the file kept has one in its
    currency: entries carry a running balance, so that two ledgers never become one (see `deposits_of_both`)."""
    staying = list(same_ledgers(keep, drop).values_list("pk", flat=True))
    moved = relation.rows_of(drop).exclude(pk__in=staying).update(**{relation.field: keep})
    return Moved(moved, stayed=len(staying))


def same_ledgers(keep: Customer, drop: Customer) -> DepositAccountQuerySet:
    """Return the ledgers of `drop` without a contract in whose currency `keep` has one too."""
    general = DepositAccountQuerySet(DepositAccount).filter(contract__isnull=True)
    currencies = general.filter(customer=keep).values("currency")
    return general.filter(customer=drop, currency__in=currencies)


def keep_with_the_file(relation: Relation, keep: Customer, drop: Customer) -> Moved:
    """Move nothing: a confirmation says that this file was right, and nothing about the other (P4.3)."""
    return Moved(0, stayed=relation.rows_of(drop).count())


def move_warning_cases(relation: Relation, keep: Customer, drop: Customer) -> Moved:
    """Move the cases of early warning. An open one that both files have becomes one: that of the file to close ends as
    merged away, with its log."""
    is_open = models.Q(state=CaseState.OPEN)
    same = relation.rows_of(keep).filter(
        is_open, kind=models.OuterRef("kind"), subject=models.OuterRef("subject")
    )
    now = timezone.now()
    relation.rows_of(drop).filter(is_open, models.Exists(same)).update(
        state=CaseState.CLOSED,
        outcome=CaseOutcome.DUPLICATE,
        closed_on=timezone.localdate(now),
        closed_at=now,
    )
    return move_rows(relation, keep, drop)


def deposits_of_both(keep: Customer, drop: Customer) -> NotAllowedError | None:
    """Return a refusal where both files hold a deposit for all he owes in one currency (P5.2.3)."""
    held = same_ledgers(keep, drop).exclude(balance_amount=0).first()
    if held is None:
        return None
    return NotAllowedError(
        "merge.deposits_of_both",
        _(
            "Both files have a %(currency)s deposit without a contract: record that of the file to close as returned"
            " and as received in the other first (P5.2.3)."
        )
        % {"currency": held.currency},
    )


def open_decisions(_keep: Customer, drop: Customer) -> NotAllowedError | None:
    """Return a refusal while somebody is about to decide on the facts of the file that would be closed."""
    if Handover.objects.filter(customer=drop, state=HandoverState.PROPOSED).exists():
        return NotAllowedError(
            "merge.handover_open",
            _(
                "A handover of the file to close is open: it is accepted, declined or withdrawn first (P3.2.2)."
            ),
        )
    if ContractOverride.objects.filter(customer=drop, state__in=OPEN_OVERRIDE_STATES).exists():
        return NotAllowedError(
            "merge.override_open",
            _("An override for the file to close is open: it is used, refused or withdrawn first (P3.1)."),
        )
    return None


def hold_groups(_keep: Customer, _drop: Customer) -> None:
    """Let nobody put one of the two below the other meanwhile."""
    one_group_change_at_a_time()


def register() -> None:
    """Register all of this; called when the app is ready."""
    register_mover(Contact, move_contacts)
    register_mover(BankAccount, move_bank_accounts)
    register_mover(DepositAccount, move_deposits)
    register_mover(FileConfirmation, keep_with_the_file)
    register_mover(Handover, move_rows)  # their constraints are about open ones: see `open_decisions`
    register_mover(ContractOverride, move_rows)
    register_mover(WarningCase, move_warning_cases)
    register_refusal("customers.deposits", deposits_of_both)
    register_refusal("customers.decisions", open_decisions)
    register_lock("customers.groups", hold_groups)
