"""The group leader's recorded override: one contract in spite of what the policy refuses (P3.1 a, P4.1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import tracked
from customers.models.contract import Contract
from customers.models.customer import Customer


class OverrideState(models.TextChoices):
    REQUESTED = "requested", _("requested")
    GRANTED = "granted", _("granted")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")
    USED = "used", _("used")


OPEN_OVERRIDE_STATES = (OverrideState.REQUESTED, OverrideState.GRANTED)


class ContractOverrideQuerySet(models.QuerySet["ContractOverride"]):
    def visible_to(self, user: User) -> ContractOverrideQuerySet:
        """Return the overrides of the customers that `user` may see."""
        return self.filter(customer__in=Customer.objects.visible_to(user))


@tracked()
class ContractOverride(FSMModelMixin, models.Model):
    """A request of the account manager, and what the group leader decided. It lifts the refusals named in
    `refusal_codes` and no others, for one contract (`used_by`), signed on `valid_to_on` at the latest where that is
    set."""

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="contract_overrides", verbose_name=_("customer")
    )
    refusal_codes = models.JSONField(_("what it lifts"))
    reason = models.CharField(_("reason"), max_length=1000)
    state = FSMField(
        _("state"),
        max_length=10,
        choices=OverrideState.choices,
        default=OverrideState.REQUESTED,
        protected=True,
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("requested by")
    )
    requested_at = models.DateTimeField(_("requested at"), auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decision_reason = models.CharField(_("reason of the decision"), max_length=1000, blank=True)
    valid_to_on = models.DateField(_("valid to"), null=True, blank=True)
    used_by = models.OneToOneField(
        Contract,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="override",
        verbose_name=_("used by the contract"),
    )
    submission_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects: ClassVar[models.Manager[ContractOverride]] = ContractOverrideQuerySet.as_manager()

    class Meta:
        verbose_name = _("contract override")
        verbose_name_plural = _("contract overrides")
        ordering = ["-requested_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_open_override_per_customer",
                fields=["customer"],
                condition=models.Q(state__in=["requested", "granted"]),
            ),
            models.CheckConstraint(name="override_has_reason", condition=~models.Q(reason="")),
            models.CheckConstraint(name="override_lifts_something", condition=~models.Q(refusal_codes=[])),
            models.CheckConstraint(
                name="override_decided_at_and_by",
                condition=models.Q(decided_at__isnull=True, decided_by__isnull=True)
                | models.Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="override_decided_in_the_end",
                condition=models.Q(state="requested", decided_at__isnull=True)
                | models.Q(state__in=["granted", "refused", "used"], decided_at__isnull=False)
                | models.Q(state="withdrawn"),
            ),
            models.CheckConstraint(
                name="override_used_by_a_contract",
                condition=models.Q(state="used", used_by__isnull=False)
                | (~models.Q(state="used") & models.Q(used_by__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer} {self.get_state_display()}"

    def get_absolute_url(self) -> str:
        return reverse("contracts:override_detail", args=[self.pk])

    def lifts(self, codes: Collection[str], *, on: dt.date) -> bool:
        """Return whether a contract signed on `on` may be recorded in spite of the refusals `codes`."""
        return (
            self.state == OverrideState.GRANTED
            and (self.valid_to_on is None or on <= self.valid_to_on)
            and set(codes) <= set(self.refusal_codes)
        )

    @transition(field=state, source=OverrideState.REQUESTED, target=OverrideState.GRANTED)
    def grant(self) -> None:
        """The group leader takes it upon himself."""

    @transition(field=state, source=OverrideState.REQUESTED, target=OverrideState.REFUSED)
    def refuse(self) -> None:
        """The policy stands."""

    @transition(
        field=state,
        source=[OverrideState.REQUESTED, OverrideState.GRANTED],
        target=OverrideState.WITHDRAWN,
    )
    def withdraw(self) -> None:
        """Nobody needs it any more, or the leader takes it back."""

    @transition(field=state, source=OverrideState.GRANTED, target=OverrideState.USED)
    def use(self) -> None:
        """One contract was signed on it: it is spent."""
