"""The service level that the group leader re-confirms from the year-end review (P3.1 f)."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditrisk.audit.tracking import tracked
from creditrisk.visibility import SeenWithReview
from customers.models import ServiceLevel
from reviews.models.review import Review


@tracked()
class ServiceLevelConfirmation(models.Model):
    """The level that the leader confirmed for an annual review; `old` is the customer's before it. A later word of his
    takes its place, the earlier one stays in the history."""

    review = models.OneToOneField(
        Review, models.PROTECT, related_name="service_level_confirmation", verbose_name=_("review")
    )
    old = models.CharField(_("level before"), max_length=10, choices=ServiceLevel.choices)
    level = models.CharField(_("service level"), max_length=10, choices=ServiceLevel.choices)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("confirmed by")
    )
    confirmed_at = models.DateTimeField(_("confirmed at"))

    objects: ClassVar[models.Manager[ServiceLevelConfirmation]] = SeenWithReview.as_manager()

    class Meta:
        verbose_name = _("confirmation of a service level")
        verbose_name_plural = _("confirmations of service levels")
        ordering = ["-confirmed_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="service_level_changed_with_reason",
                condition=models.Q(old=models.F("level")) | ~models.Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.review} {self.level}"
