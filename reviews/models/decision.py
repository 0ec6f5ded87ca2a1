"""The decision log: append-only, each with the form it saw and a hash that chains it to the decision
before.
"""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.roles import Role
from creditrisk.policy.models import PolicyVersion
from creditrisk.visibility import SeenWithReview
from reviews.models.review import Review
from reviews.models.step import ApprovalStep


class DecisionKind(models.TextChoices):
    SUBMIT = "submit", _("submitted")
    APPROVE = "approve", _("approved")
    RETURN = "return", _("returned")
    REJECT = "reject", _("rejected")
    WITHDRAW = "withdraw", _("withdrawn")
    TAKE_BACK = "take_back", _("approval taken back")
    TRANSFER = "transfer", _("transferred")
    CONSULT = "consult", _("asked for an opinion")
    ADVISE = "advise", _("gave an opinion")


JUDGEMENTS = (DecisionKind.APPROVE, DecisionKind.RETURN, DecisionKind.REJECT)
"""The entries of the log that decide a step."""


class Decision(models.Model):
    """What one person decided on a review, `on_behalf_of` an absent colleague where he acted as his deputy.
    `snapshot` is the whole form as he saw it; `sha256` covers it, the
    decision and `previous_sha256`, so that a changed or missing row shows.
    """

    review = models.ForeignKey(Review, models.PROTECT, related_name="decisions", verbose_name=_("review"))
    step = models.ForeignKey(
        ApprovalStep,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="decisions",
        verbose_name=_("approval step"),
    )
    sequence = models.PositiveIntegerField(_("sequence"))
    round = models.PositiveSmallIntegerField(_("round"))
    kind = models.CharField(_("decision"), max_length=10, choices=DecisionKind.choices)
    role = models.CharField(_("role"), max_length=30, choices=Role.choices, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="decisions", verbose_name=_("decided by")
    )
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("on behalf of"),
    )
    opinion = models.TextField(_("opinion"), blank=True)
    form_version = models.PositiveIntegerField(_("form version"))
    snapshot = models.JSONField(_("form as decided on"))
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, verbose_name=_("policy version"))
    decided_at = models.DateTimeField(_("decided at"))
    previous_sha256 = models.CharField(max_length=64, blank=True)
    sha256 = models.CharField(max_length=64)

    objects: ClassVar[models.Manager[Decision]] = SeenWithReview.as_manager()

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ["review", "sequence"]
        indexes = [
            # A print-out's verification code is the beginning of a hash.
            models.Index(fields=["sha256"], name="decision_sha256", opclasses=["varchar_pattern_ops"]),
        ]
        constraints = [
            models.UniqueConstraint(fields=["review", "sequence"], name="decision_sequence"),
            # An approval may be taken back and given again; a return or a rejection ends the step.
            models.UniqueConstraint(
                fields=["step"],
                name="one_return_or_rejection_per_step",
                condition=models.Q(step__isnull=False, kind__in=["return", "reject"]),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="decisions_are_final", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.review} #{self.sequence} {self.get_kind_display()}"
