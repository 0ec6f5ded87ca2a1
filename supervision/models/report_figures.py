"""What was invoiced between two reports: computed once for a pair of them, so that pages never read items."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditrisk.money import AmountField, CurrencyField
from creditrisk.visibility import SeenWithCustomer, SeenWithParent, SeenWithReport
from customers.models import Customer
from receivables.models import Report

SUM_DIGITS = 24


class SeenWithFigures(SeenWithParent):
    """Rows of the figures of a report, seen with them."""

    parent = "figures"


class ReportFigures(models.Model):
    """The figures of `report` since `opening`, the last report in force as of a day in the month before; `ledger` is
    the one that told which invoices came and went between the two (None: none did).

    Where a report is corrected, or a ledger comes, the pair is another one and computed anew: no row is ever changed.
    """

    report = models.ForeignKey(Report, models.PROTECT, related_name="figures", verbose_name=_("report"))
    opening = models.ForeignKey(
        Report, models.PROTECT, related_name="+", db_index=False, verbose_name=_("report of the month before")
    )
    ledger = models.ForeignKey(
        Report, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("ledger")
    )
    computed_at = models.DateTimeField(_("computed at"), auto_now_add=True)

    objects: ClassVar[models.Manager[ReportFigures]] = SeenWithReport.as_manager()

    class Meta:
        verbose_name = _("figures of a report")
        verbose_name_plural = _("figures of reports")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="report_figures_once", fields=["report", "opening", "ledger"], nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} – {self.opening_id}"


class InvoicedSum(models.Model):
    """What one customer was invoiced in a currency, credit notes left out."""

    figures = models.ForeignKey(
        ReportFigures, models.CASCADE, related_name="sums", db_index=False, verbose_name=_("figures")
    )
    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        related_name="invoiced_sums",
        db_constraint=False,
        verbose_name=_("customer"),
    )
    currency = CurrencyField(_("currency"))
    invoiced_amount = AmountField(_("invoiced"), max_digits=SUM_DIGITS)

    objects: ClassVar[models.Manager[InvoicedSum]] = SeenWithCustomer.as_manager()

    class Meta:
        verbose_name = _("invoiced sum")
        verbose_name_plural = _("invoiced sums")
        constraints = [
            models.UniqueConstraint(fields=["figures", "customer", "currency"], name="invoiced_sum_once"),
        ]
        triggers = [
            pgtrigger.Protect(name="invoiced_sums_are_final", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.currency} {self.invoiced_amount}"


class InvoicedTotal(models.Model):
    """What all customers were invoiced in a currency: for readers who see every one of them."""

    figures = models.ForeignKey(
        ReportFigures, models.CASCADE, related_name="totals", db_index=False, verbose_name=_("figures")
    )
    currency = CurrencyField(_("currency"))
    invoiced_amount = AmountField(_("invoiced"), max_digits=SUM_DIGITS)

    objects: ClassVar[models.Manager[InvoicedTotal]] = SeenWithFigures.as_manager()

    class Meta:
        verbose_name = _("invoiced total")
        verbose_name_plural = _("invoiced totals")
        constraints = [
            models.UniqueConstraint(fields=["figures", "currency"], name="invoiced_total_once"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="invoiced_totals_are_final", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]

    def __str__(self) -> str:
        return f"{self.figures_id} {self.currency} {self.invoiced_amount}"
