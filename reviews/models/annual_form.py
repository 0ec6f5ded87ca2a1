"""Annex 2: the annual credit review form, with the scores of account manager and customer service manager."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.roles import Role
from creditrisk.audit.tracking import tracked
from creditrisk.money import AmountField, CurrencyField
from creditrisk.visibility import SeenWithReview
from customers.models import ServiceLevel
from customers.models.customer import Grade
from reviews.models.review import Review

SCORERS = (Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER)


@tracked()
class AnnualForm(models.Model):
    """The form of one annual review. `facts` is what the data said at `facts_at`, with its sources and dates
    (`reviews.annual_facts`): people add scores and remarks, they do not type figures.

    `monthly_amount` in `currency` is the average business of the months the policy names; None where no report tells.
    Score, grade and limit are what the last approval gave, service level and reason what the group leader confirmed.
    """

    review = models.OneToOneField(
        Review, models.CASCADE, primary_key=True, related_name="annual_form", verbose_name=_("review")
    )
    facts = models.JSONField(_("facts"), default=dict)
    facts_at = models.DateTimeField(_("facts as of"))
    monthly_amount = AmountField(_("average monthly business"), null=True, blank=True)
    currency = CurrencyField(_("currency"))
    payment_term_days = models.PositiveSmallIntegerField(_("payment term (days)"))
    remarks = models.TextField(_("remarks"), blank=True)

    score = models.DecimalField(_("score"), max_digits=4, decimal_places=1, null=True, blank=True)
    grade = models.CharField(_("credit grade"), max_length=1, choices=Grade.choices, blank=True)
    service_level = models.CharField(
        _("service level"), max_length=10, choices=ServiceLevel.choices, blank=True
    )
    service_level_reason = models.CharField(_("reason for the service level"), max_length=500, blank=True)

    objects: ClassVar[models.Manager[AnnualForm]] = SeenWithReview.as_manager()

    class Meta:
        verbose_name = _("annual review form")
        verbose_name_plural = _("annual review forms")

    def __str__(self) -> str:
        return str(self.review)

    def answers(self) -> dict[str, Any]:
        """Return the whole form as an approver sees it, JSON-ready: facts, scores and remarks."""
        return {
            "facts": self.facts,
            "facts_at": self.facts_at.isoformat(),
            "monthly_amount": self.monthly_amount,
            "currency": self.currency,
            "payment_term_days": self.payment_term_days,
            "remarks": self.remarks,
            "scores": [
                {
                    "role": score.role,
                    "by": score.by.username,
                    "answers": score.answers,
                    "reasons": score.reasons,
                    "total": score.total,
                }
                for score in self.review.scores.select_related("by").order_by("role")
            ],
        }

    @property
    def initiator_opinion(self) -> str:
        """What the service manager who hands it in has to say."""
        return self.remarks

    @property
    def business(self) -> tuple[Decimal | None, str]:
        """Amount and currency that the review is about."""
        return self.monthly_amount, self.currency


@tracked()
class Score(models.Model):
    """The four answers of one scorer (criterion → grade), with a reason for each that departs from the proposal.

    `total` is the sum of their points by the policy in force when they were given.
    """

    review = models.ForeignKey(Review, models.CASCADE, related_name="scores", verbose_name=_("review"))
    role = models.CharField(
        _("scored as"), max_length=30, choices=[(role.value, role.label) for role in SCORERS]
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="review_scores", verbose_name=_("scored by")
    )
    answers = models.JSONField(_("answers"))
    reasons = models.JSONField(_("reasons"), default=dict)
    total = models.PositiveSmallIntegerField(_("total"))
    given_at = models.DateTimeField(_("given at"))

    objects: ClassVar[models.Manager[Score]] = SeenWithReview.as_manager()

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        ordering = ["review", "role"]
        constraints = [
            models.UniqueConstraint(fields=["review", "role"], name="one_score_per_role"),
            models.CheckConstraint(
                name="score_role_scores", condition=models.Q(role__in=[role.value for role in SCORERS])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.review} {self.get_role_display()} {self.total}"
