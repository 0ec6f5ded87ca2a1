"""How the customer stands: his grades, his states and freezes, his limits."""

from __future__ import annotations

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.selectors import changes_of
from customers.grade_words import in_words
from customers.models import Customer
from customers.selectors import grade_history_of
from customers.state_history import state_history_of
from customers.timeline import Entry, Span, day_entry
from customers.timeline_entries.history import told, whose

LIMIT_FIELDS = (
    "credit_limit_amount",
    "credit_limit_currency",
    "credit_limit_valid_to_on",
    "temporary_limit_amount",
    "temporary_limit_valid_to_on",
    "temporary_limit_reason",
)


def grades(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return the grades that were given, by the day from which they are in force."""
    return [
        day_entry(
            change.effective_on,
            " ".join(
                filter(
                    None,
                    (change.old or "–", "→", change.new, _("(provisional)") if change.is_provisional else ""),
                )
            ),
            person=str(change.decided_by or ""),
            text=" · ".join(
                filter(
                    None,
                    (
                        change.source,
                        _("policy %(version)s") % {"version": change.policy_version},
                        change.reason,
                    ),
                )
            ),
            tone="danger" if change.new == "D" else "",
        )
        for change in in_words(span.newest_days(grade_history_of(customer), "effective_on"))
    ]


STATE_TONES = {
    "watch": "warning",
    "suspended": "danger",
    "frozen": "danger",
    "active": "success",
    "unfrozen": "success",
}


def states(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return the changes of state and the freezes, from the history."""
    return span.later_than_since(
        Entry(
            at=change.at,
            title=capfirst(change.title),
            person=change.person,
            text=change.text,
            tone=STATE_TONES.get(change.code, ""),
        )
        for change in state_history_of(customer, limit=span.limit, until=span.until)
    )


def limits(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return the changes of the permanent and the temporary limit, from the history."""
    found = changes_of(Customer, whose(customer), fields=LIMIT_FIELDS, until=span.until, limit=span.limit)
    return told(found, span, title=_("Limits changed"))
