"""Issuing statements of account, and noting the customer's answer."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.forms import StrictForm
from customers.forms.fields import listed_numbers
from receivables.models import Answer

LANGUAGE_CHOICES = [
    ("", _("each customer's own")),
    ("zh-hans", "简体中文"),
    ("zh-hant", "繁體中文"),
    ("en", "English"),
]


class StatementsForm(StrictForm, forms.Form):
    """As of when, in which language, to whom, and whether they are mailed or downloaded to be printed."""

    as_of = forms.DateField(label=_("As-of date"))
    language = forms.ChoiceField(label=_("Language"), required=False, choices=LANGUAGE_CHOICES)
    customers = forms.CharField(
        label=_("Customers"),
        required=False,
        help_text=_(
            "Customer numbers, separated by blanks or commas. Empty: all with a balance whom you look after."
        ),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    send = forms.ChoiceField(
        label=_("How"),
        choices=[
            ("print", _("one file of PDFs to print (ZIP)")),
            ("mail", _("by mail, where there is an address")),
        ],
    )

    def numbers(self) -> list[str]:
        """Return the customer numbers that were typed."""
        return listed_numbers(self.cleaned_data["customers"])


class AnswerForm(StrictForm, forms.Form):
    """What the signed slip says."""

    answer = forms.ChoiceField(label=_("Answer"), choices=Answer.choices)
    on = forms.DateField(label=_("Slip returned on"))
    note = forms.CharField(label=_("Difference"), required=False, max_length=300)

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = today
