"""What the list of reviews can be narrowed by: an allow-list."""

from __future__ import annotations

import django_filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.roles import Role
from creditrisk.dates import local_today
from customers.address_filters import DayByAddressFilter, OfManagerFilter
from reviews.models import ApprovalStep, Review, ReviewKind, ReviewState
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
    manager = OfManagerFilter()
    started_from = DayByAddressFilter("created_at__date", "gte", _("started from"))
    started_to = DayByAddressFilter("created_at__date", "lte", _("started to"))
    ended_from = DayByAddressFilter("ended_at__date", "gte", _("ended from"))
    ended_to = DayByAddressFilter("ended_at__date", "lte", _("ended to"))

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
