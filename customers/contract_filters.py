"""What the lists of contracts, disputes and overrides can be narrowed by: allow-lists."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from customers.address_filters import DayByAddressFilter, OfManagerFilter, OnDayFilter
from customers.contract_selectors import (
    dispute_owners,
    ending_within,
    in_dispute_on,
    items_disputed_on,
    performed_on,
)
from customers.models import (
    Contract,
    ContractDispute,
    ContractState,
    DisputeReason,
    DisputeState,
    ServiceType,
)

DAYS_MAX = 3650


def _search_box(placeholder: object) -> forms.TextInput:
    return forms.TextInput(attrs={"type": "search", "placeholder": placeholder})


def _handlers(_request: object) -> QuerySet[User]:
    managers = User.objects.filter(role_assignments__role__in=(Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER))
    return managers.distinct().order_by("username")


class ContractFilter(django_filters.FilterSet):
    """Search by number and customer, state, service type, handler, and what ends soon."""

    q = django_filters.CharFilter(
        label=_("Search"),
        method="search",
        max_length=100,
        widget=_search_box(_("contract number or customer")),
    )
    state = django_filters.ChoiceFilter(label=_("State"), choices=ContractState.choices)
    service_type = django_filters.ChoiceFilter(label=_("Service type"), choices=ServiceType.choices)
    handler = django_filters.ModelChoiceFilter(label=_("Handler"), queryset=_handlers)
    ending_days = django_filters.NumberFilter(
        label=_("Ends within (days)"), method="ending", min_value=0, max_value=DAYS_MAX, decimal_places=0
    )
    manager = OfManagerFilter()
    signed_from = DayByAddressFilter("signed_on", "gte", _("signed from"))
    signed_to = DayByAddressFilter("signed_on", "lte", _("signed to"))
    performed_on = OnDayFilter(performed_on, _("performed at the end of"))
    disputed_on = OnDayFilter(in_dispute_on, _("in dispute at the end of"))

    class Meta:
        model = Contract
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def search(self, queryset: QuerySet[Contract], _name: str, value: str) -> QuerySet[Contract]:
        text = value.strip()
        return queryset.filter(
            Q(number__icontains=text)
            | Q(customer__name__icontains=text)
            | Q(customer__number__icontains=text)
        )

    def ending(self, queryset: QuerySet[Contract], _name: str, value: Any) -> QuerySet[Contract]:
        return queryset.filter(ending_within(int(value), today=self.today))


class DisputeFilter(django_filters.FilterSet):
    """Search by subject, documents, contract and customer; state and owner."""

    q = django_filters.CharFilter(
        label=_("Search"),
        method="search",
        max_length=100,
        widget=_search_box(_("subject, document, contract or customer")),
    )
    state = django_filters.ChoiceFilter(label=_("State"), choices=DisputeState.choices)
    reason = django_filters.ChoiceFilter(label=_("Reason"), choices=DisputeReason.choices)
    owner = django_filters.ModelChoiceFilter(label=_("Owner"), queryset=lambda _request: dispute_owners())
    manager = OfManagerFilter()
    items_on = OnDayFilter(items_disputed_on, _("open at the end of"))

    class Meta:
        model = ContractDispute
        fields: tuple[str, ...] = ()

    def search(
        self, queryset: QuerySet[ContractDispute], _name: str, value: str
    ) -> QuerySet[ContractDispute]:
        text = value.strip()
        return queryset.filter(
            Q(subject__icontains=text)
            | Q(documents__icontains=text)
            | Q(contract__number__icontains=text)
            | Q(customer__name__icontains=text)
            | Q(customer__number__icontains=text)
        )
