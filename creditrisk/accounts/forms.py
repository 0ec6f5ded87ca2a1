"""What a person may change about himself."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.forms import StrictForm


class LanguageForm(StrictForm, forms.Form):
    language = forms.ChoiceField(choices=settings.LANGUAGES)
    next = forms.CharField(required=False)


class ThemeForm(StrictForm, forms.Form):
    theme = forms.ChoiceField(choices=User.Theme.choices)
    next = forms.CharField(required=False)


class ProfileForm(StrictForm, forms.Form):
    phone = forms.CharField(label=_("Phone"), max_length=50, required=False)
    mails_wanted = forms.BooleanField(label=_("Send me e-mails"), required=False)
    digest_wanted = forms.BooleanField(
        label=_("Send me a mail in the morning of business days with what waits for me"), required=False
    )
