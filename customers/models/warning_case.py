"""Cases of early warning (P5.1): raised by the daily job or by hand, followed up, closed with an outcome."""

from __future__ import annotations

import datetime as dt
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
from creditrisk.policy.models import PolicyVersion
from creditrisk.visibility import SeenWithCase
from customers.models.contact import Contact
from customers.models.customer import Customer
from customers.models.visit import Visit

SUBJECT_MAX_LENGTH = 100
NOTE_MAX_LENGTH = 4000


class WarningKind(models.TextChoices):
    """What a warning is about; the clause of each is in `customers.warning_wording`."""

    CHURN = "churn", _("customer about to leave")
    VOLUME_ANOMALY = "volume_anomaly", _("abnormal business volume")
    REPAYMENT_ANOMALY = "repayment_anomaly", _("repayment slower")
    BROKEN_PROMISE = "broken_promise", _("broken promise to pay")
    FILE_NOT_CONFIRMED = "file_not_confirmed", _("file not confirmed")
    QUALIFICATION_ENDING = "qualification_ending", _("qualification ending")
    LIMIT_EXCEEDED = "limit_exceeded", _("credit limit exceeded")
    GRADE_FALLEN = "grade_fallen", _("grade fallen")
    DISPUTE_OVERDUE = "dispute_overdue", _("dispute overdue")
    LEADERSHIP_CHANGE = "leadership_change", _("change of leadership")
    OTHER = "other", _("other early warning")


class CaseState(models.TextChoices):
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")


class CaseOutcome(models.TextChoices):
    ACTED = "acted", _("action taken")
    NO_ACTION = "no_action", _("no action needed")
    FALSE_ALARM = "false_alarm", _("false alarm")
    LOST = "lost", _("customer lost")
    DUPLICATE = "duplicate", _("merged with another case")


OUTCOMES_BY_HAND = (CaseOutcome.ACTED, CaseOutcome.NO_ACTION, CaseOutcome.FALSE_ALARM, CaseOutcome.LOST)
"""What a person closes a case with; a duplicate comes from merging two files of one customer."""


class WarningCaseQuerySet(models.QuerySet["WarningCase"]):
    def visible_to(self, user: User) -> WarningCaseQuerySet:
        """Return the cases of the customers that `user` may see."""
        return self.filter(customer__in=Customer.objects.visible_to(user))

    def open(self) -> WarningCaseQuerySet:
        """Return the cases that are not closed."""
        return self.filter(state=CaseState.OPEN)

    def counted(self) -> WarningCaseQuerySet:
        """Return the cases that figures count: of two that were merged with their files, the one that went on."""
        return self.exclude(outcome=CaseOutcome.DUPLICATE)

    def overdue(self, *, on: dt.date) -> WarningCaseQuerySet:
        """Return the open cases that were due before `on`."""
        return self.open().filter(due_on__lt=on)


