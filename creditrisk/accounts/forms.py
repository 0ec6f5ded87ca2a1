"""What a person may change about himself."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.conf import settings

from creditrisk.accounts.models import User
from creditrisk.forms import StrictForm


class LanguageForm(StrictForm, forms.Form):
    language = forms.ChoiceField(choices=settings.LANGUAGES)
    next = forms.CharField(required=False)


class ThemeForm(StrictForm, forms.Form):
    theme = forms.ChoiceField(choices=User.Theme.choices)
    next = forms.CharField(required=False)


class ProfileForm(StrictForm, forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields: ClassVar = ["phone", "mails_wanted"]
