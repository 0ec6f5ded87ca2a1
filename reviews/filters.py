"""What the list of reviews can be narrowed by: an allow-list."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.roles import Role
from creditrisk.accounts.selectors import holders_by_role
from creditrisk.dates import local_today
from customers.filters import OfCustomerFilter
from reviews.adjustment_selectors import quarters_adjusted
from reviews.models import (
    AdjustmentState,
    ApprovalStep,
    GradeAdjustment,
    Review,
    ReviewKind,
    ReviewState,
)
from reviews.models.review import ReviewQuerySet
from reviews.models.step import ApprovalStepQuerySet


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


UP, DOWN, ALL = "up", "down", "all"


class AdjustmentFilter(django_filters.FilterSet):
    """Quarter, customer, state, which way the grade went, and either of the customer's managers. Adjustments that
    changed nothing are left out unless they are asked for.
    """

    quarter = django_filters.ChoiceFilter(label=_("Quarter"), empty_label=_("all quarters"))
    customer = OfCustomerFilter()
    state = django_filters.ChoiceFilter(label=_("State"), choices=AdjustmentState.choices)
    move = django_filters.ChoiceFilter(
        label=_("Change"),
        method="narrow_by_move",
        empty_label=_("changed grades"),
        choices=[(UP, _("better grade")), (DOWN, _("worse grade")), (ALL, _("all, also unchanged"))],
    )
    manager = django_filters.ChoiceFilter(label=_("Manager"), method="narrow_by_manager")

    class Meta:
        model = GradeAdjustment
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = holders_by_role(Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER).values()
        people = {person.pk: str(person) for holders in held for person in holders}
        self.filters["manager"].extra["choices"] = sorted(people.items(), key=lambda entry: entry[1])
        self.filters["quarter"].extra["choices"] = [(quarter, quarter) for quarter in quarters_adjusted()]

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows that fit."""
        chosen = self.form.cleaned_data
        if chosen.get("move") != ALL and chosen.get("state") != AdjustmentState.UNCHANGED:
            queryset = queryset.exclude(state=AdjustmentState.UNCHANGED)
        narrowed: QuerySet[Any] = super().filter_queryset(queryset)
        return narrowed

    def narrow_by_move(self, queryset: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        if value == UP:
            return queryset.filter(new_grade__lt=F("old_grade"))
        return queryset.filter(new_grade__gt=F("old_grade")) if value == DOWN else queryset

    def narrow_by_manager(self, queryset: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(Q(customer__account_manager=value) | Q(customer__service_manager=value))
