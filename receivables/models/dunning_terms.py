"""What a customer or a contract agreed about dunning instead of the policy (P5.2.3)."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from creditrisk.audit.tracking import tracked
from creditrisk.money import AmountField
from creditrisk.visibility import SeenWithCustomer
from customers.models import Contract, Customer


@tracked()
class DunningTerms(models.Model):
    """How one customer is dunned, or (with `contract`) the items of one contract; what is empty is the policy's.

    The days are first days of the three stages after the due date, negative before it. `is_excluded`: nobody is
    dunned. `minimum_amount` is in the policy's base currency. They count up to and including `valid_to_on`.
    A letter covers several contracts: minimum and interval are a customer's, never a contract's.
    """

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="dunning_terms", verbose_name=_("customer")
    )
    contract = models.ForeignKey(
        Contract,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="dunning_terms",
        verbose_name=_("contract"),
    )
    is_excluded = models.BooleanField(_("not dunned"), default=False)
    reminder_from_day = models.SmallIntegerField(_("reminder from day"), null=True, blank=True)
    letter_from_day = models.SmallIntegerField(_("dunning letter from day"), null=True, blank=True)
    final_demand_from_day = models.SmallIntegerField(_("final demand from day"), null=True, blank=True)
    minimum_amount = AmountField(_("least amount of a letter"), null=True, blank=True)
    letter_interval_days = models.PositiveSmallIntegerField(_("days between letters"), null=True, blank=True)
    valid_to_on = models.DateField(_("valid to"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=500)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("agreed by")
    )
    set_at = models.DateTimeField(_("agreed at"), auto_now=True)

    objects: ClassVar[models.Manager[DunningTerms]] = SeenWithCustomer.as_manager()

    class Meta:
        verbose_name = _("dunning terms")
        verbose_name_plural = _("dunning terms")
        ordering = ["customer", "contract"]
        constraints = [
            models.UniqueConstraint(
                name="dunning_terms_once", fields=["customer", "contract"], nulls_distinct=False
            ),
            models.CheckConstraint(name="dunning_terms_have_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="dunning_terms_of_contract_are_days",
                condition=Q(contract__isnull=True)
                | Q(minimum_amount__isnull=True, letter_interval_days__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer} {self.contract or ''}".strip()

    def is_valid_on(self, day: dt.date) -> bool:
        """Return whether the terms count on `day`."""
        return self.valid_to_on is None or day <= self.valid_to_on