@tracked()
class WarningCase(FSMModelMixin, models.Model):
    """One early warning as a case. At most one is open for a customer, kind and `subject` (which promise, which
    qualification; empty where there is one at most).

    `raised_by` is None for the daily job. `numbers` are what raised it (name → value and unit), `series` the small
    chart (unit and points), both JSON-ready (`receivables.warnings.raised`); `reason` is what a person wrote who raised
    it by hand. `severity` says how bad it is, in the measure of its kind; None: nobody measured it. Without an `owner`
    it is the leaders' to give to somebody. `closed_by` is None where it was merged away with its file.
    """

    number = models.CharField(_("number"), max_length=30, unique=True)
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="warning_cases", verbose_name=_("customer")
    )
    kind = models.CharField(_("kind"), max_length=24, choices=WarningKind.choices)
    subject = models.CharField(_("subject"), max_length=SUBJECT_MAX_LENGTH, blank=True)
    raised_on = models.DateField(_("raised on"))
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("raised by"),
    )
    severity = models.DecimalField(_("severity"), max_digits=14, decimal_places=1, null=True, blank=True)
    numbers = models.JSONField(_("numbers"), default=dict, blank=True)
    series = models.JSONField(_("chart"), default=dict, blank=True)
    reason = models.TextField(_("reason"), max_length=NOTE_MAX_LENGTH, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="warning_cases",
        verbose_name=_("owner"),
    )
    due_on = models.DateField(_("due"))
    state = FSMField(
        _("state"), max_length=10, choices=CaseState.choices, default=CaseState.OPEN, protected=True
    )
    escalated_at = models.DateTimeField(_("escalated at"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=12, choices=CaseOutcome.choices, blank=True)
    closing_note = models.TextField(_("closing note"), max_length=NOTE_MAX_LENGTH, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("closed by"),
    )
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, verbose_name=_("policy version"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    submission_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects: ClassVar[models.Manager[WarningCase]] = WarningCaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("early-warning case")
        verbose_name_plural = _("early-warning cases")
        ordering = ["-raised_on", "-pk"]
        indexes = [
            models.Index(fields=["owner", "state", "due_on"], name="warning_owner"),
            models.Index(fields=["state", "due_on"], name="warning_state_due"),
            models.Index(fields=["customer", "kind", "-raised_on"], name="warning_customer_kind"),
            models.Index(fields=["kind", "raised_on"], name="warning_kind_raised"),
        ]
        constraints = [
            models.UniqueConstraint(
                name="warning_one_open_case",
                fields=["customer", "kind", "subject"],
                condition=Q(state="open"),
            ),
            models.CheckConstraint(
                name="warning_by_hand_has_reason", condition=Q(raised_by__isnull=True) | ~Q(reason="")
            ),
            models.CheckConstraint(
                name="warning_due_after_raised", condition=Q(due_on__gte=models.F("raised_on"))
            ),
            models.CheckConstraint(
                name="warning_closed_with_outcome",
                condition=Q(
                    state="open",
                    outcome="",
                    closed_on__isnull=True,
                    closed_at__isnull=True,
                    closed_by__isnull=True,
                )
                | (
                    Q(state="closed", closed_on__isnull=False, closed_at__isnull=False)
                    & ~Q(outcome="")
                    & (Q(closed_by__isnull=False) & ~Q(closing_note="") | Q(outcome="duplicate"))
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("warnings:detail", args=[self.number])

    def is_overdue(self, *, on: dt.date) -> bool:
        """Return whether it was due before `on` and is still open."""
        return self.state == CaseState.OPEN and self.due_on < on

    @transition(field=state, source=CaseState.OPEN, target=CaseState.CLOSED)
    def close(self) -> None:
        """Somebody found out what is going on and did what was to be done, or there was nothing to do."""


class EntryKind(models.TextChoices):
    CALL = "call", _("call")
    VISIT = "visit", _("visit")
    NOTE = "note", _("note")
    REASSIGNED = "reassigned", _("reassigned")
    DUE_CHANGED = "due_changed", _("due date changed")
    WORSE = "worse", _("worse")
    ESCALATED = "escalated", _("escalated")
    CLOSED = "closed", _("closed")


ENTRIES_BY_HAND = (EntryKind.CALL, EntryKind.VISIT, EntryKind.NOTE)


class CaseEntry(models.Model):
    """An entry of a case's log. Rows are never changed.

    A `call` may name the contact, a `visit` the visit that was planned or made; `reassigned` names the new owner (None:
    nobody), `due_changed` the new day, `worse` the severity before and after. `by` is None for the daily job.
    """

    case = models.ForeignKey(
        WarningCase, models.PROTECT, related_name="entries", verbose_name=_("early-warning case")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=EntryKind.choices)
    happened_on = models.DateField(_("on"))
    text = models.TextField(_("text"), max_length=NOTE_MAX_LENGTH, blank=True)
    contact = models.ForeignKey(
        Contact, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("contact")
    )
    visit = models.ForeignKey(
        Visit, models.PROTECT, null=True, blank=True, related_name="case_entries", verbose_name=_("visit")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("new owner"),
    )
    due_on = models.DateField(_("due"), null=True, blank=True)
    severity_before = models.DecimalField(
        _("severity before"), max_digits=14, decimal_places=1, null=True, blank=True
    )
    severity = models.DecimalField(_("severity"), max_digits=14, decimal_places=1, null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("recorded by"),
    )
    created_at = models.DateTimeField(_("recorded at"), auto_now_add=True)
    submission_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects: ClassVar[models.Manager[CaseEntry]] = SeenWithCase.as_manager()

    class Meta:
        verbose_name = _("entry of an early-warning case")
        verbose_name_plural = _("log of early-warning cases")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["kind", "happened_on"], name="case_entry_kind_day")]
        constraints = [
            models.CheckConstraint(
                name="case_entry_says_something",
                condition=~Q(kind__in=["call", "visit", "note"]) | ~Q(text="") & Q(by__isnull=False),
            ),
            models.CheckConstraint(
                name="case_entry_due_changed_has_day",
                condition=Q(kind="due_changed", due_on__isnull=False)
                | ~Q(kind="due_changed") & Q(due_on__isnull=True),
            ),
            models.CheckConstraint(
                name="case_entry_worse_is_measured",
                condition=Q(kind="worse", severity__isnull=False)
                | ~Q(kind="worse") & Q(severity__isnull=True, severity_before__isnull=True),
            ),
            models.CheckConstraint(
                name="case_entry_links_fit",
                condition=(Q(contact__isnull=True) | Q(kind="call"))
                & (Q(visit__isnull=True) | Q(kind="visit"))
                & (Q(owner__isnull=True) | Q(kind="reassigned")),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="case_log_is_final", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.get_kind_display()}"
