"""Entering a rate, uploading a file of rates."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.exchange_rates.models import RATE_DECIMALS, RATE_DIGITS
from creditrisk.forms import StrictForm


class RateForm(StrictForm, forms.Form):
    """The rate of one currency from a day on."""

    currency = forms.CharField(label=_("Currency"), max_length=3, help_text=_("Its ISO code, such as USD."))
    valid_on = forms.DateField(label=_("Valid from"))
    rate = forms.DecimalField(
        label=_("Rate"), max_digits=RATE_DIGITS, decimal_places=RATE_DECIMALS, widget=forms.TextInput
    )


class RatesFileForm(StrictForm, forms.Form):
    """A file with the columns currency, date and rate."""

    file = forms.FileField(
        label=_("File to upload"),
        max_length=255,
        help_text=_(
            "Excel, OpenDocument or CSV with the columns “Currency”, “Date” and “Rate” (币种, 日期, 汇率)."
        ),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.ods,.csv,.tsv"}),
    )
