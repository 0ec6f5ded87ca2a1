"""Early warnings about the customer: raised, followed up, grown worse, closed (P5.1)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from customers.models import CaseEntry, CaseOutcome, Customer, EntryKind
from customers.timeline import Entry, Provider, Span, about_it, day_entry
from customers.warning_wording import sentence

TONES: dict[str, str] = {
    EntryKind.WORSE: "danger",
    EntryKind.ESCALATED: "danger",
    EntryKind.CLOSED: "success",
}


def entries(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return what was written into the logs of the customer's cases."""
    rows = CaseEntry.objects.filter(case__customer=customer).select_related("case", "by", "owner")
    return [
        Entry(
            at=entry.created_at,
            title=about_it(_("Early warning"), _entry_title(entry)),
            person=str(entry.by or ""),
            text=entry.text,
            about=f"{entry.case.number} {entry.case.get_kind_display()}",
            url=entry.case.get_absolute_url(),
            tone=TONES.get(entry.kind, ""),
        )
        for entry in span.newest(rows, "created_at")
    ]


def _entry_title(entry: CaseEntry) -> str:
    if entry.kind == EntryKind.CLOSED:
        return str(CaseOutcome(entry.case.outcome).label)
    return entry.get_kind_display()


def raised(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return the cases on the days they were raised."""
    rows = customer.warning_cases.select_related("raised_by")
    return [
        day_entry(
            case.raised_on,
            about_it(_("Early warning"), case.get_kind_display()),
            person=str(case.raised_by or ""),
            text=sentence(case.kind, case.numbers, reason=case.reason),
            about=case.number,
            url=case.get_absolute_url(),
            tone="warning",
        )
        for case in span.newest_days(rows, "raised_on")
    ]


WARNINGS: tuple[Provider, ...] = (entries, raised)
