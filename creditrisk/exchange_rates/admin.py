"""The rates in the Django admin: to look at; they change on their own page."""

from __future__ import annotations

from django.contrib import admin

from creditrisk.accounts.read_only_admin import ReadOnlyAdmin
from creditrisk.exchange_rates.models import ExchangeRate


@admin.register(ExchangeRate)
class ExchangeRateAdmin(ReadOnlyAdmin):
    list_display = ("valid_on", "currency", "rate", "base_currency", "entered_by")
    list_filter = ("currency",)
    search_fields = ("currency",)
