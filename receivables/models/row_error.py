"""Row errors of a checked file: the row, the column, the value and the remedy, kept with the report."""

from __future__ import annotations

from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditrisk.visibility import SeenWithReport
from receivables.models.report import Report


class RowError(models.Model):
    """One error. `code` and `params` give the message in the reader's language (`receivables.reading.messages`)."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="row_errors")
    row = models.PositiveIntegerField(_("row"))
    column = models.CharField(_("column"), max_length=200, blank=True)
    value = models.CharField(_("value"), max_length=200, blank=True)
    code = models.CharField(_("code"), max_length=50)
    params = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)

    objects: ClassVar[models.Manager[RowError]] = SeenWithReport.as_manager()

    class Meta:
        verbose_name = _("row error")
        verbose_name_plural = _("row errors")
        ordering = ["row", "pk"]

    def __str__(self) -> str:
        return f"{self.row} {self.column} {self.code}"
