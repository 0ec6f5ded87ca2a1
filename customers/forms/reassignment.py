"""The reassignment of a portfolio as a form: which customers, to whom."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar
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

FIELD_OF_REFUSAL = {
    "reassignment.no_account_successor": "account_successor",
    "reassignment.no_service_successor": "service_successor",
    "portfolio.no_account_manager": "account_successor",
    "portfolio.no_service_manager": "service_successor",
}
_TICK = re.compile(r"([0-9]{1,18}):([0-9]{1,9})", re.ASCII)


def tick_of(customer: Customer) -> str:
    """Return what the box of a customer posts: who he is, and the version that was seen."""
    return f"{customer.pk}:{customer.version}"


class TicksField(forms.MultipleChoiceField):
    """The ticked customers as primary key → version seen."""

    hidden_widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[str]:
        return [str(item) for item in value or []]

    def validate(self, value: list[str]) -> None:
        if not value:
            raise forms.ValidationError(_("Choose at least one customer."), code="required")
        if not all(_TICK.fullmatch(item) for item in value):
            raise forms.ValidationError(_("Reload the page and choose again."), code="invalid")

    def clean(self, value: Any) -> dict[int, int]:
        ticks = super().clean(value)
        return dict(tuple(map(int, tick.split(":"))) for tick in ticks)  # type: ignore[misc]


class TickedCustomersForm(StrictForm, forms.Form):
    """Which customers go to whom. `roles` maps a field for a person to the role that he is chosen from."""

    customers = TicksField(label=_("Customers"))
    roles: ClassVar[Mapping[str, Role]]

    def __init__(self, *args: Any, without: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, role in self.roles.items():
            field = self.fields[name]
            assert isinstance(field, PersonField)
            people = holders_of(role).select_related("department")
            field.queryset = people.exclude(pk=without.pk) if without else people

    @property
    def ticked(self) -> set[int]:
        """The primary keys of the customers ticked in what was posted, for showing the page again."""
        if not self.is_bound:
            return set()
        posted = self.data.getlist(self.add_prefix("customers"))  # type: ignore[attr-defined]
        return {int(tick.split(":")[0]) for tick in posted if _TICK.fullmatch(tick)}


class AssignmentForm(TickedCustomersForm):
    """Customers of the list to other managers; who is left empty stays."""

    roles: ClassVar[Mapping[str, Role]] = {
        "account_manager": Role.ACCOUNT_MANAGER,
        "service_manager": Role.SERVICE_MANAGER,
    }
    account_manager = PersonField(
        label=_("New account manager"), queryset=User.objects.none(), required=False
    )
    service_manager = PersonField(
        label=_("New customer service manager"), queryset=User.objects.none(), required=False
    )


class ReassignmentForm(TickedCustomersForm):
    """Customers of one `person` to successors; only one whose capacity is among the chosen ones is needed."""

    roles: ClassVar[Mapping[str, Role]] = {
        "account_successor": Role.ACCOUNT_MANAGER,
        "service_successor": Role.SERVICE_MANAGER,
    }
    account_successor = PersonField(
        label=_("New account manager"), queryset=User.objects.none(), required=False
    )
    service_successor = PersonField(
        label=_("New customer service manager"), queryset=User.objects.none(), required=False
    )
    submission_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, without=person, **kwargs)

    def add_refusal(self, refusal: InvalidInputError) -> None:
        """Show what the service refused, at the field it is about."""
        self.add_error(FIELD_OF_REFUSAL.get(refusal.code), str(refusal))
