"""A decision with its reason."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.forms import StrictForm


class ReasonForm(StrictForm, forms.Form):
    """Why cooperation stops or goes on."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
