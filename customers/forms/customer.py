"""The customer file as a form: the master data of Annex 1."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar
from uuid import uuid4

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.accounts.selectors import holders_of
from creditrisk.exceptions import ConflictError, InvalidInputError
from creditrisk.forms import StrictForm
from customers.forms.fields import (
    BankAccountField,
    CurrencyField,
    CustomerNumberField,
    LineField,
    PersonField,
    PhoneField,
    PostalCodeField,
    UsccField,
    require_no_negative_capital,
)
from customers.master_data import MASTER_DATA_FIELDS
from customers.models import Customer

OPENING_FIELDS = (
    "bank_name",
    "bank_account",
    "legal_representative",
    "person_in_charge",
    "finance_contact",
    "finance_phone",
    "finance_email",
    "business_contact",
    "business_phone",
)
"""Asked for once, when the file is opened; later contacts and bank accounts are edited as such."""
TERM_MAX_DAYS = 365
FIELD_OF_REFUSAL = {
    "customer.number_taken": "number",
    "customer.number_invalid": "number",
    "customer.uscc_taken": "uscc",
    "customer.uscc_invalid": "uscc",
    "customer.postal_code_invalid": "postal_code",
    "customer.name_missing": "name",
    "customer.currency_of_limit": "currency",
    "customer.likely_duplicate": "is_another_company",
    "portfolio.no_service_manager": "service_manager",
    "portfolio.same_person": "service_manager",
}


class CustomerForm(StrictForm, forms.ModelForm):  # type: ignore[type-arg]
    """The master data with the `version` the person saw. The form saves nothing: the service does.

    Contacts and bank accounts have forms of their own (`OPENING_FIELDS`)."""

    opens_file: ClassVar[bool] = False
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Customer
        fields: ClassVar = list(MASTER_DATA_FIELDS)
        field_classes: ClassVar = {
            **dict.fromkeys(
                (
                    "name",
                    "name_en",
                    "short_name",
                    "business_licence_number",
                    "tax_registration_number",
                    "organisation_code",
                    "bank_name",
                    "legal_representative",
                    "person_in_charge",
                    "finance_contact",
                    "business_contact",
                    "address",
                ),
                LineField,
            ),
            "finance_phone": PhoneField,
            "business_phone": PhoneField,
            "bank_account": BankAccountField,
            "uscc": UsccField,
            "postal_code": PostalCodeField,
            "currency": CurrencyField,
            "registered_capital_currency": CurrencyField,
        }

    def __init__(self, *args: Any, usual_terms_days: Iterable[int] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.opens_file:
            for name in OPENING_FIELDS:
                del self.fields[name]
        if "version" in self.fields:
            self.initial["version"] = self.instance.version
        for name in ("currency", "registered_capital_currency"):
            field = self.fields[name]
            assert isinstance(field, CurrencyField)
            field.offer(getattr(self.instance, name))
        term = self.fields["payment_term_days"]
        term.max_value = TERM_MAX_DAYS  # type: ignore[attr-defined]
        term.validators.append(forms.IntegerField(max_value=TERM_MAX_DAYS).validators[-1])
        term.widget.attrs["max"] = TERM_MAX_DAYS
        industry = self.fields["industry"]
        assert isinstance(industry, forms.ModelChoiceField)
        industry.empty_label = "–"
        # Who does not say how the term counts leaves it as it is: at first, days after the document.
        self.fields["payment_term_kind"].required = False
        if usual := list(usual_terms_days):
            term.help_text = gettext("Usual terms: %(days)s days.") % {"days": ", ".join(map(str, usual))}

    def clean_payment_term_kind(self) -> str:
        return str(self.cleaned_data["payment_term_kind"] or self.instance.payment_term_kind)

    def clean_registered_capital_amount(self) -> Any:
        amount = self.cleaned_data["registered_capital_amount"]
        require_no_negative_capital(amount)
        return amount

    def validate_unique(self) -> None:
        """Leave it to the service, which asks the database under its lock and does not name the other customer."""

    @property
    def master_data(self) -> dict[str, Any]:
        """The cleaned master data that the form asks for."""
        return {name: self.cleaned_data[name] for name in MASTER_DATA_FIELDS if name in self.fields}

    def add_refusal(self, refusal: InvalidInputError) -> None:
        """Show what the service refused, at the field it is about."""
        field = FIELD_OF_REFUSAL.get(refusal.code)
        self.add_error(field if field in self.fields else None, str(refusal))

    def add_conflict(self, conflict: ConflictError, *, version: int) -> None:
        """Show who changed what meanwhile; what was typed stays, and saving again is meant against `version`."""
        self.data = {**self.data.dict(), self.add_prefix("version"): str(version)}  # type: ignore[attr-defined]
        self.add_error(None, str(conflict))


class NewCustomerFileForm(CustomerForm):
    """A new file: a number of one's own or the next running one, and the service manager to be."""

    opens_file = True
    version = None  # type: ignore[assignment]
    number = CustomerNumberField(
        label=_("Customer number"),
        required=False,
        max_length=40,
        help_text=_("Leave it empty for the next running number."),
    )
    service_manager = PersonField(
        label=_("Customer service manager"),
        queryset=User.objects.none(),
        required=False,
        help_text=_("Gives the second opinion on the review and runs the customer afterwards."),
    )
    is_another_company = forms.BooleanField(label=_("It is another company"), required=False)
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["service_manager"]
        assert isinstance(field, PersonField)
        field.queryset = holders_of(Role.SERVICE_MANAGER).exclude(pk=by.pk).select_related("department")
