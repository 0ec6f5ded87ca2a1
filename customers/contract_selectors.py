"""Reads of contracts and what hangs on them: log, files, overrides, disputes, deposits, self-checks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Sum

from creditrisk.accounts.models import User
from creditrisk.memo import asked_once
from customers.models import (
    Contract,
    ContractDispute,
    ContractFile,
    ContractLogEntry,
    ContractOverride,
    ContractState,
    Customer,
    DepositEntry,
    DisputeNote,
    DisputeState,
    SelfCheck,
    SelfCheckState,
)
from customers.models.contract import RUNNING_STATES, ContractQuerySet
from customers.models.contract_dispute import DISPUTE_OWNERS, ContractDisputeQuerySet
from customers.models.contract_override import OPEN_OVERRIDE_STATES, ContractOverrideQuerySet
from customers.models.deposit import DepositAccountQuerySet
from customers.models.self_check import SelfCheckQuerySet

MANAGERS = ("account_manager__department", "service_manager__department")


def visible_contracts(user: User) -> ContractQuerySet:
    """Return the contracts `user` may see, with customer and people: one query for a page's rows."""
    visible: ContractQuerySet = Contract.objects.visible_to(user)
    return visible.select_related("customer", "handler")


def contract_for_page(user: User) -> ContractQuerySet:
    """Return the contracts `user` may see, with everything that the refusals of one contract's page read."""
    visible: ContractQuerySet = Contract.objects.visible_to(user)
    return visible.select_related(
        "handler", "override__decided_by", *(f"customer__{path}" for path in MANAGERS)
    )


def ending_within(days: int, *, today: dt.date) -> Q:
    """Return the condition that a contract runs and its term ends within `days` calendar days of `today`."""
    return Q(state__in=RUNNING_STATES, ends_on__gte=today, ends_on__lte=today + dt.timedelta(days=days))


def performed_on(day: dt.date) -> Q:
    """Return the condition that a contract was performed at the end of a day, by the days that it carries."""
    return Q(performing_on__lte=day) & (Q(ended_on__isnull=True) | Q(ended_on__gt=day))


def disputed_on(day: dt.date) -> Q:
    """Return the condition that a dispute was open at the end of a day."""
    return Q(opened_on__lte=day) & (Q(state=DisputeState.OPEN) | Q(closed_on__gt=day))


def items_disputed_on(day: dt.date) -> Q:
    """Return the condition that a dispute about single items, of no contract, was open at the end of a day."""
    return disputed_on(day) & Q(contract__isnull=True)


def in_dispute_on(day: dt.date) -> Q:
    """Return the condition that a contract was in dispute at the end of a day."""
    return Q(pk__in=ContractDispute.objects.filter(disputed_on(day)).values("contract"))


def unanswered_on(day: dt.date) -> Q:
    """Return the condition that the time of a self-check was over at the end of a day, and nobody had answered it."""
    unanswered = Q(state=SelfCheckState.OPEN) | Q(state=SelfCheckState.DONE, done_on__gt=day)
    return unanswered & Q(opened_on__lte=day, period_ends_on__lte=day)


def log_of(contract: Contract) -> QuerySet[ContractLogEntry]:
    """Return the contract's performance log with people and files, newest first: two queries."""
    return contract.log_entries.select_related("by").prefetch_related("files")


def files_of(contract: Contract) -> QuerySet[ContractFile]:
    """Return the contract's own files (those of the log stand with their entries)."""
    return contract.files.filter(removed_at__isnull=True, entry__isnull=True).select_related("uploaded_by")


def self_checks_of(contract: Contract) -> QuerySet[SelfCheck]:
    """Return the contract's self-checks, the latest period first."""
    return contract.self_checks.select_related("done_by").order_by("-period_starts_on", "role")


def has_open_dispute(contract: Contract) -> bool:
    """Return whether a dispute about the contract is open."""
    return contract.disputes.filter(state=DisputeState.OPEN).exists()


# Overrides --------------------------------------------------------------------------------------------


