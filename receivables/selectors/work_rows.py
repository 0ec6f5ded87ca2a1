"""The rows of the work list: what each customer owes, how urgent he is, and all that one needs for the call (P5.2.3).

Every row is weighed, so that the list can be ordered; the rest is read for the rows of one page alone, in a fixed
number of queries.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Exists, Min, OuterRef, Q, QuerySet, Sum

from creditrisk.exchange_rates.selectors import known_rates
from creditrisk.policy.schema import Policy
from customers.models import Contact, ContactKind, ContractDispute, Customer, CustomerQuerySet, DisputeState
from receivables.models import (
    CollectionContact,
    DunnedItem,
    DunningNotice,
    Promise,
    PromiseState,
    Report,
    Stage,
)
from receivables.priority import Priority, priority
from receivables.selectors.contacts import last_contacts
from receivables.selectors.item_lines import items_of
from receivables.selectors.worklist import NOT_SENT, WorkReason

CONTACTS_SHOWN = 3
NAMED_ONE_BY_ONE = 1_000
"""Of more customers than that it is quicker to add up all items of the report than to name them."""
NO_DIGIT = re.compile(r"[^0-9+]")
EXTENSION = re.compile(r"(ext\.?|x|转|轉|#).*", re.IGNORECASE)


@dataclass(frozen=True)
class Owed:
    """What a customer owes in one currency: what is overdue (credits taken off), and what falls due within the days of
    the reminder. `oldest_due_on` is the due date of the oldest overdue item, None where nothing is overdue."""

    currency: str
    overdue_amount: Decimal
    soon_amount: Decimal
    oldest_due_on: dt.date | None


@dataclass(frozen=True)
class Weighed:
    """A customer (primary key) of the list with what he owes and how urgent he is."""

    customer: int
    owed: tuple[Owed, ...]
    priority: Priority
    reasons: tuple[WorkReason, ...]


@dataclass
class WorkRow:
    """A row of the page. `person` is whom to ask for, `phone` his number ("" where none is known)."""

    customer: Customer
    weighed: Weighed
    person: str = ""
    phone: str = ""
    stage: str = ""
    contacts: list[CollectionContact] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)
    disputes: list[ContractDispute] = field(default_factory=list)
    letters: list[DunningNotice] = field(default_factory=list)

    @property
    def dial(self) -> str:
        """The number as a telephone takes it: digits and a plus, without an extension."""
        return NO_DIGIT.sub("", EXTENSION.sub("", self.phone))

    @property
    def priority_text(self) -> str:
        """The number of the priority in threes, without cents, the same in every language."""
        return f"{self.weighed.priority.value:,.0f}"

    @property
    def factors_text(self) -> str:
        """How the priority is made up: amount × days × weight of the grade."""
        found = self.weighed.priority
        return f"{found.amount:,.0f} × {found.days} × {found.weight}"

    @property
    def stage_label(self) -> str:
        """The dunning stage that the customer's open items have reached, in words; "" where none."""
        return str(Stage(self.stage).label) if self.stage else ""


def weigh(customers: CustomerQuerySet, *, report: Report, on: dt.date, policy: Policy) -> list[Weighed]:
    """Return the customers of a work list in its order: the most urgent first (`receivables.priority`), then those of
    whom something falls due, the largest amount first."""
    flags = [reason.value for reason in WorkReason]
    rows = list(customers.order_by().values_list("pk", "number", "grade", *flags))
    owed = _owed([row[0] for row in rows], report=report, on=on, policy=policy)
    rates = known_rates(
        on,
        currencies={one.currency for parts in owed.values() for one in parts},
        base_currency=policy.base_currency,
    )
    weighed = []
    for pk, number, grade, *found in rows:
        parts = tuple(owed[pk])
        oldest = min((one.oldest_due_on for one in parts if one.oldest_due_on), default=on)
        urgency = priority(
            {one.currency: one.overdue_amount for one in parts},
            oldest_days=(on - oldest).days,
            grade=grade,
            weights=policy.dunning.contacts.grade_weights,
            rates=rates,
        )
        reasons = tuple(reason for reason, is_so in zip(WorkReason, found, strict=True) if is_so)
        soon = sum((one.soon_amount for one in parts), Decimal(0))
        weighed.append(((-urgency.value, -soon, number), Weighed(pk, parts, urgency, reasons)))
    return [one for _order, one in sorted(weighed, key=lambda pair: pair[0])]


