"""Promises to pay (付款承诺): what a customer promised, and what became of it (P5.2.3)."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import tracked
from creditrisk.money import AmountField, CurrencyField
from creditrisk.visibility import SeenWithPromise
from customers.models import Customer
from receivables.models.report import Report


class PromiseState(models.TextChoices):
    OPEN = "open", _("open")
    KEPT = "kept", _("kept")
    PARTLY = "partly", _("partly kept")
    BROKEN = "broken", _("broken")
    WITHDRAWN = "withdrawn", _("withdrawn")


DECIDED = (PromiseState.KEPT, PromiseState.PARTLY, PromiseState.BROKEN)


class PromiseQuerySet(models.QuerySet["Promise"]):
    def visible_to(self, user: User) -> PromiseQuerySet:
        """Return the promises of the customers that `user` may see."""
        return self.filter(customer__in=Customer.objects.visible_to(user))


@tracked()
class Promise(FSMModelMixin, models.Model):
    """A promise to pay `amount` in `currency` for certain items, in one or several instalments.

    While it is open its items are not dunned. The reports decide (`decided_by`): kept when all was paid, broken or
    partly kept when an instalment was missed. `promised_by` is the customer's person who promised.
    """

    number = models.CharField(_("number"), max_length=30, unique=True)
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="promises", verbose_name=_("customer")
    )
    currency = CurrencyField(_("currency"))
    amount = AmountField(_("promised amount"))
    state = FSMField(
        _("state"), max_length=10, choices=PromiseState.choices, default=PromiseState.OPEN, protected=True
    )
    made_on = models.DateField(_("promised on"))
    last_due_on = models.DateField(_("last instalment on"))
    promised_by = models.CharField(_("promised by"), max_length=100, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)
    paid_amount = AmountField(_("paid so far"), default=0)
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    decided_by = models.ForeignKey(
        Report,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by the report"),
    )
    withdrawn_reason = models.CharField(_("reason of the withdrawal"), max_length=500, blank=True)
    submission_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects: ClassVar[models.Manager[Promise]] = PromiseQuerySet.as_manager()

    class Meta:
        verbose_name = _("promise to pay")
        verbose_name_plural = _("promises to pay")
        ordering = ["-made_on", "-pk"]
        indexes = [
            models.Index(fields=["customer", "-made_on"], name="promise_customer"),
            models.Index(fields=["state", "last_due_on"], name="promise_state_due"),
        ]
        constraints = [
            models.CheckConstraint(name="promise_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="promise_last_due_after_made", condition=Q(last_due_on__gte=models.F("made_on"))
            ),
            models.CheckConstraint(
                name="promise_decided_by_a_report",
                condition=Q(state__in=DECIDED, decided_on__isnull=False, decided_by__isnull=False)
                | Q(state="open", decided_on__isnull=True, decided_by__isnull=True)
                | Q(state="withdrawn", decided_by__isnull=True) & ~Q(withdrawn_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("receivables:promise_detail", args=[self.number])

    @transition(field=state, source=PromiseState.OPEN, target=PromiseState.KEPT)
    def keep(self) -> None:
        """All of it was paid."""

    @transition(field=state, source=PromiseState.OPEN, target=PromiseState.PARTLY)
    def keep_partly(self) -> None:
        """An instalment was missed, and something was paid."""

    @transition(field=state, source=PromiseState.OPEN, target=PromiseState.BROKEN)
    def break_it(self) -> None:
        """An instalment was missed, and nothing was paid."""

    @transition(field=state, source=DECIDED, target=PromiseState.OPEN)
    def reopen(self) -> None:
        """The report that decided was corrected."""

    @transition(field=state, source=PromiseState.OPEN, target=PromiseState.WITHDRAWN)
    def withdraw(self) -> None:
        """It was a mistake, or another promise takes its place."""


@tracked()
class PromiseInstalment(models.Model):
    """One instalment: `amount` until `due_on`, inclusive. What became of it follows from the promise's reports."""

    promise = models.ForeignKey(
        Promise, models.PROTECT, related_name="instalments", verbose_name=_("promise to pay")
    )
    due_on = models.DateField(_("until"))
    amount = AmountField(_("amount"))
    state = models.CharField(
        _("state"), max_length=10, choices=PromiseState.choices, default=PromiseState.OPEN
    )

    objects: ClassVar[models.Manager[PromiseInstalment]] = SeenWithPromise.as_manager()

    class Meta:
        verbose_name = _("instalment")
        verbose_name_plural = _("instalments")
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(name="instalment_once_a_day", fields=["promise", "due_on"]),
            models.CheckConstraint(name="instalment_amount_positive", condition=Q(amount__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.promise} {self.due_on}"


class PromisedItem(models.Model):
    """An item that the promise is about, known across reports by document, due date and currency (the promise's).
    `open_amount` was open when it was given."""

    promise = models.ForeignKey(
        Promise, models.PROTECT, related_name="items", verbose_name=_("promise to pay")
    )
    document = models.CharField(_("document"), max_length=100)
    due_on = models.DateField(_("due date"))
    open_amount = AmountField(_("open amount"))

    objects: ClassVar[models.Manager[PromisedItem]] = SeenWithPromise.as_manager()

    class Meta:
        verbose_name = _("promised item")
        verbose_name_plural = _("promised items")
        ordering = ["due_on", "document"]
        constraints = [
            models.UniqueConstraint(name="promised_item_once", fields=["promise", "document", "due_on"]),
        ]
        triggers = [
            pgtrigger.Protect(name="promised_items_are_final", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.promise} {self.document}"
