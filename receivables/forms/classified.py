"""The month of a classified detail, and what is done about a line."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.dates import add_months
from creditrisk.forms import StrictForm
from receivables.services.classified import ACTION_CHARACTERS


class MonthForm(StrictForm, forms.Form):
    """A month, written as 2026-05."""

    month = forms.RegexField(
        r"^20\d{2}-(?:0[1-9]|1[0-2])$",
        label=_("Month"),
        error_messages={"invalid": _("Write the month as 2026-05.")},
        widget=forms.TextInput(attrs={"type": "month"}),
    )

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].initial = f"{add_months(today, -1):%Y-%m}"

    def clean_month(self) -> dt.date:
        """Return the first day of the month."""
        return dt.date.fromisoformat(f"{self.cleaned_data['month']}-01")


class NextActionForm(StrictForm, forms.Form):
    """What is done about a line, and by when."""

    text = forms.CharField(label=_("Next action"), required=False, max_length=ACTION_CHARACTERS)
    on = forms.DateField(label=_("By"), required=False)
