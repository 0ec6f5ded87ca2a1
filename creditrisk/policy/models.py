"""Published versions of the rule-book. A published version never changes; the database refuses it."""

from __future__ import annotations

from functools import cached_property

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditrisk.policy.schema import Policy, policy_from_data


class PolicyVersion(models.Model):
    """One version of the rule-book, in force from `effective_on` (a date in the company's time zone)."""

    number = models.PositiveIntegerField(_("version"), unique=True)
    effective_on = models.DateField(_("effective from"))
    data = models.JSONField(_("rules"))
    note = models.CharField(_("what changed"), max_length=500, blank=True)
    published_at = models.DateTimeField(_("published at"), auto_now_add=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, verbose_name=_("published by")
    )

    class Meta:
        verbose_name = _("policy version")
        verbose_name_plural = _("policy versions")
        ordering = ["-effective_on", "-number"]
        triggers = [
            pgtrigger.Protect(name="policy_is_final", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"v{self.number}"

    @cached_property
    def policy(self) -> Policy:
        """The rules of this version."""
        return policy_from_data(self.data)
