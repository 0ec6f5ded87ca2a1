"""What reviews add to the customer's page: the list of his reviews, and the button that starts one."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.dates import local_today
from customers.models import Customer
from customers.open_matters import OpenMatter
from customers.panels import PageAction, Panel
from customers.permissions import is_service_manager_of
from reviews.adjustment_selectors import adjustments_of
from reviews.models import Review
from reviews.models.review import OPEN_STATES
from reviews.permissions import needs_new_customer_review, refusal_to_create, refusal_to_start_annual
from reviews.selectors import annual_review_of, managers_at_work, open_review_of, review_list, reviews_of

SHOWN = 10
SHOWN_ADJUSTMENTS = 4


def reviews_panel(*, customer: Customer, user: User) -> Panel:
    """Return the customer's latest reviews that the person may see."""
    reviews: list[Review] = list(reviews_of(customer, person=user)[:SHOWN])
    return Panel(_("Reviews"), "reviews/_customer_panel.html", {"reviews": reviews})


def adjustments_panel(*, customer: Customer, user: User) -> Panel | None:
    """Return the customer's latest quarterly adjustments; nothing before the first one."""
    adjustments = list(adjustments_of(customer)[:SHOWN_ADJUSTMENTS])
    if not adjustments:
        return None
    return Panel(_("Quarterly adjustment"), "reviews/_adjustments_panel.html", {"adjustments": adjustments})


def start_action(*, customer: Customer, user: User) -> PageAction | None:
    """Return the button that starts the new-customer review, disabled with the reason; nothing where none is
    needed.
    """
    if not needs_new_customer_review(customer):
        return None
    return PageAction(
        label=_("Start the review"),
        url=reverse("reviews:create", args=[customer.number]),
        icon="clipboard-check",
        refusal=refusal_to_create(user=user, customer=customer, open_review=open_review_of(customer)),
        is_primary=True,
    )


def start_annual_action(*, customer: Customer, user: User) -> PageAction | None:
    """Return the button that starts the annual review, for his service manager; nothing before the first review."""
    if customer.reviewed_on is None or not is_service_manager_of(user, customer):
        return None
    year = local_today().year
    found = annual_review_of(customer, year=year)
    return PageAction(
        label=_("Start the annual review"),
        url=reverse("reviews:start_annual", args=[customer.number]),
        icon="calendar3",
        refusal=refusal_to_start_annual(
            user=user, customer=customer, year=year, found=found, at_work=managers_at_work()
        ),
    )


def open_reviews(*, customer: Customer, user: User, on: dt.date) -> list[OpenMatter]:
    """Return the customer's reviews that have not ended; a draft that the person does not see has no link."""
    running = list(Review.objects.filter(customer=customer, state__in=OPEN_STATES).order_by("number"))
    seen = set(review_list(user).filter(customer=customer).values_list("pk", flat=True)) if running else set()
    return [
        OpenMatter(
            _("Review %(number)s has not ended.") % {"number": review.number},
            review.get_absolute_url() if review.pk in seen else "",
        )
        for review in running
    ]
