"""What supervision tells in the customer's timeline (P3.1 d)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from customers.models import Customer
from customers.timeline import Entry, Span, about_it, day_entry
from supervision.models import CaseFollowUp, CaseReviewCustomer


def case_points(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return the case reviews in which the customer was discussed, with the point made."""
    points = CaseReviewCustomer.objects.filter(customer=customer).select_related("review", "added_by")
    return [
        day_entry(
            point.review.held_on,
            _("Discussed in case review"),
            person=str(point.added_by),
            text=point.point,
            about=str(point.review),
            url=point.review.get_absolute_url(),
        )
        for point in span.newest_days(points, "review__held_on")
    ]


def case_follow_ups_done(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return the follow-ups about the customer that were done."""
    done = CaseFollowUp.objects.filter(customer=customer).select_related("review", "done_by")
    entries = []
    for follow_up in span.newest(done, "done_at"):
        assert follow_up.done_at is not None  # rows without the moment are not asked for
        entries.append(
            Entry(
                at=follow_up.done_at,
                title=about_it(_("Follow-up done"), follow_up.text),
                person=str(follow_up.done_by),
                text=follow_up.result,
                about=str(follow_up.review),
                url=follow_up.get_absolute_url(),
                tone="success",
            )
        )
    return entries
