"""What people add to an annual review (Annex 2): scores and remarks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from creditrisk.forms import StrictForm
from creditrisk.policy.schema import GRADES, Policy
from creditrisk.policy.wording import CRITERIA, cooperation_years
from reviews.annual_view import proposal_text
from reviews.models import Score

REMARKS_MAX_LENGTH = 5000
REASON_MAX_LENGTH = 500


@dataclass(frozen=True)
class AskedCriterion:
    """One criterion of the form: its choice, its reason, and what the software proposes."""

    code: str
    label: str | Promise
    answer: forms.BoundField
    reason: forms.BoundField
    proposal: str
    proposed: str
    points: str


class ScoreForm(StrictForm, forms.Form):
    """One answer for each criterion of the policy, and a reason where it departs from the proposal."""

    def __init__(
        self, *args: Any, policy: Policy, facts: Mapping[str, Any], given: Score | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.facts = facts
        self.codes = [criterion.code for criterion in policy.criteria]
        self.points = {criterion.code: json.dumps(criterion.points) for criterion in policy.criteria}
        for criterion in policy.criteria:
            code = criterion.code
            name, meanings = CRITERIA[code]
            meanings = meanings or cooperation_years(policy.cooperation_history)
            self.fields[code] = forms.ChoiceField(
                label=str(name),
                choices=[
                    (grade, f"{grade} {criterion.points[grade]} – {meanings[grade]}") for grade in GRADES
                ],
                widget=forms.RadioSelect,
            )
            self.fields[f"reason_{code}"] = forms.CharField(
                label=_("Reason for another answer than the proposal"),
                max_length=REASON_MAX_LENGTH,
                required=False,
            )
            if given:
                self.initial[code] = given.answers.get(code)
                self.initial[f"reason_{code}"] = given.reasons.get(code, "")

    @property
    def criteria(self) -> Iterator[AskedCriterion]:
        """The criteria in the order of the policy."""
        for code in self.codes:
            yield AskedCriterion(
                code=code,
                label=CRITERIA[code][0],
                answer=self[code],
                reason=self[f"reason_{code}"],
                proposal=proposal_text(code, self.facts),
                points=self.points[code],
                proposed=self.facts.get("proposals", {}).get(code, {}).get("answer", ""),
            )

    @property
    def answers(self) -> dict[str, str]:
        """The cleaned answers, by criterion."""
        return {code: self.cleaned_data[code] for code in self.codes}

    @property
    def reasons(self) -> dict[str, str]:
        """The cleaned reasons, by criterion."""
        return {code: self.cleaned_data[f"reason_{code}"] for code in self.codes}

    def show_missing_reasons(self, text: str) -> None:
        """Put the refusal at every criterion that departs from its proposal without a reason."""
        for asked in list(self.criteria):
            departs = asked.proposed and self.cleaned_data.get(asked.code) != asked.proposed
            if departs and not self.cleaned_data.get(f"reason_{asked.code}"):
                self.add_error(f"reason_{asked.code}", text)


class RemarksForm(StrictForm, forms.Form):
    """The remarks of the annual form, with the form version that the person saw."""

    remarks = forms.CharField(
        label=_("Remarks"), required=False, max_length=REMARKS_MAX_LENGTH, widget=forms.Textarea
    )
    seen_form_version = forms.IntegerField(widget=forms.HiddenInput)
