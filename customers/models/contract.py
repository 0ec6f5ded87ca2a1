"""Contracts (P3.1 c). None is recorded before the customer's review is approved (P4.1)."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditrisk.audit.tracking import tracked
from creditrisk.money import AmountField, CurrencyField
from creditrisk.visibility import SeenWithCustomer
from customers.models.customer import Customer
from customers.models.service_type import ServiceType


@tracked()
class Contract(models.Model):
    """One contract with its payment term in calendar days."""

    number = models.CharField(_("contract number"), max_length=50, unique=True)
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="contracts", verbose_name=_("customer")
    )
    service_type = models.CharField(_("service type"), max_length=20, choices=ServiceType.choices)
    amount = AmountField(_("contract amount"))
    currency = CurrencyField(_("currency"))
    signed_on = models.DateField(_("signed on"))
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    payment_term_days = models.PositiveSmallIntegerField(_("payment term (days)"), default=30)
    handler = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="handled_contracts", verbose_name=_("handler")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    submission_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects: ClassVar[models.Manager[Contract]] = SeenWithCustomer.as_manager()

    class Meta:
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        ordering = ["-signed_on", "number"]
        constraints = [
            models.CheckConstraint(name="contract_amount_positive", condition=models.Q(amount__gt=0)),
            models.CheckConstraint(
                name="contract_ends_after_signing",
                condition=models.Q(ends_on__isnull=True) | models.Q(ends_on__gte=models.F("signed_on")),
            ),
        ]

    def __str__(self) -> str:
        return self.number
