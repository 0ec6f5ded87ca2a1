"""Bulk reassignments: a leaver's customers given to his successors in one go, on record for ever."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Reassignment(models.Model):
    """Who gave whose customers to whom. `customer_numbers` are those that changed; `moved` counts the open tasks that
    went along, by kind. Rows are never changed."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("from")
    )
    account_successor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("new account manager"),
    )
    service_successor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("new customer service manager"),
    )
    customer_numbers = models.JSONField(_("customers"))
    moved = models.JSONField(_("open tasks moved"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))
    submission_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    class Meta:
        verbose_name = _("reassignment")
        verbose_name_plural = _("reassignments")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="reassignment_has_successor",
                condition=models.Q(account_successor__isnull=False)
                | models.Q(service_successor__isnull=False),
            )
        ]
        triggers = [
            pgtrigger.Protect(name="reassignment_is_final", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.person}: {len(self.customer_numbers)}"
