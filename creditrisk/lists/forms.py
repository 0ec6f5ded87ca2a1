"""What the tools above a list send."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from creditrisk.forms import StrictForm
from creditrisk.lists.models import NAME_MAX_LENGTH, PAGE_MAX_LENGTH


class ColumnsForm(StrictForm, forms.Form):
    """The columns to show; the service knows which there are."""

    page = forms.CharField(max_length=PAGE_MAX_LENGTH)
    shown = forms.Field(required=False, widget=forms.SelectMultiple)
    query = forms.CharField(required=False, max_length=2000)

    def clean_shown(self) -> list[str]:
        data: Any = self.data
        return data.getlist("shown") if isinstance(data, QueryDict) else []


class SaveFilterForm(StrictForm, forms.Form):
    """A name for the filter that the address bar carries."""

    page = forms.CharField(max_length=PAGE_MAX_LENGTH)
    # Longer than what is kept: the service says so in its own words.
    name = forms.CharField(required=False, max_length=10 * NAME_MAX_LENGTH)
    query = forms.CharField(required=False, max_length=2000)
    is_shared = forms.BooleanField(required=False)
