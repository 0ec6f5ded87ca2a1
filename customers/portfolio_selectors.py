"""Reads of visits, follow-ups, handovers, confirmations, and of whole portfolios."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Count,
    DateField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Least, TruncDate
from django.utils import timezone

from creditrisk.accounts.models import RoleAssignment, User
from creditrisk.accounts.roles import SEES_ALL_CUSTOMERS, Role
from creditrisk.policy.schema import Policy
from creditrisk.policy.selectors import policy_version_on
from customers.file_confirmation import Standing, confirmation_due_on, standing_on
from customers.models import (
    Customer,
    CustomerQuerySet,
    CustomerState,
    FileConfirmation,
    FollowUp,
    FollowUpQuerySet,
    Handover,
    HandoverQuerySet,
    HandoverState,
    Visit,
    VisitQuerySet,
    VisitState,
)

REASSIGNS_EVERYBODY = (Role.GROUP_LEADER, Role.DEPUTY_LEADER, Role.ADMINISTRATOR)
"""P3: who gives anybody's customers to others; a department manager does so for his people."""

# Visits ---------------------------------------------------------------------------------------------------------------


def not_made_on(day: dt.date) -> Q:
    """Return the condition that a visit was planned for a day up to this one, and neither made nor cancelled at its
    end.
    """
    later = Q(done_on__gt=day) | Q(cancelled_at__date__gt=day)
    return Q(planned_on__lte=day) & (Q(state=VisitState.PLANNED) | later)


def visit_list(user: User) -> VisitQuerySet:
    """Return the visits `user` may see, with customer and person: `held_on` is the day it was done, else is planned
    for; `open_follow_ups` counts what is still to be done."""
    visible: VisitQuerySet = Visit.objects.visible_to(user)
    return visible.select_related("customer", "responsible").annotate(
        held_on=Coalesce("done_on", "planned_on"),
        open_follow_ups=Count("follow_ups", filter=Q(follow_ups__done_at__isnull=True)),
    )


def visit_for_page(user: User) -> VisitQuerySet:
    """Return the visits `user` may see, with everything the page of one shows."""
    visible: VisitQuerySet = Visit.objects.visible_to(user)
    return visible.select_related(
        "customer__account_manager__department",
        "customer__service_manager__department",
        "responsible",
        "created_by",
        "recorded_by",
        "cancelled_by",
    ).prefetch_related("participants", "files__uploaded_by", "follow_ups__responsible", "follow_ups__done_by")


def follow_up_list(user: User) -> FollowUpQuerySet:
    """Return the follow-ups `user` may see, with visit and customer."""
    visible: FollowUpQuerySet = FollowUp.objects.visible_to(user)
    return visible.select_related(
        "responsible", "visit__customer__account_manager", "visit__customer__service_manager"
    )


def open_tasks_of(user: User) -> list[QuerySet[Any]]:
    """Return the planned visits, the follow-ups and the handovers that wait for `user`."""
    visits = Visit.objects.visible_to(user).filter(responsible=user, state=VisitState.PLANNED)
    follow_ups = FollowUp.objects.visible_to(user).open().filter(responsible=user)
    handovers = Handover.objects.visible_to(user).filter(recipient=user, state=HandoverState.PROPOSED)
    return [visits, follow_ups, handovers]


def my_follow_ups(user: User) -> FollowUpQuerySet:
    """Return what `user` still has to do after visits, the most urgent first."""
    return follow_up_list(user).open().filter(responsible=user).order_by("due_on", "pk")


def managers_of(customer: Customer) -> QuerySet[User]:
    """Return the active people who manage the customer and hold the role for it."""
    return User.objects.filter(
        Q(pk=customer.account_manager_id, role_assignments__role=Role.ACCOUNT_MANAGER)
        | Q(pk=customer.service_manager_id, role_assignments__role=Role.SERVICE_MANAGER),
        is_active=True,
    ).distinct()


def people_at_work() -> QuerySet[User]:
    """Return the active people who hold any role, by user name."""
    return User.objects.filter(is_active=True, pk__in=RoleAssignment.objects.values("user")).order_by(
        "username"
    )


