"""Annex 1 as a form. It takes an incomplete draft; what submission needs is in `reviews.completeness`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from creditrisk.forms import StrictForm
from customers.forms.fields import BankAccountField, CurrencyField, LineField, PhoneField, UsccField
from customers.models import ServiceType
from reviews.completeness import ALWAYS_ASKED, MAX_PAYMENT_TERM_DAYS
from reviews.models import ANSWER_FIELDS, NewCustomerForm
from reviews.paper_form import LONG_TEXTS, SECTIONS, Section, label_of, shown_value

TEXT_MAX_LENGTH = 5000
MAX_YEARS_IN_BUSINESS = 1000


LINES = (
    "name",
    "bank_name",
    "legal_representative",
    "person_in_charge",
    "finance_contact",
    "business_contact",
    "business_licence_number",
    "tax_registration_number",
    "organisation_code",
    "special_industry_permit_number",
    "bank_credit_rating",
    "tax_credit_rating",
)


class AnswersForm(StrictForm, forms.ModelForm):  # type: ignore[type-arg]
    """The answers with the form version that the person saw. The form saves nothing: the service does."""

    service_types = forms.MultipleChoiceField(
        label=_("Service type"),
        choices=ServiceType.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    seen_form_version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = NewCustomerForm
        fields: ClassVar = list(ANSWER_FIELDS)
        field_classes: ClassVar = {
            **dict.fromkeys(LINES, LineField),
            "finance_phone": PhoneField,
            "business_phone": PhoneField,
            "bank_account": BankAccountField,
            "uscc": UsccField,
            "currency": CurrencyField,
            "registered_capital_currency": CurrencyField,
        }
        help_texts: ClassVar = {
            "uscc": _("18 characters. Without it, give the three older numbers below."),
            "related_business": _(
                "What the customer does with companies related to him; write 'none' if nothing."
            ),
            "adverse_records": _("Lawsuits, penalties, blacklists; write 'none' if nothing is known."),
        }

    def __init__(self, *args: Any, form_version: int, usual_terms_days: Iterable[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen_form_version"] = form_version
        for name in ("currency", "registered_capital_currency"):
            field = self.fields[name]
            assert isinstance(field, CurrencyField)
            field.offer(getattr(self.instance, name))
        for name in LONG_TEXTS:
            text = self.fields[name]
            assert isinstance(text, forms.CharField)
            text.max_length = TEXT_MAX_LENGTH
            text.widget.attrs["maxlength"] = TEXT_MAX_LENGTH
        self.fields["payment_term_days"].required = False
        usual = ", ".join(map(str, usual_terms_days))
        self.fields["payment_term_days"].help_text = gettext("Usual terms: %(days)s days.") % {"days": usual}

    def mark_what_submission_needs(self) -> None:
        """Show the fields that submission needs as required; a draft is taken without them all the same."""
        for name in ALWAYS_ASKED:
            self.fields[name].required = True

    @property
    def sections(self) -> list[tuple[Section, list[forms.BoundField]]]:
        """The sections of the form, each with its fields as they are shown."""
        return [(section, [self[name] for name in section.fields]) for section in SECTIONS]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["uscc"] = cleaned.get("uscc") or ""
        for name in LONG_TEXTS:
            if len(cleaned.get(name) or "") > TEXT_MAX_LENGTH:
                self.add_error(name, gettext("At most %(length)s characters.") % {"length": TEXT_MAX_LENGTH})
        self._require_range("registered_capital_amount", 0, None)
        self._require_range("expected_monthly_amount", 0, None)
        self._require_range("years_in_business", 0, MAX_YEARS_IN_BUSINESS)
        self._require_range("payment_term_days", 1, MAX_PAYMENT_TERM_DAYS)
        return cleaned

    def _require_range(self, name: str, least: int, most: int | None) -> None:
        value = self.cleaned_data.get(name)
        if value is None:
            return
        if value < least or (most is not None and value > most):
            text = gettext("At least %(least)s.") if most is None else gettext("From %(least)s to %(most)s.")
            self.add_error(name, text % {"least": least, "most": most})

    def _post_clean(self) -> None:
        # The instance is what is stored: neither changed nor saved by the form.
        pass

    @property
    def valid_answers(self) -> dict[str, Any]:
        """The answers that are valid by themselves, by field name, where others are not."""
        found = {name: self.cleaned_data[name] for name in ANSWER_FIELDS if name in self.cleaned_data}
        if found.get("payment_term_days", 0) is None:
            del found["payment_term_days"]
        return found

    @property
    def answers(self) -> dict[str, Any]:
        """The cleaned answers, by field name; a term left empty is left as stored."""
        answers = {name: self.cleaned_data[name] for name in ANSWER_FIELDS}
        if answers["payment_term_days"] is None:
            del answers["payment_term_days"]
        return answers

    def show_questions(self, questions: Mapping[str, str | Promise]) -> None:
        """Show, at each field, what keeps the stored form from being submitted."""
        _computed = self.errors
        self.cleaned_data = getattr(self, "cleaned_data", {})
        for name, reason in questions.items():
            self.add_error(name, str(reason))

    def rebase(self, stored: NewCustomerForm, *, form_version: int) -> list[tuple[str, str]]:
        """Keep what was typed, and mean the next saving against `stored`; return what is stored otherwise
        there, as label and value.
        """
        self.instance = stored
        data = self.data.copy()  # type: ignore[attr-defined]
        data[self.add_prefix("seen_form_version")] = str(form_version)
        self.data = data
        return [
            (label_of(name), shown_value(stored, name))
            for name, typed in self.answers.items()
            if typed != getattr(stored, name)
        ]
