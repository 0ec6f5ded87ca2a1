"""Reads of dunning: what a day's runs did, and the notices that people see."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator

from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.exceptions import ConflictError
from creditrisk.notifications.models import OutboxMessage
from creditrisk.stored_files import issued_content
from customers.models import Customer
from receivables.dunning_result import DepositSummary, DunnedLine, DunningResult, NoticeSummary
from receivables.models import Delivery, DunningNotice, ForfeitureProposal, Stage

WAITS_TO_BE_POSTED = Q(posted_on__isnull=True) & (
    Q(message__isnull=True) | Q(to_post=True, message__state__in=OutboxMessage.NOT_ARRIVED)
)
"""Notices that no mail carries, not yet or no longer (see `DunningNotice.delivery`)."""


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
        deposits=tuple(deposit_summary(proposal) for proposal in _forfeitures_of(on)),
    )


def _forfeitures_of(on: dt.date) -> QuerySet[ForfeitureProposal]:
    proposals = ForfeitureProposal.objects.filter(notice__issued_on=on)
    return proposals.select_related("customer", "account__contract").order_by(
        "customer__number", "currency", "pk"
    )


def deposit_summary(proposal: ForfeitureProposal) -> DepositSummary:
    """Return a forfeiture as programs read it."""
    contract = proposal.account.contract
    return DepositSummary(
        customer=proposal.customer.number,
        currency=proposal.currency,
        amount=proposal.amount,
        contract=contract.number if contract else "",
        state=proposal.state,
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
    return with_delivery_state(DunningNotice.objects.visible_to(user))


def with_delivery_state(notices: QuerySet[DunningNotice]) -> QuerySet[DunningNotice]:
    """Return `notices` with customer and mail, each with `delivery_state`."""
    return notices.select_related("customer", "message").annotate(
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
    return visible.select_related(
        "customer", "message", "report", "policy_version", "posted_by", "template_version"
    )


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
