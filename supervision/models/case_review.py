"""Case reviews and seminars (P3.1 d): what was said about whom, and what is to be done by whom."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import SEES_ALL_CUSTOMERS
from creditrisk.audit.tracking import tracked
from creditrisk.stored_files import StoredFile, server_path
from creditrisk.visibility import SeenWithCustomer
from customers.models import Customer

MINUTES_MAX_LENGTH = 20_000
POINT_MAX_LENGTH = 2_000


class CaseReviewKind(models.TextChoices):
    CASE_REVIEW = "case_review", _("Case review")
    SEMINAR = "seminar", _("Seminar")


class CaseReviewState(models.TextChoices):
    OPEN = "open", _("minutes being written")
    CLOSED = "closed", _("minutes signed off")


def _final_once_signed(name: str) -> pgtrigger.Trigger:
    """Return the trigger that refuses every change of what hangs on minutes (`review_id`) once they are signed off."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func="""
            IF EXISTS (
                SELECT FROM supervision_casereview
                WHERE id IN (OLD.review_id, NEW.review_id) AND state = 'closed'
            ) THEN
                RAISE EXCEPTION 'The minutes are signed off: cannot change rows of % table', TG_TABLE_NAME;
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,
    )


def is_member(user: User, *, review: str = "") -> models.Q:
    """Return the condition that `user` took part in a meeting: its participants, and who opened it. `review` leads to
    the meeting, with its two underscores.
    """
    attended = CaseReviewParticipant.objects.filter(user=user.pk).values("review")
    return models.Q(**{f"{review}pk__in": attended}) | models.Q(**{f"{review}created_by": user.pk})


class CaseReviewQuerySet(models.QuerySet["CaseReview"]):
    def visible_to(self, user: User) -> CaseReviewQuerySet:
        """Return the meetings `user` may see: all for leaders, supervising departments and finance; for others those
        in which they take part, have something to do, or in which a customer whom they see was discussed or something
        about him was asked for. Who has no role sees nothing.
        """
        if user.has_role(*SEES_ALL_CUSTOMERS):
            return self
        if not user.roles:
            return self.none()
        customers = Customer.objects.visible_to(user)
        discussed = CaseReviewCustomer.objects.filter(customer__in=customers).values("review")
        asked = CaseFollowUp.objects.filter(
            models.Q(responsible=user.pk) | models.Q(customer__in=customers)
        ).values("review")
        return self.filter(is_member(user) | models.Q(pk__in=discussed) | models.Q(pk__in=asked))


@tracked()
class CaseReview(FSMModelMixin, models.Model):
    """One meeting. Its minutes are written until the group leader signs them off; then nothing changes but what is
    added as an addendum, and what becomes of the follow-ups. `version` rises with every change of the minutes and
    guards against silent overwriting.
    """

    number = models.CharField(_("number"), max_length=30, unique=True)
    kind = models.CharField(
        _("kind"), max_length=20, choices=CaseReviewKind.choices, default=CaseReviewKind.CASE_REVIEW
    )
    state = FSMField(
        _("state"),
        max_length=10,
        choices=CaseReviewState.choices,
        default=CaseReviewState.OPEN,
        protected=True,
    )
    held_on = models.DateField(_("held on"))
    title = models.CharField(_("title"), max_length=200)
    participants = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        through="CaseReviewParticipant",
        related_name="attended_case_reviews",
        verbose_name=_("participants"),
    )
    minutes = models.TextField(_("minutes"), max_length=MINUTES_MAX_LENGTH, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("created by")
    )
    closed_at = models.DateTimeField(_("signed off at"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("signed off by"),
    )
    submission_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects: ClassVar[models.Manager[CaseReview]] = CaseReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("case review")
        verbose_name_plural = _("case reviews")
        ordering = ["-held_on", "-pk"]
        indexes = [models.Index(fields=["-held_on", "-id"], name="case_review_newest")]
        constraints = [
            models.CheckConstraint(name="case_review_has_title", condition=~models.Q(title="")),
            models.CheckConstraint(
                name="case_review_closed_at_and_by",
                condition=models.Q(
                    ~models.Q(minutes=""), state="closed", closed_at__isnull=False, closed_by__isnull=False
                )
                | models.Q(~models.Q(state="closed"), closed_at__isnull=True, closed_by__isnull=True),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="signed_minutes_are_final",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__state="closed"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("supervision:case_review", args=[self.number])

    @property
    def is_closed(self) -> bool:
        """Whether the minutes are signed off."""
        return bool(self.state == CaseReviewState.CLOSED)

    @transition(field=state, source=CaseReviewState.OPEN, target=CaseReviewState.CLOSED)
    def close(self) -> None:
        """The group leader signs the minutes off."""


class WholeReviewQuerySet(models.QuerySet[Any]):
    """Rows of a meeting that are not about single customers: its participants, files and addenda."""

    def visible_to(self, user: User) -> WholeReviewQuerySet:
        """Return the rows of the meetings that `user` may read as a whole: leaders, supervising departments and
        finance, and who took part.
        """
        if user.has_role(*SEES_ALL_CUSTOMERS):
            return self
        return self.filter(is_member(user, review="review__")) if user.roles else self.none()


@tracked()
class CaseReviewParticipant(models.Model):
    """Somebody who takes part in a meeting."""

    review = models.ForeignKey(CaseReview, models.CASCADE, verbose_name=_("case review"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person")
    )

    objects: ClassVar[models.Manager[CaseReviewParticipant]] = WholeReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("participant of a case review")
        verbose_name_plural = _("participants of case reviews")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["review", "user"], name="case_participant_once")]
        triggers = [_final_once_signed("signed_participants_are_final")]

    def __str__(self) -> str:
        return str(self.user)


@tracked()
class CaseReviewCustomer(models.Model):
    """A customer who was discussed, with the point made about him."""

    review = models.ForeignKey(
        CaseReview, models.CASCADE, related_name="points", verbose_name=_("case review")
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="case_points", verbose_name=_("customer")
    )
    point = models.TextField(_("point made"), max_length=POINT_MAX_LENGTH)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("added by")
    )

    # Also who took part sees no others' customers here.
    objects: ClassVar[models.Manager[CaseReviewCustomer]] = SeenWithCustomer.as_manager()

    class Meta:
        verbose_name = _("customer discussed")
        verbose_name_plural = _("customers discussed")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["review", "customer"], name="case_customer_once"),
            models.CheckConstraint(name="case_point_is_told", condition=~models.Q(point="")),
        ]
        triggers = [_final_once_signed("signed_points_are_final")]

    def __str__(self) -> str:
        return f"{self.review} {self.customer}"


