"""The approval chains: drawn for everybody; an administrator or the group leader publishes others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from creditrisk.accounts.requests import person_of
from creditrisk.accounts.roles import Role
from creditrisk.dates import local_today
from creditrisk.exceptions import BusinessError, ConflictError
from creditrisk.policy.approval_chains import Stage
from creditrisk.policy.selectors import policy_version_on
from creditrisk.policy.services import refusal_to_publish
from reviews import services
from reviews.chain_check import KINDS
from reviews.forms import PublishForm, StageFormSet, stage_values
from reviews.models import ReviewKind
from reviews.progress import drawn


@require_GET
def chain_list(request: HttpRequest) -> HttpResponse:
    """Both chains as they are in force today."""
    version = policy_version_on(local_today())
    context = {
        "version": version,
        "may_publish": refusal_to_publish(person_of(request)) is None,
        "chains": [
            (kind, ReviewKind(kind).label, drawn(version.policy.approvals.chains[kind])) for kind in KINDS
        ],
    }
    return render(request, "reviews/chains.html", context)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, kind: str) -> HttpResponse:
    """The stages of one chain, drawn as they are typed, and published from a day on."""
    if kind not in KINDS:
        raise Http404
    person, today = person_of(request), local_today()
    if refused := refusal_to_publish(person):
        raise refused
    version = policy_version_on(today)
    if request.method == "GET":
        shown = StageFormSet(initial=stage_values(version.policy.approvals.chains[kind]))
        form = PublishForm(initial={"effective_on": today, "seen_version": version.number})
        return _page(request, kind, shown, form, version.policy.approvals.chains[kind])
    stages: Any = StageFormSet(request.POST)
    form = PublishForm(request.POST)
    if request.POST.get("action") != "publish":
        form.errors.clear()
    if not stages.is_valid():
        return _page(request, kind, stages, form, ())
    chain = stages.stages
    problems = services.refusal_of_chain(kind, chain)
    if request.POST.get("action") != "publish":
        anew = StageFormSet(initial=stage_values(tuple(chain)))
        return _page(request, kind, anew, form, chain, problems)
    if problems or not form.is_valid():
        return _page(request, kind, stages, form, chain, problems)
    try:
        published = services.publish_chain(
            kind=kind, stages=chain, by=person, today=today, **form.cleaned_data
        )
    except BusinessError as refused_now:
        form.add_error(None, str(refused_now))
        if isinstance(refused_now, ConflictError):
            form.see(policy_version_on(form.cleaned_data["effective_on"]).number)
        return _page(request, kind, stages, form, chain)
    text = _("Published as version %(number)s of the policy, in force from %(date)s.")
    messages.success(request, text % {"number": published.number, "date": published.effective_on.isoformat()})
    return redirect("reviews:chains")


def _page(
    request: HttpRequest,
    kind: str,
    stages: Any,
    form: PublishForm,
    chain: Iterable[Stage],
    problems: Iterable[BusinessError] = (),
) -> HttpResponse:
    context = {
        "kind": kind,
        "label": ReviewKind(kind).label,
        "formset": stages,
        "form": form,
        "stages": drawn(chain),
        "problems": [str(problem) for problem in problems],
        "leader": Role.GROUP_LEADER.label,
    }
    return render(request, "reviews/chain_edit.html", context)
