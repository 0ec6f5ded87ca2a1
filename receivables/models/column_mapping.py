"""How finance's files are read, as somebody taught us: remembered by the shape of the file."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.audit.tracking import tracked
from receivables.models.report import FileKind


class ColumnMappingQuerySet(models.QuerySet["ColumnMapping"]):
    def visible_to(self, user: User) -> ColumnMappingQuerySet:
        """Return the mappings `user` may see: they belong to the finance clerks' work."""
        return self if user.has_role(Role.FINANCE_CLERK, Role.ADMINISTRATOR) else self.none()


@tracked()
class ColumnMapping(models.Model):
    """Which column of a file means what (`choices`: see `receivables.reading.choices`), under a name.

    `shape` is the fingerprint of a header row: a file with the same columns is read the same way next time.
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    file_kind = models.CharField(_("kind of file"), max_length=20, choices=FileKind.choices)
    shape = models.CharField(max_length=64)
    choices = models.JSONField(_("how to read the file"), default=dict)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("saved by"),
    )
    saved_at = models.DateTimeField(_("saved at"), auto_now=True)

    objects: ClassVar[models.Manager[ColumnMapping]] = ColumnMappingQuerySet.as_manager()

    class Meta:
        verbose_name = _("column mapping")
        verbose_name_plural = _("column mappings")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["file_kind", "shape"], name="one_mapping_per_shape"),
        ]

    def __str__(self) -> str:
        return self.name
