"""The list of reviews, and the inbox."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET
from django_tables2 import RequestConfig

from creditrisk.accounts.models import User
from creditrisk.accounts.requests import person_of
from creditrisk.accounts.roles import Role
from creditrisk.dates import local_today
from creditrisk.tables import BaseTable
from reviews import selectors
from reviews.filters import ReviewFilter
from reviews.tables import DoneTable, ReviewTable, ScoreTable, StartedTable, ToDoTable


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
        "may_start_annual": person.has_role(Role.SERVICE_MANAGER),
    }
    return render(request, "reviews/review_list.html", context)


def _to_do(person: User) -> BaseTable:
    return ToDoTable(selectors.steps_to_decide(person), today=local_today())


def _score(person: User) -> BaseTable:
    return ScoreTable(selectors.reviews_to_score(person))


def _done(person: User) -> BaseTable:
    return DoneTable(selectors.steps_decided(person))


def _started(person: User) -> BaseTable:
    return StartedTable(selectors.reviews_started(person))


TABS: dict[str, tuple[Promise, Callable[[User], BaseTable]]] = {
    "todo": (_("To do"), _to_do),
    "score": (_("To score"), _score),
    "done": (_("Done"), _done),
    "started": (_("Started by me"), _started),
}


@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """What waits for this person, what he has decided, and what he has started."""
    person = person_of(request)
    tab = request.GET.get("tab", "todo")
    tab = tab if tab in TABS else "todo"
    table = TABS[tab][1](person)
    RequestConfig(request).configure(table)
    counts = {"todo": selectors.inbox_count(person), "score": selectors.reviews_to_score(person).count()}
    context = {
        "table": table,
        "tab": tab,
        "tabs": [(code, label, counts.get(code, 0)) for code, (label, _build) in TABS.items()],
    }
    return render(request, "reviews/inbox.html", context)
