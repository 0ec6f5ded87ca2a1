"""What the customer list can be narrowed by: an allow-list, nothing of the address bar reaches the ORM by
itself."""

from __future__ import annotations

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.roles import Role
from creditrisk.accounts.selectors import holders_of
from customers.models import Customer, CustomerQuerySet, CustomerState, Grade
from customers.selectors import matching

NO_GRADE = "none"


class CustomerFilter(django_filters.FilterSet):
    """Search, state, grade and the two managers."""

    q = django_filters.CharFilter(
        label=_("Search"),
        method="search",
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("number, name or credit code")}),
    )
    state = django_filters.ChoiceFilter(label=_("State"), choices=CustomerState.choices)
    grade = django_filters.ChoiceFilter(
        label=_("Credit grade"), choices=[*Grade.choices, (NO_GRADE, _("no grade yet"))], method="graded"
    )
    account_manager = django_filters.ModelChoiceFilter(
        label=_("Account manager"), queryset=lambda _request: holders_of(Role.ACCOUNT_MANAGER)
    )
    service_manager = django_filters.ModelChoiceFilter(
        label=_("Customer service manager"), queryset=lambda _request: holders_of(Role.SERVICE_MANAGER)
    )

    class Meta:
        model = Customer
        fields: tuple[str, ...] = ()

    def search(self, queryset: CustomerQuerySet, _name: str, value: str) -> CustomerQuerySet:
        return queryset.filter(matching(value.strip()))

    def graded(self, queryset: CustomerQuerySet, _name: str, value: str) -> CustomerQuerySet:
        return queryset.filter(grade="" if value == NO_GRADE else value)
