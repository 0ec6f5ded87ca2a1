"""The versions of the rule-book for everybody: who published which when, and what differs between two."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.permissions import refusal_to_publish
from creditrisk.policy.selectors import policy_version_on, version_list
from creditrisk.policy.setting_words import differences


@require_safe
def versions(request: HttpRequest) -> HttpResponse:
    """Every version, the newest first; with ?old=N&new=M on to what differs between them."""
    listed = list(version_list())
    numbers = {str(version.number): version.number for version in listed}
    old, new = numbers.get(request.GET.get("old", "")), numbers.get(request.GET.get("new", ""))
    if old is not None and new is not None:
        return redirect("policy:compare", old, new)
    context = {
        "versions": listed,
        "in_force": policy_version_on(local_today()),
        "may_publish": refusal_to_publish(person_of(request)) is None,
    }
    return render(request, "policy/versions.html", context)


@require_safe
def compare(request: HttpRequest, old: int, new: int) -> HttpResponse:
    """What differs between two versions."""
    before = get_object_or_404(PolicyVersion.objects.select_related("published_by"), number=old)
    after = get_object_or_404(PolicyVersion.objects.select_related("published_by"), number=new)
    context = {
        "old": before,
        "new": after,
        "sections": differences(before.rules, after.rules),
    }
    return render(request, "policy/compare.html", context)
