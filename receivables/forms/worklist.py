"""What the work list can be narrowed by."""

from __future__ import annotations

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from customers.models import Customer, CustomerQuerySet
from customers.portfolio_filters import CustomerSearch
from customers.selectors import matching
from receivables.selectors.worklist import WorkReason, people_who_call, worked_by

EVERYBODY = "all"


class WorkListFilter(django_filters.FilterSet):
    """Customer, whose list, and why he is on it. Where nothing is chosen a manager sees his own list, everybody else
    that of all the customers he sees."""

    q = django_filters.CharFilter(label=_("Search"), method="search", max_length=100, widget=CustomerSearch())
    person = django_filters.ChoiceFilter(label=_("Whose"), method="of_person", choices=())
    reason = django_filters.ChoiceFilter(label=_("Why"), choices=WorkReason.choices, method="because")

    class Meta:
        model = Customer
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.is_manager = user.has_role(Role.SERVICE_MANAGER, Role.ACCOUNT_MANAGER)
        people = people_who_call(Customer.objects.visible_to(user))
        field: Any = self.form.fields["person"]
        field.empty_label = _("mine") if self.is_manager else _("everybody's")
        field.choices = [
            *([(EVERYBODY, _("all that I see"))] if self.is_manager else []),
            *((str(person.pk), person.display_name) for person in people if person.pk != user.pk),
        ]

    def filter_queryset(self, queryset: CustomerQuerySet) -> CustomerQuerySet:
        """Return the chosen customers; a manager's own where he chooses nobody."""
        chosen: CustomerQuerySet = super().filter_queryset(queryset)
        if self.is_manager and not self.form.cleaned_data.get("person"):
            return chosen.filter(worked_by(self.user))
        return chosen

    def search(self, queryset: CustomerQuerySet, _name: str, value: str) -> CustomerQuerySet:
        return queryset.filter(matching(value.strip()))

    def of_person(self, queryset: CustomerQuerySet, _name: str, value: str) -> CustomerQuerySet:
        if value == EVERYBODY:
            return queryset
        person = User.objects.get(pk=value)
        return queryset.filter(worked_by(person))

    def because(self, queryset: CustomerQuerySet, _name: str, value: str) -> CustomerQuerySet:
        return queryset.filter(**{value: True})
