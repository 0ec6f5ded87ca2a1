"""Filters that stand in the address alone: links from the figures of a manager and a month narrow a list with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User


class OfManagerFilter(django_filters.ModelChoiceFilter):
    """The customers of one service manager (primary key)."""

    def __init__(self, field_name: str = "customer__service_manager") -> None:
        # Hidden: the people are not listed, the one who is asked for is looked up.
        super().__init__(
            label=_("Customer service manager"),
            field_name=field_name,
            queryset=User.objects.all(),
            widget=forms.HiddenInput,
        )


class DayByAddressFilter(django_filters.DateFilter):
    """A first or last day."""

    def __init__(self, field_name: str, lookup_expr: str, label: str | Promise) -> None:
        super().__init__(
            field_name=field_name, lookup_expr=lookup_expr, label=label, widget=forms.HiddenInput
        )


class OnDayFilter(django_filters.DateFilter):
    """What was so at the end of a day: `condition` is asked with it."""

    def __init__(self, condition: Callable[[dt.date], Q], label: str | Promise) -> None:
        super().__init__(label=label, widget=forms.HiddenInput)
        self.condition = condition

    def filter(self, queryset: QuerySet[Any], value: dt.date | None) -> QuerySet[Any]:
        return queryset if value is None else queryset.filter(self.condition(value))
