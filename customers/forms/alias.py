"""An alias as a form."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.forms import StrictForm
from customers.forms.fields import LineField
from customers.models import ALIAS_MAX_LENGTH


class AliasForm(StrictForm, forms.Form):
    """One more name of the customer."""

    name = LineField(label=_("Alias"), max_length=ALIAS_MAX_LENGTH)
