"""Other names of a customer, as they stand in finance's files."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditrisk.audit.tracking import tracked
from creditrisk.visibility import SeenWithCustomer
from customers.models.customer import Customer
from customers.models.name_fields import NameGramsField, NameInitialsField, NameKeyField

ALIAS_MAX_LENGTH = 200


class AliasSource(models.TextChoices):
    TYPED = "typed", _("typed")
    MERGE = "merge", _("merged file")
    UPLOAD = "upload", _("uploaded file")


@tracked(exclude=("key", "grams", "initials"))
class CustomerAlias(models.Model):
    """A name or number under which files know a customer beside his own. Two customers may carry the same one: a
    row that names it is then ambiguous and says so."""

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="aliases", verbose_name=_("customer"), db_index=False
    )
    name = models.CharField(_("alias"), max_length=ALIAS_MAX_LENGTH)
    key = NameKeyField(source="name", max_length=ALIAS_MAX_LENGTH)
    initials = NameInitialsField(source="name", max_length=ALIAS_MAX_LENGTH)
    grams = NameGramsField(source="name")
    source = models.CharField(
        _("source"), max_length=10, choices=AliasSource.choices, default=AliasSource.TYPED
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("created by"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects: ClassVar[models.Manager[CustomerAlias]] = SeenWithCustomer.as_manager()

    class Meta:
        verbose_name = _("alias")
        verbose_name_plural = _("aliases")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "key"], name="alias_once_per_customer"),
            models.CheckConstraint(name="alias_not_empty", condition=~models.Q(key="")),
        ]
        indexes = [
            models.Index(fields=["key"], name="alias_key"),
            GinIndex(fields=["grams"], name="alias_grams"),
        ]

    def __str__(self) -> str:
        return self.name
