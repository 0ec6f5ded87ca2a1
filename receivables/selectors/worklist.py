"""Whom a manager calls today, and why: the work list of collection (P5.2.3).

The same condition counts the badge of the navigation and finds the rows of the page.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    BooleanField,
    DateField,
    Exists,
    ExpressionWrapper,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextChoices,
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, Now, TruncDate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.notifications.models import OutboxMessage
from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.schema import Policy
from customers.models import Contact, Customer, CustomerQuerySet, CustomerState
from receivables.models import (
    CollectionContact,
    DunningNotice,
    DunningTerms,
    OpenItem,
    Promise,
    PromiseInstalment,
    PromiseState,
    Report,
    ReportKind,
    ReportState,
    Stage,
)
from receivables.selectors.contacts import next_contact_day

NOT_SENT = Q(posted_on__isnull=True) & (
    Q(message__isnull=True)
    | Q(message__state__in=OutboxMessage.FINISHED_BADLY)
    | ~Q(message__dry_run_to="") & Q(message__state=OutboxMessage.State.SENT)
)
"""The condition that a notice is to be posted, or that its last mail failed, came back, went to the dry-run address, or
nobody knows of it."""


class WorkReason(TextChoices):
    """Why a customer is on the work list; each is the name of an annotation of `work_list`."""

    CALL = "is_call_due", _("call due")
    NO_NUMBER = "lacks_contact", _("no contact data")
    LETTER = "has_unsent_letter", _("letter to post or not sent")
    PROMISE_DUE = "has_promise_due", _("promised payment due")
    PROMISE_BROKEN = "has_broken_promise", _("promise not kept")


@dataclass(frozen=True)
class Moment:
    """The day and the report by which the list is made, as values or as expressions of the database.

    `first_day` is the first day of the reminder, negative before the due date.
    """

    on: dt.date | Combinable
    first_day: int | Combinable
    report: int | Combinable
    as_of: dt.date | Combinable

    def shifted(self, days: int | Combinable) -> Combinable:
        """Return the day moved by `days`, as an expression."""
        return ExpressionWrapper(_value(self.on, DateField()) + _value(days, IntegerField()), DateField())

    def due_items(self) -> QuerySet[OpenItem]:
        """Return the items of the customer in question that are overdue or fall due within the reminder's days."""
        last_due_on = ExpressionWrapper(
            _value(self.on, DateField()) - _value(self.first_day, IntegerField()), DateField()
        )
        return OpenItem.objects.filter(
            report=self.report,
            as_of=self.as_of,
            customer=OuterRef("pk"),
            open_amount__gt=0,
            due_on__lte=last_due_on,
        )


def _value(given: Any, field: DateField | IntegerField) -> Any:  # type: ignore[type-arg]
    return given if isinstance(given, Combinable) else Value(given, field)


def moment_of(report: Report, *, on: dt.date, policy: Policy) -> Moment:
    """Return the moment of a page: the day, the policy and the report are known."""
    return Moment(on, policy.dunning.stages[0].from_day, report.pk, report.as_of)


def _now() -> Moment:
    """Return the moment of whenever the statement is executed: the badge's is put together once and asked often."""
    today = TruncDate(Now(), tzinfo=timezone.get_default_timezone())
    latest = Report.objects.filter(kind=ReportKind.OPEN_ITEMS, state=ReportState.COMMITTED).order_by("-as_of")
    in_force = PolicyVersion.objects.filter(effective_on__lte=today).order_by("-effective_on", "-number")
    first_day = in_force.annotate(first_day=Cast(KT("data__dunning__stages__0__from_day"), IntegerField()))
    return Moment(
        today,
        Subquery(first_day.values("first_day")[:1], output_field=IntegerField()),
        Subquery(latest.values("pk")[:1]),
        Subquery(latest.values("as_of")[:1]),
    )


