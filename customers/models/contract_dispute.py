"""Disputes about a contract, supported by legal affairs or the general management department (P3.3)."""

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
from creditrisk.money import AmountField
from creditrisk.visibility import SeenWithDispute
from customers.models.contract import Contract
from customers.models.customer import Customer

DISPUTE_OWNERS = (Role.LEGAL_AFFAIRS, Role.GENERAL_MANAGEMENT)
"""P3.3: legal support for contract disputes comes from the general management department."""


class DisputeState(models.TextChoices):
    OPEN = "open", _("open")
    RESOLVED = "resolved", _("resolved")
    WITHDRAWN = "withdrawn", _("withdrawn")


class ContractDisputeQuerySet(models.QuerySet["ContractDispute"]):
    def visible_to(self, user: User) -> ContractDisputeQuerySet:
        """Return the disputes of the customers that `user` may see."""
        return self.filter(contract__customer__in=Customer.objects.visible_to(user))


@tracked()
class ContractDispute(FSMModelMixin, models.Model):
    """One dispute. `disputed_amount` is in the contract's currency; `documents` are document numbers as people write
    them; `outcome` says how it was resolved, or why it was withdrawn."""

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="disputes", verbose_name=_("contract")
    )
    subject = models.CharField(_("subject"), max_length=200)
    description = models.TextField(_("what it is about"), blank=True)
    disputed_amount = AmountField(_("amount in dispute"), null=True, blank=True)
    documents = models.CharField(_("document numbers"), max_length=500, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="owned_disputes", verbose_name=_("owner")
    )
    state = FSMField(
        _("state"), max_length=10, choices=DisputeState.choices, default=DisputeState.OPEN, protected=True
    )
    opened_on = models.DateField(_("opened on"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("opened by")
    )
    outcome = models.TextField(_("outcome"), blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("closed by"),
    )
    submission_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects: ClassVar[models.Manager[ContractDispute]] = ContractDisputeQuerySet.as_manager()

    class Meta:
        verbose_name = _("contract dispute")
        verbose_name_plural = _("contract disputes")
        ordering = ["-opened_on", "-pk"]
        indexes = [
            models.Index(fields=["owner", "state"], name="dispute_owner"),
            models.Index(fields=["state", "-opened_on"], name="dispute_state"),
        ]
        constraints = [
            models.CheckConstraint(name="dispute_has_subject", condition=~models.Q(subject="")),
            models.CheckConstraint(
                name="dispute_amount_positive",
                condition=models.Q(disputed_amount__isnull=True) | models.Q(disputed_amount__gt=0),
            ),
            models.CheckConstraint(
                name="dispute_closed_on_and_by",
                condition=models.Q(state="open", closed_on__isnull=True, closed_by__isnull=True)
                | (
                    models.Q(state__in=["resolved", "withdrawn"])
                    & models.Q(closed_on__isnull=False, closed_by__isnull=False)
                    & ~models.Q(outcome="")
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract} {self.subject}"

    def get_absolute_url(self) -> str:
        return reverse("contracts:dispute_detail", args=[self.pk])

    @transition(field=state, source=DisputeState.OPEN, target=DisputeState.RESOLVED)
    def resolve(self) -> None:
        """The two sides agreed, or a court or arbitrator decided."""

    @transition(field=state, source=DisputeState.OPEN, target=DisputeState.WITHDRAWN)
    def withdraw(self) -> None:
        """There is nothing to dispute any more."""


class DisputeNoteKind(models.TextChoices):
    NOTE = "note", _("note")
    REASSIGNED = "reassigned", _("reassigned")
    RESOLVED = "resolved", _("resolved")
    WITHDRAWN = "withdrawn", _("withdrawn")


class DisputeNote(models.Model):
    """An entry of a dispute's log; `owner` is who took the dispute over. Rows are never changed."""

    dispute = models.ForeignKey(
        ContractDispute, models.PROTECT, related_name="log_entries", verbose_name=_("dispute")
    )
    kind = models.CharField(
        _("kind"), max_length=10, choices=DisputeNoteKind.choices, default=DisputeNoteKind.NOTE
    )
    text = models.TextField(_("text"), blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("new owner"),
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    created_at = models.DateTimeField(_("recorded at"), auto_now_add=True)
    submission_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects: ClassVar[models.Manager[DisputeNote]] = SeenWithDispute.as_manager()

    class Meta:
        verbose_name = _("dispute log entry")
        verbose_name_plural = _("dispute log")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="dispute_note_says_something",
                condition=models.Q(kind="reassigned", owner__isnull=False)
                | (~models.Q(kind="reassigned") & models.Q(owner__isnull=True) & ~models.Q(text="")),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="dispute_log_is_final", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.dispute} {self.get_kind_display()}"
