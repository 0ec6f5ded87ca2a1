"""Security deposits 保证金: a ledger whose balance cannot go below zero (P5.2.3)."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import tracked
from creditrisk.money import AmountField, CurrencyField
from creditrisk.visibility import SeenWithAccount
from customers.models.contract import Contract
from customers.models.customer import Customer


class DepositKind(models.TextChoices):
    RECEIVED = "received", _("received")
    RETURNED = "returned", pgettext_lazy("deposit", "returned")
    FORFEITED = "forfeited", _("forfeited")
    REVERSAL = "reversal", _("reversal")


class DepositAccountQuerySet(models.QuerySet["DepositAccount"]):
    def visible_to(self, user: User) -> DepositAccountQuerySet:
        """Return the deposits of the customers that `user` may see."""
        return self.filter(customer__in=Customer.objects.visible_to(user))


@tracked()
class DepositAccount(models.Model):
    """What we hold of a customer in one currency, for one contract or (without) for all he owes.

    `balance_amount` is the sum of the entries; the database itself keeps it from falling below zero.
    """

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="deposit_accounts", verbose_name=_("customer")
    )
    currency = CurrencyField(_("currency"))
    contract = models.ForeignKey(
        Contract,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="deposit_accounts",
        verbose_name=_("contract"),
    )
    balance_amount = AmountField(_("balance"), default=Decimal(0))

    objects: ClassVar[models.Manager[DepositAccount]] = DepositAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("deposit")
        verbose_name_plural = _("deposits")
        ordering = ["customer", "currency", F("contract").asc(nulls_first=True)]
        constraints = [
            models.UniqueConstraint(
                name="deposit_account_once",
                fields=["customer", "currency", "contract"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(name="deposit_never_overdrawn", condition=Q(balance_amount__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.customer} {self.currency} {self.contract or '–'}"


class DepositEntry(models.Model):
    """One movement. `amount` is above zero; `effect_amount` is what it adds to the balance (returned and forfeited
    take away), `balance_amount` the balance after it. Rows are never changed: a mistake is reversed by an entry
    of its own. `decision` names who decided a forfeiture, and where."""

    account = models.ForeignKey(
        DepositAccount, models.PROTECT, related_name="entries", verbose_name=_("deposit")
    )
    sequence = models.PositiveIntegerField(_("sequence"))
    kind = models.CharField(_("kind"), max_length=10, choices=DepositKind.choices)
    happened_on = models.DateField(_("on"))
    amount = AmountField(_("amount"))
    effect_amount = AmountField(_("change"))
    balance_amount = AmountField(_("balance"))
    reference = models.CharField(_("payment reference"), max_length=200, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    decision = models.CharField(_("decision"), max_length=500, blank=True)
    reverses = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reversed_by",
        verbose_name=_("reverses"),
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("recorded by"),
    )
    created_at = models.DateTimeField(_("recorded at"), auto_now_add=True)
    submission_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects: ClassVar[models.Manager[DepositEntry]] = SeenWithAccount.as_manager()

    class Meta:
        verbose_name = _("deposit entry")
        verbose_name_plural = _("deposit entries")
        ordering = ["account", "-sequence"]
        constraints = [
            models.UniqueConstraint(name="deposit_entry_sequence", fields=["account", "sequence"]),
            models.CheckConstraint(name="deposit_entry_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="deposit_entry_never_overdrawn", condition=Q(balance_amount__gte=0)),
            models.CheckConstraint(
                name="deposit_entry_effect",
                condition=Q(kind="received", effect_amount=F("amount"))
                | Q(kind__in=["returned", "forfeited"], effect_amount=-F("amount"))
                | Q(kind="reversal", effect_amount=F("amount"))
                | Q(kind="reversal", effect_amount=-F("amount")),
            ),
            models.CheckConstraint(
                name="deposit_forfeited_with_decision",
                condition=~Q(kind="forfeited") | (~Q(reason="") & ~Q(decision="")),
            ),
            models.CheckConstraint(
                name="deposit_reversal_with_reason",
                condition=Q(kind="reversal", reverses__isnull=False) & ~Q(reason="")
                | ~Q(kind="reversal") & Q(reverses__isnull=True),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="deposit_entries_are_final", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} #{self.sequence}"
