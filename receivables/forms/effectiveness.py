"""Which months and whose figures of the effectiveness of collection are shown."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from receivables.effectiveness import MOST_MONTHS, months_between, usual_months


class MonthField(forms.RegexField):
    """A month, written as 2026-05; its first day."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            r"^20\d{2}-(?:0[1-9]|1[0-2])$",
            error_messages={"invalid": _("Write the month as 2026-05.")},
            widget=forms.TextInput(attrs={"type": "month"}),
            **kwargs,
        )

    def clean(self, value: Any) -> Any:
        """Return the first day of the month, None where nothing was written."""
        text = super().clean(value)
        return dt.date.fromisoformat(f"{text}-01") if text else None


class EffectivenessForm(forms.Form):
    """The months, and one customer service manager of those whose customers the reader sees. Without months: the last
    six whole ones.
    """

    first = MonthField(label=_("From month"), required=False)
    last = MonthField(label=_("To month"), required=False)
    manager = forms.ModelChoiceField(
        User.objects.none(), label=_("Customer service manager"), required=False, empty_label=_("all")
    )

    def __init__(self, data: Any, *, managers: Any, today: dt.date) -> None:
        self.usual_first, self.usual_last = usual_months(today)
        given = {"first": f"{self.usual_first:%Y-%m}", "last": f"{self.usual_last:%Y-%m}"}
        super().__init__(given | {name: data[name] for name in data if data[name]})
        self.fields["manager"].queryset = managers  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse months that make no time, or too long a one."""
        found = super().clean() or {}
        if found.get("first") and found.get("last"):
            count = len(months_between(found["first"], found["last"]))
            if not 1 <= count <= MOST_MONTHS:
                text = _("Choose from 1 to %(most)s months, the first one first.")
                self.add_error("last", forms.ValidationError(text, params={"most": MOST_MONTHS}))
        return found

    def months(self) -> tuple[dt.date, dt.date]:
        """Return the first days of the first and the last month: the usual ones where what was asked for is wrong."""
        if {"first", "last"} & set(self.errors):
            return self.usual_first, self.usual_last
        return self.cleaned_data["first"], self.cleaned_data["last"]
