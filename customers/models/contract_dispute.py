"""Disputes about a contract or about single items, supported by legal affairs or the general management department
(P3.3)."""

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
from creditrisk.money import AmountField, CurrencyField
from creditrisk.visibility import SeenWithDispute
from customers.models.contract import Contract
from customers.models.customer import Customer

DISPUTE_OWNERS = (Role.LEGAL_AFFAIRS, Role.GENERAL_MANAGEMENT)
"""P3.3: legal support for contract disputes comes from the general management department."""


class DisputeState(models.TextChoices):
    OPEN = "open", _("open")
    RESOLVED = "resolved", _("resolved")
    WITHDRAWN = "withdrawn", _("withdrawn")


class DisputeReason(models.TextChoices):
    QUALITY = "quality", _("quality of goods or service")
    QUANTITY = "quantity", _("quantity or short delivery")
    DELIVERY = "delivery", _("late or missing delivery")
    PRICE = "price", _("price or discount")
    INVOICE = "invoice", _("wrong or missing invoice")
    PAID = "paid", _("paid already, or set off")
    TERMS = "terms", _("terms of the contract")
    OTHER = "other", _("other")


class ContractDisputeQuerySet(models.QuerySet["ContractDispute"]):
    def visible_to(self, user: User) -> ContractDisputeQuerySet:
        """Return the disputes of the customers that `user` may see."""
        return self.filter(customer__in=Customer.objects.visible_to(user))


@tracked()
class ContractDispute(FSMModelMixin, models.Model):
    """One dispute, about a contract or (without) about single items: `disputed_items`. What is in dispute is not dunned
    while it is open; the rest goes on (P5.2.3).

    `disputed_amount` is in `currency`; without one, and without items, all of the contract is in dispute. `documents`
    are document numbers as people write them. It is to be settled by `deadline_on`. `outcome` says how it was
    resolved, or why it was withdrawn; `conceded_amount` is what we let go of, for finance to credit.
    """

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="disputes", verbose_name=_("customer")
    )
    contract = models.ForeignKey(
        Contract,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="disputes",
        verbose_name=_("contract"),
    )
    reason = models.CharField(
        _("reason"), max_length=10, choices=DisputeReason.choices, default=DisputeReason.OTHER
    )
    currency = CurrencyField(_("currency"))
    deadline_on = models.DateField(_("to be settled by"), null=True, blank=True)
    conceded_amount = AmountField(_("conceded"), null=True, blank=True)
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
                name="dispute_conceded_when_resolved",
                condition=models.Q(conceded_amount__isnull=True)
                | models.Q(state="resolved", conceded_amount__gte=0),
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
        return f"{self.contract or self.customer} {self.subject}"

    def get_absolute_url(self) -> str:
        return reverse("contracts:dispute_detail", args=[self.pk])

    @transition(field=state, source=DisputeState.OPEN, target=DisputeState.RESOLVED)
    def resolve(self) -> None:
        """The two sides agreed, or a court or arbitrator decided."""

    @transition(field=state, source=DisputeState.OPEN, target=DisputeState.WITHDRAWN)
    def withdraw(self) -> None:
        """There is nothing to dispute any more."""


class DisputedItem(models.Model):
    """An item in dispute, known across reports by document, due date and currency. `disputed_amount` of it is disputed;
    None: all of it, however much is open. Rows are never changed."""

    dispute = models.ForeignKey(
        ContractDispute, models.PROTECT, related_name="disputed_items", verbose_name=_("dispute")
    )
    document = models.CharField(_("document"), max_length=100)
    due_on = models.DateField(_("due date"))
    currency = CurrencyField(_("currency"))
    disputed_amount = AmountField(_("amount in dispute"), null=True, blank=True)

    objects: ClassVar[models.Manager[DisputedItem]] = SeenWithDispute.as_manager()

    class Meta:
        verbose_name = _("item in dispute")
        verbose_name_plural = _("items in dispute")
        ordering = ["due_on", "document"]
        indexes = [models.Index(fields=["document"], name="disputed_item_document")]
        constraints = [
            models.UniqueConstraint(
                name="disputed_item_once", fields=["dispute", "document", "due_on", "currency"]
            ),
            models.CheckConstraint(
                name="disputed_item_amount_positive",
                condition=models.Q(disputed_amount__isnull=True) | models.Q(disputed_amount__gt=0),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="disputed_items_are_final", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.dispute} {self.document}"


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
