"""Our own company, as letters name it."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.utils.translation import gettext_lazy as _

from creditrisk.audit.tracking import tracked

THE_ONE = 1


def seal_path(_company: Company, _file_name: str) -> str:
    """Return where the picture of the seal is kept: nothing of it comes from a person."""
    return f"company/{uuid4().hex}"


class EnvelopeWindow(models.TextChoices):
    """The envelope that letters are posted in; where its window shows the sheet: `receivables/letters/letter.typ`."""

    NONE = "none", _("no window")
    CHINESE = "chinese", _("window on the left, Chinese standard (DL, C5)")
    DIN = "din", _("window on the left, DIN (DL)")
    RIGHT = "right", _("window on the right (DL)")


@tracked()
class Company(models.Model):
    """The letterhead, and the account that customers pay to. There is one row at most; before it is entered the
    settings count (see `our_company`).

    `seal` is a picture, PNG or JPEG, printed over our name at the end of numbered letters.
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
    envelope_window = models.CharField(
        _("envelope"),
        max_length=7,
        choices=EnvelopeWindow.choices,
        default=EnvelopeWindow.NONE,
        help_text=_("Letters print the address where the window shows it."),
    )
    has_fold_marks = models.BooleanField(
        _("fold marks"), default=False, help_text=_("Short lines at the left edge where the sheet is folded.")
    )
    seal = models.FileField(_("company seal"), upload_to=seal_path, blank=True, max_length=100)
    seal_sha256 = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = _("our company")
        verbose_name_plural = _("our company")
        constraints = [
            models.CheckConstraint(name="there_is_one_company", condition=models.Q(id=THE_ONE)),
            models.CheckConstraint(name="company_has_name", condition=~models.Q(name="")),
            models.CheckConstraint(
                name="company_envelope_known", condition=models.Q(envelope_window__in=EnvelopeWindow.values)
            ),
            models.CheckConstraint(
                name="company_seal_and_fingerprint",
                condition=models.Q(seal="", seal_sha256="")
                | (~models.Q(seal="") & ~models.Q(seal_sha256="")),
            ),
        ]

    def __str__(self) -> str:
        return self.name


COMPANY_FIELDS = (
    *("name", "name_en", "address", "address_en", "phone", "email"),
    *("bank_name", "bank_account"),
)
"""The letterhead and the account."""
PRINT_FIELDS = ("envelope_window", "has_fold_marks")
"""How letters are printed."""
