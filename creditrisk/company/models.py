"""Our own company, as letters name it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from creditrisk.audit.tracking import tracked

THE_ONE = 1


@tracked()
class Company(models.Model):
    """The letterhead, and the account that customers pay to. There is one row at most; before it is entered the
    settings count (see `our_company`).
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=THE_ONE, editable=False)
    name = models.CharField(_("name"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    address_en = models.CharField(_("English address"), max_length=300, blank=True)
    phone = models.CharField(_("phone"), max_length=50, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    bank_name = models.CharField(_("bank"), max_length=200, blank=True)
    bank_account = models.CharField(_("account number"), max_length=50, blank=True)

    class Meta:
        verbose_name = _("our company")
        verbose_name_plural = _("our company")
        constraints = [
            models.CheckConstraint(name="there_is_one_company", condition=models.Q(id=THE_ONE)),
            models.CheckConstraint(name="company_has_name", condition=~models.Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name


COMPANY_FIELDS = tuple(field.name for field in Company._meta.concrete_fields if field.name != "id")
