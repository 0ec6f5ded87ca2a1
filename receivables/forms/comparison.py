"""Which two reports are compared."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext_lazy as _

from receivables.models import Report
from receivables.selectors.comparison import CHANGES

CHANGE_LABELS = {
    "new": _("new items"),
    "paid": _("paid or credited"),
    "vanished": _("gone before it was due"),
    "part_paid": _("fell"),
    "raised": _("rose"),
}


class ComparisonForm(forms.Form):
    """Two reports in force, and perhaps one kind of change. What is not understood counts as not given."""

    earlier = forms.ChoiceField(label=_("Earlier report"), required=False)
    later = forms.ChoiceField(label=_("Later report"), required=False)
    change = forms.ChoiceField(
        label=_("Change"),
        required=False,
        choices=[("", _("all")), *((key, CHANGE_LABELS[key]) for key in CHANGES)],
    )

    def __init__(self, *args: object, reports: Iterable[Report], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        choices = [(report.number, f"{report.as_of:%Y-%m-%d} · {report.number}") for report in reports]
        for name in ("earlier", "later"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]