@asked_once
def open_override_of(customer: Customer) -> ContractOverride | None:
    """Return the override that was asked for or granted and is not used yet; there is at most one."""
    return customer.contract_overrides.filter(state__in=OPEN_OVERRIDE_STATES).first()


def visible_overrides(user: User) -> ContractOverrideQuerySet:
    """Return the overrides of the customers that `user` may see."""
    visible: ContractOverrideQuerySet = ContractOverride.objects.visible_to(user)
    return visible.select_related("customer__account_manager", "requested_by", "decided_by", "used_by")


# Disputes ---------------------------------------------------------------------------------------------


def dispute_list(user: User) -> ContractDisputeQuerySet:
    """Return the disputes `user` may see, with contract, customer and owner: one query for a page's rows."""
    visible: ContractDisputeQuerySet = ContractDispute.objects.visible_to(user)
    return visible.select_related("customer", "contract", "owner")


def dispute_for_page(user: User) -> ContractDisputeQuerySet:
    """Return the disputes `user` may see, with everything one dispute's page shows."""
    visible: ContractDisputeQuerySet = ContractDispute.objects.visible_to(user)
    return visible.select_related(
        "customer__account_manager", "contract", "owner", "opened_by", "closed_by"
    ).prefetch_related(
        "disputed_items", Prefetch("log_entries", DisputeNote.objects.select_related("by", "owner"))
    )


def dispute_owners() -> QuerySet[User]:
    """Return the active people who may own a dispute (P3.3), by user name."""
    return (
        User.objects.filter(is_active=True, role_assignments__role__in=DISPUTE_OWNERS)
        .distinct()
        .order_by("username")
    )


# Self-checks ------------------------------------------------------------------------------------------


def self_checks_asked_of(user: User) -> SelfCheckQuerySet:
    """Return the self-checks of the customers this person manages, with contract and customer."""
    asked: SelfCheckQuerySet = SelfCheck.objects.asked_of(user)
    return asked.select_related("contract__customer", "done_by")


def open_self_checks_of(user: User) -> SelfCheckQuerySet:
    """Return the self-checks that wait for this person (P3.2.3)."""
    asked: SelfCheckQuerySet = SelfCheck.objects.asked_of(user)
    return asked.filter(state=SelfCheckState.OPEN)


def performing_contracts() -> ContractQuerySet:
    """Return the contracts that are being performed, with customer and managers."""
    contracts: ContractQuerySet = Contract.objects.filter(state=ContractState.PERFORMING)
    return contracts.select_related("customer__account_manager", "customer__service_manager").order_by("pk")


# Deposits ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DepositBalance:
    """What we hold of a customer in one currency, over all his deposits."""

    currency: str
    amount: Decimal


def deposit_balances(customer: Customer) -> list[DepositBalance]:
    """Return the customer's balances by currency; currencies are never added (one query)."""
    sums = (
        customer.deposit_accounts.order_by("currency")
        .values_list("currency")
        .annotate(amount=Sum("balance_amount"))
    )
    return [DepositBalance(currency, amount) for currency, amount in sums]


def deposit_accounts_of(customer: Customer) -> DepositAccountQuerySet:
    """Return the customer's deposits with the contracts they are for."""
    accounts: DepositAccountQuerySet = customer.deposit_accounts.select_related("contract")
    return accounts.order_by("currency", "contract__number")


def deposit_entries_of(customer: Customer) -> QuerySet[DepositEntry]:
    """Return the customer's deposit ledger, newest first; `is_reversed` says whether a reversal exists."""
    entries: QuerySet[DepositEntry] = (
        DepositEntry.objects.filter(account__customer=customer)
        .select_related("account__contract", "account__customer", "by", "reverses", "reversed_by")
        .annotate(is_reversed=Exists(DepositEntry.objects.filter(reverses=OuterRef("pk"))))
        .order_by("-created_at", "-pk")
    )
    return entries


def deposit_held_for(contract: Contract) -> Decimal:
    """Return what is held for this very contract, in its currency."""
    held = contract.deposit_accounts.filter(currency=contract.currency).aggregate(held=Sum("balance_amount"))
    return held["held"] or Decimal(0)
