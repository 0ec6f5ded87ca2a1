"""The tracked record of a contract's performance (P3.2.2), and the files that belong to the contract."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from creditrisk.audit.tracking import tracked
from creditrisk.money import AmountField
from creditrisk.stored_files import StoredFile, server_path
from creditrisk.visibility import SeenWithContract
from customers.models.contract import Contract


class LogKind(models.TextChoices):
    DELIVERED = "delivered", _("delivered")
    ACCEPTED = "accepted", pgettext_lazy("delivery", "accepted")
    INVOICED = "invoiced", _("invoiced")
    DISPUTE = "dispute", _("dispute")
    SELF_CHECK = "self_check", _("self-check")
    NOTE = "note", _("note")


class ContractLogEntry(models.Model):
    """What happened on `happened_on`; `amount` is in the contract's currency. Rows are never changed: a mistake is
    put right by a further entry."""

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="log_entries", verbose_name=_("contract")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=LogKind.choices)
    happened_on = models.DateField(_("on"))
    text = models.TextField(_("text"))
    amount = AmountField(_("amount"), null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    created_at = models.DateTimeField(_("recorded at"), auto_now_add=True)
    submission_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects: ClassVar[models.Manager[ContractLogEntry]] = SeenWithContract.as_manager()

    class Meta:
        verbose_name = _("performance log entry")
        verbose_name_plural = _("performance log")
        ordering = ["-happened_on", "-pk"]
        indexes = [models.Index(fields=["contract", "-happened_on", "-id"], name="contract_log_newest")]
        constraints = [
            models.CheckConstraint(name="contract_log_has_text", condition=~models.Q(text="")),
            models.CheckConstraint(
                name="contract_log_amount_positive",
                condition=models.Q(amount__isnull=True) | models.Q(amount__gt=0),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="contract_log_is_final", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.contract} {self.happened_on} {self.get_kind_display()}"


def contract_file_path(stored: ContractFile, _file_name: str) -> str:
    """Return a path that owes nothing to the name the file was uploaded under."""
    return server_path("contracts", stored.contract_id)


@tracked()
class ContractFile(StoredFile):
    """A file of the contract, or of one `entry` of its log. A removed file leaves the page but stays stored; a
    file of the log stays where it is, like the log."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="files", verbose_name=_("contract"))
    entry = models.ForeignKey(
        ContractLogEntry,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="files",
        verbose_name=_("performance log entry"),
    )
    file = models.FileField(_("file"), upload_to=contract_file_path, max_length=200)
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("removed by"),
    )

    objects: ClassVar[models.Manager[ContractFile]] = SeenWithContract.as_manager()

    class Meta:
        verbose_name = _("contract file")
        verbose_name_plural = _("contract files")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="contract_file_removed_at_and_by",
                condition=models.Q(removed_at__isnull=True, removed_by__isnull=True)
                | models.Q(removed_at__isnull=False, removed_by__isnull=False, entry__isnull=True),
            ),
            models.UniqueConstraint(
                name="contract_file_once",
                fields=["contract", "entry", "name", "sha256"],
                condition=models.Q(removed_at__isnull=True),
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return self.name
