"""Visits to a customer (P5.1.3): planned, done with the findings the policy names, or cancelled; and what follows."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import tracked
from creditrisk.stored_files import StoredFile, server_path
from creditrisk.visibility import SeenWithVisit
from customers.models.customer import Customer


class VisitState(models.TextChoices):
    PLANNED = "planned", _("planned")
    DONE = "done", _("done")
    CANCELLED = "cancelled", _("cancelled")


class VisitChannel(models.TextChoices):
    ON_SITE = "on_site", _("On site")
    REMOTE = "remote", _("Phone or video")
    FAIR = "fair", _("Trade fair")


class RiskSignal(models.TextChoices):
    NONE = "none", _("No risk seen")
    WATCH = "watch", _("To be watched")
    ALARM = "alarm", _("Alarm")


FINDINGS_MAX_LENGTH = 4000


class VisitQuerySet(models.QuerySet["Visit"]):
    def visible_to(self, user: User) -> VisitQuerySet:
        """Return the visits to the customers that `user` may see."""
        return self.filter(customer__in=Customer.objects.visible_to(user))

    def overdue(self, *, on: dt.date) -> VisitQuerySet:
        """Return the visits that were planned for a day before `on` and neither made nor cancelled."""
        return self.filter(state=VisitState.PLANNED, planned_on__lt=on)


@tracked()
class Visit(FSMModelMixin, models.Model):
    """One visit. `responsible` makes it; `participants` go with him; their people are named as text.

    A visit recorded without a plan has no `planned_on`. `submission_key` makes the form that opened it one visit,
    `record_key` the form that recorded it one record.
    """

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="visits", verbose_name=_("customer"))
    state = FSMField(
        _("state"), max_length=10, choices=VisitState.choices, default=VisitState.PLANNED, protected=True
    )
    planned_on = models.DateField(_("planned for"), null=True, blank=True)
    purpose = models.CharField(_("purpose"), max_length=300)
    channel = models.CharField(_("channel"), max_length=10, choices=VisitChannel.choices)
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="visits",
        verbose_name=_("person responsible"),
    )
    participants = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        through="VisitParticipant",
        related_name="attended_visits",
        verbose_name=_("our participants"),
    )
    customer_participants = models.CharField(_("the customer's participants"), max_length=500, blank=True)

    done_on = models.DateField(_("done on"), null=True, blank=True)
    leadership_changes = models.TextField(
        _("changes of leadership or management"), max_length=FINDINGS_MAX_LENGTH, blank=True
    )
    staff_turnover = models.TextField(_("staff turnover"), max_length=FINDINGS_MAX_LENGTH, blank=True)
    reasons_to_continue = models.TextField(
        _("why they want to go on working with us"), max_length=FINDINGS_MAX_LENGTH, blank=True
    )
    recent_developments = models.TextField(
        _("recent developments"), max_length=FINDINGS_MAX_LENGTH, blank=True
    )
    impression = models.TextField(_("overall impression"), max_length=FINDINGS_MAX_LENGTH, blank=True)
    risk_signal = models.CharField(_("risk signal"), max_length=10, choices=RiskSignal.choices, blank=True)
    recorded_at = models.DateTimeField(_("recorded at"), null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("recorded by"),
    )
    record_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    cancel_reason = models.CharField(_("reason for cancelling"), max_length=500, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("cancelled by"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("created by")
    )
    submission_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects: ClassVar[models.Manager[Visit]] = VisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["responsible", "state", "planned_on"], name="visit_responsible"),
            models.Index(fields=["state", "planned_on"], name="visit_planned"),
        ]
        constraints = [
            models.CheckConstraint(name="visit_has_purpose", condition=~models.Q(purpose="")),
            models.CheckConstraint(
                name="visit_planned_has_day",
                condition=~models.Q(state="planned") | models.Q(planned_on__isnull=False),
            ),
            models.CheckConstraint(
                name="visit_done_is_recorded",
                condition=models.Q(
                    ~models.Q(risk_signal=""),
                    state="done",
                    done_on__isnull=False,
                    recorded_at__isnull=False,
                    recorded_by__isnull=False,
                )
                | models.Q(
                    ~models.Q(state="done"),
                    risk_signal="",
                    done_on__isnull=True,
                    recorded_at__isnull=True,
                    recorded_by__isnull=True,
                ),
            ),
            models.CheckConstraint(
                name="visit_cancelled_with_reason",
                condition=models.Q(
                    ~models.Q(cancel_reason=""),
                    state="cancelled",
                    cancelled_at__isnull=False,
                    cancelled_by__isnull=False,
                )
                | models.Q(
                    ~models.Q(state="cancelled"),
                    cancel_reason="",
                    cancelled_at__isnull=True,
                    cancelled_by__isnull=True,
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.purpose

    def get_absolute_url(self) -> str:
        return reverse("portfolio:visit", args=[self.pk])

    def is_overdue(self, *, on: dt.date) -> bool:
        """Return whether the visit was planned for a day before `on` and neither made nor cancelled."""
        return self.state == VisitState.PLANNED and self.planned_on is not None and self.planned_on < on

    @transition(field=state, source=VisitState.PLANNED, target=VisitState.DONE)
    def record(self) -> None:
        """The visit was made."""

    @transition(field=state, source=VisitState.PLANNED, target=VisitState.CANCELLED)
    def cancel(self) -> None:
        """The visit will not be made."""


@tracked()
class VisitParticipant(models.Model):
    """One of our people who takes part in a visit beside the person responsible."""

    visit = models.ForeignKey(Visit, models.CASCADE, verbose_name=_("visit"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person")
    )

    objects: ClassVar[models.Manager[VisitParticipant]] = SeenWithVisit.as_manager()

    class Meta:
        verbose_name = _("visit participant")
        verbose_name_plural = _("visit participants")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["visit", "user"], name="visit_participant_once")]

    def __str__(self) -> str:
        return str(self.user)


def visit_file_path(file: VisitFile, _file_name: str) -> str:
    """Return a path that owes nothing to the name the file was uploaded under."""
    return server_path("visits", file.visit_id)


@tracked()
class VisitFile(StoredFile):
    """A photo or document of a visit."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="files", verbose_name=_("visit"))
    file = models.FileField(_("file"), upload_to=visit_file_path, max_length=200)

    objects: ClassVar[models.Manager[VisitFile]] = SeenWithVisit.as_manager()

    class Meta:
        verbose_name = _("visit file")
        verbose_name_plural = _("visit files")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["visit", "name", "sha256"], name="visit_file_once"),
        ]

    def __str__(self) -> str:
        return self.name


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    def visible_to(self, user: User) -> FollowUpQuerySet:
        """Return the follow-ups of visits to the customers that `user` may see."""
        return self.filter(visit__customer__in=Customer.objects.visible_to(user))

    def open(self) -> FollowUpQuerySet:
        """Return what is still to be done."""
        return self.filter(done_at__isnull=True)


