"""What the list of reviews can be narrowed by: an allow-list."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.dates import local_today
from customers.address_filters import DayByAddressFilter, OfManagerFilter, OnDayFilter
from customers.models import Customer
from reviews.annual_progress import DONE, STANDINGS
from reviews.models import ApprovalStep, Review, ReviewKind, ReviewState
from reviews.models.review import ReviewQuerySet
from reviews.models.step import ApprovalStepQuerySet
from reviews.selectors import open_on


def _names(value: str, *, review: str = "") -> Q:
    """Return the condition that a review's number, or the name or number of its customer, contains what was typed."""
    text = value.strip()
    fields = ("number", "customer__name", "customer__number")
    return Q(*((f"{review}{field}__icontains", text) for field in fields), _connector=Q.OR)


class ReviewFilter(django_filters.FilterSet):
    """Search by number and customer, state and kind."""

    q = django_filters.CharFilter(
        label=_("Search"),
        method="search",
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("record number or customer")}),
    )
    state = django_filters.ChoiceFilter(label=_("State"), choices=ReviewState.choices)
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=ReviewKind.choices)
    manager = OfManagerFilter()
    started_from = DayByAddressFilter("created_at__date", "gte", _("started from"))
    started_to = DayByAddressFilter("created_at__date", "lte", _("started to"))
    ended_from = DayByAddressFilter("ended_at__date", "gte", _("ended from"))
    ended_to = DayByAddressFilter("ended_at__date", "lte", _("ended to"))
    open_on = OnDayFilter(open_on, _("open at the end of"))

    class Meta:
        model = Review
        fields: tuple[str, ...] = ()

    def search(self, queryset: ReviewQuerySet, _name: str, value: str) -> ReviewQuerySet:
        return queryset.filter(_names(value))


class StepFilter(django_filters.FilterSet):
    """What the steps to decide can be narrowed by: search, kind, stage, and whether their time is over."""

    q = django_filters.CharFilter(
        label=_("Search"),
        method="search",
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("record number or customer")}),
    )
    kind = django_filters.ChoiceFilter(label=_("Kind"), field_name="review__kind", choices=ReviewKind.choices)
    role = django_filters.ChoiceFilter(label=_("Stage"), choices=Role.choices)
    due = django_filters.ChoiceFilter(
        label=_("Due"), method="narrow_by_due", choices=[("overdue", _("overdue")), ("in_time", _("in time"))]
    )

    class Meta:
        model = ApprovalStep
        fields: tuple[str, ...] = ()

    def search(self, queryset: ApprovalStepQuerySet, _name: str, value: str) -> ApprovalStepQuerySet:
        return queryset.filter(_names(value, review="review__"))

    def narrow_by_due(self, queryset: ApprovalStepQuerySet, _name: str, value: str) -> ApprovalStepQuerySet:
        is_past = Q(due_on__lt=local_today())
        return queryset.filter(is_past) if value == "overdue" else queryset.exclude(is_past)


class _OfYear(django_filters.FilterSet):
    """What a list of a year's annual reviews can be narrowed by. The year itself chose the rows already."""

    year = django_filters.ChoiceFilter(label=_("Year"), method="of_year", empty_label=None)
    manager = django_filters.ModelChoiceFilter(
        label=_("Customer service manager"), method="of_manager", queryset=User.objects.none()
    )

    def __init__(self, *args: Any, years: list[int], year: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.form.fields["year"].choices = [(str(one), str(one)) for one in years]
        managers = (
            User.objects.filter(serviced_customers__isnull=False).distinct().order_by("name", "username")
        )
        self.form.fields["manager"].queryset = managers

    def of_year(self, queryset: QuerySet[Any], _name: str, _value: str) -> QuerySet[Any]:
        return queryset


class MissingAnnualFilter(_OfYear):
    """Where the review stands (what is not done, unless asked otherwise), and whose customer it is."""

    q = django_filters.CharFilter(
        label=_("Search"),
        method="search",
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("customer or number")}),
    )
    standing = django_filters.ChoiceFilter(
        label=_("State"), choices=list(STANDINGS.items()), empty_label=_("all that are not done")
    )

    class Meta:
        model = Customer
        fields: tuple[str, ...] = ()

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.form.cleaned_data.get("standing"):
            queryset = queryset.exclude(standing=DONE)
        found: QuerySet[Any] = super().filter_queryset(queryset)
        return found

    def search(self, queryset: QuerySet[Customer], _name: str, value: str) -> QuerySet[Customer]:
        text = value.strip()
        return queryset.filter(Q(name__icontains=text) | Q(number__icontains=text))

    def of_manager(self, queryset: QuerySet[Customer], _name: str, value: User) -> QuerySet[Customer]:
        return queryset.filter(service_manager=value)


class ServiceLevelFilter(_OfYear):
    """Confirmed or not, and whose customer it is."""

    confirmed = django_filters.ChoiceFilter(
        label=_("Service level"),
        method="narrow_by_confirmed",
        choices=[("no", _("to be confirmed")), ("yes", _("confirmed"))],
    )

    class Meta:
        model = Review
        fields: tuple[str, ...] = ()

    def narrow_by_confirmed(self, queryset: QuerySet[Review], _name: str, value: str) -> QuerySet[Review]:
        return queryset.filter(service_level_confirmation__isnull=value == "no")

    def of_manager(self, queryset: QuerySet[Review], _name: str, value: User) -> QuerySet[Review]:
        return queryset.filter(customer__service_manager=value)
