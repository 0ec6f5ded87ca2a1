"""One step of the chain: one role that must decide in one round."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from creditrisk.accounts.models import RoleAssignment, User
from creditrisk.accounts.roles import Role
from creditrisk.audit.tracking import tracked
from creditrisk.visibility import SeenWithReview, SeenWithStep
from reviews.models.review import Review


class StepState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    PENDING = "pending", _("to be decided")
    APPROVED = "approved", _("approved")
    RETURNED = "returned", _("returned")
    REJECTED = "rejected", _("rejected")
    SUPERSEDED = "superseded", _("superseded")
    CANCELLED = "cancelled", _("cancelled")


BOUND_ROLES = (Role.SERVICE_MANAGER, Role.DEPARTMENT_MANAGER)
"""The roles whose step waits for one person: the customer's own service manager, the department's head."""


class ApprovalStepQuerySet(SeenWithReview):
    def pending_for(self, user: User) -> ApprovalStepQuerySet:
        """Return the steps that `user` could decide now, himself or as deputy of those he stands in for: never of a
        review he initiated, as deputy none of a round he has decided in.
        """
        own: models.Q | Combinable = self._signed_by(user)
        for absent in user.stands_in_for:
            own |= self._signed_by(absent) & ~models.Q(review__initiator=absent) & ~_decided_in_round(user)
        return self.filter(own, state=StepState.PENDING).exclude(review__initiator=user)

    @staticmethod
    def _signed_by(person: User) -> models.Q:
        """Return the condition that a step waits for `person`: who took it on (claimed, or it was transferred to him)
        while he holds the role; else a role he holds, his customer or department where the role is bound to one.
        """
        roles = person.roles
        if not roles:
            return models.Q(pk__in=[])
        mine = models.Q(role__in=roles - set(BOUND_ROLES))
        if Role.SERVICE_MANAGER in roles:
            mine |= models.Q(role=Role.SERVICE_MANAGER, review__customer__service_manager=person.pk)
        if Role.DEPARTMENT_MANAGER in roles:
            mine |= models.Q(
                role=Role.DEPARTMENT_MANAGER,
                review__customer__account_manager__department__head=person.pk,
            )
        taken_on = models.Q(assignee__isnull=False) & models.Exists(
            RoleAssignment.objects.filter(
                user=models.OuterRef("assignee"), role=models.OuterRef("role"), user__is_active=True
            )
        )
        return (mine & ~taken_on) | models.Q(assignee=person.pk, role__in=roles)


def _decided_in_round(user: User) -> models.Exists:
    return models.Exists(
        ApprovalStep.objects.filter(
            review=models.OuterRef("review"), round=models.OuterRef("round"), decided_by=user.pk
        )
    )


@tracked()
class ApprovalStep(FSMModelMixin, models.Model):
    """A step of stage `stage` (0-based, the order of the chain) in `round`. All steps of a stage are open
    together.

    `assignee` took it on for himself (claimed) or had it transferred to him: while he is at work and holds the role,
    it waits for him alone. `due_on` is the last business day of its time; `reminded_at` and `escalated_at` tell when
    the deadline was spoken of.
    """

    review = models.ForeignKey(Review, models.CASCADE, related_name="steps", verbose_name=_("review"))
    round = models.PositiveSmallIntegerField(_("round"))
    stage = models.PositiveSmallIntegerField(_("stage"))
    role = models.CharField(_("role"), max_length=30, choices=Role.choices)
    state = FSMField(
        _("state"), max_length=20, choices=StepState.choices, default=StepState.WAITING, protected=True
    )
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="decided_steps",
        verbose_name=_("decided by"),
    )

    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="taken_on_steps",
        verbose_name=_("taken on by"),
    )
    due_on = models.DateField(_("due on"), null=True, blank=True)
    reminded_at = models.DateTimeField(_("reminded at"), null=True, blank=True)
    escalated_at = models.DateTimeField(_("escalated at"), null=True, blank=True)

    objects: ClassVar[models.Manager[ApprovalStep]] = ApprovalStepQuerySet.as_manager()

    class Meta:
        verbose_name = _("approval step")
        verbose_name_plural = _("approval steps")
        ordering = ["review", "round", "stage", "pk"]
        indexes = [
            models.Index(
                fields=["role", "opened_at"], name="step_inbox", condition=models.Q(state="pending")
            ),
            models.Index(fields=["decided_by", "-decided_at"], name="step_done"),
            models.Index(
                fields=["due_on"],
                name="step_deadline",
                condition=models.Q(state="pending", due_on__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["review", "round", "stage", "role"], name="step_once_per_round"),
            models.CheckConstraint(
                name="step_decided_at_and_by",
                condition=models.Q(
                    state__in=["approved", "returned", "rejected"],
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                )
                | (
                    ~models.Q(state__in=["approved", "returned", "rejected"])
                    & (
                        models.Q(decided_at__isnull=True, decided_by__isnull=True)
                        | models.Q(state="superseded", decided_at__isnull=False, decided_by__isnull=False)
                    )
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.review} {self.round}.{self.stage} {self.get_role_display()}"

    @transition(field=state, source=StepState.WAITING, target=StepState.PENDING)
    def open(self) -> None:
        """The stage before is complete."""

    @transition(field=state, source=StepState.PENDING, target=StepState.APPROVED)
    def approve(self) -> None: ...

    @transition(field=state, source=StepState.APPROVED, target=StepState.PENDING)
    def take_back(self) -> None:
        """Who approved it does so no longer: it is to be decided anew."""

    @transition(field=state, source=StepState.PENDING, target=StepState.WAITING)
    def close(self) -> None:
        """An approval of the stage before was taken back."""

    @transition(field=state, source=StepState.PENDING, target=StepState.RETURNED)
    def send_back(self) -> None: ...

    @transition(field=state, source=StepState.PENDING, target=StepState.REJECTED)
    def reject(self) -> None: ...

    @transition(field=state, source=[StepState.WAITING, StepState.PENDING], target=StepState.SUPERSEDED)
    def supersede(self) -> None:
        """The review was returned: this step will be asked again in the next round."""

    @transition(field=state, source=[StepState.WAITING, StepState.PENDING], target=StepState.CANCELLED)
    def cancel(self) -> None:
        """The review was rejected or withdrawn: this step will never be asked."""


@tracked()
class Urging(models.Model):
    """The initiator urged a step on a day; at most once a day for each step."""

    step = models.ForeignKey(
        ApprovalStep, models.CASCADE, related_name="urgings", verbose_name=_("approval step")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("urged by")
    )
    urged_on = models.DateField(_("urged on"))
    urged_at = models.DateTimeField(_("urged at"))

    objects: ClassVar[models.Manager[Urging]] = SeenWithStep.as_manager()

    class Meta:
        verbose_name = _("urging")
        verbose_name_plural = _("urgings")
        ordering = ["step", "urged_on"]
        constraints = [models.UniqueConstraint(fields=["step", "urged_on"], name="urged_once_a_day")]

    def __str__(self) -> str:
        return f"{self.step} {self.urged_on}"
