"""Exchange rates, entered or uploaded by finance."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from creditrisk.audit.tracking import tracked

RATE_DIGITS, RATE_DECIMALS = 18, 8


@tracked()
class ExchangeRate(models.Model):
    """How many units of `base_currency` one unit of `currency` is worth from `valid_on` on, until the next rate."""

    currency = models.CharField(_("currency"), max_length=3)
    base_currency = models.CharField(_("in currency"), max_length=3)
    valid_on = models.DateField(_("valid from"))
    rate = models.DecimalField(
        _("rate"),
        max_digits=RATE_DIGITS,
        decimal_places=RATE_DECIMALS,
        validators=[MinValueValidator(Decimal("0.00000001"))],
    )
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("entered by"),
    )
    entered_at = models.DateTimeField(_("entered at"), auto_now=True)

    class Meta:
        verbose_name = _("exchange rate")
        verbose_name_plural = _("exchange rates")
        ordering = ["-valid_on", "currency"]
        constraints = [
            models.UniqueConstraint(fields=["currency", "base_currency", "valid_on"], name="one_rate_a_day"),
            models.CheckConstraint(name="rate_is_positive", condition=models.Q(rate__gt=0)),
            models.CheckConstraint(
                name="rate_is_of_another_currency", condition=~models.Q(currency=models.F("base_currency"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.valid_on} {self.currency} {self.rate.normalize():f} {self.base_currency}"
