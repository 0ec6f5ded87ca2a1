"""What the list of early-warning cases can be narrowed by: an allow-list."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from customers.address_filters import DayByAddressFilter, OfManagerFilter, OnDayFilter
from customers.models import CaseOutcome, CaseState, WarningCase, WarningCaseQuerySet, WarningKind
from customers.portfolio_filters import MINE, CustomerSearch, PersonalFilterSet, managers
from customers.warning_selectors import open_on, overdue_on

NOBODY = "nobody"
ALL, COUNTED = "all", "counted"


def owners(_request: HttpRequest | None) -> QuerySet[User]:
    """Return the people who own or owned a case: also heads of departments and leaders, and those who left."""
    return User.objects.filter(pk__in=WarningCase.objects.order_by().values("owner")).order_by("username")


class CaseFilter(PersonalFilterSet):
    """Customer, mine, kind, state (open ones where nothing is chosen), overdue, owner, manager, and when raised."""

    q = django_filters.CharFilter(label=_("Search"), method="search", max_length=100, widget=CustomerSearch())
    mine = django_filters.ChoiceFilter(
        label=_("Whose"), choices=[(MINE, _("mine"))], empty_label=_("everybody's"), method="of_mine"
    )
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=WarningKind.choices)
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[
            *CaseState.choices,
            (ALL, _("open and closed")),
            (COUNTED, _("open and closed, without those merged with another")),
        ],
        empty_label=_("open ones"),
        method="in_state",
    )
    overdue = django_filters.ChoiceFilter(
        label=_("Due"), choices=[(MINE, _("overdue"))], empty_label=_("any day"), method="is_overdue"
    )
    owner = django_filters.ModelChoiceFilter(
        label=_("Owner"), queryset=owners, null_label=_("nobody"), null_value=NOBODY
    )
    person = django_filters.ModelChoiceFilter(label=_("Manager"), queryset=managers, method="managed_by")
    since = django_filters.DateFilter(label=_("Raised from"), field_name="raised_on", lookup_expr="gte")
    until = django_filters.DateFilter(label=_("Raised to"), field_name="raised_on", lookup_expr="lte")
    manager = OfManagerFilter()
    outcome = django_filters.MultipleChoiceFilter(
        label=_("Outcome"), choices=CaseOutcome.choices, widget=forms.MultipleHiddenInput
    )
    closed_from = DayByAddressFilter("closed_on", "gte", _("closed from"))
    closed_to = DayByAddressFilter("closed_on", "lte", _("closed to"))
    open_on = OnDayFilter(open_on, _("open at the end of"))
    overdue_on = OnDayFilter(overdue_on, _("overdue at the end of"))

    class Meta:
        model = WarningCase
        fields: tuple[str, ...] = ()

    def filter_queryset(self, queryset: WarningCaseQuerySet) -> WarningCaseQuerySet:
        """Return the chosen cases; where no state is chosen, the open ones."""
        chosen: WarningCaseQuerySet = super().filter_queryset(queryset)
        return chosen if self.form.cleaned_data.get("state") else chosen.open()

    def search(self, queryset: WarningCaseQuerySet, _name: str, value: str) -> WarningCaseQuerySet:
        text = value.strip()
        return queryset.filter(
            Q(number__iexact=text)
            | Q(customer__number__icontains=text)
            | Q(customer__name__icontains=text)
            | Q(customer__name_en__icontains=text)
        )

    def of_mine(self, queryset: WarningCaseQuerySet, _name: str, _value: str) -> WarningCaseQuerySet:
        return queryset.filter(owner=self.user)

    def in_state(self, queryset: WarningCaseQuerySet, _name: str, value: str) -> WarningCaseQuerySet:
        if value == COUNTED:
            return queryset.counted()
        return queryset if value == ALL else queryset.filter(state=value)

    def is_overdue(self, queryset: WarningCaseQuerySet, _name: str, _value: str) -> WarningCaseQuerySet:
        return queryset.overdue(on=self.today)

    def managed_by(self, queryset: WarningCaseQuerySet, _name: str, value: Any) -> WarningCaseQuerySet:
        return queryset.filter(Q(customer__account_manager=value) | Q(customer__service_manager=value))
