"""The grade history: every change with the rule-book it followed. Rows are never changed."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditrisk.policy.models import PolicyVersion
from creditrisk.visibility import SeenWithCustomer
from customers.models.customer import Customer, Grade


class GradeChange(models.Model):
    """A grade given on `effective_on`; `old` is empty for the first one. `source` names what decided it (a review
    number, "2026Q3 adjustment"); what readers see of it and of the reason: `customers.grade_words`."""

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="grade_changes", verbose_name=_("customer")
    )
    old = models.CharField(_("old grade"), max_length=1, choices=Grade.choices, blank=True)
    new = models.CharField(_("new grade"), max_length=1, choices=Grade.choices)
    is_provisional = models.BooleanField(_("provisional"), default=False)
    effective_on = models.DateField(_("effective from"))
    source = models.CharField(_("source"), max_length=100)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, verbose_name=_("policy version"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects: ClassVar[models.Manager[GradeChange]] = SeenWithCustomer.as_manager()

    class Meta:
        verbose_name = _("grade change")
        verbose_name_plural = _("grade history")
        ordering = ["-effective_on", "-pk"]
        triggers = [
            pgtrigger.Protect(name="grade_history_is_final", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.old or '–'} → {self.new}"
