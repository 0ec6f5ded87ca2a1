"""The log of collection: who spoke with the customer, what came of it, and what is next (P5.2.3)."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from creditrisk.visibility import SeenWithCustomer
from customers.models import ContractDispute, Customer
from receivables.models.promise import Promise


class ContactWay(models.TextChoices):
    PHONE = "phone", _("Phone")
    VISIT = "visit", _("Visit")
    MAIL = "mail", _("E-mail")
    WECHAT = "wechat", _("WeChat")
    FAX = "fax", _("Fax or post")


class ContactResult(models.TextChoices):
    REACHED = "reached", pgettext_lazy("call", "reached")
    NO_ANSWER = "no_answer", _("no answer")
    PROMISE = "promise", _("promise to pay")
    DISPUTE = "dispute", _("dispute")
    WRONG_NUMBER = "wrong_number", _("wrong number")


class CollectionContact(models.Model):
    """One attempt to collect: `happened_on` in the company's time zone, by `way`, with whom and with which result.

    `next_on` is when to try again; until then the customer is not on the list of calls. `promise` and `dispute` are
    what it led to. Rows are never changed: a mistake is put right by a further entry.
    """

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="collection_contacts", verbose_name=_("customer")
    )
    happened_on = models.DateField(_("on"))
    way = models.CharField(_("way"), max_length=10, choices=ContactWay.choices, default=ContactWay.PHONE)
    spoke_to = models.CharField(_("spoke to"), max_length=100, blank=True)
    result = models.CharField(_("result"), max_length=12, choices=ContactResult.choices)
    note = models.CharField(_("note"), max_length=1000, blank=True)
    next_on = models.DateField(_("next time on"), null=True, blank=True)
    promise = models.ForeignKey(
        Promise, models.PROTECT, null=True, blank=True, related_name="contacts", verbose_name=_("promise")
    )
    dispute = models.ForeignKey(
        ContractDispute,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="collection_contacts",
        verbose_name=_("dispute"),
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    created_at = models.DateTimeField(_("recorded at"), auto_now_add=True)
    submission_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects: ClassVar[models.Manager[CollectionContact]] = SeenWithCustomer.as_manager()

    class Meta:
        verbose_name = _("collection contact")
        verbose_name_plural = _("collection contacts")
        ordering = ["-happened_on", "-pk"]
        indexes = [
            models.Index(fields=["customer", "-happened_on", "-id"], name="collection_contact_newest"),
            models.Index(fields=["by", "-happened_on"], name="collection_contact_by"),
        ]
        constraints = [
            models.CheckConstraint(
                name="collection_contact_next_is_later",
                condition=Q(next_on__isnull=True) | Q(next_on__gte=models.F("happened_on")),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="collection_contacts_are_final", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer} {self.happened_on} {self.get_result_display()}"
