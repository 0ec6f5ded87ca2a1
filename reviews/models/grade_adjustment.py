"""The quarterly adjustment of a customer's credit grade (P5.2.2): one row per customer and quarter, for ever."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from creditrisk.accounts.roles import Role
from creditrisk.audit.tracking import tracked
from creditrisk.policy.models import PolicyVersion
from creditrisk.visibility import SeenWithCustomer
from customers.models import Customer, GradeChange
from customers.models.customer import Grade
from receivables.models import Report
from reviews.models.review import Review


class AdjustmentState(models.TextChoices):
    UNCHANGED = "unchanged", _("unchanged")
    APPLIED = "applied", _("applied")
    PROPOSED = "proposed", _("waits for confirmation")
    CONFIRMED = "confirmed", _("confirmed")
    AMENDED = "amended", _("amended")
    REFUSED = "refused", _("refused")
    LAPSED = "lapsed", _("lapsed")


IN_FORCE = (
    AdjustmentState.UNCHANGED,
    AdjustmentState.APPLIED,
    AdjustmentState.CONFIRMED,
    AdjustmentState.AMENDED,
)
"""In these states the new score is the customer's; in the others it never became his."""

DECIDERS = (Role.DEPUTY_LEADER, Role.GROUP_LEADER)
"""Who decides what waits."""


def _score_field(name: Any) -> models.DecimalField[Any, Any]:
    return models.DecimalField(name, max_digits=4, decimal_places=1, null=True, blank=True)


@tracked(exclude=("facts", "reasons"))
class GradeAdjustment(FSMModelMixin, models.Model):
    """What the adjustment of `quarter` (2026Q3) made of a customer's grade, also where it left it as it was.

    `new_grade` is what the rule gives; a person who amends it gives `decided_grade`. The scores are those of the annual
    review `review`, with the criterion "repayment speed" replaced; None where nobody has scored the customer. `answers`
    are those to the criterion that the new score contains, `points` what they count in it. `facts` are the figures the
    rule was given, `reasons` each number with its clause: both never change, so that the history leaves them out.
    `basis_change` is the last line of the grade history when the rule was asked, None where there was none; a later one
    makes a proposal stale. `grade_change` is the line that this adjustment wrote. An earlier quarter's proposal that
    nobody decided has lapsed.
    """

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="grade_adjustments", verbose_name=_("customer")
    )
    quarter = models.CharField(_("quarter"), max_length=6)
    state = FSMField(_("state"), max_length=10, choices=AdjustmentState.choices, protected=True)
    old_grade = models.CharField(_("old grade"), max_length=1, choices=Grade.choices)
    new_grade = models.CharField(_("new grade"), max_length=1, choices=Grade.choices)
    decided_grade = models.CharField(_("decided grade"), max_length=1, choices=Grade.choices, blank=True)
    old_score = _score_field(_("old score"))
    new_score = _score_field(_("new score"))
    answers = models.CharField(_("repayment speed"), max_length=2, blank=True)
    points = _score_field(_("points of repayment speed"))
    facts = models.JSONField(_("facts"))
    reasons = models.JSONField(_("reasons"))
    review = models.ForeignKey(
        Review,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="grade_adjustments",
        verbose_name=_("annual review"),
    )
    basis_change = models.ForeignKey(
        GradeChange, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("last change")
    )
    grade_change = models.OneToOneField(
        GradeChange,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="adjustment",
        verbose_name=_("line of the grade history"),
    )
    report = models.ForeignKey(
        Report, models.PROTECT, related_name="grade_adjustments", verbose_name=_("aging report")
    )
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, verbose_name=_("policy version"))
    adjusted_on = models.DateField(_("adjusted on"))
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )

    objects: ClassVar[models.Manager[GradeAdjustment]] = SeenWithCustomer.as_manager()

    class Meta:
        verbose_name = _("grade adjustment")
        verbose_name_plural = _("grade adjustments")
        ordering = ["-quarter", "customer"]
        indexes = [
            models.Index(fields=["quarter", "state"], name="adjustment_quarter_state"),
            models.Index(fields=["state"], name="adjustment_waiting", condition=Q(state="proposed")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "quarter"], name="one_adjustment_per_customer_and_quarter"
            ),
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(state="proposed"),
                name="one_waiting_adjustment_per_customer",
            ),
            models.CheckConstraint(
                name="adjustment_quarter_is_one", condition=Q(quarter__regex=r"^[1-9][0-9]{3}Q[1-4]$")
            ),
            models.CheckConstraint(
                name="adjustment_decided_at_and_by",
                condition=Q(
                    state__in=["confirmed", "amended", "refused"],
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                )
                | Q(
                    state__in=["unchanged", "applied", "proposed", "lapsed"],
                    decided_at__isnull=True,
                    decided_by__isnull=True,
                ),
            ),
            models.CheckConstraint(
                name="adjustment_departure_has_reason",
                condition=~Q(state__in=["amended", "refused"]) | ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="adjustment_amended_has_grade",
                condition=Q(state="amended") & ~Q(decided_grade="")
                | ~Q(state="amended") & Q(decided_grade=""),
            ),
            models.CheckConstraint(
                name="adjustment_unchanged_is_the_same_grade",
                condition=Q(state="unchanged", new_grade=models.F("old_grade"))
                | ~Q(state="unchanged") & ~Q(new_grade=models.F("old_grade")),
            ),
            models.CheckConstraint(
                name="adjustment_scores_go_together",
                condition=Q(
                    old_score__isnull=True, new_score__isnull=True, points__isnull=True, review__isnull=True
                )
                | Q(
                    old_score__isnull=False,
                    new_score__isnull=False,
                    points__isnull=False,
                    review__isnull=False,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quarter} {self.old_grade} → {self.new_grade}"

    def get_absolute_url(self) -> str:
        return reverse("reviews:adjustment", args=[self.pk])

    @property
    def is_downgrade(self) -> bool:
        """Whether the rule's grade is worse than the old one: A comes before B."""
        return self.new_grade > self.old_grade

    @transition(field=state, source=AdjustmentState.PROPOSED, target=AdjustmentState.CONFIRMED)
    def confirm(self) -> None:
        """The deputy leader follows the proposal."""

    @transition(field=state, source=AdjustmentState.PROPOSED, target=AdjustmentState.AMENDED)
    def amend(self) -> None:
        """He gives another grade."""

    @transition(field=state, source=AdjustmentState.PROPOSED, target=AdjustmentState.REFUSED)
    def refuse(self) -> None:
        """The grade stays."""
