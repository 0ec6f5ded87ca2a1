"""Who looks after the customer, and how: visits, follow-ups, handovers, other managers, confirmations of the file."""

from __future__ import annotations

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.selectors import changes_of
from customers.models import Customer, FollowUp, HandoverStep, RiskSignal, Visit
from customers.portfolio_selectors import confirmations_of
from customers.timeline import Entry, Provider, Span, about_it, day_entry
from customers.timeline_entries.history import told, whose

MANAGER_FIELDS = ("account_manager", "service_manager")
FINDINGS = (
    "leadership_changes",
    "staff_turnover",
    "reasons_to_continue",
    "recent_developments",
    "impression",
)
RISK_TONES: dict[str, str] = {RiskSignal.WATCH: "warning", RiskSignal.ALARM: "danger"}


def visits_done(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return the visits that were made, with their findings (P5.1.3)."""
    rows = customer.visits.select_related("responsible")
    return [
        day_entry(
            visit.done_on,
            about_it(_("Visit made"), visit.get_channel_display()),
            person=str(visit.responsible),
            text=_findings(visit),
            about=visit.purpose,
            url=visit.get_absolute_url(),
            tone=RISK_TONES.get(visit.risk_signal, "success"),
        )
        for visit in span.newest_days(rows, "done_on")
    ]


def _findings(visit: Visit) -> str:
    found = [
        f"{capfirst(str(Visit._meta.get_field(name).verbose_name))}: {getattr(visit, name)}"  # type: ignore[union-attr]
        for name in FINDINGS
        if getattr(visit, name)
    ]
    return "\n".join([visit.get_risk_signal_display(), *found])


def visits_cancelled(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return the visits that were cancelled."""
    rows = customer.visits.select_related("cancelled_by")
    return [
        Entry(
            at=visit.cancelled_at,
            title=_("Visit cancelled"),
            person=str(visit.cancelled_by),
            text=visit.cancel_reason,
            about=visit.purpose,
            url=visit.get_absolute_url(),
        )
        for visit in span.newest(rows, "cancelled_at")
        if visit.cancelled_at
    ]


def visits_planned(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return the visits that were planned, at the moment of planning; one recorded without a plan is none of them."""
    rows = customer.visits.filter(planned_on__isnull=False).select_related("created_by", "responsible")
    return [
        Entry(
            at=visit.created_at,
            title=_("Visit planned for %(day)s") % {"day": visit.planned_on},
            person=str(visit.created_by),
            text=f"{visit.get_channel_display()} · {visit.responsible}",
            about=visit.purpose,
            url=visit.get_absolute_url(),
        )
        for visit in span.newest(rows, "created_at")
    ]


def follow_ups_done(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return the follow-ups that were ticked off."""
    rows = FollowUp.objects.filter(visit__customer=customer).select_related("visit", "done_by")
    return [
        Entry(
            at=task.done_at,
            title=_("Follow-up completed"),
            person=str(task.done_by),
            text=task.text,
            about=task.visit.purpose,
            url=task.visit.get_absolute_url(),
            tone="success",
        )
        for task in span.newest(rows, "done_at")
        if task.done_at
    ]


def follow_ups_set(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return the follow-ups that were asked for."""
    rows = FollowUp.objects.filter(visit__customer=customer)
    return [
        Entry(
            at=task.created_at,
            title=_("Follow-up due %(day)s") % {"day": task.due_on},
            person=str(task.created_by),
            text=f"{task.text} · {task.responsible}",
            about=task.visit.purpose,
            url=task.visit.get_absolute_url(),
        )
        for task in span.newest(rows.select_related("visit", "created_by", "responsible"), "created_at")
    ]


def handovers(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return what happened to the customer's handovers (P3.2.2)."""
    rows = HandoverStep.objects.filter(handover__customer=customer)
    return [
        Entry(
            at=step.at,
            title=about_it(_("Handover"), step.get_kind_display()),
            person=str(step.by),
            text=step.note,
            about=f"→ {step.recipient}",
            url=step.handover.get_absolute_url(),
        )
        for step in span.newest(rows.select_related("handover", "by", "recipient"), "at")
    ]


def managers(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return who became account manager and service manager, by a handover, a reassignment or by hand."""
    found = changes_of(Customer, whose(customer), fields=MANAGER_FIELDS, until=span.until, limit=span.limit)
    return told(found, span, title=_("Managers changed"), created=_("Managers named"))


def confirmations(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return who confirmed which sections of the file (P4.3)."""
    return [
        Entry(
            at=confirmation.confirmed_at,
            title=_("File confirmed"),
            person=str(confirmation.confirmed_by),
            text="\n".join(filter(None, (", ".join(confirmation.section_labels), confirmation.note))),
            tone="success",
        )
        for confirmation in span.newest(confirmations_of(customer), "confirmed_at")
    ]


VISITS: tuple[Provider, ...] = (visits_done, visits_cancelled, visits_planned)
FOLLOW_UPS: tuple[Provider, ...] = (follow_ups_done, follow_ups_set)
HANDOVERS: tuple[Provider, ...] = (managers, handovers)
