"""The Django admin's site: administrators by role only, one log-in page for all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role

LEFT_OUT = frozenset(
    {
        "account.emailaddress",
        "account.emailconfirmation",
        "auth.group",
        "mfa.authenticator",
        "pghistory.middlewareevents",
        "socialaccount.socialaccount",
        "socialaccount.socialtoken",
    }
)
"""What libraries would show and nobody should edit: groups give no right here, tokens and second factors are secrets,
and who could link an outside account to somebody else's log-in could act as him."""


class AdministrationSite(AdminSite):
    """For holders of the administrator role; flags such as `is_staff` open nothing."""

    site_header = _("Creditrisk administration")
    site_title = _("Creditrisk administration")
    index_title = _("People, roles and reference data")

    def has_permission(self, request: HttpRequest) -> bool:
        return isinstance(request.user, User) and request.user.has_role(Role.ADMINISTRATOR)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Refuse who lacks the role. Strangers never come here: the middleware sends them to the product's own
        log-in page, which throttles."""
        if not self.has_permission(request):
            raise PermissionDenied
        return redirect("admin:index")

    def logout(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        logout(request)
        return redirect(settings.LOGOUT_REDIRECT_URL)

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("account_change_password")

    def register(
        self,
        model_or_iterable: type[Model] | Iterable[type[Model]],
        admin_class: type[ModelAdmin[Any]] | None = None,
        **options: Any,
    ) -> None:
        models = [model_or_iterable] if isinstance(model_or_iterable, type) else model_or_iterable
        shown = [model for model in models if model._meta.label_lower not in LEFT_OUT]
        super().register(shown, admin_class, **options)
