"""Licences, certificates and ratings of a customer, with their scans (Annex 1: review items)."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditrisk.audit.tracking import tracked
from creditrisk.stored_files import StoredFile, server_path
from creditrisk.visibility import SeenWithCustomer, SeenWithParent
from customers.models.customer import Customer
from customers.models.retirable import Retirable


class QualificationKind(models.TextChoices):
    BUSINESS_LICENCE = "business_licence", _("Business licence")
    TAX_REGISTRATION = "tax_registration", _("Tax registration")
    ORGANISATION_CODE = "organisation_code", _("Organisation code certificate")
    SPECIAL_PERMIT = "special_permit", _("Special-industry permit")
    ISO_9000 = "iso_9000", _("ISO 9000")
    ISO_20000 = "iso_20000", _("ISO 20000")
    BANK_CREDIT_RATING = "bank_credit_rating", _("Bank credit rating")
    TAX_CREDIT_RATING = "tax_credit_rating", _("Tax credit rating")
    OTHER = "other", _("Other")


@tracked()
class Qualification(Retirable):
    """One licence, certificate or rating. Whether it is valid follows from its dates (`customers.validity`); without
    `valid_to_on` it has no end. `name` says what an `other` one is."""

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="qualifications", verbose_name=_("customer")
    )
    kind = models.CharField(_("kind"), max_length=30, choices=QualificationKind.choices)
    name = models.CharField(_("name"), max_length=100, blank=True)
    number = models.CharField(_("number"), max_length=100, blank=True)
    issuer = models.CharField(_("issued by"), max_length=200, blank=True)
    rating = models.CharField(_("rating or grade"), max_length=100, blank=True)
    valid_from_on = models.DateField(_("valid from"), null=True, blank=True)
    valid_to_on = models.DateField(_("valid to"), null=True, blank=True)

    objects: ClassVar[models.Manager[Qualification]] = SeenWithCustomer.as_manager()

    class Meta(Retirable.Meta):
        verbose_name = _("qualification")
        verbose_name_plural = _("qualifications")
        ordering = ["customer", "kind", "valid_to_on", "pk"]
        indexes = [
            models.Index(
                fields=["valid_to_on"],
                condition=models.Q(retired_at__isnull=True, valid_to_on__isnull=False),
                name="qualification_ending",
            ),
        ]
        constraints = [
            *Retirable.Meta.constraints,
            models.CheckConstraint(
                name="qualification_other_has_name",
                condition=~models.Q(kind="other") | ~models.Q(name=""),
            ),
            models.CheckConstraint(
                name="qualification_ends_after_start",
                condition=models.Q(valid_from_on__isnull=True)
                | models.Q(valid_to_on__isnull=True)
                | models.Q(valid_to_on__gte=models.F("valid_from_on")),
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """What the qualification is called, in the reader's language."""
        return self.name or str(self.get_kind_display())


class SeenWithQualification(SeenWithParent):
    """Rows of a qualification."""

    parent = "qualification"


def scan_path(scan: QualificationScan, _file_name: str) -> str:
    """Return a path that owes nothing to the name the file was uploaded under."""
    return server_path("qualifications", scan.qualification_id)


@tracked()
class QualificationScan(StoredFile):
    """One scanned page or file of a qualification. A removed one stays stored: somebody may have decided on it."""

    qualification = models.ForeignKey(
        Qualification, models.PROTECT, related_name="scans", verbose_name=_("qualification")
    )
    file = models.FileField(_("file"), upload_to=scan_path, max_length=200)
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("removed by"),
    )

    objects: ClassVar[models.Manager[QualificationScan]] = SeenWithQualification.as_manager()

    class Meta:
        verbose_name = _("scan")
        verbose_name_plural = _("scans")
        ordering = ["qualification", "pk"]
        constraints = [
            models.CheckConstraint(
                name="qualificationscan_removed_at_and_by",
                condition=models.Q(removed_at__isnull=True, removed_by__isnull=True)
                | models.Q(removed_at__isnull=False, removed_by__isnull=False),
            ),
            models.UniqueConstraint(
                name="qualificationscan_once",
                fields=["qualification", "name", "sha256"],
                condition=models.Q(removed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class QualificationReminder(models.Model):
    """A reminder that was sent: once for a qualification, its last day and a number of days before it (P4.3)."""

    qualification = models.ForeignKey(
        Qualification, models.PROTECT, related_name="reminders", verbose_name=_("qualification")
    )
    days_before = models.PositiveSmallIntegerField(_("days before"))
    valid_to_on = models.DateField(_("valid to"))
    sent_on = models.DateField(_("sent on"), db_index=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects: ClassVar[models.Manager[QualificationReminder]] = SeenWithQualification.as_manager()

    class Meta:
        verbose_name = _("qualification reminder")
        verbose_name_plural = _("qualification reminders")
        ordering = ["-sent_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="qualification_reminded_once", fields=["qualification", "valid_to_on", "days_before"]
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="reminder_is_final", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.qualification_id}: {self.valid_to_on} −{self.days_before}"
