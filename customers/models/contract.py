"""Contracts (P3.1 c, P3.2): from the draft to their end. None is signed before the customer's review is approved
(P4.1)."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import tracked
from creditrisk.money import AmountField, CurrencyField
from creditrisk.policy.schema import Policy
from customers.models.customer import Customer
from customers.models.payment_term import PaymentTermKind, payment_term_text
from customers.models.service_type import ServiceType


class ContractState(models.TextChoices):
    DRAFT = "draft", _("draft")
    SIGNED = "signed", _("signed")
    PERFORMING = "performing", _("performing")
    FINISHED = "finished", _("finished")
    TERMINATED = "terminated", _("terminated")


RUNNING_STATES = (ContractState.SIGNED, ContractState.PERFORMING)
ENDED_STATES = (ContractState.FINISHED, ContractState.TERMINATED)


class ContractQuerySet(models.QuerySet["Contract"]):
    def visible_to(self, user: User) -> ContractQuerySet:
        """Return the contracts of the customers that `user` may see."""
        return self.filter(customer__in=Customer.objects.visible_to(user))


@tracked()
class Contract(FSMModelMixin, models.Model):
    """One contract. `state` moves only through the services; each state has its date.

    The term runs from `starts_on` to `ends_on`, both inclusive. `late_payment_daily_ratio` is a share of the
    overdue amount per calendar day, `late_payment_cap_ratio` the most of an item that comes together; where one
    is empty the policy's counts (P5.2.3). `version` rises with every edit and guards against silent overwriting;
    `submission_key` makes a form that is sent twice one contract.
    """

    number = models.CharField(_("contract number"), max_length=50, unique=True)
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="contracts", verbose_name=_("customer")
    )
    service_type = models.CharField(_("service type"), max_length=20, choices=ServiceType.choices)
    amount = AmountField(_("contract amount"))
    currency = CurrencyField(_("currency"))
    state = FSMField(
        _("state"),
        max_length=10,
        choices=ContractState.choices,
        default=ContractState.DRAFT,
        protected=True,
    )
    signed_on = models.DateField(_("signed on"), null=True, blank=True)
    performing_on = models.DateField(_("performed since"), null=True, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    end_reason = models.CharField(_("reason for the end"), max_length=500, blank=True)
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    payment_term_kind = models.CharField(
        _("kind of payment term"),
        max_length=12,
        choices=PaymentTermKind.choices,
        default=PaymentTermKind.NET,
    )
    payment_term_days = models.PositiveSmallIntegerField(_("payment term (days)"), default=30)
    deposit_required_amount = AmountField(_("deposit required"), default=Decimal(0))
    late_payment_daily_ratio = models.DecimalField(
        _("late-payment rate per day"), max_digits=7, decimal_places=6, null=True, blank=True
    )
    late_payment_cap_ratio = models.DecimalField(
        _("cap of late-payment damages"), max_digits=5, decimal_places=4, null=True, blank=True
    )
    notes = models.TextField(_("notes"), blank=True)
    handler = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="handled_contracts", verbose_name=_("handler")
    )
    version = models.PositiveIntegerField(_("version"), default=1)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    submission_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects: ClassVar[models.Manager[Contract]] = ContractQuerySet.as_manager()

    class Meta:
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        ordering = ["-signed_on", "number"]
        indexes = [
            models.Index(fields=["state", "ends_on"], name="contract_state_end"),
            models.Index(fields=["-signed_on", "number"], name="contract_newest"),
        ]
        constraints = [
            models.CheckConstraint(name="contract_amount_positive", condition=models.Q(amount__gt=0)),
            models.CheckConstraint(
                name="contract_ends_after_signing",
                condition=models.Q(ends_on__isnull=True) | models.Q(ends_on__gte=models.F("signed_on")),
            ),
            models.CheckConstraint(
                name="contract_term_in_order",
                condition=models.Q(starts_on__isnull=True)
                | models.Q(ends_on__isnull=True)
                | models.Q(ends_on__gte=models.F("starts_on")),
            ),
            models.CheckConstraint(
                name="contract_signed_has_date",
                condition=models.Q(state="draft", signed_on__isnull=True)
                | models.Q(state__in=["signed", "performing", "finished"], signed_on__isnull=False)
                | models.Q(state="terminated"),
            ),
            models.CheckConstraint(
                name="contract_performing_has_date",
                condition=models.Q(state__in=["draft", "signed"], performing_on__isnull=True)
                | models.Q(state__in=["performing", "finished"], performing_on__isnull=False)
                | models.Q(state="terminated"),
            ),
            models.CheckConstraint(
                name="contract_ended_has_date",
                condition=models.Q(state__in=["finished", "terminated"], ended_on__isnull=False)
                | (~models.Q(state__in=["finished", "terminated"]) & models.Q(ended_on__isnull=True)),
            ),
            models.CheckConstraint(
                name="contract_terminated_with_reason",
                condition=~models.Q(state="terminated") | ~models.Q(end_reason=""),
            ),
            models.CheckConstraint(
                name="contract_deposit_not_negative", condition=models.Q(deposit_required_amount__gte=0)
            ),
            models.CheckConstraint(
                name="contract_late_payment_ratios",
                condition=(
                    models.Q(late_payment_daily_ratio__isnull=True)
                    | models.Q(late_payment_daily_ratio__gte=0, late_payment_daily_ratio__lte=1)
                )
                & (
                    models.Q(late_payment_cap_ratio__isnull=True)
                    | models.Q(late_payment_cap_ratio__gte=0, late_payment_cap_ratio__lte=1)
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("contracts:detail", args=[self.pk])

    @property
    def payment_term(self) -> str:
        """The payment term in words."""
        return payment_term_text(self.payment_term_kind, self.payment_term_days)

    def late_payment_ratios(self, policy: Policy) -> tuple[Decimal, Decimal]:
        """Return (share of the overdue amount per calendar day, cap as a share of the item): the contract's own
        terms come before the policy's (P5.2.3)."""
        daily, cap = self.late_payment_daily_ratio, self.late_payment_cap_ratio
        return (
            policy.dunning.late_payment_daily_ratio if daily is None else daily,
            policy.dunning.late_payment_cap_ratio if cap is None else cap,
        )

    @transition(field=state, source=ContractState.DRAFT, target=ContractState.SIGNED)
    def sign(self) -> None:
        """Both parties have signed."""

    @transition(field=state, source=ContractState.SIGNED, target=ContractState.PERFORMING)
    def start_performance(self) -> None:
        """Delivery or service has begun (P3.2)."""

    @transition(field=state, source=ContractState.PERFORMING, target=ContractState.FINISHED)
    def finish(self) -> None:
        """Everything was delivered as contracted."""

    @transition(
        field=state,
        source=[ContractState.DRAFT, ContractState.SIGNED, ContractState.PERFORMING],
        target=ContractState.TERMINATED,
    )
    def terminate(self) -> None:
        """The contract ended before its time, or was never signed."""
