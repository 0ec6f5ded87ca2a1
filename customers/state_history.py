"""When the customer's state changed, by whom and why: read from the audit history."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, Window
from django.db.models.functions import Lag
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from customers.models import Customer, CustomerState
from customers.models.state_reason import reason_text

READ = (
    *("pgh_created_at", "state", "state_reason_code", "state_reason", "frozen_at", "freeze_reason"),
    "pgh_context__metadata",
)
ICONS = {"frozen": "lock", "unfrozen": "unlock"}


@dataclass(frozen=True)
class StateChange:
    """One change: the state (or freeze) that began, when, decided by whom (empty: the system), and why. The names are
    those of the timeline component.
    """

    at: dt.datetime
    code: str
    title: str
    person: str
    text: str

    @property
    def icon(self) -> str:
        """The icon of the timeline's mark."""
        return ICONS.get(self.code, "flag")


def state_history_of(
    customer: Customer, *, limit: int, until: dt.datetime | None = None
) -> list[StateChange]:
    """Return the last `limit` changes of state and freeze up to the moment `until`, newest first. Two queries."""
    manager: Any = Customer._meta.get_field("events").related_model._default_manager
    in_order = F("pgh_id").asc()
    events_of = manager.filter(pgh_obj_id=customer.pk)
    if until is not None:
        events_of = events_of.filter(pgh_created_at__lte=until)
    changed = (
        events_of.annotate(
            before=Window(Lag("state"), order_by=in_order),
            frozen_before=Window(Lag("frozen_at"), order_by=in_order),
        )
        .filter(
            Q(before__isnull=True)
            | ~Q(before=F("state"))
            | Q(frozen_before__isnull=True, frozen_at__isnull=False)
            | Q(frozen_before__isnull=False, frozen_at__isnull=True)
        )
        .select_related("pgh_context")
        .only(*READ)
        .order_by("-pgh_created_at", "-pgh_id")[:limit]
    )
    events = list(changed)
    people = User.objects.in_bulk({pk for pk in map(_user_pk, events) if pk is not None})
    return [_told(event, str(people.get(_user_pk(event), ""))) for event in events]


def _told(event: Any, person: str) -> StateChange:
    if event.before == event.state:
        code = "frozen" if event.frozen_at else "unfrozen"
        title = _("frozen") if event.frozen_at else _("unfrozen")
        return StateChange(event.pgh_created_at, code, title, person, event.freeze_reason)
    title = str(CustomerState(event.state).label)
    reason = reason_text(event.state_reason_code, event.state_reason)
    return StateChange(event.pgh_created_at, event.state, title, person, reason)


def _user_pk(event: Any) -> Any:
    return event.pgh_context.metadata.get("user") if event.pgh_context else None
