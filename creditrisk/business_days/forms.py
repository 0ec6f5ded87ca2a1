"""Entering an exception of the calendar."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.forms import StrictForm


class CalendarDayForm(StrictForm, forms.Form):
    """One day that is free or worked, whatever the public calendar says."""

    day = forms.DateField(label=_("Day"))
    is_business_day = forms.TypedChoiceField(
        label=_("What it is"),
        choices=[("no", _("free")), ("yes", _("worked"))],
        coerce=lambda value: value == "yes",
    )
    name = forms.CharField(label=_("Occasion"), max_length=100, required=False)
