"""The entries of an invoice ledger: what was invoiced and paid on which day, loaded by COPY and never edited."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditrisk.visibility import SeenWithCustomer
from customers.models import Customer
from receivables.models.open_item import DueBasis, ReportedLine
from receivables.models.report import Report


class LedgerEntry(ReportedLine):
    """One invoice (positive), credit note or payment (negative) with the day on which it was booked.

    Every entry carries its document, so that what was open on a day is the sum of the entries up to that day by
    customer, document, due date and currency. A document has one entry of its own, with `document_on` as its day.
    """

    # No foreign keys in the database, as for open items.
    report = models.ForeignKey(
        Report,
        models.PROTECT,
        related_name="ledger_entries",
        db_index=False,
        db_constraint=False,
        verbose_name=_("report"),
    )
    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        related_name="ledger_entries",
        db_index=False,
        db_constraint=False,
        verbose_name=_("customer"),
    )
    document_on = models.DateField(_("document date"))
    due_basis = models.CharField(
        _("due date from"), max_length=6, choices=DueBasis.choices, default=DueBasis.STATED
    )
    booked_on = models.DateField(_("booked on"))
    is_payment = models.BooleanField(_("payment"))

    objects: ClassVar[models.Manager[LedgerEntry]] = SeenWithCustomer.as_manager()

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        indexes = [models.Index(fields=["report", "customer"], name="ledger_report_customer")]
        triggers = [
            pgtrigger.Protect(name="ledger_is_final", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.document} {self.booked_on}"
