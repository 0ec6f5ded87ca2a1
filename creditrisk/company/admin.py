"""Our company in the Django admin: one form, filled in with the settings until it is saved for the first time."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from creditrisk.accounts.models import User
from creditrisk.company import services
from creditrisk.company.models import COMPANY_FIELDS, THE_ONE, Company
from creditrisk.company.selectors import our_company


@admin.register(Company)
class CompanyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """There is one: no list, no second, no end."""

    fields = COMPANY_FIELDS

    def has_add_permission(self, request: HttpRequest) -> bool:
        return not Company.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the form: where there is one row, a list has nothing to choose from."""
        if Company.objects.exists():
            return redirect("admin:company_company_change", THE_ONE)
        return redirect("admin:company_company_add")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        company = our_company()
        return {field: getattr(company, field) for field in COMPANY_FIELDS}

    def save_model(self, request: HttpRequest, obj: Company, form: Any, change: bool) -> None:
        assert isinstance(request.user, User)
        services.save_company(values=form.cleaned_data, by=request.user)
