"""Re-confirming service levels in one sitting (P3.1 f)."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from creditrisk.forms import StrictForm
from customers.models import ServiceLevel

ROW = re.compile(r"(level|reason)-(\d{1,18})")
REASON_MAX_LENGTH = 500


class ServiceLevelForm(StrictForm, forms.Form):
    """The ticked reviews (`chosen`), with a level and a reason for each row of the page."""

    chosen = forms.TypedMultipleChoiceField(
        label=_("Choose"),
        choices=(),
        coerce=int,
        error_messages={"required": _("Tick the reviews that you confirm.")},
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)
        for name in data or ():
            if not (found := ROW.fullmatch(name)):
                continue
            if found[1] == "level":
                self.fields[name] = forms.ChoiceField(label=_("Level"), choices=ServiceLevel.choices)
            else:
                self.fields[name] = forms.CharField(
                    label=_("Reason for another level"), max_length=REASON_MAX_LENGTH, required=False
                )
        rows = {match[2] for name in self.fields if (match := ROW.fullmatch(name)) and match[1] == "level"}
        self.fields["chosen"].choices = [(row, row) for row in sorted(rows)]  # type: ignore[attr-defined]

    def answer_for(self, pk: int) -> tuple[str, str]:
        """Return level and reason given for the review with this primary key."""
        return self.cleaned_data[f"level-{pk}"], self.cleaned_data.get(f"reason-{pk}", "")

    def typed(self) -> dict[int, tuple[str, str]]:
        """Return review → level and reason as they were typed, to show them again."""
        data: Any = self.data
        return {
            int(match[2]): (data[name], data.get(f"reason-{match[2]}", ""))
            for name in data
            if (match := ROW.fullmatch(name)) and match[1] == "level"
        }
