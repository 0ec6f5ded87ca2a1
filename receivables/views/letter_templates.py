"""The words of letters: which are in force, editing them beside a preview, and their versions."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import ConflictError, require
from receivables.forms.letter_templates import TemplateForm
from receivables.letters.rendering import letter_images
from receivables.letters.wording import wording_from, wording_values
from receivables.letters.wording_messages import FIELD_LABELS, placeholder_list
from receivables.permissions import template_refusal
from receivables.selectors.letter_preview import preview_letter
from receivables.selectors.letter_templates import (
    TemplateVersion,
    current_version,
    current_versions,
    is_template,
    template_versions,
    version_differences,
)
from receivables.services.letter_templates import publish_template

REFUSED = 400
CONFLICT = 409


def _current_or_404(stage: str, language: str) -> TemplateVersion:
    if not is_template(stage, language):
        raise Http404
    return current_version(stage, language)


@require_GET
def template_list(request: HttpRequest) -> HttpResponse:
    """The words in force, for every stage and language. Everybody may read what goes to customers."""
    context = {"versions": current_versions(), "refusal": template_refusal(person_of(request))}
    return render(request, "receivables/letter_template_list.html", context)


@require_http_methods(["GET", "POST"])
def template_edit(request: HttpRequest, stage: str, language: str) -> HttpResponse:
    """Change the words and publish them; with ?from=N the words of an earlier version are filled in."""
    person = person_of(request)
    current = _current_or_404(stage, language)
    require(template_refusal(person))
    form = TemplateForm(
        request.POST or None, version=current, person=person, initial=_initial(request, current)
    )
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                version = publish_template(
                    stage=stage,
                    language=language,
                    wording=form.wording,
                    note=form.cleaned_data["note"],
                    based_on=form.cleaned_data["based_on"],
                    by=person,
                )
            except ConflictError as conflict:
                form.add_error(None, str(conflict))
                return _edit_page(request, form, current, status=CONFLICT)
            messages.success(
                request,
                _("Version %(number)d is in force from the next letter on.") % {"number": version.number},
            )
            return redirect("receivables:letter_template_versions", stage, language)
        status = REFUSED
    return _edit_page(request, form, current, status=status)


@require_POST
def template_preview(request: HttpRequest, stage: str, language: str) -> HttpResponse:
    """Show the letter that the words in the form would make; nothing is kept. The preview alone for htmx, the whole
    page for a browser without script.
    """
    person = person_of(request)
    current = _current_or_404(stage, language)
    require(template_refusal(person))
    form = TemplateForm(request.POST, version=current, person=person)
    form.is_valid()
    if request.headers.get("HX-Request"):
        context = {"form": form, "pages": _pages(form)}
        return render(request, "receivables/_letter_preview.html", context)
    return _edit_page(request, form, current)


@require_GET
def template_version_list(request: HttpRequest, stage: str, language: str) -> HttpResponse:
    """All versions of a stage in a language, and what differs between two: ?old=N&new=M, else the last two."""
    _current_or_404(stage, language)
    versions = template_versions(stage, language)
    by_number = {str(version.number): version for version in versions}
    new = by_number.get(request.GET.get("new", ""), versions[0])
    old = by_number.get(request.GET.get("old", ""), versions[min(1, len(versions) - 1)])
    context = {
        "versions": versions,
        "old": old,
        "new": new,
        "differences": [
            (FIELD_LABELS[difference.field], difference.pieces)
            for difference in version_differences(old, new)
        ],
        "current": versions[0],
        "refusal": template_refusal(person_of(request)),
    }
    return render(request, "receivables/letter_template_versions.html", context)


def _initial(request: HttpRequest, current: TemplateVersion) -> dict[str, Any]:
    again = None
    if wanted := request.GET.get("from", ""):
        versions = template_versions(current.stage, current.language)
        again = next((version for version in versions if str(version.number) == wanted), None)
    note = _("Version %(number)d again") % {"number": again.number} if again else ""
    return {**wording_values((again or current).wording), "based_on": current.number, "note": note}


def _edit_page(
    request: HttpRequest, form: TemplateForm, current: TemplateVersion, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "version": current,
        "placeholders": placeholder_list(current.stage),
        "pages": _pages(form),
    }
    return render(request, "receivables/letter_template_edit.html", context, status=status)


def _pages(form: TemplateForm) -> list[str]:
    """Return the pages of the letter as data addresses of pictures; none while the words are not right."""
    if form.is_bound and form.errors:
        return []
    wording = form.wording if form.is_bound else wording_from(form.initial)
    letter = preview_letter(
        stage=form.version.stage,
        language=form.version.language,
        wording=wording,
        customer=form.chosen_customer,
        on=local_today(),
    )
    return [f"data:image/png;base64,{b64encode(page).decode()}" for page in letter_images(letter)]
