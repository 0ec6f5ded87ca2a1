"""Cases of early warning as forms: raised by hand, followed up, passed on, put off, closed; the time of precision."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.exceptions import InvalidInputError
from creditrisk.forms import DayField, StrictForm
from customers.forms.fields import LineField, PersonField
from customers.models import (
    ENTRIES_BY_HAND,
    OUTCOMES_BY_HAND,
    Contact,
    EntryKind,
    Visit,
    WarningCase,
    WarningKind,
)
from customers.models.warning_case import NOTE_MAX_LENGTH
from customers.warning_selectors import contacts_to_call, possible_owners, visits_to_link

VISITS_OFFERED = 20
FIELD_OF_REFUSAL = {
    "warning.reason_missing": "reason",
    "warning.text_missing": "text",
    "warning.future": "happened_on",
    "warning.contact": "contact",
    "warning.visit": "visit",
    "warning.owner": "owner",
    "warning.due_past": "due_on",
    "warning.note_missing": "note",
}


class CaseForm(StrictForm, forms.Form):
    """Shows what a service refused at the field it is about."""

    def add_refusal(self, refusal: InvalidInputError) -> None:
        """Show what the service refused."""
        field = FIELD_OF_REFUSAL.get(refusal.code)
        self.add_error(field if field in self.fields else None, str(refusal))


class RaiseForm(CaseForm):
    """What somebody noticed about a customer (P5.1)."""

    kind = forms.ChoiceField(
        label=_("What it is about"), choices=WarningKind.choices, initial=WarningKind.OTHER
    )
    reason = forms.CharField(
        label=_("What you noticed"), max_length=NOTE_MAX_LENGTH, widget=forms.Textarea(attrs={"rows": 4})
    )
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class VisitField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A visit, shown with its day."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.done_on or obj.planned_on:%Y-%m-%d} {obj.purpose}"


class EntryForm(CaseForm):
    """A call, a visit or a note."""

    kind = forms.ChoiceField(label=_("Kind"), choices=[(kind.value, kind.label) for kind in ENTRIES_BY_HAND])
    happened_on = DayField(label=_("On"))
    text = forms.CharField(
        label=_("Text"), max_length=NOTE_MAX_LENGTH, widget=forms.Textarea(attrs={"rows": 3})
    )
    contact = forms.ModelChoiceField(
        label=_("Contact"), queryset=Contact.objects.none(), required=False, help_text=_("Of a call.")
    )
    visit = VisitField(
        label=_("Visit"),
        queryset=Visit.objects.none(),
        required=False,
        help_text=_("Of a visit that is planned or was made."),
    )
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, case: WarningCase, today: dt.date, **kwargs: Any) -> None:
        kwargs["initial"] = {"kind": EntryKind.CALL, "happened_on": today}
        super().__init__(*args, **kwargs)
        contact, visit = self.fields["contact"], self.fields["visit"]
        assert isinstance(contact, forms.ModelChoiceField)
        assert isinstance(visit, VisitField)
        contact.queryset = contacts_to_call(case.customer)
        offered = visits_to_link(case.customer).values_list("pk", flat=True)[:VISITS_OFFERED]
        visit.queryset = Visit.objects.filter(pk__in=list(offered)).order_by("-pk")


class OwnerForm(CaseForm):
    """To whom a case is given."""

    owner = PersonField(label=_("New owner"), queryset=User.objects.none(), empty_label=None)
    text = LineField(label=_("Reason"), max_length=500, required=False)

    def __init__(self, *args: Any, case: WarningCase, **kwargs: Any) -> None:
        kwargs["initial"] = {"owner": case.owner_id}
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        assert isinstance(owner, PersonField)
        owner.queryset = possible_owners(case.customer)


class DueForm(CaseForm):
    """Until when a case is to be closed."""

    due_on = DayField(label=_("Due"))
    text = LineField(label=_("Reason"), max_length=500, required=False)


class CloseForm(CaseForm):
    """What came of a case."""

    outcome = forms.ChoiceField(
        label=_("Outcome"), choices=[(outcome.value, outcome.label) for outcome in OUTCOMES_BY_HAND]
    )
    note = forms.CharField(
        label=_("What you found out and did"),
        max_length=NOTE_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class PrecisionForm(forms.Form):
    """Of which time the warnings are counted."""

    since = DayField(label=_("Raised from"), required=False)
    until = DayField(label=_("Raised to"), required=False)
