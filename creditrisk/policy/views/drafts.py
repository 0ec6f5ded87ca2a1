"""Drafts of the rule-book: begun, written, compared, brought up to date and published."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import BusinessError, ConflictError, InvalidInputError, require
from creditrisk.policy import services
from creditrisk.policy.faults import UnsoundPolicyError
from creditrisk.policy.forms import (
    NewDraftForm,
    PublishDraftForm,
    RebaseForm,
    SettingsForm,
    field_name,
    typed,
)
from creditrisk.policy.models import PolicyDraft, PolicyVersion
from creditrisk.policy.permissions import (
    change_refusal,
    outdated_refusal,
    publish_refusal,
    refusal_to_publish,
)
from creditrisk.policy.selectors import (
    DraftThen,
    draft_at,
    draft_list,
    later_versions,
    newest_version,
    policy_version_on,
    rebased,
)
from creditrisk.policy.setting_words import differences
from creditrisk.policy.settings_catalogue import SETTINGS

BAD_REQUEST, CONFLICT = 400, 409


def _draft_or_404(request: HttpRequest, pk: int) -> PolicyDraft:
    return get_object_or_404(draft_list(person_of(request)), pk=pk)


@require_GET
def drafts(request: HttpRequest) -> HttpResponse:
    """Every draft, also those published or discarded."""
    person = person_of(request)
    require(refusal_to_publish(person))
    context = {"drafts": draft_list(person), "newest": newest_version()}
    return render(request, "policy/drafts.html", context)


@require_http_methods(["GET", "POST"])
def draft_create(request: HttpRequest) -> HttpResponse:
    """Begin a draft."""
    person = person_of(request)
    require(refusal_to_publish(person))
    form = NewDraftForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        begun = services.create_draft(by=person, **form.cleaned_data)
        return redirect("policy:draft_edit", begun.pk)
    status = BAD_REQUEST if form.errors else 200
    return render(request, "policy/draft_create.html", {"form": form}, status=status)


@require_GET
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """What a draft changes, and what can be done with it."""
    person, shown = person_of(request), _draft_or_404(request, pk)
    newest, in_force = newest_version(), policy_version_on(local_today())
    context = {
        "draft": shown,
        "sections": differences(shown.based_on.rules, shown.rules),
        "in_force": in_force,
        "sections_in_force": differences(in_force.rules, shown.rules)
        if in_force.pk != shown.based_on_id
        else None,
        "publish_refusal": publish_refusal(person, shown, newest=newest),
        "outdated": outdated_refusal(shown, newest=newest),
        "panels": _panels(request, shown),
    }
    return render(request, "policy/draft.html", context)


def _panels(request: HttpRequest, shown: PolicyDraft) -> list[str]:
    """Return the cards that higher apps put beside a draft."""
    return [import_string(path)(request, shown) for path in settings.POLICY_DRAFT_PANELS]


@require_http_methods(["GET", "POST"])
def draft_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the settings of a draft. What somebody else changed meanwhile is shown first (409)."""
    person, shown = person_of(request), _draft_or_404(request, pk)
    require(change_refusal(person, shown))
    if request.method == "GET":
        return _edit_page(request, shown, _form_of(shown))
    seen = _seen(request, shown)
    form = SettingsForm(request.POST, rules=seen.rules)
    if not form.is_valid():
        return _edit_page(request, shown, form, status=BAD_REQUEST)
    try:
        services.change_settings(
            draft=shown,
            changes=form.changes(),
            seen_version=form.cleaned_data["seen_version"],
            by=person,
            title=form.cleaned_data["title"],
            note=form.cleaned_data["note"],
        )
    except UnsoundPolicyError as unsound:
        form.add_faults(unsound.faults)
        return _edit_page(request, shown, form, status=BAD_REQUEST)
    except ConflictError as conflict:
        if conflict.code != "draft.changed":
            raise
        fresh = _draft_or_404(request, pk)
        merged = _form_of(fresh, **_own(form, seen))
        return _edit_page(request, fresh, merged, status=CONFLICT, conflict=str(conflict))
    messages.success(request, _("The draft is saved."))
    return redirect(shown)


