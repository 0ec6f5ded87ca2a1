"""What the list of reviews can be narrowed by: an allow-list."""

from __future__ import annotations

import django_filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reviews.models import Review, ReviewKind, ReviewState
from reviews.models.review import ReviewQuerySet


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
        text = value.strip()
        return queryset.filter(
            Q(number__icontains=text)
            | Q(customer__name__icontains=text)
            | Q(customer__number__icontains=text)
        )