class CaseFollowUpQuerySet(models.QuerySet["CaseFollowUp"]):
    def visible_to(self, user: User) -> CaseFollowUpQuerySet:
        """Return the follow-ups `user` may see: all for leaders, supervising departments and finance; for others their
        own, those about customers whom they see, and those about no customer of meetings in which they took part.
        """
        if user.has_role(*SEES_ALL_CUSTOMERS):
            return self
        if not user.roles:
            return self.none()
        return self.filter(
            models.Q(responsible=user.pk)
            | models.Q(customer__in=Customer.objects.visible_to(user))
            | (is_member(user, review="review__") & models.Q(customer__isnull=True))
        )

    def open(self) -> CaseFollowUpQuerySet:
        """Return what is still to be done."""
        return self.filter(done_at__isnull=True)


@tracked()
class CaseFollowUp(models.Model):
    """Something to be done after a meeting, about a customer or none: by whom, by when, and what became of it."""

    review = models.ForeignKey(
        CaseReview, models.PROTECT, related_name="follow_ups", verbose_name=_("case review")
    )
    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="case_follow_ups",
        verbose_name=_("customer"),
    )
    text = models.CharField(_("what is to be done"), max_length=500)
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="case_follow_ups",
        verbose_name=_("person responsible"),
    )
    due_on = models.DateField(_("due"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("created by")
    )
    result = models.CharField(_("result"), max_length=500, blank=True)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("done by"),
    )
    submission_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects: ClassVar[models.Manager[CaseFollowUp]] = CaseFollowUpQuerySet.as_manager()

    class Meta:
        verbose_name = _("follow-up of a case review")
        verbose_name_plural = _("follow-ups of case reviews")
        ordering = ["due_on", "pk"]
        indexes = [
            models.Index(
                fields=["responsible", "due_on"],
                name="case_follow_up_open",
                condition=models.Q(done_at__isnull=True),
            )
        ]
        constraints = [
            models.CheckConstraint(name="case_follow_up_says_what", condition=~models.Q(text="")),
            models.CheckConstraint(
                name="case_follow_up_done_at_and_by",
                condition=models.Q(done_at__isnull=False, done_by__isnull=False)
                | models.Q(done_at__isnull=True, done_by__isnull=True, result=""),
            ),
        ]

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        return f"{self.review.get_absolute_url()}#follow-up-{self.pk}"

    def is_overdue(self, *, on: dt.date) -> bool:
        """Return whether it was due before `on` and nobody has done it."""
        return self.done_at is None and self.due_on < on


@tracked()
class CaseAddendum(models.Model):
    """What was added to minutes after they were signed off: a correction never changes them."""

    review = models.ForeignKey(
        CaseReview, models.PROTECT, related_name="addenda", verbose_name=_("case review")
    )
    text = models.TextField(_("addendum"), max_length=MINUTES_MAX_LENGTH)
    added_at = models.DateTimeField(_("added at"))
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("added by")
    )
    submission_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects: ClassVar[models.Manager[CaseAddendum]] = WholeReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("addendum")
        verbose_name_plural = _("addenda")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(name="case_addendum_has_text", condition=~models.Q(text="")),
        ]
        triggers = [
            pgtrigger.Protect(name="case_addenda_are_final", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.review} {self.added_at:%Y-%m-%d}"


def case_review_file_path(file: CaseReviewFile, _file_name: str) -> str:
    """Return a path that owes nothing to the name the file was uploaded under."""
    return server_path("case-reviews", file.review_id)


@tracked()
class CaseReviewFile(StoredFile):
    """A document of a meeting: slides, a signed copy of the minutes."""

    review = models.ForeignKey(
        CaseReview, models.PROTECT, related_name="files", verbose_name=_("case review")
    )
    file = models.FileField(_("file"), upload_to=case_review_file_path, max_length=200)

    objects: ClassVar[models.Manager[CaseReviewFile]] = WholeReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("file of a case review")
        verbose_name_plural = _("files of case reviews")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["review", "name", "sha256"], name="case_review_file_once"),
        ]

    def __str__(self) -> str:
        return self.name
