"""What the outbox can be narrowed by."""

from __future__ import annotations

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from creditrisk.notifications.models import MessageChannel, OutboxMessage


class OutboxFilter(django_filters.FilterSet):
    """Channel, state, customer, text and days."""

    q = django_filters.CharFilter(
        label=_("search"),
        method="search",
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("subject or address")}),
    )
    channel = django_filters.ChoiceFilter(label=_("channel"), choices=MessageChannel.choices)
    state = django_filters.ChoiceFilter(label=_("state"), choices=OutboxMessage.State.choices)
    customer = django_filters.CharFilter(
        label=_("customer number"), field_name="customer_number", lookup_expr="iexact", max_length=30
    )
    recorded_from = django_filters.DateFilter(
        label=_("recorded from"), field_name="created_at", lookup_expr="date__gte"
    )
    recorded_to = django_filters.DateFilter(
        label=_("recorded to"), field_name="created_at", lookup_expr="date__lte"
    )

    class Meta:
        model = OutboxMessage
        fields: tuple[str, ...] = ()

    def search(self, queryset: QuerySet[OutboxMessage], _name: str, value: str) -> QuerySet[OutboxMessage]:
        text = value.strip()
        return queryset.filter(Q(subject__icontains=text) | Q(to__icontains=text))
