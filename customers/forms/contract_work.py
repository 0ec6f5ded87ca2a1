"""What happens while a contract runs, as forms: log, files, disputes, self-checks, overrides."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.exceptions import InvalidInputError
from creditrisk.forms import SeveralFilesField, StrictForm
from creditrisk.money import DECIMAL_PLACES, MAX_DIGITS
from customers.contract_selectors import dispute_owners
from customers.forms.fields import LineField, PersonField
from customers.models import DisputeReason, LogKind
from customers.services.contract_log import KINDS_BY_HAND

FIELD_OF_REFUSAL = {
    "log.kind": "kind",
    "log.future": "happened_on",
    "log.text_missing": "text",
    "log.amount": "amount",
    "dispute.subject_missing": "subject",
    "dispute.amount": "disputed_amount",
    "dispute.owner": "owner",
    "dispute.deadline": "deadline_on",
    "dispute.items": "items",
    "dispute.item_taken": "items",
    "dispute.text_missing": "text",
    "self_check.deviations_missing": "deviations",
    "override.reason_missing": "reason",
}


class WorkForm(StrictForm, forms.Form):
    """Shows what a service refused at the field it is about."""

    def add_refusal(self, refusal: InvalidInputError) -> None:
        """Show what the service refused, at the field it is about."""
        is_file = refusal.code.startswith("attachment.")
        field = "documents" if is_file else FIELD_OF_REFUSAL.get(refusal.code)
        self.add_error(field if field in self.fields else None, str(refusal))


class LogEntryForm(WorkForm):
    """An entry of the performance log (P3.2.2)."""

    kind = forms.ChoiceField(
        label=_("What happened"), choices=[(kind.value, kind.label) for kind in KINDS_BY_HAND]
    )
    happened_on = forms.DateField(label=_("On"))
    text = forms.CharField(label=_("Text"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3}))
    amount = forms.DecimalField(
        label=_("Amount"),
        max_digits=MAX_DIGITS,
        decimal_places=DECIMAL_PLACES,
        min_value=0,
        required=False,
        help_text=_("In the contract's currency."),
    )
    documents = SeveralFilesField(label=_("Files"), required=False)
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        kwargs["initial"] = {"kind": LogKind.DELIVERED, "happened_on": today}
        super().__init__(*args, **kwargs)


class ContractFilesForm(WorkForm):
    """Files to attach to the contract itself."""

    documents = SeveralFilesField(label=_("Files"))


class DisputeFactsForm(WorkForm):
    """What every dispute says (P3.3): what it is about, who leads it, until when."""

    subject = LineField(label=_("Subject"), max_length=200)
    reason = forms.ChoiceField(label=_("Reason"), choices=DisputeReason.choices)
    owner = PersonField(
        label=_("Owner"),
        queryset=User.objects.none(),
        help_text=_("Legal affairs or general management; he is told, and may give it to a colleague."),
    )
    deadline_on = forms.DateField(label=_("To be settled by"), required=False)
    description = forms.CharField(
        label=_("What it is about"), required=False, max_length=5000, widget=forms.Textarea
    )
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = dispute_owners().select_related("department")  # type: ignore[attr-defined]


class DisputeForm(DisputeFactsForm):
    """A dispute about a contract (P3.3)."""

    disputed_amount = forms.DecimalField(
        label=_("Amount in dispute"),
        max_digits=MAX_DIGITS,
        decimal_places=DECIMAL_PLACES,
        min_value=0,
        required=False,
        help_text=_("In the contract's currency."),
    )
    documents = LineField(
        label=_("Document numbers"),
        max_length=500,
        required=False,
        help_text=_(
            "Invoices and delivery notes that are disputed: they are not dunned meanwhile. Without any, nothing of"
            " this contract is dunned, up to the amount in dispute where there is one (P5.2.3)."
        ),
    )


class DisputeNoteForm(WorkForm):
    """An entry of a dispute's log."""

    text = forms.CharField(label=_("Note"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3}))
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class DisputeOwnerForm(WorkForm):
    """To whom a dispute is given."""

    owner = PersonField(label=_("New owner"), queryset=User.objects.none(), empty_label=None)
    text = LineField(label=_("Reason"), max_length=500, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = dispute_owners().select_related("department")  # type: ignore[attr-defined]


class DisputeEndForm(WorkForm):
    """How a dispute ends."""

    text = forms.CharField(label=_("Outcome"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3}))


class DisputeSettlementForm(DisputeEndForm):
    """How a dispute is settled, and what we let go of."""

    conceded_amount = forms.DecimalField(
        label=_("Conceded"),
        max_digits=MAX_DIGITS,
        decimal_places=DECIMAL_PLACES,
        min_value=0,
        required=False,
        help_text=_("What we let go of, for finance to credit. What is open afterwards is dunned again."),
    )


class SelfCheckForm(WorkForm):
    """A self-check (P3.2.3): is all as contracted; if not, what deviates and what is done about it."""

    is_as_contracted = forms.TypedChoiceField(
        label=_("Is everything as contracted?"),
        choices=[("yes", _("yes")), ("no", _("no"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    deviations = forms.CharField(
        label=_("Deviations"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Delivery, quality, acceptance, invoices, payments: what is not as contracted."),
    )
    next_action = forms.CharField(
        label=_("Next action"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


class OverrideRequestForm(WorkForm):
    """Why there should be a contract all the same (P3.1 a)."""

    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}))
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class OverrideDecisionForm(WorkForm):
    """What the group leader decides, with the reason; until when the contract must be signed."""

    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
    valid_to_on = forms.DateField(
        label=_("Valid to"),
        required=False,
        help_text=_("The last day on which the contract may be signed; empty: until it is used."),
    )

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_valid_to_on(self) -> dt.date | None:
        valid_to_on: dt.date | None = self.cleaned_data["valid_to_on"]
        if valid_to_on is not None and valid_to_on < self.today:
            raise forms.ValidationError(_("This day has passed."), code="past")
        return valid_to_on
