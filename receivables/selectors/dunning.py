"""Reads of dunning: what a run looks at, what it did, and the notices that people see."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Case, CharField, Count, F, Min, Q, QuerySet, Sum, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.exceptions import ConflictError
from creditrisk.notifications.models import OutboxMessage
from creditrisk.policy.schema import DunningRules
from creditrisk.stored_files import issued_content
from customers.models import Customer, CustomerState
from receivables.dunning import DunnableItem
from receivables.dunning_result import DunnedLine, DunningResult, NoticeSummary
from receivables.models import Delivery, DueBasis, DunnedItem, DunningNotice, OpenItem, Report, Stage
from receivables.selectors.item_lines import items_of

ItemKey = tuple[str, dt.date, str]
WAITS_TO_BE_POSTED = Q(posted_on__isnull=True) & (
    Q(message__isnull=True) | Q(to_post=True, message__state__in=OutboxMessage.NOT_ARRIVED)
)
"""Notices that no mail carries, not yet or no longer (see `DunningNotice.delivery`)."""


@dataclass(frozen=True)
class ReportedItem:
    """An open item of a report with what a letter tells beside the balance.

    `amount` is the document's amount in the item's currency. `letter` is number and date of the dunning
    letter that lists the item, None where there is none yet.
    """

    item: DunnableItem
    document_on: dt.date | None
    amount: Decimal
    letter: tuple[str, dt.date] | None = None


@dataclass
class _Past:
    stages: set[str]
    letter: tuple[str, dt.date] | None = None
    letter_sent_on: dt.date | None = None


def item_key(item: DunnableItem) -> ItemKey:
    """Return what an item of one customer is known by across reports."""
    return item.document, item.due_on, item.currency


def customers_within_reach(report: Report, *, on: dt.date, rules: DunningRules) -> list[int]:
    """Return the primary keys of the customers with an item that could enter a stage on the date `on`.

    Nobody is dunned whose file is closed.
    """
    items = _dunnable(report).filter(open_amount__gt=0, due_on__lte=_reach(on, rules))
    customers = Customer.objects.filter(pk__in=items.values("customer")).exclude(state=CustomerState.CLOSED)
    return list(customers.order_by("number").values_list("pk", flat=True))


def reported_items(
    report: Report, *, customers: Iterable[int], on: dt.date, rules: DunningRules
) -> dict[int, dict[ItemKey, ReportedItem]]:
    """Return the items of `customers` (primary keys) that a stage could be due for, with the stages they
    entered.

    Two queries, however many customers. Lines of one document, due date and currency are one item.
    """
    wanted = list(customers)
    past = _past_of(wanted)
    found: dict[int, dict[ItemKey, ReportedItem]] = defaultdict(dict)
    lines = (
        _dunnable(report)
        .filter(customer__in=wanted, due_on__lte=_reach(on, rules))
        .values("customer_id", "document", "due_on", "currency")
        .annotate(open=Sum("open_amount"), total=Sum("amount"), written_on=Min("document_on"))
        .filter(open__gt=0)
    )
    for line in lines.iterator():
        key = line["document"], line["due_on"], line["currency"]
        before = past.get((line["customer_id"], *key))
        item = DunnableItem(
            document=line["document"],
            due_on=line["due_on"],
            currency=line["currency"],
            open_amount=line["open"],
            stages_entered=frozenset(before.stages) if before else frozenset(),
            letter_sent_on=before.letter_sent_on if before else None,
        )
        found[line["customer_id"]][key] = ReportedItem(
            item, line["written_on"], line["total"], before.letter if before else None
        )
    return found


def _dunnable(report: Report) -> QuerySet[OpenItem]:
    """Return the items of a report; the sums of an aging table are none: no letter could name a document."""
    return items_of(report).exclude(due_basis=DueBasis.BUCKET)


def _reach(on: dt.date, rules: DunningRules) -> dt.date:
    return on - dt.timedelta(days=rules.stages[0].from_day)


def _past_of(customers: list[int]) -> dict[tuple[int, str, dt.date, str], _Past]:
    past: dict[tuple[int, str, dt.date, str], _Past] = {}
    dunned = DunnedItem.objects.filter(customer__in=customers).values_list(
        "customer_id",
        "document",
        "due_on",
        "currency",
        "stage",
        "notice__number",
        "notice__issued_on",
        "notice__posted_on",
        # What came back, or went to the dry-run address, was not sent to him (P5.2.3).
        Case(
            When(
                notice__message__state=OutboxMessage.State.SENT,
                notice__message__dry_run_to="",
                then=F("notice__message__sent_at"),
            )
        ),
    )
    for (
        customer,
        document,
        due_on,
        currency,
        stage,
        number,
        issued_on,
        posted_on,
        sent_at,
    ) in dunned.iterator():
        entry = past.setdefault((customer, document, due_on, currency), _Past(set()))
        entry.stages.add(stage)
        if stage == Stage.DUNNING_LETTER and number is not None:
            mailed_on = timezone.localdate(sent_at) if sent_at else None
            entry.letter = number, issued_on
            entry.letter_sent_on = min(filter(None, (mailed_on, posted_on)), default=None)
    return past


def notices_issued_on(on: dt.date, *, customers: Iterable[int]) -> dict[int, frozenset[tuple[str, str]]]:
    """Return stage and currency of the notices with the date `on`, by the primary key of the customer; who has
    none is left out. One query.
    """
    issued: dict[int, set[tuple[str, str]]] = defaultdict(set)
    rows = DunningNotice.objects.filter(issued_on=on, customer__in=list(customers)).order_by()
    for customer, stage, currency in rows.values_list("customer", "stage", "currency"):
        issued[customer].add((stage, currency))
    return {customer: frozenset(notices) for customer, notices in issued.items()}


def dunning_result_on(on: dt.date) -> DunningResult:
    """Return what dunning did on the date `on`, over all runs and attempts of that day."""
    order = {code: position for position, code in enumerate(Stage.values)}
    notices = list(
        DunningNotice.objects.filter(issued_on=on).select_related("customer").prefetch_related("items")
    )
    notices.sort(key=lambda notice: (order[notice.stage], notice.customer.number, notice.currency))
    return DunningResult(
        notices=tuple(
            NoticeSummary(
                stage=notice.stage,
                customer=notice.customer.number,
                currency=notice.currency,
                amount=notice.total_amount,
                items=tuple(
                    DunnedLine(item.document, item.due_on, item.days_overdue, item.amount)
                    for item in notice.items.all()
                ),
            )
            for notice in notices
        ),
        suspended=tuple(dict.fromkeys(notice.customer.number for notice in notices if notice.has_suspended)),
    )


def notices_per_manager(on: dt.date) -> Iterator[tuple[int, dict[str, int]]]:
    """Yield, for each person who looks after customers dunned on `on`, his primary key and notices by stage.

    That is the customer service manager; the account manager where the customer has none yet.
    """
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    rows = (
        DunningNotice.objects.filter(issued_on=on)
        .order_by()
        .values_list("customer__service_manager", "customer__account_manager", "stage")
        .annotate(Count("pk"))
    )
    for service_manager, account_manager, stage, count in rows:
        manager = service_manager or account_manager
        if manager is not None:
            counts[manager][stage] = counts[manager].get(stage, 0) + count
    yield from sorted(counts.items())


def notice_list(user: User) -> QuerySet[DunningNotice]:
    """Return the notices `user` may see, newest first, each with `delivery_state` (see `Delivery`) to
    filter by.
    """
    visible: QuerySet[DunningNotice] = DunningNotice.objects.visible_to(user)
    return visible.select_related("customer", "message").annotate(
        delivery_state=Case(
            When(posted_on__isnull=False, then=Value(Delivery.POSTED.value)),
            When(WAITS_TO_BE_POSTED, then=Value(Delivery.TO_POST.value)),
            When(
                ~Q(message__dry_run_to=""),
                message__state=OutboxMessage.State.SENT,
                then=Value(Delivery.DRY_RUN.value),
            ),
            default=F("message__state"),
            output_field=CharField(),
        )
    )


def notice_detail(user: User) -> QuerySet[DunningNotice]:
    """Return the notices `user` may see, ready for a page of one of them."""
    visible: QuerySet[DunningNotice] = DunningNotice.objects.visible_to(user)
    return visible.select_related("customer", "message", "report", "policy_version", "posted_by")


def notices_of(customer: Customer) -> QuerySet[DunningNotice]:
    """Return a customer's notices with their mails, newest first."""
    return DunningNotice.objects.filter(customer=customer).select_related("message")


def stored_pdf(notice: DunningNotice) -> bytes:
    """Return the PDF of a notice, byte by byte as it was issued.

    Raises ConflictError where the file is gone or differs from its fingerprint.
    """
    pdf = issued_content(notice.pdf, sha256=notice.pdf_sha256)
    if pdf is None:
        raise ConflictError(
            "notice.pdf_changed",
            _("The file of this letter is missing or not the one that was issued. Tell an administrator."),
        )
    return pdf