def people_who_see(customer: Customer) -> QuerySet[User]:
    """Return the active people who see the customer, by user name: the same rule as `visible_to`."""
    managers = [customer.account_manager_id, customer.service_manager_id]
    seeing = User.objects.filter(
        Q(role_assignments__role__in=SEES_ALL_CUSTOMERS)
        | Q(pk=customer.account_manager_id, role_assignments__role=Role.ACCOUNT_MANAGER)
        | Q(pk=customer.service_manager_id, role_assignments__role=Role.SERVICE_MANAGER)
        | Q(
            role_assignments__role=Role.DEPARTMENT_MANAGER,
            headed_departments__members__in=[pk for pk in managers if pk is not None],
        ),
        is_active=True,
    )
    return User.objects.filter(pk__in=seeing.values("pk")).order_by("username")


# Handovers ------------------------------------------------------------------------------------------------------------


def handover_list(user: User) -> HandoverQuerySet:
    """Return the handovers `user` may see, with customer and people."""
    visible: HandoverQuerySet = Handover.objects.visible_to(user)
    return visible.select_related(
        "customer__account_manager", "customer__service_manager", "recipient", "proposed_by"
    )


def handovers_waiting_for(user: User) -> HandoverQuerySet:
    """Return the open handovers that `user` is to decide."""
    return handover_list(user).filter(state=HandoverState.PROPOSED, recipient=user)


def open_handover_of(customer: Customer) -> Handover | None:
    """Return the customer's open handover; None where there is none."""
    return (
        Handover.objects.select_related("recipient", "proposed_by")
        .filter(customer=customer, state=HandoverState.PROPOSED)
        .first()
    )


# Portfolios -----------------------------------------------------------------------------------------------------------


def people_under(user: User) -> QuerySet[User]:
    """Return the people whose customers `user` may give to others, whether they have any or not, active or not."""
    people = User.objects.select_related("department")
    if user.has_role(*REASSIGNS_EVERYBODY):
        return people
    if user.has_role(Role.DEPARTMENT_MANAGER):
        return people.filter(department__head=user)
    return people.none()


def people_with_customers(user: User) -> QuerySet[User]:
    """Return those `people_under` this user who have customers, or a handover that waits for them.

    `managed_count`, `serviced_count` and `handover_count` say how many, in each capacity.
    """
    waiting = Q(handovers_received__state=HandoverState.PROPOSED)
    return (
        people_under(user)
        .annotate(
            managed_count=Count("managed_customers", distinct=True),
            serviced_count=Count("serviced_customers", distinct=True),
            handover_count=Count("handovers_received", filter=waiting, distinct=True),
        )
        .filter(Q(managed_count__gt=0) | Q(serviced_count__gt=0) | Q(handover_count__gt=0))
    )


def portfolio_of(person: User) -> CustomerQuerySet:
    """Return the customers of `person` as account or service manager, and those whose handover waits for him.

    Each says in which capacity: `as_account_manager`, `as_service_manager`, `as_recipient`. Who may see this is asked
    of `reassign_refusal`: an administrator reassigns customers whose files he does not see.
    """
    waiting = Handover.objects.filter(customer=OuterRef("pk"), recipient=person, state=HandoverState.PROPOSED)
    customers: CustomerQuerySet = Customer.objects.all()
    return (
        customers.annotate(
            as_account_manager=_is(account_manager=person),
            as_service_manager=_is(service_manager=person),
            as_recipient=Exists(waiting),
        )
        .filter(Q(as_account_manager=True) | Q(as_service_manager=True) | Q(as_recipient=True))
        .select_related("account_manager", "service_manager")
        .defer("bank_account")
    )


def _is(**condition: Any) -> Case:
    return Case(When(**condition, then=True), default=False, output_field=BooleanField())


# Confirmations --------------------------------------------------------------------------------------------------------


