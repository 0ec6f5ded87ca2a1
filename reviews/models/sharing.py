"""Who else takes part in a review: colleagues asked for an opinion, and people who get a copy to read."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import tracked
from creditrisk.visibility import SeenWithReview, SeenWithStep
from reviews.models.review import Review
from reviews.models.step import ApprovalStep, StepState


class ConsultationQuerySet(SeenWithStep):
    def waiting_for(self, user: User) -> ConsultationQuerySet:
        """Return the questions that wait for an answer of `user`: not answered yet, and the step still open. Who holds
        no role any more is asked nothing.
        """
        if not user.roles:
            return self.none()
        return self.filter(asked=user, answered_at__isnull=True, step__state=StepState.PENDING)


class OwnQuerySet(models.QuerySet["Phrase"]):
    def visible_to(self, user: User) -> OwnQuerySet:
        """Return the person's own rows."""
        return self.filter(user=user)


@tracked()
class Consultation(models.Model):
    """Who is to decide a step asks a colleague for an opinion and keeps the step (加签)."""

    step = models.ForeignKey(
        ApprovalStep, models.CASCADE, related_name="consultations", verbose_name=_("approval step")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    asked = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="consultations", verbose_name=_("asked")
    )
    question = models.TextField(_("question"))
    asked_at = models.DateTimeField(_("asked at"))
    answer = models.TextField(_("opinion"), blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    objects: ClassVar[models.Manager[Consultation]] = ConsultationQuerySet.as_manager()

    class Meta:
        verbose_name = _("consultation")
        verbose_name_plural = _("consultations")
        ordering = ["step", "pk"]
        indexes = [
            models.Index(
                fields=["asked"], name="consultation_waiting", condition=models.Q(answered_at__isnull=True)
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["step", "asked"],
                name="one_open_question_per_person",
                condition=models.Q(answered_at__isnull=True),
            ),
            models.CheckConstraint(
                name="consultation_answered_with_time",
                condition=models.Q(answered_at__isnull=True, answer="")
                | (models.Q(answered_at__isnull=False) & ~models.Q(answer="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step} → {self.asked}"

    @property
    def review(self) -> Review:
        """The review whose step it is about."""
        return self.step.review


@tracked()
class ReviewCopy(models.Model):
    """A review was sent to somebody to read (抄送)."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="copies", verbose_name=_("review"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="review_copies", verbose_name=_("reader")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("sent by")
    )
    sent_at = models.DateTimeField(_("sent at"))

    objects: ClassVar[models.Manager[ReviewCopy]] = SeenWithReview.as_manager()

    class Meta:
        verbose_name = _("copy")
        verbose_name_plural = _("copies")
        ordering = ["review", "pk"]
        indexes = [models.Index(fields=["user", "-sent_at"], name="review_copy_reader")]
        constraints = [models.UniqueConstraint(fields=["review", "user"], name="one_copy_per_reader")]

    def __str__(self) -> str:
        return f"{self.review} → {self.user}"


class Phrase(models.Model):
    """A sentence that a person uses again and again in his opinions; only his own are offered to him."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="phrases", verbose_name=_("person")
    )
    text = models.CharField(_("text"), max_length=200)

    objects: ClassVar[models.Manager[Phrase]] = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = _("phrase")
        verbose_name_plural = _("phrases")
        ordering = ["user", "text"]
        constraints = [models.UniqueConstraint(fields=["user", "text"], name="phrase_once")]

    def __str__(self) -> str:
        return self.text
