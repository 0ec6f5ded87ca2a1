"""The shapes of what supervision's pages ask for."""

from __future__ import annotations

from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.forms import StrictForm
from supervision.models.policy_simulation import MOST_QUARTERS

QUARTERS = tuple((number, str(number)) for number in range(1, MOST_QUARTERS + 1))


class SimulationForm(StrictForm, forms.Form):
    """Over how many of the last quarters a draft is simulated."""

    quarters = forms.TypedChoiceField(label=_("Last quarters"), choices=QUARTERS, coerce=int, initial=2)
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
