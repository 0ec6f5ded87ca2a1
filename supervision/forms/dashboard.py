"""Which report the dashboard is about, and what the lists behind it are narrowed by: what is not understood counts as
not given.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import django_filters
from django import forms
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.roles import Role
from customers.address_filters import DayByAddressFilter, OfManagerFilter, OnDayFilter
from customers.contract_selectors import unanswered_on
from customers.models import Customer, CustomerQuerySet, SelfCheck
from customers.models.self_check import SelfCheckQuerySet
from customers.selectors import matching
from reviews.models import ApprovalStep
from reviews.models.step import ApprovalStepQuerySet
from reviews.reports import AGE_UP_TO_DAYS, age_labels
from supervision.kpis import UNGRADED
from supervision.selectors.backlog import opened_between
from supervision.selectors.dashboard import TREND_MONTHS
from supervision.selectors.grades import NO_GRADE, grade_choices
from supervision.selectors.handlers import MANAGER_FIELDS
from supervision.selectors.self_checks import asked_of_person, in_state

SEARCH = {"type": "search", "placeholder": _("number or name")}


class ReportForm(forms.Form):
    """The day of a report."""

    as_of = forms.DateField(label=_("As-of date"), required=False, widget=forms.Select)

    def __init__(self, *args: Any, days: Iterable[dt.date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.days = list(days)
        widget = self.fields["as_of"].widget
        assert isinstance(widget, forms.Select)
        widget.choices = [(day.isoformat(), day.isoformat()) for day in self.days]

    def day(self, *, today: dt.date) -> dt.date:
        """Return the day that was asked for, else that of the latest report, else today."""
        asked: dt.date | None = self.cleaned_data.get("as_of") if self.is_valid() else None
        return asked or (self.days[0] if self.days else today)


class DashboardForm(ReportForm):
    """The day of a report, and how many months the trend goes back."""

    months = forms.TypedChoiceField(
        label=_("Trend"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[
            (TREND_MONTHS[0], _("a year")),
            (TREND_MONTHS[1], _("two years")),
        ],
    )

    def trend_months(self) -> int:
        """Return how many months the trend has."""
        return int(self.cleaned_data.get("months") or TREND_MONTHS[0]) if self.is_bound else TREND_MONTHS[0]


class GradedCustomerFilter(django_filters.FilterSet):
    """Search, grade now and then, and whether it became better or worse."""

    q = django_filters.CharFilter(
        label=_("Search"), method="search", max_length=100, widget=forms.TextInput(attrs=SEARCH)
    )
    grade = django_filters.ChoiceFilter(label=_("Grade on the day"), method="now_graded", choices=())
    was = django_filters.ChoiceFilter(label=_("Grade a year before"), method="once_graded", choices=())
    move = django_filters.ChoiceFilter(
        label=_("Migration"), method="moved", choices=[("worse", _("downgraded")), ("better", _("upgraded"))]
    )
    as_of = django_filters.DateFilter(method="as_given", widget=forms.HiddenInput)

    class Meta:
        model = Customer
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(code, _("no grade") if code == NO_GRADE else code) for code in grade_choices()]
        for name in ("grade", "was"):
            field: Any = self.form.fields[name]
            field.choices = [("", "---------"), *choices]

    def search(self, queryset: CustomerQuerySet, _name: str, value: str) -> CustomerQuerySet:
        return queryset.filter(matching(value.strip()))

    def now_graded(self, queryset: Any, _name: str, value: str) -> CustomerQuerySet:
        narrowed: CustomerQuerySet = queryset.filter(grade_now=UNGRADED if value == NO_GRADE else value)
        return narrowed

    def once_graded(self, queryset: Any, _name: str, value: str) -> CustomerQuerySet:
        narrowed: CustomerQuerySet = queryset.filter(grade_then=UNGRADED if value == NO_GRADE else value)
        return narrowed

    def moved(self, queryset: Any, _name: str, value: str) -> CustomerQuerySet:
        graded = queryset.exclude(grade_now=UNGRADED).exclude(grade_then=UNGRADED)
        then = F("grade_then")
        is_moved = Q(grade_now__gt=then) if value == "worse" else Q(grade_now__lt=then)
        narrowed: CustomerQuerySet = graded.filter(is_moved)
        return narrowed

    def as_given(self, queryset: CustomerQuerySet, _name: str, _value: Any) -> CustomerQuerySet:
        return queryset  # the rows are of that day's report already


class ApprovalFilter(django_filters.FilterSet):
    """Role, age, and whether the time is over."""

    role = django_filters.ChoiceFilter(label=_("Role"), choices=Role.choices)
    age = django_filters.TypedChoiceFilter(label=_("Waiting for"), method="of_age", coerce=int, choices=())
    late = django_filters.ChoiceFilter(label=_("Due"), method="past", choices=[("yes", _("overdue"))])

    class Meta:
        model = ApprovalStep
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        field: Any = self.form.fields["age"]
        field.choices = [("", "---------"), *((str(age), label) for age, label in enumerate(age_labels()))]
        assert len(field.choices) == len(AGE_UP_TO_DAYS) + 2

    def of_age(self, queryset: ApprovalStepQuerySet, _name: str, value: int) -> ApprovalStepQuerySet:
        return opened_between(queryset, age=value, on=self.today)

    def past(self, queryset: ApprovalStepQuerySet, _name: str, _value: str) -> ApprovalStepQuerySet:
        return queryset.filter(due_on__lt=self.today)


class SelfCheckFilter(django_filters.FilterSet):
    """Role, person, state, and when the period ended."""

    role = django_filters.ChoiceFilter(
        label=_("Role"), choices=[(role, Role(role).label) for role in MANAGER_FIELDS]
    )
    person = django_filters.NumberFilter(
        method="of_person", min_value=1, decimal_places=0, widget=forms.HiddenInput
    )
    state = django_filters.ChoiceFilter(
        label=_("State"),
        method="in_state",
        choices=[("open", _("open")), ("overdue", _("overdue")), ("done", _("done"))],
    )
    ends_from = django_filters.DateFilter(
        label=_("period ends from"), field_name="period_ends_on", lookup_expr="gte"
    )
    ends_to = django_filters.DateFilter(
        label=_("period ends to"), field_name="period_ends_on", lookup_expr="lte"
    )

    manager = OfManagerFilter("contract__customer__service_manager")
    done_from = DayByAddressFilter("done_on", "gte", _("done from"))
    done_to = DayByAddressFilter("done_on", "lte", _("done to"))
    missing_on = OnDayFilter(unanswered_on, _("missing at the end of"))

    class Meta:
        model = SelfCheck
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def of_person(self, queryset: SelfCheckQuerySet, _name: str, value: Any) -> SelfCheckQuerySet:
        asked = Q(pk__in=[])
        for role in MANAGER_FIELDS:
            asked |= asked_of_person(role, int(value))
        return queryset.filter(asked)

    def in_state(self, queryset: SelfCheckQuerySet, _name: str, value: str) -> SelfCheckQuerySet:
        return queryset.filter(in_state(value, today=self.today))
