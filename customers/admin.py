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

from creditrisk.accounts.models import User
from creditrisk.accounts.read_only_admin import ReadOnlyAdmin
from creditrisk.exceptions import BusinessError
from customers import services
from customers.models import Contract, Customer, CustomerAlias, CustomerImport, CustomerMerge, GradeChange
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
    search_fields = ("number", "name", "name_en", "short_name", "uscc", "aliases__name")
    autocomplete_fields = ("account_manager", "service_manager")
    readonly_fields = (
        "number",
        "name",
        "name_en",
        "short_name",
        "uscc",
        "state",
        "state_reason",
        "grade",
        "reviewed_on",
        "bank_account_masked",
        "created_at",
        "created_by",
    )
    fields = (*readonly_fields, "account_manager", "service_manager")

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


@admin.register(CustomerAlias)
class CustomerAliasAdmin(ReadOnlyAdmin):
    """Aliases, to look at: they are kept on the customer's page."""

    list_display = ("name", "customer", "source", "created_by", "created_at")
    list_filter = ("source",)
    list_select_related = ("customer", "created_by")
    search_fields = ("name", "customer__number", "customer__name")


@admin.register(CustomerImport)
class CustomerImportAdmin(ReadOnlyAdmin):
    """Imports, to look at: who took which file in, and what came of it."""

    list_display = ("name", "mode", "uploaded_by", "uploaded_at", "imported_at", "inserted", "updated")
    list_filter = ("mode",)
    list_select_related = ("uploaded_by",)
    search_fields = ("name", "uploaded_by__username", "uploaded_by__name")
    exclude = ("file",)


@admin.register(CustomerMerge)
class CustomerMergeAdmin(ReadOnlyAdmin):
    """Merges, to look at."""

    list_display = ("drop", "keep", "merged_by", "merged_at", "reason")
    list_select_related = ("keep", "drop", "merged_by")
    search_fields = ("keep__number", "keep__name", "drop__number", "drop__name")


@admin.register(GradeChange)
class GradeChangeAdmin(ReadOnlyAdmin):
    """The grade history, to look at."""

    list_display = ("customer", "old", "new", "effective_on", "source", "decided_by", "policy_version")
    list_filter = ("new", "is_provisional")
    list_select_related = ("customer", "decided_by", "policy_version")
    search_fields = ("customer__number", "customer__name", "source")
