"""The exceptions of the calendar in the Django admin: to look at; they change on the calendar's page."""

from __future__ import annotations

from django.contrib import admin

from creditrisk.accounts.read_only_admin import ReadOnlyAdmin
from creditrisk.business_days.models import CalendarDay


@admin.register(CalendarDay)
class CalendarDayAdmin(ReadOnlyAdmin):
    list_display = ("day", "is_business_day", "name")
    list_filter = ("is_business_day",)
    search_fields = ("name",)