def _owed(customers: Sequence[int], *, report: Report, on: dt.date, policy: Policy) -> dict[int, list[Owed]]:
    last_due_on = on - dt.timedelta(days=policy.dunning.stages[0].from_day)
    lines = items_of(report).filter(due_on__lte=last_due_on)
    if len(customers) <= NAMED_ONE_BY_ONE:
        lines = lines.filter(customer__in=customers)
    overdue = Q(due_on__lt=on)
    rows = lines.order_by("customer_id", "currency").values("customer_id", "currency")
    sums = rows.annotate(
        overdue=Sum("open_amount", filter=overdue, default=Decimal(0)),
        soon=Sum("open_amount", filter=~overdue & Q(open_amount__gt=0), default=Decimal(0)),
        oldest=Min("due_on", filter=overdue & Q(open_amount__gt=0)),
    )
    found: dict[int, list[Owed]] = defaultdict(list)
    named = ("customer_id", "currency", "overdue", "soon", "oldest")
    for customer, currency, overdue_amount, soon_amount, oldest in sums.values_list(*named):
        found[customer].append(Owed(currency, overdue_amount, soon_amount, oldest))
    return found


def work_rows(weighed: Sequence[Weighed], *, report: Report) -> list[WorkRow]:
    """Return the rows of one page with everything they show. The number of queries does not depend on theirs."""
    keys = [one.customer for one in weighed]
    people = Customer.objects.select_related("account_manager", "service_manager").defer("bank_account")
    customers = people.in_bulk(keys)
    rows = {one.customer: WorkRow(customers[one.customer], one) for one in weighed}
    contacts, stages = last_contacts(keys, count=CONTACTS_SHOWN), _stages(keys, report)
    for key, (person, phone) in _whom_to_call(customers).items():
        rows[key].person, rows[key].phone = person, phone
    for key, row in rows.items():
        row.contacts, row.stage = contacts[key], stages.get(key, "")
    for promise in Promise.objects.filter(customer__in=keys, state=PromiseState.OPEN):
        rows[promise.customer_id].promises.append(promise)
    for dispute in ContractDispute.objects.filter(customer__in=keys, state=DisputeState.OPEN):
        rows[dispute.customer_id].disputes.append(dispute)
    for letter in _letters([one.customer for one in weighed if WorkReason.LETTER in one.reasons]):
        rows[letter.customer_id].letters.append(letter)
    return list(rows.values())


def _stages(customers: Sequence[int], report: Report) -> dict[int, str]:
    """Return the last stage that an item of each customer, open in the report, has entered."""
    still_open = items_of(report).filter(
        customer=OuterRef("customer"),
        document=OuterRef("document"),
        due_on=OuterRef("due_on"),
        currency=OuterRef("currency"),
        open_amount__gt=0,
    )
    dunned = DunnedItem.objects.filter(Exists(still_open), customer__in=customers).order_by()
    reached: dict[int, str] = {}
    for customer, stage in dunned.values_list("customer_id", "stage").distinct():
        known = reached.get(customer)
        if known is None or Stage.values.index(stage) > Stage.values.index(known):
            reached[customer] = stage
    return reached


def _whom_to_call(customers: dict[int, Customer]) -> dict[int, tuple[str, str]]:
    """Return name and number of the finance contact; of another one where finance has no number."""
    known = Contact.objects.filter(customer__in=customers, retired_at__isnull=True).exclude(
        phone="", mobile=""
    )
    order = [ContactKind.FINANCE, ContactKind.BUSINESS, ContactKind.PERSON_IN_CHARGE]
    found: dict[int, tuple[str, str]] = {}
    ranked = sorted(
        known,
        key=lambda one: (
            order.index(ContactKind(one.kind)) if one.kind in order else len(order),
            not one.is_main,
            one.pk,
        ),
    )
    for key, customer in customers.items():
        if customer.finance_phone:
            found[key] = customer.finance_contact, customer.finance_phone
    for contact in ranked:
        found.setdefault(contact.customer_id, (contact.name, contact.phone or contact.mobile))
    for key, customer in customers.items():
        found.setdefault(key, (customer.business_contact, customer.business_phone))
    return found


def _letters(customers: Sequence[int]) -> QuerySet[DunningNotice]:
    waiting = DunningNotice.objects.filter(NOT_SENT, customer__in=customers)
    return waiting.select_related("message").order_by("-issued_on", "-pk")
