"""Mails in the administration, to look at: they change only through the outbox."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from creditrisk.notifications.models import OutboxMessage


@admin.register(OutboxMessage)
class OutboxMessageAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("subject", "to", "customer_number", "state", "attempts", "created_at", "sent_at")
    list_filter = ("state", "created_at")
    search_fields = ("subject", "to", "customer_number")
    exclude = ("attachment",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
