"""A handover as a form."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.accounts.selectors import holders_of
from creditrisk.exceptions import InvalidInputError
from creditrisk.forms import StrictForm
from customers.forms.fields import PersonField
from customers.models import Customer
from customers.models.handover import NOTES_MAX_LENGTH

FIELD_OF_REFUSAL = {
    "portfolio.no_service_manager": "recipient",
    "portfolio.same_person": "recipient",
    "handover.notes_missing": "state_of_business",
}


class HandoverForm(StrictForm, forms.Form):
    """What `propose_handover` asks for: to whom, and the notes that go along."""

    recipient = PersonField(label=_("Customer service manager"), queryset=User.objects.none())
    state_of_business = forms.CharField(
        label=_("State of business"),
        max_length=NOTES_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("What was agreed, what is being delivered and paid, who decides on their side."),
    )
    open_points = forms.CharField(
        label=_("Open points"),
        max_length=NOTES_MAX_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("What the service manager must see to next."),
    )
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        kwargs["initial"] = {"recipient": customer.service_manager_id}
        super().__init__(*args, **kwargs)
        people = self.fields["recipient"]
        assert isinstance(people, PersonField)
        people.queryset = (
            holders_of(Role.SERVICE_MANAGER).exclude(managed_customers=customer).select_related("department")
        )

    def add_refusal(self, refusal: InvalidInputError) -> None:
        """Show what the service refused, at the field it is about."""
        self.add_error(FIELD_OF_REFUSAL.get(refusal.code), str(refusal))
