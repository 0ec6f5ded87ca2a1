"""What a report says beside the one before it, by customer: counted once in SQL, so that later days read sums."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditrisk.money import AmountField, CurrencyField
from creditrisk.visibility import SeenWithCustomer, SeenWithReport
from customers.models import Customer
from receivables.models.aging_sum import SUM_DIGITS
from receivables.models.report import Report

DAY_DIGITS = 30
"""Amounts times days: a sum of the largest amounts over decades still fits."""


class ReportFlow(models.Model):
    """Sums of a report and the report before it for a customer and currency, over the documents that no report before
    lists and that are dated in the month `month_on`, or (None) over all others.

    `business_amount` are the amounts of such documents, `newest_on` and `oldest_on` their last and first date.
    `paid_amount` was seen paid since the report before, `overdue_amount` is open and past due; both also times their
    days late. Rows add up, also those of two files that became one: then nothing but the customer changes.
    """

    # Neither a report nor a customer is ever deleted (the database refuses it), so no key is checked per row.
    report = models.ForeignKey(
        Report, models.PROTECT, related_name="flows", db_index=False, db_constraint=False
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="report_flows", db_index=False, db_constraint=False
    )
    currency = CurrencyField(_("currency"))
    month_on = models.DateField(_("month"), null=True)
    business_amount = AmountField(_("new business"), max_digits=SUM_DIGITS, default=0)
    paid_amount = AmountField(_("paid"), max_digits=SUM_DIGITS, default=0)
    paid_amount_days = AmountField(_("paid, times days late"), max_digits=DAY_DIGITS, default=0)
    overdue_amount = AmountField(_("overdue"), max_digits=SUM_DIGITS, default=0)
    overdue_amount_days = AmountField(_("overdue, times days"), max_digits=DAY_DIGITS, default=0)
    newest_on = models.DateField(_("newest document"), null=True)
    oldest_on = models.DateField(_("oldest document"), null=True)

    objects: ClassVar[models.Manager[ReportFlow]] = SeenWithCustomer.as_manager()

    class Meta:
        verbose_name = _("flow of a report")
        verbose_name_plural = _("flows of reports")
        indexes = [
            models.Index(fields=["report", "customer"], name="flow_report_customer"),
            models.Index(fields=["customer"], name="flow_customer"),
        ]
        triggers = [
            pgtrigger.Protect(name="report_flows_are_final", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.customer_id} {self.currency}"


class ReportFlowBasis(models.Model):
    """That the flows of a report are stored, and beside which report they were counted; None: there was none before
    it. They hold as long as that is the report before it."""

    report = models.OneToOneField(Report, models.PROTECT, related_name="flow_basis")
    previous = models.ForeignKey(Report, models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager[ReportFlowBasis]] = SeenWithReport.as_manager()

    class Meta:
        verbose_name = _("basis of flows")
        verbose_name_plural = _("bases of flows")

    def __str__(self) -> str:
        return f"{self.report} ← {self.previous}"
