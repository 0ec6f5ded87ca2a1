"""What belongs to a customer file and is never deleted: it is retired, with who and when."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User


class Retirable(models.Model):
    """A row of a customer file. `version` rises with every change and guards against silent overwriting;
    `submission_key` makes a form that is sent twice one row. Services set the fields, none saves by itself."""

    version = models.PositiveIntegerField(_("version"), default=1)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("created by"),
    )
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)
    submission_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)
    retired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("retired by"),
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_retired_at_and_by",
                condition=models.Q(retired_at__isnull=True, retired_by__isnull=True)
                | models.Q(retired_at__isnull=False, retired_by__isnull=False),
            ),
        ]

    @property
    def is_retired(self) -> bool:
        """Whether it is kept for the record only."""
        return self.retired_at is not None

    def retire(self, *, by: User, now: dt.datetime) -> None:
        """Set who retired it and when, as one more version."""
        self.retired_at = now
        self.retired_by = by
        self.version += 1
