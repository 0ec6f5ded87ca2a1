"""The classified detail of receivables: what a customer service manager draws up every month (P5.2.2)."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import SEES_ALL_CUSTOMERS
from creditrisk.audit.tracking import tracked
from creditrisk.money import AmountField, CurrencyField
from customers.models import Contract, Customer
from receivables.models.aging_sum import SUM_DIGITS
from receivables.models.report import Report


class ClassifiedDetailQuerySet(models.QuerySet["ClassifiedDetail"]):
    def visible_to(self, user: User) -> ClassifiedDetailQuerySet:
        """Return the details `user` may see: all for those who see every customer, his own for a service manager."""
        return self if user.has_role(*SEES_ALL_CUSTOMERS) else self.filter(service_manager=user)


@tracked()
class ClassifiedDetail(models.Model):
    """One service manager's detail of a month, from the report in force at its end; signed, it never changes again."""

    service_manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("service manager")
    )
    month_on = models.DateField(_("month"))
    report = models.ForeignKey(Report, models.PROTECT, related_name="+", verbose_name=_("aging report"))
    buckets = models.JSONField(default=list)
    drawn_up_at = models.DateTimeField(_("drawn up at"), auto_now=True)
    signed_at = models.DateTimeField(_("signed at"), null=True, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("signed by"),
    )

    objects: ClassVar[models.Manager[ClassifiedDetail]] = ClassifiedDetailQuerySet.as_manager()

    class Meta:
        verbose_name = _("classified detail of receivables")
        verbose_name_plural = _("classified details of receivables")
        ordering = ["-month_on", "service_manager"]
        constraints = [
            models.UniqueConstraint(fields=["service_manager", "month_on"], name="one_detail_a_month"),
            models.CheckConstraint(name="detail_is_of_a_month", condition=models.Q(month_on__day=1)),
            models.CheckConstraint(
                name="detail_signed_at_and_by",
                condition=models.Q(signed_at__isnull=True, signed_by__isnull=True)
                | models.Q(signed_at__isnull=False, signed_by__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="details_are_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="signed_details_are_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__signed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month_on:%Y-%m} {self.service_manager}"

    def get_absolute_url(self) -> str:
        return reverse("receivables:classified_detail", args=[self.pk])


class ClassifiedLineQuerySet(models.QuerySet["ClassifiedLine"]):
    def visible_to(self, user: User) -> ClassifiedLineQuerySet:
        """Return the lines of the details that `user` may see."""
        details = ClassifiedDetail.objects.all().visible_to(user)
        return self.filter(detail__in=details)


@tracked()
class ClassifiedLine(models.Model):
    """One customer's items of one contract in one currency. `amounts` are by the buckets of the detail, credits netted;
    `deviations` what departs from the contract (`receivables.classification`). `next_action` is what the manager does
    about it, by `next_action_on`.
    """

    detail = models.ForeignKey(ClassifiedDetail, models.CASCADE, related_name="lines")
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="classified_lines", verbose_name=_("customer")
    )
    contract = models.ForeignKey(
        Contract,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="classified_lines",
        verbose_name=_("contract"),
    )
    contract_number = models.CharField(_("contract number"), max_length=50, blank=True)
    payment_term = models.CharField(_("payment term"), max_length=60, blank=True)
    currency = CurrencyField(_("currency"))
    amounts = ArrayField(AmountField(max_digits=SUM_DIGITS), verbose_name=_("amounts by bucket"))
    total_amount = AmountField(_("total"), max_digits=SUM_DIGITS)
    overdue_amount = AmountField(_("overdue"), max_digits=SUM_DIGITS)
    items = models.PositiveIntegerField(_("items"))
    oldest_days = models.IntegerField(_("oldest days past due"), null=True, blank=True)
    deviations = ArrayField(models.CharField(max_length=20), verbose_name=_("deviations"), default=list)
    next_action = models.CharField(_("next action"), max_length=500, blank=True)
    next_action_on = models.DateField(_("by"), null=True, blank=True)

    objects: ClassVar[models.Manager[ClassifiedLine]] = ClassifiedLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("line of a classified detail")
        verbose_name_plural = _("lines of classified details")
        ordering = ["-overdue_amount", "-total_amount", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["detail", "customer", "contract_number", "currency"], name="one_line_per_contract"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.contract_number} {self.currency}"
