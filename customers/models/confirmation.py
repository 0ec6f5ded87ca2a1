"""Confirmations of the customer file (P4.3): who confirmed what, when, and what it said then."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditrisk.policy.models import PolicyVersion
from creditrisk.visibility import SeenWithCustomer
from customers.models.customer import Customer


class FileSection(models.TextChoices):
    """The parts of a file that are confirmed, each by itself; the file is confirmed once all of them are."""

    MASTER_DATA = "master_data", _("Master data")
    CONTACTS = "contacts", _("Contacts")
    BANK = "bank", _("Bank")
    PORTFOLIO = "portfolio", _("Portfolio")


class FileConfirmation(models.Model):
    """One confirmation of some sections. `file_version` is the file's version, `snapshot` the values of these sections
    as they were confirmed, `snapshot_sha256` the hash of its canonical JSON. Rows are never changed."""

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="confirmations", verbose_name=_("customer")
    )
    sections = ArrayField(
        models.CharField(max_length=20, choices=FileSection.choices), verbose_name=_("sections")
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    confirmed_on = models.DateField(_("confirmed on"))
    confirmed_at = models.DateTimeField(_("confirmed at"))
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("confirmed by")
    )
    file_version = models.PositiveIntegerField(_("version of the file"))
    snapshot = models.JSONField(_("what was confirmed"))
    snapshot_sha256 = models.CharField(max_length=64)
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, verbose_name=_("policy version"))
    submission_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects: ClassVar[models.Manager[FileConfirmation]] = SeenWithCustomer.as_manager()

    class Meta:
        verbose_name = _("file confirmation")
        verbose_name_plural = _("file confirmations")
        ordering = ["-confirmed_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="confirmation_names_sections", condition=models.Q(sections__len__gt=0)
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="confirmation_is_final", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.confirmed_on}"

    @property
    def section_labels(self) -> list[str]:
        """The translated names of the sections, in the order of the form."""
        return [str(section.label) for section in FileSection if section.value in self.sections]
