"""What supervision adds to the customer's page: where he was discussed, and what is to be done about him (P3.1 d)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.dates import local_today
from customers.models import Customer
from customers.panels import Panel
from supervision.models import CaseFollowUp
from supervision.selectors.case_reviews import points_about

SHOWN = 3


def case_reviews_panel(*, customer: Customer, user: User) -> Panel | None:
    """Return the latest case reviews in which the customer was discussed, and the open follow-ups about him; None where
    there was none.
    """
    points = list(points_about(customer)[:SHOWN])
    follow_ups = CaseFollowUp.objects.filter(customer=customer, done_at__isnull=True)
    listed = list(follow_ups.select_related("review", "responsible")[:SHOWN])
    if not points and not listed:
        return None
    today = local_today()
    context = {
        "points": points,
        "follow_ups": [(follow_up, follow_up.is_overdue(on=today)) for follow_up in listed],
    }
    return Panel(_("Case reviews"), "supervision/_customer_panel.html", context)
