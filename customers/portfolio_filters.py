"""What the lists of visits, handovers, files and portfolios can be narrowed by: an allow-list."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.accounts.selectors import people_with
from creditrisk.policy.schema import ReviewCycleRules
from customers.address_filters import DayByAddressFilter, OfManagerFilter, OnDayFilter
from customers.models import (
    Customer,
    CustomerQuerySet,
    CustomerState,
    Handover,
    HandoverQuerySet,
    HandoverState,
    RiskSignal,
    Visit,
    VisitQuerySet,
    VisitState,
)
from customers.portfolio_selectors import due_by, not_made_on
from customers.selectors import matching

OVERDUE = "overdue"
MINE = "on"
OPEN = "open"


def managers(_request: HttpRequest | None) -> QuerySet[User]:
    """Return the active account and service managers."""
    return people_with(Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER)


class PersonalFilterSet(django_filters.FilterSet):
    """A filter that knows who asks, and on which day."""

    def __init__(self, *args: Any, user: User, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.today = today


class CustomerSearch(forms.TextInput):
    """A search box for customers."""

    def __init__(self) -> None:
        super().__init__(attrs={"type": "search", "placeholder": _("customer name or number")})


class VisitFilter(PersonalFilterSet):
    """Customer, mine, state, person, period and risk signal."""

    q = django_filters.CharFilter(label=_("Search"), method="search", max_length=100, widget=CustomerSearch())
    mine = django_filters.ChoiceFilter(
        label=_("Whose"),
        choices=[(OPEN, _("my open tasks")), ("all", _("all mine"))],
        empty_label=_("everybody's"),
        method="of_mine",
    )
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=[*VisitState.choices, (OVERDUE, _("overdue"))], method="in_state"
    )
    person = django_filters.ModelChoiceFilter(label=_("Person"), field_name="responsible", queryset=managers)
    risk = django_filters.ChoiceFilter(
        label=_("Risk signal"), field_name="risk_signal", choices=RiskSignal.choices
    )
    since = django_filters.DateFilter(label=_("From day"), field_name="held_on", lookup_expr="gte")
    until = django_filters.DateFilter(label=_("To day"), field_name="held_on", lookup_expr="lte")
    manager = OfManagerFilter()
    planned_from = DayByAddressFilter("planned_on", "gte", _("planned from"))
    planned_to = DayByAddressFilter("planned_on", "lte", _("planned to"))
    cancelled_from = DayByAddressFilter("cancelled_at__date", "gte", _("cancelled from"))
    cancelled_to = DayByAddressFilter("cancelled_at__date", "lte", _("cancelled to"))
    not_made_on = OnDayFilter(not_made_on, _("not made by the end of"))

    class Meta:
        model = Visit
        fields: tuple[str, ...] = ()

    def search(self, queryset: VisitQuerySet, _name: str, value: str) -> VisitQuerySet:
        text = value.strip()
        return queryset.filter(
            Q(customer__number__icontains=text)
            | Q(customer__name__icontains=text)
            | Q(customer__name_en__icontains=text)
        )

    def of_mine(self, queryset: VisitQuerySet, _name: str, value: str) -> VisitQuerySet:
        mine = queryset.filter(responsible=self.user)
        return mine.filter(state=VisitState.PLANNED) if value == OPEN else mine

    def in_state(self, queryset: VisitQuerySet, _name: str, value: str) -> VisitQuerySet:
        return queryset.overdue(on=self.today) if value == OVERDUE else queryset.filter(state=value)


class HandoverFilter(PersonalFilterSet):
    """Customer, those that wait for me, and state."""

    q = django_filters.CharFilter(label=_("Search"), method="search", max_length=100, widget=CustomerSearch())
    mine = django_filters.ChoiceFilter(
        label=_("Whose"),
        choices=[(OPEN, _("waiting for me")), ("proposed", _("proposed by me"))],
        empty_label=_("everybody's"),
        method="of_mine",
    )
    state = django_filters.ChoiceFilter(label=_("State"), choices=HandoverState.choices)

    class Meta:
        model = Handover
        fields: tuple[str, ...] = ()

    def search(self, queryset: HandoverQuerySet, _name: str, value: str) -> HandoverQuerySet:
        text = value.strip()
        return queryset.filter(Q(customer__number__icontains=text) | Q(customer__name__icontains=text))

    def of_mine(self, queryset: HandoverQuerySet, _name: str, value: str) -> HandoverQuerySet:
        if value == OPEN:
            return queryset.filter(recipient=self.user, state=HandoverState.PROPOSED)
        return queryset.filter(proposed_by=self.user)


class FileFilter(PersonalFilterSet):
    """Customer, mine, how the file stands (overdue or due soon, where nothing is chosen), and its managers."""

    q = django_filters.CharFilter(label=_("Search"), method="search", max_length=100, widget=CustomerSearch())
    mine = django_filters.ChoiceFilter(
        label=_("Whose"), choices=[(MINE, _("mine"))], empty_label=_("everybody's"), method="of_mine"
    )
    standing = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[(OVERDUE, _("overdue")), ("due", _("due soon")), ("all", _("all files"))],
        empty_label=_("overdue or due soon"),
        method="stands",
    )
    person = django_filters.ModelChoiceFilter(label=_("Person"), queryset=managers, method="managed_by")

    class Meta:
        model = Customer
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, rules: ReviewCycleRules, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.last_due_on = self.today + dt.timedelta(days=rules.confirmation_notice_days)

    def filter_queryset(self, queryset: CustomerQuerySet) -> CustomerQuerySet:
        """Return the chosen files; where no state is chosen, those that ask to be confirmed."""
        chosen: CustomerQuerySet = super().filter_queryset(queryset)
        if self.form.cleaned_data.get("standing"):
            return chosen
        return chosen.filter(due_by(self.last_due_on))

    def search(self, queryset: CustomerQuerySet, _name: str, value: str) -> CustomerQuerySet:
        return queryset.filter(matching(value.strip()))

    def of_mine(self, queryset: CustomerQuerySet, name: str, _value: str) -> CustomerQuerySet:
        return self.managed_by(queryset, name, self.user)

    def stands(self, queryset: CustomerQuerySet, _name: str, value: str) -> CustomerQuerySet:
        overdue = due_by(self.today - dt.timedelta(days=1))
        if value == OVERDUE:
            return queryset.filter(overdue)
        if value == "due":
            return queryset.filter(~overdue & due_by(self.last_due_on))
        return queryset

    def managed_by(self, queryset: CustomerQuerySet, _name: str, value: User) -> CustomerQuerySet:
        return queryset.filter(Q(account_manager=value) | Q(service_manager=value))


class PortfolioFilter(django_filters.FilterSet):
    """The customers of one person: search, capacity and state."""

    q = django_filters.CharFilter(label=_("Search"), method="search", max_length=100, widget=CustomerSearch())
    capacity = django_filters.ChoiceFilter(
        label=_("Capacity"),
        choices=[
            ("as_account_manager", _("account manager")),
            ("as_service_manager", _("customer service manager")),
            ("as_recipient", _("handover waiting")),
        ],
        method="in_capacity",
    )
    state = django_filters.ChoiceFilter(label=_("State"), choices=CustomerState.choices)

    class Meta:
        model = Customer
        fields: tuple[str, ...] = ()

    def search(self, queryset: CustomerQuerySet, _name: str, value: str) -> CustomerQuerySet:
        return queryset.filter(matching(value.strip()))

    def in_capacity(self, queryset: CustomerQuerySet, _name: str, value: str) -> CustomerQuerySet:
        return queryset.filter(**{value: True})
