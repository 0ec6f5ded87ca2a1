"""From the audit history to entries of the timeline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from django.db.models import Q

from creditrisk.audit.selectors import HistoryEntry
from customers.models import Customer
from customers.timeline import Entry, Span


def whose(customer: Customer) -> Q:
    """Return the condition that an event is of the customer's own row."""
    return Q(pgh_obj_id=customer.pk)


def told(
    found: Iterable[HistoryEntry],
    span: Span,
    *,
    title: str,
    created: str = "",
    deleted: str = "",
    names_subject: bool = False,
    url: str = "",
) -> list[Entry]:
    """Return changes as entries; `created` and `deleted` are the titles of the first and the last one, where they
    differ; what came new had no value before. `names_subject`: the object is named, because the customer may have
    several of them.
    """
    titles = {"insert": created or title, "delete": deleted or title}
    return span.later_than_since(
        Entry(
            at=change.at,
            title=titles.get(change.kind, title),
            person=change.person,
            about=change.subject if names_subject else "",
            url=url,
            changes=tuple(
                replace(each, old="") if change.kind == "insert" else each for each in change.changes
            ),
        )
        for change in found
    )
