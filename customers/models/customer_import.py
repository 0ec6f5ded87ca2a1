"""Files of customers on their way into the product: kept, looked at, imported or not."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import tracked
from creditrisk.stored_files import StoredFile, server_path


class ImportMode(models.TextChoices):
    """Which rows of a file are taken."""

    INSERT = "insert", _("new customers only")
    UPDATE = "update", _("known customers only")
    UPSERT = "upsert", _("new and known customers")


def import_path(stored: CustomerImport, _file_name: str) -> str:
    """Return where the file is kept: nothing of it comes from a person."""
    return server_path("customer-imports", stored.uploaded_by_id)


class CustomerImportQuerySet(models.QuerySet["CustomerImport"]):
    def visible_to(self, user: User) -> CustomerImportQuerySet:
        """Return the imports of `user`: a file may hold customers that nobody else may see."""
        return self.filter(uploaded_by=user) if user.roles else self.none()


@tracked()
class CustomerImport(StoredFile):
    """One file. The counts are those of the import; before it (`imported_at` empty) nothing of the file is in
    force."""

    mode = models.CharField(_("mode"), max_length=10, choices=ImportMode.choices)
    file = models.FileField(_("file"), upload_to=import_path, max_length=200)
    imported_at = models.DateTimeField(_("imported at"), null=True, blank=True)
    inserted = models.PositiveIntegerField(_("new customers"), default=0)
    updated = models.PositiveIntegerField(_("changed customers"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged customers"), default=0)
    submission_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects: ClassVar[models.Manager[CustomerImport]] = CustomerImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("import of customers")
        verbose_name_plural = _("imports of customers")
        ordering = ["-uploaded_at", "-pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("customers:import_detail", args=[self.pk])
