"""Statements of account (对账单): what we say a customer owes on a day, and what he answered."""

from __future__ import annotations

from typing import ClassVar
from uuid import uuid4

import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from creditrisk.audit.tracking import tracked
from creditrisk.notifications.models import OutboxMessage
from creditrisk.visibility import SeenWithCustomer
from customers.models import Customer
from receivables.models.report import Report


def statement_path(statement: Statement, _file_name: str) -> str:
    """Return where the PDF is kept: not by its number, which a rollback gives back."""
    return f"statements/{statement.issued_on:%Y/%m}/{uuid4().hex}.pdf"


class Answer(models.TextChoices):
    AGREES = "agrees", _("agrees")
    DIFFERS = "differs", _("differs")


@tracked()
class Statement(models.Model):
    """One statement to one customer as of a day, kept as it was issued (`pdf_sha256`).

    `totals` maps a currency to the balance as a string. `message` is the mail that carried it; without one it was
    printed. `answer` is what the signed slip says, with `answer_note` for the difference.
    """

    number = models.CharField(_("number"), max_length=30, unique=True)
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="statements", verbose_name=_("customer")
    )
    report = models.ForeignKey(
        Report, models.PROTECT, related_name="statements", verbose_name=_("aging report")
    )
    as_of = models.DateField(_("as-of date"))
    language = models.CharField(_("language"), max_length=10)
    totals = models.JSONField(_("balances"), default=dict)
    pdf = models.FileField(_("PDF"), upload_to=statement_path, max_length=200)
    pdf_sha256 = models.CharField(max_length=64)
    message = models.OneToOneField(
        OutboxMessage, models.PROTECT, null=True, blank=True, related_name="statement", verbose_name=_("mail")
    )
    issued_on = models.DateField(_("issued on"))
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("issued by")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    answer = models.CharField(_("answer"), max_length=7, choices=Answer.choices, blank=True)
    answer_note = models.CharField(_("difference"), max_length=300, blank=True)
    answered_on = models.DateField(_("slip returned on"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("noted by"),
    )

    objects: ClassVar[models.Manager[Statement]] = SeenWithCustomer.as_manager()

    class Meta:
        verbose_name = _("statement of account")
        verbose_name_plural = _("statements of account")
        ordering = ["-issued_on", "-pk"]
        indexes = [models.Index(fields=["customer", "-issued_on"], name="statement_customer")]
        constraints = [
            models.CheckConstraint(
                name="statement_answered_on_and_by",
                condition=models.Q(answered_on__isnull=True, answered_by__isnull=True, answer="")
                | (models.Q(answered_on__isnull=False, answered_by__isnull=False) & ~models.Q(answer="")),
            ),
        ]
        triggers = [pgtrigger.Protect(name="statements_are_kept", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("receivables:statement_detail", args=[self.number])
