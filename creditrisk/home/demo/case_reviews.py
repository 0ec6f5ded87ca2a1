"""The demo's case reviews: a signed one with follow-ups that were done, a seminar, and one whose minutes are open; and
what its reports invoiced.
"""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from creditrisk.accounts.models import User
from customers.models import Customer
from receivables.models import AgingSum
from receivables.selectors.reports import latest_report
from supervision.models import CaseReview, CaseReviewKind
from supervision.selectors.report_figures import wanted_figures
from supervision.services.case_reviews import (
    Minutes,
    add_addendum,
    close_case_review,
    discuss_customer,
    open_case_review,
)
from supervision.services.follow_ups import ask_follow_up, complete_follow_up
from supervision.services.report_figures import compute_figures

POINTS = (
    "对账差异已核清,客户承诺本月底前付清最老的两张发票。 Differences settled; the oldest invoices are to be paid.",
    "连续三个月付款变慢,建议暂不提高额度。 Slower for three months: no higher limit for now.",
    "客户管理层变动,由客服经理上门拜访。 New management: the service manager pays a visit.",
)
SIGNED_DAYS_AGO, SEMINAR_DAYS_AGO, OPEN_DAYS_AGO = 40, 21, 3


def compute_demo_figures() -> int:
    """Compute what every report of the demo invoiced; return how many."""
    return len([compute_figures(wanted) for wanted in wanted_figures()])


def create_case_reviews(users: dict[str, User], today: dt.date) -> int:
    """Open three meetings about the customers who are most overdue; return how many."""
    debtors = _debtors()
    if not debtors:
        return 0
    _signed(debtors, users, today)
    _seminar(users, today)
    _open(debtors, users, today)
    return CaseReview.objects.count()


def _debtors() -> list[Customer]:
    report = latest_report()
    late = AgingSum.objects.filter(
        report=report, overdue_amount__gt=0, customer__service_manager__isnull=False
    )
    rows = late.select_related("customer__service_manager", "customer__account_manager")
    return [row.customer for row in rows.order_by("-overdue_amount")[:6]]


def _at(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(16)))


def _people(users: dict[str, User], *names: str) -> list[User]:
    return [users[name] for name in names]


def _signed(debtors: list[Customer], users: dict[str, User], today: dt.date) -> None:
    held_on = today - dt.timedelta(days=SIGNED_DAYS_AGO)
    review = open_case_review(
        minutes=Minutes(
            CaseReviewKind.CASE_REVIEW,
            held_on,
            "逾期大户案例会 Largest overdue customers",
            _people(users, "vp", "deputy", "am", "csm", "legal"),
            "逐户过了逾期最多的客户,明确责任人和期限。\n"
            "We went through the customers who owe most, one by one; each has somebody responsible and a day.",
        ),
        by=users["deputy"],
    )
    for customer, point in zip(debtors, POINTS, strict=False):
        discuss_customer(review=review, customer=customer, point=point, by=users["deputy"])
        follow_up = ask_follow_up(
            review=review,
            text="取得书面付款计划 Get a written payment plan",
            responsible=customer.service_manager or users["csm"],
            due_on=held_on + dt.timedelta(days=14),
            customer=customer,
            by=users["deputy"],
        )
        if customer != debtors[0]:
            complete_follow_up(
                follow_up=follow_up,
                result="已签还款计划 Plan signed",
                by=follow_up.responsible,
                now=_at(held_on + dt.timedelta(days=9)),
            )
    review.refresh_from_db()
    closed = close_case_review(
        review=review, version=_version_of(review), by=users["vp"], now=_at(held_on + dt.timedelta(days=2))
    )
    add_addendum(
        review=closed,
        text="更正:付款计划期限为两周,不是一周。 Correction: two weeks for the payment plans, not one.",
        by=users["deputy"],
        now=_at(held_on + dt.timedelta(days=3)),
    )


def _seminar(users: dict[str, User], today: dt.date) -> None:
    held_on = today - dt.timedelta(days=SEMINAR_DAYS_AGO)
    review = open_case_review(
        minutes=Minutes(
            CaseReviewKind.SEMINAR,
            held_on,
            "信用管理研讨会:账期与保证金 Payment terms and deposits",
            _people(users, "vp", "deputy", "dept", "am", "am2", "am3", "csm", "csm2"),
            "讨论 30 天与 60 天账期的使用,以及何时要求保证金。\nWhen 30 and when 60 days, when a deposit.",
        ),
        by=users["vp"],
    )
    ask_follow_up(
        review=review,
        text="整理账期使用指引 Write a short guide to payment terms",
        responsible=users["am"],
        due_on=today + dt.timedelta(days=10),
        by=users["vp"],
    )
    close_case_review(review=review, version=_version_of(review), by=users["vp"], now=_at(held_on))


def _open(debtors: list[Customer], users: dict[str, User], today: dt.date) -> None:
    held_on = today - dt.timedelta(days=OPEN_DAYS_AGO)
    review = open_case_review(
        minutes=Minutes(
            CaseReviewKind.CASE_REVIEW,
            held_on,
            "月度案例会 Monthly case review",
            _people(users, "vp", "deputy", "am", "csm", "dept"),
            "会议纪要整理中。 Minutes are being written.",
        ),
        by=users["deputy"],
    )
    for customer, point in zip(debtors[3:], POINTS[1:], strict=False):
        discuss_customer(review=review, customer=customer, point=point, by=users["deputy"])
    ask_follow_up(
        review=review,
        text="下次会议前拜访前三大逾期客户 Visit the three largest debtors before the next meeting",
        responsible=users["csm"],
        due_on=today + dt.timedelta(days=5),
        by=users["deputy"],
    )


def _version_of(review: CaseReview) -> int:
    """Return the version as it is now: every point, follow-up and file counts as a change."""
    return CaseReview.objects.values_list("version", flat=True).get(pk=review.pk)
