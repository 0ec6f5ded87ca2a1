"""Our company in the Django admin: one form, filled in with the settings until it is saved for the first time."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.accounts.models import User
from creditrisk.company import services
from creditrisk.company.forms import CompanyForm
from creditrisk.company.models import COMPANY_FIELDS, PRINT_FIELDS, THE_ONE, Company
from creditrisk.company.selectors import our_company, seal_image
from creditrisk.file_content import file_type


@admin.register(Company)
class CompanyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """There is one: no list, no second, no end."""

    form = CompanyForm
    fields = (*COMPANY_FIELDS, *PRINT_FIELDS, "shown_seal", "new_seal", "has_no_seal")
    readonly_fields = ("shown_seal",)

    @admin.display(description=gettext_lazy("company seal"))
    def shown_seal(self, company: Company) -> str:
        """Return the seal as letters print it."""
        picture = seal_image(company)
        if not picture:
            return _("none")
        source = f"data:{file_type(picture).mime};base64,{b64encode(picture).decode()}"
        return format_html('<img src="{}" alt="" width="120">', source)

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
        values = {field: form.cleaned_data[field] for field in (*COMPANY_FIELDS, *PRINT_FIELDS)}
        services.save_company(values=values, by=request.user)
        if form.cleaned_data["new_seal"] or form.cleaned_data["has_no_seal"]:
            services.save_seal(content=form.cleaned_data["new_seal"], by=request.user)