class AddMonths(Func):
    """`date + n months` in SQL, as `creditrisk.dates.add_months`: at most the last day of that month."""

    template = "(%(expressions)s)::date"
    arg_joiner = " + "
    output_field = DateField()

    def __init__(self, day: Any, months: int) -> None:
        super().__init__(day, Func(Value(months), template="make_interval(months => %(expressions)s)"))


def with_confirmation_due(customers: CustomerQuerySet, policy: Policy) -> CustomerQuerySet:
    """Return the customers with `confirmation_due_on`, the same as the rule of that name (P4.3)."""
    rules = policy.review_cycle
    regular = AddMonths(Coalesce("confirmed_on", TruncDate("created_at")), rules.file_confirmation_months)
    after_review = Func(
        F("reviewed_on"),
        Value(rules.confirmation_after_review_days),
        template="(%(expressions)s)",
        arg_joiner=" + ",
        output_field=DateField(),
    )
    not_followed = Q(reviewed_on__isnull=False) & (
        Q(confirmed_on__isnull=True) | Q(confirmed_on__lt=F("reviewed_on"))
    )
    return customers.annotate(
        confirmation_due_on=Case(
            When(not_followed, then=Least(regular, after_review)),
            default=regular,
            output_field=DateField(),
        )
    )


MOST_URGENT_FIRST: tuple[str, ...] = ("confirmation_due_on", "number")


def due_by(day: dt.date) -> Q:
    """Return the condition that a file `with_confirmation_due` is due on `day` or before."""
    return Q(("confirmation_due_on__lte", day))


def files_to_confirm(user: User, *, on: dt.date) -> CustomerQuerySet:
    """Return the open files `user` may see with `confirmation_due_on`, for the list: one query for its rows."""
    visible: CustomerQuerySet = Customer.objects.visible_to(user)
    listed = visible.exclude(state=CustomerState.CLOSED)
    return (
        with_confirmation_due(listed, policy_version_on(on).policy)
        .select_related("account_manager", "service_manager")
        .defer("bank_account")
    )


def files_overdue_for_confirmation(*, on: dt.date) -> CustomerQuerySet:
    """Return the open files that were not confirmed in time: due before `on` (P4.3: an early warning)."""
    listed: CustomerQuerySet = Customer.objects.exclude(state=CustomerState.CLOSED)
    return with_confirmation_due(listed, policy_version_on(on).policy).filter(
        due_by(on - dt.timedelta(days=1))
    )


def files_to_ask_for(*, on: dt.date) -> CustomerQuerySet:
    """Return the open files that are overdue on `on` or due within the policy's notice, the most urgent first
    (P4.3)."""
    policy = policy_version_on(on).policy
    last_due_on = on + dt.timedelta(days=policy.review_cycle.confirmation_notice_days)
    listed: CustomerQuerySet = Customer.objects.exclude(state=CustomerState.CLOSED)
    return (
        with_confirmation_due(listed, policy)
        .filter(due_by(last_due_on))
        .defer("bank_account")
        .order_by(*MOST_URGENT_FIRST)
    )


@dataclass(frozen=True)
class ConfirmationStanding:
    """How a file stands on a day: when it was last confirmed as a whole, until when it has to be, and by which word."""

    confirmed_on: dt.date | None
    due_on: dt.date
    standing: Standing


def confirmation_standing(customer: Customer, *, on: dt.date) -> ConfirmationStanding:
    """Return how the customer's file stands on `on` by the policy in force then."""
    rules = policy_version_on(on).policy.review_cycle
    due_on = confirmation_due_on(
        confirmed_on=customer.confirmed_on,
        reviewed_on=customer.reviewed_on,
        opened_on=timezone.localdate(customer.created_at),
        rules=rules,
    )
    return ConfirmationStanding(
        confirmed_on=customer.confirmed_on,
        due_on=due_on,
        standing=standing_on(due_on, on=on, rules=rules),
    )


def confirmations_of(customer: Customer) -> QuerySet[FileConfirmation]:
    """Return the customer's confirmations with who gave them, newest first."""
    return customer.confirmations.prefetch_related("confirmed_by").defer("snapshot")
