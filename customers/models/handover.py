"""Handovers (P3.2.2): the account manager proposes his customer to a service manager, who accepts or declines."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.audit.tracking import tracked
from creditrisk.visibility import SeenWithHandover
from customers.models.customer import Customer

NOTES_MAX_LENGTH = 4000


class HandoverState(models.TextChoices):
    PROPOSED = "proposed", _("proposed")
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")
    WITHDRAWN = "withdrawn", _("withdrawn")


class HandoverQuerySet(models.QuerySet["Handover"]):
    def visible_to(self, user: User) -> HandoverQuerySet:
        """Return the handovers of customers that `user` may see, and those proposed to him: he reads what he is to
        take over before the customer is his."""
        mine = models.Q(customer__in=Customer.objects.visible_to(user))
        if user.has_role(Role.SERVICE_MANAGER):
            mine |= models.Q(recipient=user)
        return self.filter(mine)


@tracked()
class Handover(FSMModelMixin, models.Model):
    """One proposal. Who did what, and when, stands in its steps, which are never changed."""

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="handovers", verbose_name=_("customer")
    )
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="handovers_received",
        verbose_name=_("customer service manager"),
    )
    state_of_business = models.TextField(_("state of business"), max_length=NOTES_MAX_LENGTH)
    open_points = models.TextField(_("open points"), max_length=NOTES_MAX_LENGTH, blank=True)
    state = FSMField(
        _("state"),
        max_length=10,
        choices=HandoverState.choices,
        default=HandoverState.PROPOSED,
        protected=True,
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="handovers_proposed",
        verbose_name=_("proposed by"),
    )
    proposed_at = models.DateTimeField(_("proposed at"))
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    submission_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects: ClassVar[models.Manager[Handover]] = HandoverQuerySet.as_manager()

    class Meta:
        verbose_name = _("handover")
        verbose_name_plural = _("handovers")
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer"],
                condition=models.Q(state="proposed"),
                name="handover_one_open_per_customer",
            ),
            models.CheckConstraint(
                name="handover_tells_the_business", condition=~models.Q(state_of_business="")
            ),
            models.CheckConstraint(
                name="handover_decided_has_time",
                condition=models.Q(state="proposed", decided_at__isnull=True)
                | (~models.Q(state="proposed") & models.Q(decided_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer} → {self.recipient}"

    def get_absolute_url(self) -> str:
        return reverse("portfolio:handover", args=[self.pk])

    @transition(field=state, source=HandoverState.PROPOSED, target=HandoverState.ACCEPTED)
    def accept(self) -> None:
        """P3.2.2: the service manager takes the customer over."""

    @transition(field=state, source=HandoverState.PROPOSED, target=HandoverState.DECLINED)
    def decline(self) -> None:
        """The service manager does not take the customer over."""

    @transition(field=state, source=HandoverState.PROPOSED, target=HandoverState.WITHDRAWN)
    def withdraw(self) -> None:
        """The account manager takes the proposal back."""


class HandoverStepKind(models.TextChoices):
    PROPOSED = "proposed", _("Proposed")
    READDRESSED = "readdressed", _("Passed on")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class HandoverStep(models.Model):
    """What happened to a handover: what, by whom, when, and why. Rows are never changed."""

    handover = models.ForeignKey(Handover, models.PROTECT, related_name="steps", verbose_name=_("handover"))
    kind = models.CharField(_("what happened"), max_length=12, choices=HandoverStepKind.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("customer service manager"),
    )
    note = models.CharField(_("reason"), max_length=500, blank=True)

    objects: ClassVar[models.Manager[HandoverStep]] = SeenWithHandover.as_manager()

    class Meta:
        verbose_name = _("handover step")
        verbose_name_plural = _("handover steps")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["handover"],
                condition=models.Q(kind__in=["accepted", "declined", "withdrawn"]),
                name="handover_ends_once",
            ),
            models.CheckConstraint(
                name="handover_declined_with_reason",
                condition=~models.Q(kind="declined") | ~models.Q(note=""),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="handover_step_is_final", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.by}"
