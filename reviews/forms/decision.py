"""A decision on a step, a submission and a withdrawal, each with what the person saw."""

from __future__ import annotations

import re
from typing import Self

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from creditrisk.forms import StrictForm
from customers.models import Grade, ServiceLevel
from reviews.models import ApprovalStep, Review, ReviewKind


class DecisionForm(StrictForm, forms.Form):
    """Approve, return or reject. Whether a reason is needed, and a grade or service level may be given, the service
    knows.
    """

    opinion = forms.CharField(
        label=_("Opinion"),
        required=False,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Needed when you return or reject."),
    )
    grade = forms.ChoiceField(
        label=_("Credit grade"), choices=[("", _("as proposed")), *Grade.choices], required=False
    )
    grade_reason = forms.CharField(label=_("Reason for another grade"), max_length=500, required=False)
    service_level = forms.ChoiceField(
        label=_("Service level"), choices=[("", _("as it is")), *ServiceLevel.choices], required=False
    )
    service_level_reason = forms.CharField(
        label=_("Reason for another service level"), max_length=500, required=False
    )
    seen_round = forms.IntegerField(widget=forms.HiddenInput)
    seen_form_version = forms.IntegerField(widget=forms.HiddenInput)

    @classmethod
    def for_review(cls, review: Review, step: ApprovalStep) -> Self:
        """Return an empty form for one step of the review as it is shown now."""
        seen = {"seen_round": review.round, "seen_form_version": review.form_version}
        return cls(initial=seen, auto_id=f"step{step.pk}_%s")

    def see(self, review: Review) -> None:
        """Keep what was typed; the page now shows the review as it is stored."""
        data = self.data.copy()  # type: ignore[attr-defined]
        data["seen_round"] = str(review.round)
        data["seen_form_version"] = str(review.form_version)
        self.data = data


class PhraseForm(StrictForm, forms.Form):
    """A phrase for opinions."""

    text = forms.CharField(label=_("Phrase"), max_length=200)


class ReportForm(StrictForm, forms.Form):
    """Of which decisions the days per stage are told."""

    first_on = forms.DateField(label=_("Decided from"))
    last_on = forms.DateField(label=_("Decided up to"))
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", _("all")), *ReviewKind.choices], required=False)


class CodeForm(StrictForm, forms.Form):
    """The code of a print-out."""

    code = forms.CharField(label=_("Verification code"), max_length=40)


class BulkForm(StrictForm, forms.Form):
    """Approve several steps: each with the round and form version that were seen, and one opinion for all."""

    steps = forms.MultipleChoiceField(choices=())
    opinion = forms.CharField(
        label=_("Opinion on all of them"), required=False, max_length=500, widget=forms.TextInput
    )

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        well_formed = [
            value for value in data.getlist("steps") if re.fullmatch(r"\d{1,18}(\.\d{1,9}){2}", value)
        ]
        self.fields["steps"].choices = [(value, value) for value in well_formed]  # type: ignore[attr-defined]

    def clean_steps(self) -> list[tuple[int, int, int]]:
        """Return step, round and form version of each."""
        return [tuple(int(part) for part in value.split(".")) for value in self.cleaned_data["steps"]]  # type: ignore[misc]


class SubmitForm(StrictForm, forms.Form):
    """Hand the form in as it was seen."""

    seen_form_version = forms.IntegerField(widget=forms.HiddenInput)


class WithdrawForm(StrictForm, forms.Form):
    """Take the form back, with a reason if one is given."""

    reason = forms.CharField(label=_("Reason"), max_length=500, required=False)
