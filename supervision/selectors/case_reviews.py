"""The log of case reviews as a person may read it: meetings, what was said about his customers, what is to be done."""

from __future__ import annotations

import datetime as dt

from django.db.models import Count, Q, QuerySet

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import SEES_ALL_CUSTOMERS
from customers.models import Customer
from supervision.models import CaseFollowUp, CaseReview, CaseReviewCustomer
from supervision.models.case_review import (
    CaseFollowUpQuerySet,
    CaseReviewQuerySet,
)


def case_review_list(user: User) -> CaseReviewQuerySet:
    """Return the meetings `user` may see, with how many customers were discussed whom he sees (`discussed`), and how
    many follow-ups that he sees are open (`open_follow_ups`).
    """
    visible: CaseReviewQuerySet = CaseReview.objects.visible_to(user)
    points = CaseReviewCustomer.objects.visible_to(user).order_by()
    follow_ups = CaseFollowUp.objects.visible_to(user).open().order_by()
    return visible.annotate(
        discussed=Count("points", filter=Q(points__in=points.values("pk")), distinct=True),
        open_follow_ups=Count("follow_ups", filter=Q(follow_ups__in=follow_ups.values("pk")), distinct=True),
    )


def case_review_for_page(user: User) -> CaseReviewQuerySet:
    """Return the meetings `user` may see, with everybody whom the page of one names."""
    visible: CaseReviewQuerySet = CaseReview.objects.visible_to(user)
    return visible.select_related("created_by", "closed_by").prefetch_related("participants")


def reads_all_of(user: User, review: CaseReview) -> bool:
    """Return whether `user` reads minutes, files and addenda: leaders, supervising departments, finance, and who took
    part. Others are shown what concerns their customers and themselves (P3.1 d).
    """
    if user.has_role(*SEES_ALL_CUSTOMERS):
        return True
    took_part = review.created_by_id == user.pk or any(
        person.pk == user.pk for person in review.participants.all()
    )
    return took_part and bool(user.roles)


def points_of(review: CaseReview, user: User) -> QuerySet[CaseReviewCustomer]:
    """Return what was said about the customers that `user` may see."""
    visible: QuerySet[CaseReviewCustomer] = CaseReviewCustomer.objects.visible_to(user)
    return visible.filter(review=review).select_related("customer", "added_by")


def follow_ups_of(review: CaseReview, user: User) -> CaseFollowUpQuerySet:
    """Return the follow-ups of a meeting that `user` may see."""
    return follow_up_list(user).filter(review=review)


def follow_up_list(user: User) -> CaseFollowUpQuerySet:
    """Return the follow-ups `user` may see, with meeting, customer and people."""
    visible: CaseFollowUpQuerySet = CaseFollowUp.objects.visible_to(user)
    return visible.select_related("review", "customer", "responsible", "done_by")


def follow_ups_waiting_for(user: User) -> QuerySet[CaseFollowUp]:
    """Return what `user` still has to do after case reviews."""
    if not user.roles:
        return CaseFollowUp.objects.none()
    return CaseFollowUp.objects.filter(responsible=user.pk, done_at__isnull=True)


def points_about(customer: Customer) -> QuerySet[CaseReviewCustomer]:
    """Return what was said about a customer, the latest meeting first."""
    points = CaseReviewCustomer.objects.filter(customer=customer).select_related("review")
    return points.order_by("-review__held_on", "-review__pk")


def follow_ups_to_remind_of(on: dt.date, *, days_before: int) -> QuerySet[CaseFollowUp]:
    """Return the open follow-ups that are due within so many calendar days after `on`, or were due by then, with who
    is responsible.
    """
    due = CaseFollowUp.objects.filter(done_at__isnull=True, due_on__lte=on + dt.timedelta(days=days_before))
    return due.select_related("review", "responsible").order_by("pk")
