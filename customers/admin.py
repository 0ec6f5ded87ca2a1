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
    ContractDispute,
    ContractFile,
    ContractLogEntry,
    ContractOverride,
    Customer,
    CustomerAlias,
    CustomerImport,
    CustomerMerge,
    DepositAccount,
    DepositEntry,
    DisputeNote,
    FileConfirmation,
    FollowUp,
    GradeChange,
    Handover,
    HandoverStep,
    Industry,
    Qualification,
    QualificationReminder,
    QualificationScan,
    Reassignment,
    SelfCheck,
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
    search_fields = ("number", "name", "name_en", "short_name", "uscc", "aliases__name")
    autocomplete_fields = ("account_manager", "service_manager")
    readonly_fields = (
        "number",
        "name",
        "name_en",
        "short_name",
        "uscc",
        "state",
        "reason_for_the_state",
        "parent",
        "grade",
        "grade_valid_to_on",
        "service_level",
        "temporary_limit_amount",
        "temporary_limit_valid_to_on",
        "temporary_limit_reason",
        "frozen_at",
        "frozen_by",
        "freeze_reason",
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


class ReadOnlyInline(admin.TabularInline):  # type: ignore[type-arg]
    """Rows that hang on a record, to look at."""

    extra = 0
    can_delete = False
    show_change_link = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Contract)
class ContractAdmin(ReadOnlyAdmin):
    """Contracts, to look at."""

    list_display = (
        "number",
        "customer",
        "state",
        "service_type",
        "amount",
        "currency",
        "signed_on",
        "handler",
    )
    list_filter = ("state", "service_type", "currency")
    list_select_related = ("customer", "handler")
    search_fields = ("number", "customer__number", "customer__name")


@admin.register(Industry)
class IndustryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The industries of GB/T 4754: reference data that an administrator adds to and corrects."""

    list_display = ("code", "name", "name_en")
    search_fields = ("code", "name", "name_en")


@admin.register(ContractLogEntry)
class ContractLogEntryAdmin(ReadOnlyAdmin):
    """The performance logs of contracts, to look at."""

    list_display = ("contract", "kind", "happened_on", "amount", "by", "created_at")
    list_filter = ("kind",)
    list_select_related = ("contract", "by")
    search_fields = ("contract__number", "text")


@admin.register(ContractFile)
class ContractFileAdmin(ReadOnlyAdmin):
    """Files of contracts and logs: what there is, not the files themselves."""

    list_display = ("contract", "name", "size_bytes", "uploaded_by", "uploaded_at", "removed_at")
    list_select_related = ("contract", "uploaded_by")
    search_fields = ("contract__number", "name")
    # The file itself is served by the contract's page alone, after its permission check.
    exclude = ("file",)


@admin.register(ContractOverride)
class ContractOverrideAdmin(ReadOnlyAdmin):
    """The group leader's overrides, to look at."""

    list_display = (
        "customer",
        "state",
        "requested_by",
        "requested_at",
        "decided_by",
        "valid_to_on",
        "used_by",
    )
    list_filter = ("state",)
    list_select_related = ("customer", "requested_by", "decided_by", "used_by")
    search_fields = ("customer__number", "customer__name", "used_by__number")


@admin.register(SelfCheck)
class SelfCheckAdmin(ReadOnlyAdmin):
    """Self-checks of contracts, to look at."""

    list_display = ("contract", "role", "period_starts_on", "period_ends_on", "state", "done_by", "done_on")
    list_filter = ("state", "role", "is_as_contracted")
    list_select_related = ("contract", "done_by")
    search_fields = ("contract__number", "contract__customer__number", "contract__customer__name")


@admin.register(ContractDispute)
class ContractDisputeAdmin(ReadOnlyAdmin):
    """Disputes, to look at."""

    list_display = (
        "customer",
        "contract",
        "subject",
        "reason",
        "state",
        "disputed_amount",
        "owner",
        "opened_on",
        "deadline_on",
        "closed_on",
    )
    list_filter = ("state", "reason")
    list_select_related = ("customer", "contract", "owner")
    search_fields = ("contract__number", "subject", "documents")


@admin.register(DisputeNote)
class DisputeNoteAdmin(ReadOnlyAdmin):
    """The logs of disputes, to look at."""

    list_display = ("dispute", "kind", "by", "created_at")
    list_filter = ("kind",)
    list_select_related = ("dispute__contract", "dispute__customer", "by")
    search_fields = ("dispute__contract__number", "dispute__subject", "text")


@admin.register(DepositAccount)
class DepositAccountAdmin(ReadOnlyAdmin):
    """What is held of whom, to look at."""

    list_display = ("customer", "currency", "contract", "balance_amount")
    list_filter = ("currency",)
    list_select_related = ("customer", "contract")
    search_fields = ("customer__number", "customer__name", "contract__number")


@admin.register(DepositEntry)
class DepositEntryAdmin(ReadOnlyAdmin):
    """The deposit ledger, to look at."""

    list_display = ("account", "sequence", "kind", "happened_on", "effect_amount", "balance_amount", "by")
    list_filter = ("kind", "account__currency")
    list_select_related = ("account__customer", "account__contract", "by")
    search_fields = ("account__customer__number", "account__customer__name", "reference")


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
