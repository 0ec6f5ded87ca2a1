"""Sums per customer, currency and bucket, and their totals: computed once in SQL when a report is committed."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditrisk.money import AmountField, CurrencyField
from creditrisk.visibility import SeenWithCustomer, SeenWithReport
from customers.models import Customer
from receivables.models.report import Report

SUM_DIGITS = 24
"""A sum of a million of the largest amounts still fits."""


class AgedSums(models.Model):
    """Sums in one currency: one entry per aging bucket of the report's policy version, in its order.

    Credits are negative. Debits and credits together are `total_amount`; `overdue_amount` is the total less the first
    bucket; `items` counts documents.
    """

    currency = CurrencyField(_("currency"))
    debit_amounts = ArrayField(AmountField(max_digits=SUM_DIGITS), verbose_name=_("debits by bucket"))
    credit_amounts = ArrayField(AmountField(max_digits=SUM_DIGITS), verbose_name=_("credits by bucket"))
    total_amount = AmountField(_("total"), max_digits=SUM_DIGITS)
    overdue_amount = AmountField(_("overdue"), max_digits=SUM_DIGITS)
    items = models.PositiveIntegerField(_("items"))

    class Meta:
        abstract = True


class AgingSum(AgedSums):
    """One row per report, customer and currency."""

    # Neither a report nor a customer is ever deleted (the database refuses it), so no key is checked per row.
    report = models.ForeignKey(
        Report, models.PROTECT, related_name="aging_sums", db_index=False, db_constraint=False
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="aging_sums", db_index=False, db_constraint=False
    )

    objects: ClassVar[models.Manager[AgingSum]] = SeenWithCustomer.as_manager()

    class Meta:
        verbose_name = _("aging sum")
        verbose_name_plural = _("aging sums")
        constraints = [
            models.UniqueConstraint(fields=["customer", "report", "currency"], name="aging_sum_once"),
        ]
        indexes = [
            models.Index(
                fields=["report", "currency", "-total_amount", "customer"], name="aging_sum_by_total"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="aging_sums_are_final", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.currency} {self.total_amount}"


class AgingTotal(AgedSums):
    """One row per report and currency: the sum over all its customers, for readers who see every one of them."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="aging_totals", db_index=False)
    customers = models.PositiveIntegerField(_("customers"))

    objects: ClassVar[models.Manager[AgingTotal]] = SeenWithReport.as_manager()

    class Meta:
        verbose_name = _("aging total")
        verbose_name_plural = _("aging totals")
        constraints = [
            models.UniqueConstraint(fields=["report", "currency"], name="aging_total_once"),
        ]
        triggers = [
            pgtrigger.Protect(name="aging_totals_are_final", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.currency} {self.total_amount}"
