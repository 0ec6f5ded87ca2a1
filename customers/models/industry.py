"""The industries a customer can belong to: reference data, kept by administrators."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from creditrisk.audit.tracking import tracked

CODE = r"^[A-T][0-9]{0,4}$"
"""A section's letter, and the digits of division, group and class where it is narrower."""


@tracked()
class Industry(models.Model):
    """An industry by its code in GB/T 4754 (Industrial classification for national economic activities): at first
    the sections A to T; divisions such as C35 can be added.
    """

    code = models.CharField(_("code"), max_length=5, unique=True)
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("industry")
        verbose_name_plural = _("industries")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(name="industry_code_is_gb_t_4754", condition=models.Q(code__regex=CODE)),
            models.CheckConstraint(name="industry_has_name", condition=~models.Q(name="")),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.label}"

    @property
    def label(self) -> str:
        """Return the name in the reader's language; without an English one, the Chinese one."""
        in_chinese = (get_language() or "").startswith("zh")
        return self.name if in_chinese or not self.name_en else self.name_en