def work_list(customers: CustomerQuerySet, moment: Moment) -> CustomerQuerySet:
    """Return those of `customers` with whom there is something to do, annotated with each `WorkReason` and
    the day of the next contact, `next_on`.

    That is who owes something overdue or falling due within the reminder's days, and: whose next contact is due, or
    who has a letter that is to be posted or was not sent, a promised payment whose day has come, or a promise that was
    not kept, and no contact since.
    """
    owing = customers.exclude(state=CustomerState.CLOSED).filter(Exists(moment.due_items()))
    call = _is_call_due(moment)
    found = owing.annotate(next_on=next_contact_day(OuterRef("pk"))).annotate(
        is_call_due=ExpressionWrapper(call, BooleanField()),
        lacks_contact=ExpressionWrapper(call & _lacks_contact(), BooleanField()),
        has_unsent_letter=Exists(_unsent_letters(moment)),
        has_promise_due=Exists(_promises_due(moment)),
        has_broken_promise=Exists(_broken_promises()),
    )
    return found.filter(
        Q(is_call_due=True) | Q(has_unsent_letter=True) | Q(has_promise_due=True) | Q(has_broken_promise=True)
    )


def _is_call_due(moment: Moment) -> Any:
    """The newest entry of the log names no day to come; nobody calls who is not to be dunned at all."""
    day = _value(moment.on, DateField())
    spared = DunningTerms.objects.filter(
        Q(valid_to_on__isnull=True) | Q(valid_to_on__gte=day),
        customer=OuterRef("pk"),
        contract__isnull=True,
        is_excluded=True,
    )
    return (Q(next_on__isnull=True) | Q(next_on__lte=day)) & ~Exists(spared)


def _lacks_contact() -> Any:
    reachable = Contact.objects.filter(customer=OuterRef("pk"), retired_at__isnull=True).exclude(
        phone="", mobile="", email="", wechat=""
    )
    return Q(finance_phone="", business_phone="", finance_email="") & ~Exists(reachable)


def _unsent_letters(moment: Moment) -> QuerySet[DunningNotice]:
    """A reminder counts in its own days alone: once the due date has passed, a missed one is not made up for."""
    return DunningNotice.objects.filter(
        ~Q(stage=Stage.REMINDER) | Q(issued_on__gte=moment.shifted(moment.first_day)),
        NOT_SENT,
        customer=OuterRef("pk"),
    )


def _promises_due(moment: Moment) -> QuerySet[PromiseInstalment]:
    spoken = CollectionContact.objects.filter(
        customer=OuterRef("promise__customer"), happened_on__gte=OuterRef("due_on")
    )
    return PromiseInstalment.objects.filter(
        ~Exists(spoken),
        promise__customer=OuterRef("pk"),
        promise__state=PromiseState.OPEN,
        state=PromiseState.OPEN,
        due_on__lte=_value(moment.on, DateField()),
    )


def _broken_promises() -> QuerySet[Promise]:
    spoken = CollectionContact.objects.filter(
        customer=OuterRef("customer"), created_at__gte=OuterRef("decided_by__committed_at")
    )
    broken = Promise.objects.filter(state__in=(PromiseState.PARTLY, PromiseState.BROKEN))
    return broken.filter(~Exists(spoken), customer=OuterRef("pk"))


def worked_by(person: User) -> Q:
    """Return the condition that a customer is this person's to call: his service manager's, or the account manager's
    where he has none yet."""
    return Q(service_manager=person) | Q(service_manager__isnull=True, account_manager=person)


def people_who_call(customers: CustomerQuerySet) -> QuerySet[User]:
    """Return the people whose work lists `customers` are on, by name."""
    keys = customers.order_by().values(person=Coalesce("service_manager", "account_manager"))
    return User.objects.filter(pk__in=keys).order_by("username")


def work_waiting_for(user: User) -> QuerySet[Any]:
    """Return the customers on this person's own work list today, for the badge of the navigation."""
    visible: CustomerQuerySet = Customer.objects.visible_to(user)
    if not user.has_role(Role.SERVICE_MANAGER, Role.ACCOUNT_MANAGER):
        return visible.none()
    return work_list(visible.filter(worked_by(user)), _now()).order_by()
