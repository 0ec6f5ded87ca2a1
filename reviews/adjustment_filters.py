"""What the list of grade adjustments can be narrowed by: an allow-list."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.roles import Role
from creditrisk.accounts.selectors import people_with
from customers.filters import OfCustomerFilter
from reviews.adjustment_selectors import quarters_adjusted
from reviews.models import AdjustmentState, GradeAdjustment

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
        people = people_with(Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER)
        choices = [(person.pk, str(person)) for person in people]
        self.filters["manager"].extra["choices"] = sorted(choices, key=lambda entry: entry[1])
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
