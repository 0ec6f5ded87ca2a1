"""Visits as forms: a plan, a record, files, and what follows."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.exceptions import InvalidInputError
from creditrisk.forms import SeveralFilesField, StrictForm
from customers.forms.fields import LineField, PersonField
from customers.models import Customer, RiskSignal, Visit, VisitChannel
from customers.models.visit import FINDINGS_MAX_LENGTH
from customers.portfolio_selectors import managers_of, people_at_work, people_who_see

FIELD_OF_REFUSAL = {
    "visit.planned_in_past": "planned_on",
    "visit.responsible": "responsible",
    "visit.purpose_missing": "purpose",
    "visit.done_in_future": "done_on",
    "visit.impression_missing": "impression",
    "follow_up.text_missing": "text",
    "follow_up.due_before_visit": "due_on",
    "follow_up.responsible": "responsible",
}


class PeopleField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Several people, each shown with his department (select it with the people)."""

    label_from_instance = PersonField.label_from_instance


class RefusableForm(StrictForm, forms.Form):
    """A form that shows what the service refused, at the field it is about."""

    def add_refusal(self, refusal: InvalidInputError) -> None:
        """Show what the service refused."""
        field = FIELD_OF_REFUSAL.get(refusal.code)
        self.add_error(field if field in self.fields else None, str(refusal))


class _WithPeople(RefusableForm):
    purpose = LineField(label=_("Purpose"), max_length=300)
    channel = forms.ChoiceField(label=_("Channel"), choices=VisitChannel.choices)
    participants = PeopleField(
        label=_("Our participants"),
        queryset=User.objects.none(),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 5}),
        help_text=_("Who goes along; hold Ctrl to choose several."),
    )
    customer_participants = LineField(label=_("The customer's participants"), max_length=500, required=False)
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = self.fields["participants"]
        assert isinstance(people, PeopleField)
        people.queryset = people_at_work().select_related("department")


class VisitPlanForm(_WithPeople):
    """What `plan_visit` asks for; who makes it is one of the two who manage the customer."""

    planned_on = forms.DateField(label=_("Planned for"))
    responsible = PersonField(label=_("Person responsible"), queryset=User.objects.none(), empty_label=None)
    field_order = ("planned_on", "channel", "purpose", "responsible", "customer_participants", "participants")

    def __init__(self, *args: Any, customer: Customer, by: User, **kwargs: Any) -> None:
        kwargs["initial"] = {"responsible": by.pk, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        managers = self.fields["responsible"]
        assert isinstance(managers, PersonField)
        managers.queryset = managers_of(customer).select_related("department")


class VisitRecordForm(_WithPeople):
    """What `record_visit` asks for: the findings that the policy names, each a field of its own (P5.1.3)."""

    done_on = forms.DateField(label=_("Done on"))
    leadership_changes = forms.CharField(
        label=_("Changes of leadership or management"),
        max_length=FINDINGS_MAX_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    staff_turnover = forms.CharField(
        label=_("Staff turnover"),
        max_length=FINDINGS_MAX_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    reasons_to_continue = forms.CharField(
        label=_("Why they want to go on working with us"),
        max_length=FINDINGS_MAX_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    recent_developments = forms.CharField(
        label=_("Recent developments"),
        max_length=FINDINGS_MAX_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    impression = forms.CharField(
        label=_("Overall impression"),
        max_length=FINDINGS_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    risk_signal = forms.ChoiceField(
        label=_("Risk signal"), choices=RiskSignal.choices, widget=forms.RadioSelect
    )
    documents = SeveralFilesField(label=_("Photos and files"), required=False)
    field_order = ("done_on", "channel", "purpose", "customer_participants", "participants")

    def __init__(self, *args: Any, visit: Visit | None, today: dt.date, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "done_on": today,
            **(_as_planned(visit) if visit else {}),
            **kwargs.get("initial", {}),
        }
        super().__init__(*args, **kwargs)


def _as_planned(visit: Visit) -> dict[str, Any]:
    """Return what the plan says already."""
    return {
        "purpose": visit.purpose,
        "channel": visit.channel,
        "customer_participants": visit.customer_participants,
        "participants": [person.pk for person in visit.participants.all()],
    }


class VisitFilesForm(StrictForm, forms.Form):
    """Files to add to a visit."""

    documents = SeveralFilesField(label=_("Photos and files"))


class FollowUpForm(RefusableForm):
    """What `add_follow_up` asks for; the person is one of those who see the customer."""

    text = LineField(label=_("What is to be done"), max_length=500)
    due_on = forms.DateField(label=_("Due"))
    responsible = PersonField(label=_("Person responsible"), queryset=User.objects.none(), empty_label=None)
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, customer: Customer, by: User, **kwargs: Any) -> None:
        kwargs["initial"] = {"responsible": by.pk}
        super().__init__(*args, **kwargs)
        people = self.fields["responsible"]
        assert isinstance(people, PersonField)
        people.queryset = people_who_see(customer).select_related("department")
