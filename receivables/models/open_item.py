"""The lines of a report, loaded by COPY and never edited."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditrisk.money import AmountField, CurrencyField
from creditrisk.visibility import SeenWithCustomer
from customers.models import Customer
from receivables.models.report import Report


class ReportedLine(models.Model):
    """One line of a report: which document it is about, when that is due, and an amount."""

    # The day of the report: the tables are partitioned by its month, and a question that names it reads one partition.
    as_of = models.DateField(_("as-of date"))
    row_number = models.PositiveIntegerField(_("row"))
    document = models.CharField(_("document"), max_length=100)
    due_on = models.DateField(_("due date"))
    currency = CurrencyField(_("currency"))
    amount = AmountField(_("amount"))
    contract_number = models.CharField(_("contract number"), max_length=50, blank=True)
    description = models.CharField(_("description"), max_length=500, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.document


class ReportedDocument(ReportedLine):
    """One document as a report lists it, with its balance on the as-of date. Credit notes and advances are negative."""

    document_on = models.DateField(_("document date"), null=True, blank=True)
    open_amount = AmountField(_("open amount"))

    class Meta:
        abstract = True


class DueBasis(models.TextChoices):
    """Where a due date comes from: the file, the payment term, or the bucket of an aging table (the least age)."""

    STATED = "stated", _("stated")
    TERM = "term", _("document date and payment term")
    BUCKET = "bucket", _("bucket of an aging table")


class OpenItem(ReportedDocument):
    """One document that a customer owes us; from an aging table (`due_basis`), his sum in one bucket."""

    # No foreign keys in the database: checking them row by row takes twice as long as the COPY itself. Neither a
    # report nor a customer is ever deleted (the database refuses it).
    report = models.ForeignKey(
        Report,
        models.PROTECT,
        related_name="items",
        db_index=False,
        db_constraint=False,
        verbose_name=_("report"),
    )
    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        related_name="open_items",
        db_index=False,
        db_constraint=False,
        verbose_name=_("customer"),
    )
    due_basis = models.CharField(
        _("due date from"), max_length=6, choices=DueBasis.choices, default=DueBasis.STATED
    )

    objects: ClassVar[models.Manager[OpenItem]] = SeenWithCustomer.as_manager()

    class Meta:
        verbose_name = _("open item")
        verbose_name_plural = _("open items")
        indexes = [models.Index(fields=["report", "customer"], name="open_item_report_customer")]
        triggers = [
            pgtrigger.Protect(name="open_items_are_final", operation=pgtrigger.Update | pgtrigger.Delete),
        ]
