"""Entering an absence."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.selectors import people_at_work
from creditrisk.forms import StrictForm


class AbsenceForm(StrictForm, forms.Form):
    """From when to when somebody is away, and who stands in. Whether that is possible, the service knows."""

    person = forms.ModelChoiceField(label=_("Who is away"), queryset=User.objects.none())
    deputy = forms.ModelChoiceField(label=_("Deputy"), queryset=User.objects.none())
    starts_on = forms.DateField(label=_("First day"))
    ends_on = forms.DateField(label=_("Last day"))

    def __init__(self, *args: Any, person: User, for_others: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = people_at_work()
        self.fields["deputy"].queryset = people  # type: ignore[attr-defined]
        if for_others:
            self.fields["person"].queryset = people  # type: ignore[attr-defined]
        else:
            del self.fields["person"]
            self.fields["deputy"].queryset = people.exclude(pk=person.pk)  # type: ignore[attr-defined]
