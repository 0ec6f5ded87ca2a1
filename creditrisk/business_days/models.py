"""The company's own exceptions from the public calendar."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from creditrisk.audit.tracking import tracked


@tracked()
class CalendarDay(models.Model):
    """A day on which the company works or not, whatever the public calendar says."""

    day = models.DateField(_("day"), unique=True)
    is_business_day = models.BooleanField(_("business day"))
    name = models.CharField(_("name"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("exception of the calendar")
        verbose_name_plural = _("exceptions of the calendar")
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.name}".strip()
