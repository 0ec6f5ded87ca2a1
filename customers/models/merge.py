"""Merges of two files of one customer, on record for ever."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from customers.models.customer import Customer


class CustomerMergeQuerySet(models.QuerySet["CustomerMerge"]):
    def visible_to(self, user: User) -> CustomerMergeQuerySet:
        """Return the merges that `user` may look up: administrators merge, others see those of their customers."""
        if user.has_role(Role.ADMINISTRATOR):
            return self
        mine = Customer.objects.visible_to(user)
        return self.filter(models.Q(keep__in=mine) | models.Q(keep__merged_into__in=mine))


class CustomerMerge(models.Model):
    """The file `drop` went into the file `keep`.

    `counts` maps a model's label to the rows that moved; `stayed` to those that could not, because `keep` has the
    same ones; `snapshot` is the master data of `drop` as it was (account number masked); `taken_over` names the
    fields that were empty in `keep`.
    """

    keep = models.ForeignKey(Customer, models.PROTECT, related_name="merges", verbose_name=_("file kept"))
    drop = models.OneToOneField(
        Customer, models.PROTECT, related_name="merge", verbose_name=_("file merged into it")
    )
    reason = models.CharField(_("reason"), max_length=500)
    counts = models.JSONField(_("rows moved"), default=dict)
    stayed = models.JSONField(_("rows that stayed"), default=dict, blank=True)
    snapshot = models.JSONField(_("master data of the merged file"), encoder=DjangoJSONEncoder)
    taken_over = models.JSONField(_("fields taken over"), default=list, blank=True)
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("merged by")
    )
    merged_at = models.DateTimeField(_("merged at"), auto_now_add=True)

    objects: ClassVar[models.Manager[CustomerMerge]] = CustomerMergeQuerySet.as_manager()

    class Meta:
        verbose_name = _("merge of customers")
        verbose_name_plural = _("merges of customers")
        ordering = ["-merged_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="merge_of_two_files", condition=~models.Q(keep=models.F("drop")) & ~models.Q(reason="")
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="merges_are_final", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.drop} → {self.keep}"

    def get_absolute_url(self) -> str:
        return reverse("customers:merge_record", args=[self.pk])
