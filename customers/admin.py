"""Customers in the Django admin: who manages them may be changed, everything else belongs to the services.

An administrator keeps people and rules, not customer files: he sees what he needs to give a portfolio to
somebody.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.read_only_admin import ReadOnlyAdmin
from creditrisk.audit.models import SensitiveRead
from creditrisk.exceptions import BusinessError
from customers import services
from customers.models import (
    BankAccount,
    Contact,
    Contract,
    Customer,
    GradeChange,
    Industry,
    Qualification,
    QualificationReminder,
    QualificationScan,
)
from customers.services.portfolio import require_account_manager, require_service_manager


class PortfolioAdminForm(forms.ModelForm):  # type: ignore[type-arg]
    """The two managers, checked as the service will."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        account_manager, service_manager = cleaned.get("account_manager"), cleaned.get("service_manager")
        try:
            if account_manager is not None and "account_manager" in self.changed_data:
                require_account_manager(account_manager)
            if service_manager is not None:
                require_service_manager(service_manager, account_manager=account_manager)
        except BusinessError as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from refusal
        return cleaned


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Customers by number, with their portfolio."""

    form = PortfolioAdminForm
    list_display = ("number", "name", "state", "grade", "account_manager", "service_manager")
    list_filter = ("state", "grade")
    list_select_related = ("account_manager", "service_manager")
    search_fields = ("number", "name", "name_en", "uscc")
    autocomplete_fields = ("account_manager", "service_manager")
    readonly_fields = (
        "number",
        "name",
        "name_en",
        "uscc",
        "state",
        "reason_for_the_state",
        "grade",
        "reviewed_on",
        "credit_limit_amount",
        "credit_limit_currency",
        "credit_limit_valid_to_on",
        "bank_account_masked",
        "created_at",
        "created_by",
    )
    fields = (*readonly_fields, "account_manager", "service_manager")

    @admin.display(description=_("reason for the state"))
    def reason_for_the_state(self, customer: Customer) -> str:
        return customer.state_reason_text

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Customer, form: Any, change: bool) -> None:
        assert isinstance(request.user, User)
        services.reassign_portfolio(
            customer=obj,
            account_manager=obj.account_manager,
            service_manager=obj.service_manager,
            version=obj.version,
            by=request.user,
        )


@admin.register(Contract)
class ContractAdmin(ReadOnlyAdmin):
    """Contracts, to look at."""

    list_display = ("number", "customer", "service_type", "amount", "currency", "signed_on", "handler")
    list_filter = ("service_type", "currency")
    list_select_related = ("customer", "handler")
    search_fields = ("number", "customer__number", "customer__name")


@admin.register(Industry)
class IndustryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The industries of GB/T 4754: reference data that an administrator adds to and corrects."""

    list_display = ("code", "name", "name_en")
    search_fields = ("code", "name", "name_en")


@admin.register(GradeChange)
class GradeChangeAdmin(ReadOnlyAdmin):
    """The grade history, to look at."""

    list_display = ("customer", "old", "new", "effective_on", "source", "decided_by", "policy_version")
    list_filter = ("new", "is_provisional")
    list_select_related = ("customer", "decided_by", "policy_version")
    search_fields = ("customer__number", "customer__name", "source")


@admin.register(Contact)
class ContactAdmin(ReadOnlyAdmin):
    """Contacts of customers, to look at."""

    list_display = ("name", "customer", "kind", "is_main", "phone", "mobile", "email", "retired_at")
    list_filter = ("kind", "is_main", "preferred_channel", ("retired_at", admin.EmptyFieldListFilter))
    list_select_related = ("customer",)
    search_fields = ("name", "email", "phone", "mobile", "customer__number", "customer__name")


@admin.register(BankAccount)
class BankAccountAdmin(ReadOnlyAdmin):
    """Bank accounts of customers, to look at; numbers stay masked."""

    list_display = ("bank_name", "masked_number", "customer", "currency", "is_main", "retired_at")
    list_filter = ("is_main", "currency", ("retired_at", admin.EmptyFieldListFilter))
    list_select_related = ("customer",)
    search_fields = ("bank_name", "branch", "holder", "customer__number", "customer__name")
    exclude = ("account_number",)
    readonly_fields = ("masked_number",)


@admin.register(Qualification)
class QualificationAdmin(ReadOnlyAdmin):
    """Licences, certificates and ratings, to look at."""

    list_display = ("label", "customer", "number", "valid_from_on", "valid_to_on", "retired_at")
    list_filter = ("kind", ("retired_at", admin.EmptyFieldListFilter), "valid_to_on")
    list_select_related = ("customer",)
    search_fields = ("number", "name", "issuer", "customer__number", "customer__name")
    date_hierarchy = "valid_to_on"


@admin.register(QualificationScan)
class QualificationScanAdmin(ReadOnlyAdmin):
    """What is known of the scans; the files are on the customer's page."""

    list_display = ("name", "qualification", "size_bytes", "uploaded_by", "uploaded_at", "removed_at")
    list_filter = ("content_type", ("removed_at", admin.EmptyFieldListFilter))
    list_select_related = ("qualification", "uploaded_by")
    search_fields = ("name", "qualification__customer__number", "qualification__customer__name")
    exclude = ("file",)


@admin.register(QualificationReminder)
class QualificationReminderAdmin(ReadOnlyAdmin):
    """The reminders that were sent, to look at."""

    list_display = ("qualification", "valid_to_on", "days_before", "sent_on")
    list_filter = ("days_before", "sent_on")
    list_select_related = ("qualification",)
    search_fields = ("qualification__customer__number", "qualification__customer__name")


@admin.register(SensitiveRead)
class SensitiveReadAdmin(ReadOnlyAdmin):
    """Who had a masked number shown in full, and when."""

    list_display = ("read_at", "reader", "subject", "masked", "field")
    list_filter = ("field", "read_at")
    list_select_related = ("reader",)
    search_fields = ("subject", "reader__username", "reader__name")
    date_hierarchy = "read_at"
