"""Language, appearance and profile."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from creditrisk.accounts import services
from creditrisk.accounts.forms import LanguageForm, ProfileForm, ThemeForm
from creditrisk.accounts.middleware import SESSION_LANGUAGE
from creditrisk.accounts.models import User

ONE_YEAR_SECONDS = 365 * 24 * 60 * 60


def _back(request: HttpRequest, target: str) -> HttpResponse:
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return HttpResponseRedirect(target if safe else "/")


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Switch the language, for this device and, where somebody is logged in, for him everywhere."""
    form = LanguageForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest(_("Unknown language."))
    language = form.cleaned_data["language"]
    request.session[SESSION_LANGUAGE] = language
    if isinstance(request.user, User):
        services.set_language(user=request.user, language=language)
    response = _back(request, form.cleaned_data["next"])
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=ONE_YEAR_SECONDS,
        samesite="Lax",
        httponly=True,
        secure=settings.LANGUAGE_COOKIE_SECURE,
    )
    return response


@login_not_required
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Switch between light, dark and the device's own appearance."""
    form = ThemeForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest(_("Unknown appearance."))
    if isinstance(request.user, User):
        services.set_theme(user=request.user, theme=form.cleaned_data["theme"])
    response = _back(request, form.cleaned_data["next"])
    response.set_cookie(
        settings.THEME_COOKIE_NAME,
        form.cleaned_data["theme"],
        max_age=ONE_YEAR_SECONDS,
        samesite="Lax",
        httponly=True,
        secure=settings.LANGUAGE_COOKIE_SECURE,
    )
    return response


@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """The person's own page: what is known of him and what he may change."""
    assert isinstance(request.user, User)  # the log-in middleware lets nobody else through
    form = ProfileForm(
        request.POST or None, initial=model_to_dict(request.user, ["phone", "mails_wanted", "digest_wanted"])
    )
    if request.method == "POST" and form.is_valid():
        services.update_profile(user=request.user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("accounts:profile")
    panels = [import_string(path)(request) for path in settings.ACCOUNT_PANELS]
    return render(request, "accounts/profile.html", {"form": form, "panels": panels})
