"""The rule-book for everybody to read."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.policy import wording
from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.permissions import refusal_to_publish
from creditrisk.policy.schema import Policy
from creditrisk.policy.selectors import draft_list, policy_version_on


@require_safe
def current(request: HttpRequest) -> HttpResponse:
    """The rules in force today."""
    return _page(request, policy_version_on(local_today()))


@require_safe
def version(request: HttpRequest, number: int) -> HttpResponse:
    """The rules of one version, in force, past or to come: decisions and letters name the version they
    followed."""
    return _page(request, get_object_or_404(PolicyVersion, number=number))


@require_safe
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """The rules as a draft has them, in the words in which everybody will read them."""
    shown = get_object_or_404(draft_list(person_of(request)), pk=pk)
    return render(request, "policy/current.html", {"draft": shown} | rules_in_words(shown.policy))


def _page(request: HttpRequest, shown: PolicyVersion) -> HttpResponse:
    context = {
        "shown": shown,
        "in_force": policy_version_on(local_today()),
        "versions": PolicyVersion.objects.select_related("published_by"),
        "may_publish": refusal_to_publish(person_of(request)) is None,
    }
    return render(request, "policy/current.html", context | rules_in_words(shown.policy))


def rules_in_words(policy: Policy) -> dict[str, Any]:
    """Return what the page tells of a rule-book."""
    speed = policy.grade_adjustment.repayment_speed
    return {
        "policy": policy,
        "buckets": wording.aging_buckets(policy),
        "stages": wording.stage_rows(policy),
        "grades": wording.grade_rows(policy),
        "criteria": wording.criterion_rows(policy),
        "speeds": [
            ("A", wording.average_days_late(speed.a_up_to_days)),
            ("B", wording.average_days_late(speed.b_up_to_days)),
            ("C", wording.average_days_late(speed.c_up_to_days)),
        ],
        "daily_rate": wording.percent(policy.dunning.late_payment_daily_ratio),
        "similarity": wording.percent(policy.duplicates.similarity_ratio),
        "reminder_after": wording.percent(policy.approvals.reminder_after_ratio),
        "contacts": wording.contact_rows(policy.dunning.contacts),
        "grade_weights": wording.grade_weights(policy.dunning.contacts),
        "cap": wording.percent(policy.dunning.late_payment_cap_ratio),
    }
