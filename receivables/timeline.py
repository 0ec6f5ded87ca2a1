"""What receivables tell in a customer's timeline: aging reports, what fell between them, reminders and letters,
contacts and promises."""

from __future__ import annotations

from collections import defaultdict

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from creditrisk.accounts.models import User
from customers.models import Customer
from customers.timeline import Entry, Span, about_it, day_entry
from receivables.models import (
    AgingSum,
    ContactResult,
    PayableSum,
    Promise,
    PromiseState,
    ReportKind,
    Stage,
    WaiverState,
)
from receivables.selectors.contacts import contacts_of
from receivables.selectors.damages_list import receipts_of, waivers_of
from receivables.selectors.dunning import notices_of
from receivables.selectors.falls import Fall, falls_between_reports
from receivables.selectors.reports import committed_reports

RESULT_TONES: dict[str, str] = {ContactResult.REACHED: "success", ContactResult.WRONG_NUMBER: "danger"}
PROMISE_TONES: dict[str, str] = {
    PromiseState.KEPT: "success",
    PromiseState.PARTLY: "warning",
    PromiseState.BROKEN: "danger",
}
STAGE_TONES: dict[str, str] = {Stage.DUNNING_LETTER: "warning", Stage.FINAL_DEMAND: "danger"}


def aging_reports(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return the reports in force in which the customer has items, with what was open and overdue."""
    sums = AgingSum.objects.filter(customer=customer)
    reports = list(
        span.newest_days(committed_reports().filter(Exists(sums.filter(report=OuterRef("pk")))), "as_of")
    )
    texts: dict[int, list[str]] = defaultdict(list)
    for row in sums.filter(report__in=reports).order_by("currency"):
        texts[row.report_id].append(
            ngettext(
                "%(currency)s %(total)s open in %(count)d item, %(overdue)s of it overdue",
                "%(currency)s %(total)s open in %(count)d items, %(overdue)s of it overdue",
                row.items,
            )
            % {
                "currency": row.currency,
                "total": f"{row.total_amount:,.2f}",
                "overdue": f"{row.overdue_amount:,.2f}",
                "count": row.items,
            }
        )
    return [
        day_entry(
            report.as_of,
            _("Aging report"),
            text="\n".join(texts[report.pk]),
            about=report.number,
            url=f"{reverse('receivables:aging_customer', args=[customer.number])}?as_of={report.as_of}",
        )
        for report in reports
    ]


def payables_reports(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return the reports in force by which we owe the customer something (P3.4)."""
    sums = PayableSum.objects.filter(customer=customer)
    in_force = committed_reports(kind=ReportKind.PAYABLES).filter(Exists(sums.filter(report=OuterRef("pk"))))
    reports = list(span.newest_days(in_force, "as_of"))
    texts: dict[int, list[str]] = defaultdict(list)
    for row in sums.filter(report__in=reports).order_by("currency"):
        texts[row.report_id].append(f"{row.currency} {row.total_amount:,.2f}")
    return [
        day_entry(report.as_of, _("Payables"), text="\n".join(texts[report.pk]), about=report.number)
        for report in reports
    ]


def payments_seen(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return by how much the open amounts of items fell from one report to the next.

    That is what the reports can tell: a payment, a credit note or a set-off, some day between the two.
    """
    url = reverse("receivables:aging_customer", args=[customer.number])
    return [
        day_entry(
            fall.seen_on,
            _("Open amount fell by %(currency)s %(amount)s")
            % {"currency": fall.currency, "amount": f"{fall.amount:,.2f}"},
            text=_told(fall),
            url=f"{url}?as_of={fall.seen_on}",
            tone="success",
        )
        for fall in falls_between_reports(
            customer,
            since=span.since_day,
            until=span.until_day,
            limit=span.limit,
        )
    ]


def _told(fall: Fall) -> str:
    told = ngettext(
        "%(count)d item paid, credited or set off between the reports of %(first)s and %(last)s: %(documents)s",
        "%(count)d items paid, credited or set off between the reports of %(first)s and %(last)s: %(documents)s",
        fall.items,
    )
    more = ", …" if fall.items > len(fall.documents) else ""
    return told % {
        "count": fall.items,
        "first": fall.before_on,
        "last": fall.seen_on,
        "documents": ", ".join(fall.documents) + more,
    }


def notices(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return the reminders, letters and final demands, with what became of each (P5.2.3)."""
    return [
        day_entry(
            notice.issued_on,
            capfirst(notice.get_stage_display()),
            text=f"{notice.currency} {notice.total_amount:,.2f} · {notice.delivery.label}",
            about=str(notice),
            url=notice.get_absolute_url(),
            tone=STAGE_TONES.get(notice.stage, "info"),
        )
        for notice in span.newest_days(notices_of(customer), "issued_on")
    ]


def contacts(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return the attempts to reach the customer, with what each led to (P5.2.3)."""
    return [
        day_entry(
            contact.happened_on,
            about_it(contact.get_way_display(), contact.get_result_display()),
            person=contact.by.display_name,
            text="\n".join(filter(None, (contact.spoke_to, contact.note))),
            about=contact.promise.number if contact.promise else "",
            url=contact.promise.get_absolute_url() if contact.promise else "",
            tone=RESULT_TONES.get(contact.result, "info"),
        )
        for contact in span.newest_days(contacts_of(customer), "happened_on")
    ]


def promises_decided(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return what became of the promises to pay, by the report that decided or the person who withdrew them."""
    decided = Promise.objects.filter(customer=customer).exclude(state=PromiseState.OPEN)
    return [
        day_entry(
            promise.decided_on,
            about_it(_("Promise to pay"), promise.get_state_display()),
            text=f"{promise.currency} {promise.amount:,.2f} · {promise.currency} {promise.paid_amount:,.2f}",
            about=promise.number,
            url=promise.get_absolute_url(),
            tone=PROMISE_TONES.get(promise.state, ""),
        )
        for promise in span.newest_days(decided, "decided_on")
        if promise.decided_on is not None
    ]


def damages_received(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return what was received for liquidated damages, and what of it was reversed (P5.2.3)."""
    url = reverse("receivables:damages_customer", args=[customer.number])
    return [
        day_entry(
            receipt.received_on,
            _("Receipt for damages reversed") if receipt.reverses_id else _("Received for damages"),
            text=f"{receipt.currency} {receipt.effect_amount:,.2f} {receipt.reason or receipt.reference}".strip(),
            person=receipt.by.display_name,
            url=url,
            tone="danger" if receipt.reverses_id else "success",
        )
        for receipt in span.newest_days(receipts_of(customer), "received_on")
    ]


def waivers_asked(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return the requests to waive damages."""
    return [
        Entry(
            at=waiver.asked_at,
            title=_("Waiver of damages asked for"),
            text=f"{waiver.currency} {waiver.amount:,.2f} · {waiver.reason}",
            person=waiver.asked_by.display_name,
            url=waiver.get_absolute_url(),
        )
        for waiver in span.newest(waivers_of(customer), "asked_at")
    ]


def waivers_decided(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return what the group leader decided on waivers of damages (P3.1)."""
    return [
        Entry(
            at=waiver.decided_at,
            title=_("Damages waived") if waiver.state == WaiverState.APPROVED else _("Damages not waived"),
            text=f"{waiver.currency} {waiver.amount:,.2f} · {waiver.decision_reason}",
            person=waiver.decided_by.display_name,
            url=waiver.get_absolute_url(),
        )
        for waiver in span.newest(waivers_of(customer), "decided_at")
        if waiver.decided_at is not None and waiver.decided_by is not None
    ]
