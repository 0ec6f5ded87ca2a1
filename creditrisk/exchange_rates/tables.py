"""The list of rates."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from creditrisk.exchange_rates.models import ExchangeRate
from creditrisk.tables import BaseTable, Column, DateColumn, NumberColumn


class RateTable(BaseTable):
    """Rates, the newest first."""

    valid_on = DateColumn(verbose_name=_("Valid from"), order_by=("valid_on", "currency"))
    currency = Column(verbose_name=_("Currency"), order_by=("currency", "-valid_on"))
    rate = NumberColumn(verbose_name=_("Rate"), order_by=("rate", "pk"))
    base_currency = Column(verbose_name=_("in currency"), orderable=False)
    entered_by = Column(verbose_name=_("Entered by"), order_by=("entered_by__name", "pk"), empty_values=())
    remove = Column(verbose_name="", empty_values=(), orderable=False)

    class Meta:
        model = ExchangeRate
        fields = ("valid_on", "currency", "rate", "base_currency", "entered_by", "remove")
        order_by = "-valid_on"
        empty_text = _("No rate has been entered yet.")

    def __init__(self, *args: object, may_change: bool, **kwargs: object) -> None:
        super().__init__(*args, exclude=() if may_change else ("remove",), **kwargs)

    def render_rate(self, value: Decimal) -> str:
        """Return the rate without trailing zeros."""
        return f"{value.normalize():f}"

    def render_entered_by(self, record: ExchangeRate) -> str:
        """Return the person, or that it was the command on the server."""
        return str(record.entered_by or _("import command"))

    def render_remove(self, record: ExchangeRate) -> str:
        """Return the button that removes the rate."""
        return self.button(record)

    def button(self, record: ExchangeRate) -> str:
        """Return the form of one button."""
        from django.template.loader import render_to_string

        return render_to_string("exchange_rates/_remove.html", {"rate": record}, request=self.request)
