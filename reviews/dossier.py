"""What reviews put into a customer's dossier. A draft of somebody else stays out of it, as everywhere."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from customers.dossier import Section, columns_of, values_of
from customers.models import Customer
from reviews.models import Review
from reviews.selectors import reviews_of

REVIEW = ("number", "kind", "review_on", "state", "initiator", "submitted_at", "ended_at")


def reviews(*, customer: Customer, person: User | None, on: dt.date) -> Section:
    """Return the customer's reviews, newest first (P4)."""
    rows = reviews_of(customer, person=person).order_by("-created_at", "-pk")
    return Section(
        "reviews",
        _("Reviews"),
        columns=columns_of(Review, *REVIEW),
        rows=tuple(values_of(row, *REVIEW) for row in rows),
    )
