"""Reviews in the Django admin: to be read only. Every change goes through the services."""

from __future__ import annotations

from django.contrib import admin

from creditrisk.accounts.read_only_admin import ReadOnlyAdmin
from reviews.models import (
    AnnualForm,
    ApprovalStep,
    Attachment,
    Consultation,
    Decision,
    NewCustomerForm,
    Phrase,
    Review,
    ReviewCopy,
    Score,
    Urging,
)


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    list_display = ("number", "kind", "customer", "state", "round", "initiator", "review_on")
    list_filter = ("state", "kind")
    list_select_related = ("customer", "initiator")
    search_fields = ("number", "customer__name", "customer__number")


@admin.register(ApprovalStep)
class ApprovalStepAdmin(ReadOnlyAdmin):
    list_display = ("review", "round", "stage", "role", "state", "decided_by", "decided_at")
    list_filter = ("state", "role")
    list_select_related = ("review", "decided_by")
    search_fields = ("review__number",)


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    list_display = ("review", "sequence", "kind", "role", "by", "decided_at")
    list_filter = ("kind", "role")
    list_select_related = ("review", "by")
    search_fields = ("review__number",)
    # The form with every answer: administrators keep people and rules, they see no customer file.
    exclude = ("snapshot",)


@admin.register(NewCustomerForm)
class NewCustomerFormAdmin(ReadOnlyAdmin):
    list_display = ("review", "name", "expected_monthly_amount", "currency", "grade")
    list_select_related = ("review",)
    search_fields = ("review__number", "name")
    exclude = ("bank_account",)


@admin.register(AnnualForm)
class AnnualFormAdmin(ReadOnlyAdmin):
    list_display = ("review", "facts_at", "score", "grade", "service_level")
    list_select_related = ("review",)
    search_fields = ("review__number",)
    # Contracts and payments of a customer: administrators keep people and rules, they see no customer file.
    exclude = ("facts",)


@admin.register(Score)
class ScoreAdmin(ReadOnlyAdmin):
    list_display = ("review", "role", "by", "total", "given_at")
    list_filter = ("role",)
    list_select_related = ("review", "by")
    search_fields = ("review__number",)


@admin.register(Urging)
class UrgingAdmin(ReadOnlyAdmin):
    list_display = ("step", "by", "urged_at")
    list_select_related = ("step__review", "by")
    search_fields = ("step__review__number",)


@admin.register(Consultation)
class ConsultationAdmin(ReadOnlyAdmin):
    list_display = ("step", "by", "asked", "asked_at", "answered_at")
    list_select_related = ("step__review", "by", "asked")
    search_fields = ("step__review__number",)


@admin.register(ReviewCopy)
class ReviewCopyAdmin(ReadOnlyAdmin):
    list_display = ("review", "user", "by", "sent_at")
    list_select_related = ("review", "user", "by")
    search_fields = ("review__number",)


@admin.register(Phrase)
class PhraseAdmin(ReadOnlyAdmin):
    list_display = ("user", "text")
    list_select_related = ("user",)
    search_fields = ("user__username", "text")


@admin.register(Attachment)
class AttachmentAdmin(ReadOnlyAdmin):
    list_display = ("review", "category", "name", "size_bytes", "uploaded_by", "uploaded_at", "removed_at")
    list_filter = ("category",)
    list_select_related = ("review", "uploaded_by")
    search_fields = ("review__number", "name")
    # The file itself is served by the review's page alone, after its permission check.
    exclude = ("file",)
