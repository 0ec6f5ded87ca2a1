"""The counts beside the navigation's entries of this app. Every page asks for them: together they cost one query."""

from __future__ import annotations

from collections import Counter

from django.db.models import CharField, QuerySet, Value

from creditrisk.accounts.models import User
from customers.contract_selectors import open_self_checks_of
from customers.portfolio_selectors import open_tasks_of

SELF_CHECKS, TASKS = "self_checks", "tasks"


def self_check_count(user: User) -> int:
    """Return how many self-checks wait for `user` (P3.2.3)."""
    return _counts(user)[SELF_CHECKS]


def task_count(user: User) -> int:
    """Return how many planned visits, follow-ups and handovers wait for `user`."""
    return _counts(user)[TASKS]


def _counts(user: User) -> Counter[str]:
    # Kept with the person, who is read anew for every request.
    kept: Counter[str] | None = vars(user).get("_open_work")
    if kept is None:
        parts = [_marked(open_self_checks_of(user), SELF_CHECKS)]
        parts += [_marked(waiting, TASKS) for waiting in open_tasks_of(user)]
        kept = Counter(parts[0].union(*parts[1:], all=True).values_list("waiting_kind", flat=True))
        vars(user)["_open_work"] = kept
    return kept


def _marked(waiting: QuerySet, kind: str) -> QuerySet:  # type: ignore[type-arg]
    marked: QuerySet = waiting.order_by().annotate(waiting_kind=Value(kind, CharField()))  # type: ignore[type-arg]
    return marked.values("waiting_kind")
