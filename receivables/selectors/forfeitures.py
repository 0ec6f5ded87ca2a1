"""Security deposits that final demands turn into liquidated damages (P5.2.3)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from creditrisk.accounts.models import User
from customers.models import Customer, DepositAccount
from receivables.dunning_result import DepositSummary
from receivables.models import DunningNotice, ForfeitureProposal, ForfeitureState


def deposits_behind(customer: Customer, *, currency: str) -> QuerySet[DepositAccount]:
    """Return the deposits with a balance in the currency of a demand that nobody was asked about yet."""
    asked = ForfeitureProposal.objects.filter(customer=customer, state=ForfeitureState.OPEN)
    held = DepositAccount.objects.filter(customer=customer, currency=currency, balance_amount__gt=0)
    return held.exclude(pk__in=asked.values("account")).select_related("contract").order_by("pk")


def forfeitable(demands: Iterable[tuple[Customer, str]]) -> tuple[DepositSummary, ...]:
    """Return what final demands (customer and currency) would turn into liquidated damages now."""
    return tuple(
        DepositSummary(
            customer=customer.number,
            currency=currency,
            amount=account.balance_amount,
            contract=account.contract.number if account.contract else "",
        )
        for customer, currency in demands
        for account in deposits_behind(customer, currency=currency)
    )


def forfeiture_list(user: User) -> QuerySet[ForfeitureProposal]:
    """Return the forfeitures of the customers that `user` may see, those that wait first."""
    visible: QuerySet[ForfeitureProposal] = ForfeitureProposal.objects.visible_to(user)
    return visible.select_related("customer", "account__contract", "notice", "entry", "decided_by")


def forfeitures_of(customer: Customer) -> QuerySet[ForfeitureProposal]:
    """Return what final demands brought about for the customer's deposits, newest first."""
    rows = ForfeitureProposal.objects.filter(customer=customer)
    return rows.select_related("customer", "account__contract", "notice", "decided_by")


def forfeitures_after(notice: DunningNotice) -> QuerySet[ForfeitureProposal]:
    """Return what a final demand brought about for the customer's deposits."""
    rows = ForfeitureProposal.objects.filter(notice=notice)
    return rows.select_related("customer", "account__contract", "notice", "decided_by")
