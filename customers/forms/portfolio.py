"""Who manages a customer, as a form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.accounts.selectors import holders_of
from creditrisk.exceptions import InvalidInputError
from creditrisk.forms import StrictForm
from customers.forms.fields import PersonField
from customers.models import Customer
from customers.permissions import account_manager_refusal, service_manager_refusal

FIELD_OF_REFUSAL = {
    "portfolio.no_account_manager": "account_manager",
    "portfolio.no_service_manager": "service_manager",
    "portfolio.same_person": "service_manager",
}


class PortfolioForm(StrictForm, forms.Form):
    """The two people; what this person may not change is shown and not taken from the form."""

    account_manager = PersonField(label=_("Account manager"), queryset=User.objects.none(), required=False)
    service_manager = PersonField(
        label=_("Customer service manager"), queryset=User.objects.none(), required=False
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, customer: Customer, by: User, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "account_manager": customer.account_manager_id,
            "service_manager": customer.service_manager_id,
            "version": customer.version,
        }
        super().__init__(*args, **kwargs)
        self._offer("account_manager", Role.ACCOUNT_MANAGER, customer.account_manager_id)
        self._offer("service_manager", Role.SERVICE_MANAGER, customer.service_manager_id)
        self.fields["account_manager"].disabled = account_manager_refusal(by, customer) is not None
        self.fields["service_manager"].disabled = service_manager_refusal(by, customer) is not None

    def _offer(self, name: str, role: Role, current: int | None) -> None:
        # The present one stays on offer, even without the role: the other can be changed all the same.
        people = holders_of(role) | User.objects.filter(pk__in=[current] if current else [])
        self.fields[name].queryset = people.distinct().select_related("department")  # type: ignore[attr-defined]

    def add_refusal(self, refusal: InvalidInputError) -> None:
        """Show what the service refused, at the field it is about."""
        self.add_error(FIELD_OF_REFUSAL.get(refusal.code), str(refusal))
