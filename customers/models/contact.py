"""The people of a customer. The main one of a kind is who the Annex 1 form, letters and lists name."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from creditrisk.audit.tracking import tracked
from creditrisk.visibility import SeenWithCustomer
from customers.models.customer import Customer
from customers.models.name_fields import NameInitialsField
from customers.models.retirable import Retirable


class ContactKind(models.TextChoices):
    FINANCE = "finance", _("Finance")
    BUSINESS = "business", _("Business")
    LEGAL_REPRESENTATIVE = "legal_representative", _("Legal representative")
    PERSON_IN_CHARGE = "person_in_charge", _("Person in charge")
    OTHER = "other", _("Other")


class Channel(models.TextChoices):
    PHONE = "phone", _("Phone")
    MOBILE = "mobile", _("Mobile")
    EMAIL = "email", _("E-mail")
    WECHAT = "wechat", _("WeChat")
    POST = "post", _("Fax or post")


@tracked(exclude=("name_initials",))
class Contact(Retirable):
    """One person, or one address such as accounts@…, of a customer. What the customer file shows as its finance
    or business contact is the main one of that kind (docs/adr/0008). `letter_order`: among the finance contacts, whom
    letters go to first (1) and next where they do not arrive; without one the main contact comes first."""

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="contacts", verbose_name=_("customer")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=ContactKind.choices)
    name = models.CharField(_("name"), max_length=100, blank=True)
    name_initials = NameInitialsField(source="name", max_length=100)
    title = models.CharField(_("position"), max_length=100, blank=True)
    phone = models.CharField(_("phone"), max_length=50, blank=True)
    mobile = models.CharField(_("mobile"), max_length=50, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    wechat = models.CharField(_("WeChat"), max_length=50, blank=True)
    preferred_channel = models.CharField(
        _("preferred channel"), max_length=10, choices=Channel.choices, blank=True
    )
    letter_order = models.PositiveSmallIntegerField(_("order for letters"), null=True, blank=True)
    notes = models.CharField(_("notes"), max_length=500, blank=True)
    is_main = models.BooleanField(_("main contact"), default=False)

    objects: ClassVar[models.Manager[Contact]] = SeenWithCustomer.as_manager()

    class Meta(Retirable.Meta):
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["customer", "kind", "-is_main", "name", "pk"]
        constraints = [
            *Retirable.Meta.constraints,
            models.UniqueConstraint(
                name="contact_one_main_per_kind",
                fields=["customer", "kind"],
                condition=models.Q(is_main=True),
            ),
            models.CheckConstraint(
                name="contact_retired_is_not_main",
                condition=models.Q(is_main=False) | models.Q(retired_at__isnull=True),
            ),
            models.CheckConstraint(
                name="contact_has_name_or_address",
                condition=~models.Q(name="", phone="", mobile="", email="", wechat=""),
            ),
        ]

        indexes = [
            # The search of the customer list finds contacts by how their name, numbers or address start.
            models.Index(OpClass(Upper(field), name="text_pattern_ops"), name=f"contact_{field}_start")
            for field in ("name", "phone", "mobile", "email")
        ] + [
            models.Index(OpClass("name_initials", name="text_pattern_ops"), name="contact_name_initials"),
        ]

    def __str__(self) -> str:
        return self.name or self.email or self.phone or self.mobile or self.wechat

    def reached_by(self, channel: str) -> str:
        """Return the number or address of `channel`; empty where it is not known, or goes to the customer's own
        address (fax, post)."""
        return "" if channel in ("", Channel.POST) else str(getattr(self, channel))