def _seen(request: HttpRequest, shown: PolicyDraft) -> DraftThen:
    """Return what the form was filled with: what the person did not touch is no change of his."""
    seen = request.POST.get("seen_version", "")
    then = None
    if seen.isdecimal() and int(seen) != shown.version:
        then = draft_at(shown, version=int(seen))
    return then or DraftThen(shown.title, shown.note, shown.rules)


def _form_of(shown: PolicyDraft, **own: Any) -> SettingsForm:
    """Return the form of a draft as it is now, but for a person's `own` values."""
    initial = {"title": shown.title, "note": shown.note, **own, "seen_version": shown.version}
    return SettingsForm(rules=shown.rules, initial=initial)


def _own(form: SettingsForm, seen: DraftThen) -> dict[str, Any]:
    """Return by field what a person typed other than he had seen."""
    before = {"title": seen.title, "note": seen.note}
    words = {name: form.cleaned_data[name] for name in before if form.cleaned_data[name] != before[name]}
    settings_typed = {
        field_name(path): typed(SETTINGS[path], value) for path, value in form.changes().items()
    }
    return words | settings_typed


def _edit_page(
    request: HttpRequest, shown: PolicyDraft, form: SettingsForm, *, status: int = 200, conflict: str = ""
) -> HttpResponse:
    context = {"draft": shown, "form": form, "conflict": conflict}
    return render(request, "policy/draft_edit.html", context, status=status)


@require_POST
def draft_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Discard a draft."""
    discarded = services.discard_draft(draft=_draft_or_404(request, pk), by=person_of(request))
    messages.info(request, _("The draft “%(title)s” is discarded.") % {"title": discarded.title})
    return redirect("policy:drafts")


@require_http_methods(["GET", "POST"])
def draft_rebase(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring a draft onto the newest version: what it takes over, and what both changed, first."""
    person, shown = person_of(request), _draft_or_404(request, pk)
    require(change_refusal(person, shown))
    newest = newest_version()
    form = RebaseForm(request.POST or None, initial={"onto": newest.number})
    problem = ""
    if request.method == "POST":
        if not form.is_valid():
            raise InvalidInputError("draft.rebase", form.errors.as_text())
        onto = get_object_or_404(PolicyVersion, number=form.cleaned_data["onto"])
        try:
            services.rebase_draft(draft=shown, onto=onto, by=person)
        except UnsoundPolicyError as unsound:
            problem = str(unsound)
        else:
            text = _("The draft is based on version %(number)s now.")
            messages.success(request, text % {"number": onto.number})
            return redirect(shown)
    context = {
        "draft": shown,
        "newest": newest,
        "rebase": rebased(shown, newest),
        "form": form,
        "problem": problem,
    }
    return render(request, "policy/draft_rebase.html", context, status=BAD_REQUEST if problem else 200)


@require_http_methods(["GET", "POST"])
def draft_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish a draft from a day on: what it changes is shown once more."""
    person, shown, today = person_of(request), _draft_or_404(request, pk), local_today()
    if request.method == "GET" or shown.published_as is None:
        require(publish_refusal(person, shown, newest=newest_version()))
    # Before the version it is based on takes effect, the draft would put that version's changes in force as well.
    effective_on = max(today, shown.based_on.effective_on)
    initial = {"effective_on": effective_on, "note": shown.note, "seen_version": shown.version}
    form = PublishDraftForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        status = BAD_REQUEST
        if form.is_valid():
            try:
                version = services.publish_draft(draft=shown, today=today, by=person, **form.cleaned_data)
            except InvalidInputError as refusal:
                form.add_error(_field_of(refusal), str(refusal))
            else:
                text = _("Published as version %(number)s of the policy, in force from %(date)s.")
                told = {"number": version.number, "date": version.effective_on.isoformat()}
                messages.success(request, text % told)
                return redirect(version)
    context = {
        "draft": shown,
        "form": form,
        "sections": differences(shown.based_on.rules, shown.rules),
        "later": later_versions(today),
        "panels": _panels(request, shown),
    }
    return render(request, "policy/draft_publish.html", context, status=status)


def _field_of(refusal: BusinessError) -> str | None:
    return {
        "policy.in_the_past": "effective_on",
        "draft.unseen": "effective_on",
        "draft.note": "note",
    }.get(refusal.code)
