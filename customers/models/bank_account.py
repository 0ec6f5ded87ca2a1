"""The bank accounts of a customer. The main one is the bank and account number of the Annex 1 form."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Replace
from django.utils.translation import gettext_lazy as _

from creditrisk.audit.masking import mask_number
from creditrisk.audit.tracking import tracked
from creditrisk.money import CurrencyField
from creditrisk.visibility import SeenWithCustomer
from customers.models.customer import Customer
from customers.models.retirable import Retirable

PLAIN_NUMBER = Replace(
    Replace(models.F("account_number"), models.Value(" "), models.Value("")),
    models.Value("-"),
    models.Value(""),
)
"""`customers.numbers.plain_account_number`, as the database does it."""


@tracked()
class BankAccount(Retirable):
    """One account, valid until it is retired. Pages show its number masked; showing it whole is recorded (see
    `show_account_number`)."""

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="bank_accounts", verbose_name=_("customer")
    )
    bank_name = models.CharField(_("bank"), max_length=200, blank=True)
    branch = models.CharField(_("branch"), max_length=200, blank=True)
    account_number = models.CharField(_("account number"), max_length=50, blank=True)
    holder = models.CharField(_("account holder"), max_length=200, blank=True)
    currency = CurrencyField(_("currency"))
    is_main = models.BooleanField(_("main account"), default=False)

    objects: ClassVar[models.Manager[BankAccount]] = SeenWithCustomer.as_manager()

    class Meta(Retirable.Meta):
        verbose_name = _("bank account")
        verbose_name_plural = _("bank accounts")
        ordering = ["customer", "-is_main", "bank_name", "pk"]
        constraints = [
            *Retirable.Meta.constraints,
            models.UniqueConstraint(
                name="bankaccount_one_main",
                fields=["customer"],
                condition=models.Q(is_main=True),
            ),
            models.UniqueConstraint(
                models.F("customer"),
                PLAIN_NUMBER,
                name="bankaccount_number_once",
                condition=models.Q(retired_at__isnull=True) & ~models.Q(account_number=""),
            ),
            models.CheckConstraint(
                name="bankaccount_retired_is_not_main",
                condition=models.Q(is_main=False) | models.Q(retired_at__isnull=True),
            ),
            models.CheckConstraint(
                name="bankaccount_has_bank_or_number",
                condition=~models.Q(bank_name="", account_number=""),
            ),
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, (self.bank_name, self.masked_number)))

    @property
    def masked_number(self) -> str:
        """The account number as lists, exports and logs may show it."""
        return mask_number(self.account_number)
