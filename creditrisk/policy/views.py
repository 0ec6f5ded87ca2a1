"""The rule-book for everybody to read."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from creditrisk.dates import local_today
from creditrisk.policy import wording
from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.selectors import policy_version_on


@require_safe
def current(request: HttpRequest) -> HttpResponse:
    """The rules in force today."""
    return _page(request, policy_version_on(local_today()))


@require_safe
def version(request: HttpRequest, number: int) -> HttpResponse:
    """The rules of one version, in force, past or to come: decisions and letters name the version they
    followed."""
    return _page(request, get_object_or_404(PolicyVersion, number=number))


def _page(request: HttpRequest, shown: PolicyVersion) -> HttpResponse:
    policy = shown.policy
    speed = policy.grade_adjustment.repayment_speed
    context = {
        "shown": shown,
        "in_force": policy_version_on(local_today()),
        "versions": PolicyVersion.objects.select_related("published_by"),
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
        "contacts": wording.contact_rows(policy.dunning.contacts),
        "grade_weights": wording.grade_weights(policy.dunning.contacts),
        "cap": wording.percent(policy.dunning.late_payment_cap_ratio),
    }
    return render(request, "policy/current.html", context)
