"""The list of reviews, and the inbox."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST
from django_tables2 import RequestConfig

from creditrisk.accounts.models import User
from creditrisk.accounts.requests import person_of
from creditrisk.accounts.roles import Role
from creditrisk.dates import local_today
from creditrisk.exceptions import BusinessError
from creditrisk.tables import BaseTable
from reviews import selectors, services
from reviews.filters import ReviewFilter, StepFilter
from reviews.forms import BulkForm
from reviews.permissions import annual_list_refusal
from reviews.tables import (
    CopyTable,
    DoneTable,
    QuestionTable,
    ReviewTable,
    ScoreTable,
    StartedTable,
    ToDoTable,
)
from reviews.views.page import page_context
from reviews.views.requests import review_or_404


@require_GET
def review_list(request: HttpRequest) -> HttpResponse:
    """The reviews this person may see."""
    person = person_of(request)
    chosen = ReviewFilter(request.GET, queryset=selectors.review_list(person), request=request)
    table = ReviewTable(chosen.qs)
    RequestConfig(request).configure(table)
    context = {
        "filter": chosen,
        "table": table,
        "may_start": person.has_role(Role.ACCOUNT_MANAGER),
        "may_see_annual": annual_list_refusal(person) is None,
    }
    return render(request, "reviews/review_list.html", context)


@dataclass(frozen=True)
class Tab:
    """One part of the inbox: its table, and what is counted beside its name (None: nothing)."""

    label: Promise
    table: Callable[[User, Any], BaseTable]
    counted: Callable[[User], QuerySet[Any]] | None = None


TABS: dict[str, Tab] = {
    "todo": Tab(
        _("To do"),
        lambda _person, steps: ToDoTable(steps, today=local_today()),
        selectors.steps_waiting_for,
    ),
    "score": Tab(
        _("To score"),
        lambda person, _steps: ScoreTable(selectors.reviews_to_score(person)),
        selectors.reviews_to_score,
    ),
    "opinions": Tab(
        _("Opinions asked"),
        lambda person, _steps: QuestionTable(selectors.questions_to(person)),
        selectors.questions_to,
    ),
    "done": Tab(_("Done"), lambda person, _steps: DoneTable(selectors.steps_decided(person))),
    "started": Tab(
        _("Started by me"), lambda person, _steps: StartedTable(selectors.reviews_started(person))
    ),
    "copies": Tab(_("Copies"), lambda person, _steps: CopyTable(selectors.copies_for(person))),
}


@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """What waits for this person, what he has decided, what he has started and what was sent to him to read."""
    person = person_of(request)
    tab = request.GET.get("tab", "todo")
    tab = tab if tab in TABS else "todo"
    chosen = StepFilter(request.GET, queryset=selectors.steps_to_decide(person), request=request)
    table = TABS[tab].table(person, chosen.qs)
    RequestConfig(request).configure(table)
    context = {
        "table": table,
        "tab": tab,
        "filter": chosen if tab == "todo" else None,
        "bulk_form": BulkForm(QueryDict()),
        "tabs": [
            (code, one.label, one.counted(person).count() if one.counted else 0) for code, one in TABS.items()
        ],
    }
    return render(request, "reviews/inbox.html", context)


@require_GET
def panel(request: HttpRequest, number: str) -> HttpResponse:
    """One review beside the inbox: a piece of a page."""
    review = review_or_404(request, number)
    context = page_context(request, review, typed={}) | {"next": reverse("reviews:inbox")}
    return render(request, "reviews/_panel.html", context)


@require_POST
def approve_several(request: HttpRequest) -> HttpResponse:
    """Approve the ticked steps one by one; those that are refused do not keep the others out."""
    person, form = person_of(request), BulkForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Tick the reviews that you want to approve first."))
        return redirect("reviews:inbox")
    seen = {step: (round_, version) for step, round_, version in form.cleaned_data["steps"]}
    approved = 0
    for step in selectors.steps_by_key(person, seen):
        round_, version = seen[step.pk]
        try:
            services.approve_step(
                step=step,
                by=person,
                seen_round=round_,
                seen_form_version=version,
                opinion=form.cleaned_data["opinion"],
                now=timezone.now(),
            )
        except BusinessError as refused:
            messages.error(request, f"{step.review.number} {step.review.customer.name}: {refused}")
        else:
            approved += 1
    if approved:
        text = ngettext("%(count)s review approved.", "%(count)s reviews approved.", approved)
        messages.success(request, text % {"count": approved})
    return redirect("reviews:inbox")
