"""What the customer list can be narrowed by: an allow-list, nothing of the address bar reaches the ORM by
itself."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import Department
from creditrisk.accounts.roles import Role
from creditrisk.accounts.selectors import holders_by_role, holders_of
from customers.list_conditions import ListCondition, list_conditions
from customers.models import (
    Contract,
    ContractState,
    Customer,
    CustomerQuerySet,
    CustomerState,
    Grade,
    Industry,
    Qualification,
    QualificationKind,
)
from customers.models.service_type import ServiceType
from customers.selectors import has_contact, matching

NO_GRADE = "none"


def _all_of(rows: QuerySet[Any]) -> list[tuple[int, str]]:
    """Return the rows to choose from. Not by a ModelChoiceFilter: its cursor costs every page three round trips."""
    return [(row.pk, str(row)) for row in rows]


class CustomerFilter(django_filters.FilterSet):
    """Search, state, grade, the two managers and their department, industry, kind of service, and what the higher
    apps offer (`customers.list_conditions`), as of `today`."""

    q = django_filters.CharFilter(
        label=_("Search"),
        method="search",
        max_length=100,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": _("number, name, credit code or contact")}
        ),
    )
    state = django_filters.ChoiceFilter(label=_("State"), choices=CustomerState.choices)
    grade = django_filters.ChoiceFilter(
        label=_("Credit grade"), choices=[*Grade.choices, (NO_GRADE, _("no grade yet"))], method="graded"
    )
    account_manager = django_filters.ChoiceFilter(label=_("Account manager"))
    service_manager = django_filters.ChoiceFilter(label=_("Customer service manager"))
    department = django_filters.ChoiceFilter(
        label=_("Department"),
        field_name="account_manager__department",
        choices=lambda: _all_of(Department.objects.all()),
    )
    industry = django_filters.ChoiceFilter(
        label=_("Industry"), choices=lambda: _all_of(Industry.objects.all())
    )
    service_type = django_filters.ChoiceFilter(
        label=_("Service type"), choices=ServiceType.choices, method="served_with"
    )

    class Meta:
        model = Customer
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = holders_by_role(Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER)
        for name, role in (
            ("account_manager", Role.ACCOUNT_MANAGER),
            ("service_manager", Role.SERVICE_MANAGER),
        ):
            self.filters[name].extra["choices"] = [(person.pk, str(person)) for person in people[role]]
        for condition in list_conditions():
            choice = django_filters.ChoiceFilter(
                field_name=condition.name,
                label=condition.label,
                choices=condition.choices,
                method=partial(_narrowed, condition, today),
            )
            choice.parent, choice.model = self, Customer
            self.filters[condition.name] = choice

    def served_with(self, queryset: CustomerQuerySet, _name: str, value: str) -> CustomerQuerySet:
        signed = Contract.objects.filter(service_type=value).exclude(state=ContractState.DRAFT)
        return queryset.filter(pk__in=signed.values("customer"))

    def search(self, queryset: CustomerQuerySet, _name: str, value: str) -> CustomerQuerySet:
        return queryset.filter(matching(value.strip()) | has_contact(value.strip()))

    def graded(self, queryset: CustomerQuerySet, _name: str, value: str) -> CustomerQuerySet:
        return queryset.filter(grade="" if value == NO_GRADE else value)


def _narrowed(
    condition: ListCondition, today: dt.date, queryset: CustomerQuerySet, _name: str, value: str
) -> CustomerQuerySet:
    return condition.narrow(queryset, value, today)


STILL_VALID, ENDED = "valid", "ended"
DAYS_MAX = 3650


class OfCustomerFilter(django_filters.CharFilter):
    """A search box for the customer that a row belongs to, by number or name."""

    def __init__(self) -> None:
        box = forms.TextInput(attrs={"type": "search", "placeholder": _("number or name")})
        super().__init__(label=_("customer"), max_length=100, widget=box)

    def filter(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Return the rows of the customers that fit; all of them where nothing was typed."""
        text = (value or "").strip()
        return queryset.filter(customer__in=Customer.objects.filter(matching(text))) if text else queryset


class QualificationFilter(django_filters.FilterSet):
    """Days up to the end, kind, whether it has ended, customer and the two managers. Without a number of days those of
    the policy's first reminder count."""

    customer = django_filters.CharFilter(
        label=_("Customer"),
        method="of_customer",
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("number, name or credit code")}),
    )
    days = django_filters.NumberFilter(
        label=_("Ends within (days)"), method="as_asked", min_value=0, max_value=DAYS_MAX, decimal_places=0
    )
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=QualificationKind.choices)
    state = django_filters.ChoiceFilter(
        label=_("State"),
        method="in_state",
        choices=[(STILL_VALID, _("still valid")), (ENDED, _("expired"))],
    )
    account_manager = django_filters.ModelChoiceFilter(
        label=_("Account manager"),
        field_name="customer__account_manager",
        queryset=lambda _request: holders_of(Role.ACCOUNT_MANAGER),
    )
    service_manager = django_filters.ModelChoiceFilter(
        label=_("Customer service manager"),
        field_name="customer__service_manager",
        queryset=lambda _request: holders_of(Role.SERVICE_MANAGER),
    )

    class Meta:
        model = Qualification
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, today: dt.date, usual_days: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.usual_days = usual_days
        self.form.fields["days"].widget.attrs["placeholder"] = usual_days

    @property
    def asked_days(self) -> int:
        """The days up to the end that were asked for, else the usual ones."""
        is_asked = self.form.is_bound and self.form.is_valid()
        asked = self.form.cleaned_data.get("days") if is_asked else None
        return self.usual_days if asked is None else int(asked)

    @property
    def qs(self) -> QuerySet[Qualification]:
        """What fits, within `asked_days`."""
        found: QuerySet[Qualification] = super().qs
        return found.filter(valid_to_on__lte=self.today + dt.timedelta(days=self.asked_days))

    def of_customer(
        self, queryset: QuerySet[Qualification], _name: str, value: str
    ) -> QuerySet[Qualification]:
        return queryset.filter(customer__in=Customer.objects.filter(matching(value.strip())))

    def as_asked(self, queryset: QuerySet[Qualification], _name: str, _value: Any) -> QuerySet[Qualification]:
        return queryset  # `qs` narrows to the days, asked for or usual

    def in_state(self, queryset: QuerySet[Qualification], _name: str, value: str) -> QuerySet[Qualification]:
        if value == ENDED:
            return queryset.filter(valid_to_on__lt=self.today)
        return queryset.filter(valid_to_on__gte=self.today)
