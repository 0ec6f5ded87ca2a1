"""What settles liquidated damages 违约金 beside forfeited deposits: money received, and waivers (P5.2.3)."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from creditrisk.audit.tracking import tracked
from creditrisk.money import AmountField, CurrencyField
from creditrisk.visibility import SeenWithCustomer
from customers.models import Customer


class DamagesReceipt(models.Model):
    """Money that a customer paid for damages. `amount` is above zero; `effect_amount` is what it settles, below zero
    for the entry that reverses another. Rows are never changed.
    """

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="damages_receipts", verbose_name=_("customer")
    )
    currency = CurrencyField(_("currency"))
    received_on = models.DateField(_("received on"))
    amount = AmountField(_("amount"))
    effect_amount = AmountField(_("change"))
    reference = models.CharField(_("payment reference"), max_length=200, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversed_by", verbose_name=_("reverses")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    created_at = models.DateTimeField(_("recorded at"), auto_now_add=True)
    submission_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects: ClassVar[models.Manager[DamagesReceipt]] = SeenWithCustomer.as_manager()

    class Meta:
        verbose_name = _("receipt of liquidated damages")
        verbose_name_plural = _("receipts of liquidated damages")
        ordering = ["-received_on", "-pk"]
        indexes = [models.Index(fields=["customer", "-received_on"], name="damages_receipt_customer")]
        constraints = [
            models.CheckConstraint(name="damages_receipt_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="damages_receipt_effect",
                condition=Q(reverses__isnull=True, effect_amount=F("amount"))
                | Q(reverses__isnull=False, effect_amount=-F("amount")) & ~Q(reason=""),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="damages_receipts_are_final", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.effect_amount} {self.received_on}"

    def get_absolute_url(self) -> str:
        return reverse("receivables:damages_customer", args=[self.customer.number])


class WaiverState(models.TextChoices):
    ASKED = "asked", _("asked for")
    APPROVED = "approved", _("approved")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")


@tracked()
class DamagesWaiver(FSMModelMixin, models.Model):
    """A request to waive damages, and what the group leader decided. Of one item (`document`, `due_on`), or of all of
    the customer's in a currency; damages that accrue after it are not waived by it.
    """

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="damages_waivers", verbose_name=_("customer")
    )
    currency = CurrencyField(_("currency"))
    document = models.CharField(_("document"), max_length=100, blank=True)
    due_on = models.DateField(_("due date"), null=True, blank=True)
    amount = AmountField(_("amount"))
    reason = models.CharField(_("reason"), max_length=1000)
    state = FSMField(
        _("state"), max_length=10, choices=WaiverState.choices, default=WaiverState.ASKED, protected=True
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked at"), auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    decision_reason = models.CharField(_("reason of the decision"), max_length=1000, blank=True)
    submission_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects: ClassVar[models.Manager[DamagesWaiver]] = SeenWithCustomer.as_manager()

    class Meta:
        verbose_name = _("waiver of liquidated damages")
        verbose_name_plural = _("waivers of liquidated damages")
        ordering = ["-asked_at", "-pk"]
        indexes = [
            models.Index(fields=["customer", "state"], name="damages_waiver_customer"),
            models.Index(fields=["state"], name="damages_waiver_state"),
        ]
        constraints = [
            models.CheckConstraint(name="damages_waiver_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="damages_waiver_reason", condition=~Q(reason="")),
            # Unallocated items have no document; the due date tells a waiver of an item.
            models.CheckConstraint(
                name="damages_waiver_of_an_item", condition=Q(document="") | Q(due_on__isnull=False)
            ),
            models.CheckConstraint(
                name="damages_waiver_decided",
                condition=Q(
                    state__in=["approved", "refused"],
                    decided_at__isnull=False,
                    decided_on__isnull=False,
                    decided_by__isnull=False,
                )
                & ~Q(decision_reason="")
                | Q(
                    state__in=["asked", "withdrawn"],
                    decided_at__isnull=True,
                    decided_on__isnull=True,
                    decided_by__isnull=True,
                    decision_reason="",
                ),
            ),
            models.CheckConstraint(
                name="damages_waiver_by_another",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
            ),
        ]
        triggers = [pgtrigger.Protect(name="damages_waivers_are_kept", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.currency} {self.amount} {self.get_state_display()}"

    def get_absolute_url(self) -> str:
        return reverse("receivables:damages_waiver", args=[self.pk])

    @transition(field=state, source=WaiverState.ASKED, target=WaiverState.APPROVED)
    def approve(self) -> None:
        """The group leader waives it."""

    @transition(field=state, source=WaiverState.ASKED, target=WaiverState.REFUSED)
    def refuse(self) -> None:
        """The damages stand."""

    @transition(field=state, source=WaiverState.ASKED, target=WaiverState.WITHDRAWN)
    def withdraw(self) -> None:
        """Who asked for it needs it no more."""
