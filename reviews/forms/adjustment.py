"""What a leader decides about an adjustment of a grade, one or several at once."""

from __future__ import annotations

from uuid import uuid4

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from creditrisk.forms import StrictForm
from customers.models import Grade
from reviews.services.adjustment_decisions import REASON_MAX_LENGTH

KEY_DIGITS = 18


class AmendForm(StrictForm, forms.Form):
    """Another grade, and why."""

    grade = forms.ChoiceField(label=_("Grade"), choices=[("", "–"), *Grade.choices])
    reason = forms.CharField(
        label=_("Reason"), max_length=REASON_MAX_LENGTH, widget=forms.Textarea(attrs={"rows": 3})
    )


class RefusalForm(StrictForm, forms.Form):
    """Why the grade stays."""

    reason = forms.CharField(
        label=_("Reason"), max_length=REASON_MAX_LENGTH, widget=forms.Textarea(attrs={"rows": 3})
    )


class BulkDecisionForm(StrictForm, forms.Form):
    """The ticked adjustments, and what is decided about all of them. `query` is the filter to come back to."""

    adjustments = forms.MultipleChoiceField(choices=())
    decision = forms.ChoiceField(
        label=_("Decision"), choices=[("confirm", ""), ("amend", ""), ("refuse", "")]
    )
    grade = forms.ChoiceField(label=_("Grade"), choices=[("", "–"), *Grade.choices], required=False)
    reason = forms.CharField(
        label=_("Reason"), max_length=REASON_MAX_LENGTH, required=False, widget=forms.TextInput
    )
    query = forms.CharField(max_length=2000, required=False, widget=forms.HiddenInput)
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, data: QueryDict | None = None, **kwargs: object) -> None:
        super().__init__(data, **kwargs)  # type: ignore[arg-type]
        sent = data.getlist("adjustments") if data is not None else []
        keys = [key for key in sent if key.isascii() and key.isdigit() and len(key) <= KEY_DIGITS]
        self.fields["adjustments"].choices = [(key, key) for key in keys]  # type: ignore[attr-defined]

    def clean_adjustments(self) -> list[int]:
        """Return the primary keys."""
        return [int(key) for key in self.cleaned_data["adjustments"]]
