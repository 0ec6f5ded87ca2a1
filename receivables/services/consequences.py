"""What follows from a new report: promises are judged, and who has paid up may go on (P5.2.3)."""

from __future__ import annotations

from django.db import transaction

from creditrisk.policy.selectors import policy_version_on
from customers.models import Customer
from receivables.models import Report, ReportKind
from receivables.selectors.promises import promises_to_judge
from receivables.selectors.proposals import paid_up_customers
from receivables.selectors.reports import committed_reports
from receivables.services.cooperation import propose_resumptions
from receivables.services.promises import judge_promises


@transaction.atomic
def draw_consequences(report: Report) -> None:
    """Let a report that was just put in force decide what waits for the next report; an older one decides nothing.

    In the transaction of its commit. The customers concerned are locked in the order of their keys first, as a dunning
    run does, so that the two never wait for each other.
    """
    is_newest = not committed_reports().filter(as_of__gt=report.as_of).exists()
    if report.kind == ReportKind.OPEN_ITEMS and is_newest:
        concerned = {customer.pk for customer in paid_up_customers(report)}
        concerned |= set(promises_to_judge(report).values_list("customer_id", flat=True))
        list(Customer.objects.select_for_update().filter(pk__in=concerned).order_by("pk").values_list("pk"))
        judge_promises(report=report, policy=policy_version_on(report.as_of).policy)
        propose_resumptions(report=report)
