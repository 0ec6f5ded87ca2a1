"""What the damages are narrowed by, and the forms of receipts and waivers (P5.2.3)."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.exceptions import BusinessError
from creditrisk.forms import DayField, StrictForm
from creditrisk.money import DECIMAL_PLACES, MAX_DIGITS
from customers.forms.fields import CurrencyField, LineField

FIELD_OF_REFUSAL = {
    "damages.amount": "amount",
    "damages.day": "received_on",
    "damages.reason": "reason",
    "waiver.amount": "amount",
    "waiver.nothing": "currency",
    "waiver.reason": "reason",
    "waiver.less_open": "reason",
}
OWING, WAITING = "owing", "waiting"


class DamagesFilterForm(forms.Form):
    """Day, search, and which customers. What is not understood counts as not given."""

    on = DayField(label=_("As-of date"), required=False)
    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("number, name or credit code")}),
    )
    show = forms.ChoiceField(
        label=_("Customers"),
        required=False,
        choices=[
            ("", _("all who were late")),
            (OWING, _("with a balance of damages")),
            (WAITING, _("with a waiver to be decided")),
        ],
    )


class DamagesDayForm(forms.Form):
    """As of which day the damages of a customer are shown."""

    on = DayField(label=_("As-of date"), required=False)


class ServiceForm(StrictForm, forms.Form):
    """A form whose service may refuse what it was given."""

    def add_refusal(self, refusal: BusinessError) -> None:
        """Show what the service refused, at the field it is about."""
        field = FIELD_OF_REFUSAL.get(refusal.code)
        self.add_error(field if field in self.fields else None, str(refusal))


class ReceiptForm(ServiceForm):
    """What was received for damages."""

    amount = forms.DecimalField(label=_("Amount"), max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES)
    currency = CurrencyField(label=_("Currency"))
    received_on = DayField(label=_("Received on"))
    reference = LineField(label=_("Payment reference"), max_length=200, required=False)
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, currency: str, today: dt.date, **kwargs: Any) -> None:
        kwargs["initial"] = {"currency": currency, "received_on": today}
        super().__init__(*args, **kwargs)
        self.fields["currency"].offer(currency)  # type: ignore[attr-defined]


class ReversalForm(ServiceForm):
    """Why a receipt is reversed."""

    reason = LineField(label=_("Reason"), max_length=500)


class WaiverForm(ServiceForm):
    """What is asked to be waived: of one item, or of all damages in a currency; no amount is the whole."""

    currency = CurrencyField(label=_("Currency"))
    document = forms.CharField(label=_("Document"), max_length=100, required=False, strip=False)
    due_on = DayField(
        label=_("Due date"),
        required=False,
        help_text=_(
            "Of one item: its document and due date. Without a due date: of all damages in the currency."
        ),
    )
    amount = forms.DecimalField(
        label=_("Amount"),
        required=False,
        max_digits=MAX_DIGITS,
        decimal_places=DECIMAL_PLACES,
        help_text=_("Empty: all that is open today."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["currency"].offer(currency)  # type: ignore[attr-defined]


class DecisionForm(ServiceForm):
    """Why the group leader waives or does not."""

    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