@tracked()
class FollowUp(models.Model):
    """Something to be done after a visit: by whom, by when, and who ticked it off."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="follow_ups", verbose_name=_("visit"))
    text = models.CharField(_("what is to be done"), max_length=500)
    due_on = models.DateField(_("due"))
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="follow_ups",
        verbose_name=_("person responsible"),
    )
    done_at = models.DateTimeField(_("completed at"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("completed by"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("created by")
    )
    submission_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects: ClassVar[models.Manager[FollowUp]] = FollowUpQuerySet.as_manager()

    class Meta:
        verbose_name = _("follow-up")
        verbose_name_plural = _("follow-ups")
        ordering = ["due_on", "pk"]
        indexes = [
            models.Index(
                fields=["responsible", "due_on"],
                condition=models.Q(done_at__isnull=True),
                name="follow_up_open",
            )
        ]
        constraints = [
            models.CheckConstraint(name="follow_up_has_text", condition=~models.Q(text="")),
            models.CheckConstraint(
                name="follow_up_done_at_and_by",
                condition=models.Q(done_at__isnull=True, done_by__isnull=True)
                | models.Q(done_at__isnull=False, done_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.text

    def is_overdue(self, *, on: dt.date) -> bool:
        """Return whether it was due before `on` and is not done."""
        return self.done_at is None and self.due_on < on
