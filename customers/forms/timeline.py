"""What a timeline can be narrowed by."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.timeline import Cursor, kinds


class TimelineForm(forms.Form):
    """Kinds of entries, the first and the last day, and where the page begins. What is not understood counts as not
    given."""

    kind = forms.MultipleChoiceField(
        label=_("Kinds"), required=False, widget=forms.CheckboxSelectMultiple, choices=[]
    )
    since = forms.DateField(label=_("First day"), required=False)
    until = forms.DateField(label=_("Last day"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind.code, kind.label) for kind in kinds()]  # type: ignore[attr-defined]

    def chosen(self) -> dict[str, Any]:
        """Return what `timeline_of` and `dossier_of` are narrowed by."""
        self.is_valid()
        return {
            "codes": self.cleaned_data.get("kind") or (),
            "since": self.cleaned_data.get("since"),
            "until": self.cleaned_data.get("until"),
        }

    def before(self) -> Cursor | None:
        """Return where the page begins; None for the newest entries."""
        return Cursor.parse(self.data.get("before", ""))
