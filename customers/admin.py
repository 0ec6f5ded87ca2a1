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
from customers.models import (
    Contract,
    Customer,
    FileConfirmation,
    FollowUp,
    GradeChange,
    Handover,
    HandoverStep,
    Reassignment,
    Visit,
    VisitFile,
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


class ReadOnlyInline(admin.TabularInline):  # type: ignore[type-arg]
    """Rows that hang on a record, to look at."""

    extra = 0
    can_delete = False
    show_change_link = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Contract)
class ContractAdmin(ReadOnlyAdmin):
    """Contracts, to look at."""

    list_display = ("number", "customer", "service_type", "amount", "currency", "signed_on", "handler")
    list_filter = ("service_type", "currency")
    list_select_related = ("customer", "handler")
    search_fields = ("number", "customer__number", "customer__name")


@admin.register(GradeChange)
class GradeChangeAdmin(ReadOnlyAdmin):
    """The grade history, to look at."""

    list_display = ("customer", "old", "new", "effective_on", "source", "decided_by", "policy_version")
    list_filter = ("new", "is_provisional")
    list_select_related = ("customer", "decided_by", "policy_version")
    search_fields = ("customer__number", "customer__name", "source")


class FollowUpInline(ReadOnlyInline):
    """What follows from a visit."""

    model = FollowUp
    fields = ("text", "due_on", "responsible", "done_at", "done_by")


class VisitFileInline(ReadOnlyInline):
    """Which files a visit has; their content is sent by the visit's page alone, after its permission check."""

    model = VisitFile
    fields = ("name", "size_bytes", "content_type", "uploaded_by", "uploaded_at")


@admin.register(Visit)
class VisitAdmin(ReadOnlyAdmin):
    """Visits, to look at: that there was one and who made it. What was found stays with those who see the customer."""

    list_display = ("customer", "state", "planned_on", "done_on", "channel", "responsible", "risk_signal")
    list_filter = ("state", "channel", "risk_signal")
    list_select_related = ("customer", "responsible")
    search_fields = ("customer__number", "customer__name", "responsible__name", "responsible__username")
    date_hierarchy = "planned_on"
    fields = (
        "customer",
        "state",
        "planned_on",
        "done_on",
        "purpose",
        "channel",
        "responsible",
        "risk_signal",
        "recorded_at",
        "recorded_by",
        "cancel_reason",
        "cancelled_at",
        "cancelled_by",
        "created_at",
        "created_by",
    )
    inlines = (FollowUpInline, VisitFileInline)


class HandoverStepInline(ReadOnlyInline):
    """What happened to a handover."""

    model = HandoverStep
    fields = ("kind", "by", "at", "recipient", "note")


@admin.register(Handover)
class HandoverAdmin(ReadOnlyAdmin):
    """Handovers, to look at."""

    list_display = ("customer", "state", "proposed_by", "recipient", "proposed_at", "decided_at")
    list_filter = ("state",)
    list_select_related = ("customer", "proposed_by", "recipient")
    search_fields = ("customer__number", "customer__name", "recipient__name", "proposed_by__name")
    fields = ("customer", "state", "proposed_by", "recipient", "proposed_at", "decided_at")
    inlines = (HandoverStepInline,)


@admin.register(Reassignment)
class ReassignmentAdmin(ReadOnlyAdmin):
    """Bulk reassignments, to look at."""

    list_display = ("person", "account_successor", "service_successor", "by", "at")
    list_select_related = ("person", "account_successor", "service_successor", "by")
    search_fields = ("person__name", "person__username", "by__name")
    date_hierarchy = "at"


@admin.register(FileConfirmation)
class FileConfirmationAdmin(ReadOnlyAdmin):
    """Confirmations, to look at, without the values that were confirmed: bank numbers are among them."""

    list_display = ("customer", "confirmed_on", "confirmed_by", "sections", "file_version", "policy_version")
    list_select_related = ("customer", "confirmed_by", "policy_version")
    search_fields = ("customer__number", "customer__name", "confirmed_by__name")
    date_hierarchy = "confirmed_on"
    fields = (
        "customer",
        "sections",
        "note",
        "confirmed_on",
        "confirmed_at",
        "confirmed_by",
        "file_version",
        "snapshot_sha256",
        "policy_version",
    )
