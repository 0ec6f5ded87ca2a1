"""The analysis of a monthly summary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.forms import StrictForm
from supervision.models import MonthlySummary
from supervision.services.summary_signing import ANALYSIS_MAX_LENGTH


class AnalysisForm(StrictForm, forms.Form):
    """The text, and the version that its writer saw (`seen_form_version`: the name that the autosave knows)."""

    analysis = forms.CharField(
        label=_("Your analysis"),
        help_text=_(
            "What stands out, why, and what you will do about it. Figures and text are final once you sign."
        ),
        max_length=ANALYSIS_MAX_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 12}),
    )
    seen_form_version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None = None, *, summary: MonthlySummary) -> None:
        initial = {"analysis": summary.analysis, "seen_form_version": summary.version}
        super().__init__(data, initial=initial)
