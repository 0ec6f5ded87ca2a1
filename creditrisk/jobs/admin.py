"""Job runs in the administration, to look at: only the jobs write them."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from creditrisk.jobs.models import JobRun


@admin.register(JobRun)
class JobRunAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = (
        "job",
        "period",
        "state",
        "units_done",
        "units_failed",
        "attempts",
        "started_at",
        "finished_at",
    )
    list_filter = ("job", "state")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
