"""What we owe customers (P3.4): tables of their own, so that nothing that reads receivables can meet a payable."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditrisk.money import AmountField, CurrencyField
from creditrisk.visibility import SeenWithCustomer
from customers.models import Customer
from receivables.models.aging_sum import SUM_DIGITS
from receivables.models.open_item import ReportedDocument
from receivables.models.report import Report


class PayableItem(ReportedDocument):
    """One document that we owe a customer, positive. What he credits us, or we paid in advance, is negative."""

    # No foreign keys in the database, as for open items: the payable sums hold real ones.
    report = models.ForeignKey(
        Report,
        models.PROTECT,
        related_name="payable_items",
        db_index=False,
        db_constraint=False,
        verbose_name=_("report"),
    )
    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        related_name="payable_items",
        db_index=False,
        db_constraint=False,
        verbose_name=_("customer"),
    )

    objects: ClassVar[models.Manager[PayableItem]] = SeenWithCustomer.as_manager()

    class Meta:
        verbose_name = _("payable")
        verbose_name_plural = _("payables")
        indexes = [models.Index(fields=["report", "customer"], name="payable_report_customer")]
        triggers = [
            pgtrigger.Protect(name="payables_are_final", operation=pgtrigger.Update | pgtrigger.Delete),
        ]


class PayableSum(models.Model):
    """What we owe one customer in one currency by one report: the sum of its `items`, credits netted."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="payable_sums", db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="payable_sums", db_index=False)
    currency = CurrencyField(_("currency"))
    total_amount = AmountField(_("total"), max_digits=SUM_DIGITS)
    items = models.PositiveIntegerField(_("items"))

    objects: ClassVar[models.Manager[PayableSum]] = SeenWithCustomer.as_manager()

    class Meta:
        verbose_name = _("payable sum")
        verbose_name_plural = _("payable sums")
        constraints = [
            models.UniqueConstraint(fields=["customer", "report", "currency"], name="payable_sum_once"),
        ]
        indexes = [
            models.Index(
                fields=["report", "currency", "-total_amount", "customer"], name="payable_sum_by_total"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="payable_sums_are_final", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.currency} {self.total_amount}"
