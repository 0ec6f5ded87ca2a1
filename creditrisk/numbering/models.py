"""Running numbers without gaps: the row is locked until the transaction that took a number ends."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Sequence(models.Model):
    """The last number given under `key`, e.g. "letter-2026"."""

    key = models.CharField(_("key"), max_length=50, primary_key=True)
    last = models.PositiveIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("sequence")
        verbose_name_plural = _("sequences")

    def __str__(self) -> str:
        return f"{self.key}: {self.last}"
