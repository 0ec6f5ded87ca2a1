"""Handing a step on, asking a colleague, answering him, sending copies."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.forms import StrictForm


class _PeopleForm(StrictForm, forms.Form):
    """A form with one choice of people; who can be chosen comes with it."""

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = people  # type: ignore[attr-defined]


class TransferForm(_PeopleForm):
    """Hand a step over to a colleague of the same role."""

    to = forms.ModelChoiceField(label=_("Colleague"), queryset=User.objects.none())
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2}))


class ConsultForm(_PeopleForm):
    """Ask a colleague for an opinion."""

    to = forms.ModelChoiceField(label=_("Colleague"), queryset=User.objects.none())
    question = forms.CharField(label=_("What do you want to know?"), widget=forms.Textarea(attrs={"rows": 2}))


class CopyForm(_PeopleForm):
    """Send the review to people who are to read it."""

    to = forms.ModelMultipleChoiceField(
        label=_("Readers"), queryset=User.objects.none(), widget=forms.SelectMultiple(attrs={"size": 5})
    )


class AdviceForm(StrictForm, forms.Form):
    """Answer a question."""

    opinion = forms.CharField(label=_("Your opinion"), widget=forms.Textarea(attrs={"rows": 4}))
