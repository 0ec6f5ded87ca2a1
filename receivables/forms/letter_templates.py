"""The words of letters as a form: one line is one paragraph or one point."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.forms import StrictForm
from customers.models import Customer
from receivables.letters.texts import StageTexts
from receivables.letters.wording import FIELDS, MAX_CHARACTERS, NEEDED, wording_faults, wording_from
from receivables.letters.wording_messages import FIELD_LABELS, fault_message
from receivables.selectors.letter_templates import TemplateVersion
from receivables.services.letter_templates import NOTE_MAX_LENGTH

ROWS = {"opening": 5, "points": 6, "closing": 5, "mail": 4}


class TemplateForm(StrictForm, forms.Form):
    """The words of one stage in one language; `based_on` is the version that they were changed from, `customer` only
    chooses whom the preview is written to.
    """

    title = forms.CharField()
    opening = forms.CharField(widget=forms.Textarea, help_text=_("Each line is a paragraph."))
    points_intro = forms.CharField(required=False)
    points = forms.CharField(
        widget=forms.Textarea, required=False, help_text=_("Each line is a numbered point.")
    )
    closing = forms.CharField(widget=forms.Textarea, help_text=_("Each line is a paragraph."))
    mail = forms.CharField(
        widget=forms.Textarea,
        help_text=_("Each line is a paragraph; the greeting, the PDF and the contact are added."),
    )
    note = forms.CharField(label=_("What changed"), required=False, max_length=NOTE_MAX_LENGTH)
    customer = forms.CharField(
        label=_("Preview for customer"),
        required=False,
        max_length=30,
        help_text=_("A customer number; without one the letter goes to a made-up customer."),
    )
    based_on = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, version: TemplateVersion, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.version = version
        self.person = person
        self.chosen_customer: Customer | None = None
        for name in FIELDS:
            field = self.fields[name]
            assert isinstance(field, forms.CharField)
            field.label = str(FIELD_LABELS[name])
            # What is too long is told with the other faults; this only bounds what is read.
            field.max_length = 2 * MAX_CHARACTERS[name]
            field.strip = False
            field.required = False
            field.widget.attrs.update({"lang": version.language, "spellcheck": "true"})
            if name in ROWS:
                field.widget.attrs["rows"] = ROWS[name]
            field.widget.attrs["aria-required"] = "true" if name in NEEDED else "false"

    @property
    def wording(self) -> StageTexts:
        """The words as they were typed."""
        return wording_from({name: self.cleaned_data.get(name, "") for name in FIELDS})

    def clean_customer(self) -> str:
        """Return the number of a customer whom the person sees, who is `chosen_customer` from then on; or none."""
        number: str = self.cleaned_data["customer"].strip()
        if number:
            visible = Customer.objects.visible_to(self.person).select_related(
                "service_manager", "account_manager"
            )
            self.chosen_customer = visible.filter(number=number).first()
            if self.chosen_customer is None:
                raise forms.ValidationError(_("No customer of yours has this number."), code="customer")
        return number

    def clean(self) -> dict[str, Any]:
        """Add what is wrong with the words to their fields."""
        cleaned = super().clean() or {}
        for fault in wording_faults(self.wording, stage=self.version.stage):
            self.add_error(fault.field, fault_message(fault, stage=self.version.stage))
        return cleaned
