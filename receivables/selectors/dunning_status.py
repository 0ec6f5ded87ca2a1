"""Where dunning stands with one customer: item by item, and why it is or is not dunned (P5.2.3)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.schema import DunningStageCode
from creditrisk.policy.selectors import policy_version_on
from customers.models import ContractDispute, Customer, CustomerState, DisputeState
from receivables.aging import days_past_due
from receivables.disputed import ItemKey
from receivables.dunning import WaitCode
from receivables.models import (
    CooperationProposal,
    DunnedItem,
    DunningNotice,
    DunningTerms,
    ForfeitureProposal,
    Promise,
    PromiseState,
    ProposalState,
    Report,
)
from receivables.selectors.damages import DamagesAccount, damages_account
from receivables.selectors.dunning import notices_of
from receivables.selectors.dunning_facts import DunningFacts, dunning_facts, item_key
from receivables.selectors.dunning_terms import terms_of
from receivables.selectors.forfeitures import forfeitures_of
from receivables.selectors.promises import promises_of
from receivables.selectors.reports import report_for

FileWait = Literal["file_closed"]
"""Why nothing of a customer is dunned at all: his file is closed."""


@dataclass(frozen=True)
class EnteredStage:
    """A stage that an item has entered, by its notice."""

    stage: str
    notice: DunningNotice


@dataclass(frozen=True)
class ItemStatus:
    """One open item as a run would see it. Amounts are in `currency`; what is demanded leaves out what is in dispute.

    `next_stage` is what a run of the day would do; otherwise `waits` says why it does nothing. `by_person`: the notice
    of that stage waits until a person releases it. `stages`: what it entered, by day.
    """

    document: str
    due_on: dt.date
    currency: str
    contract_number: str
    open_amount: Decimal
    disputed_amount: Decimal
    demanded_amount: Decimal
    days_overdue: int
    stages: tuple[EnteredStage, ...]
    next_stage: DunningStageCode | None
    by_person: bool
    waits: WaitCode | FileWait | None


@dataclass(frozen=True)
class DunningStatus:
    """Where dunning stands with a customer, as a run of the day `on` would find it; `report` is None where none
    describes the day. Letters and proposals newest first; promises, disputes and proposals are the open ones.
    """

    customer: Customer
    on: dt.date
    report: Report | None
    policy_version: PolicyVersion
    items: tuple[ItemStatus, ...]
    letters: tuple[DunningNotice, ...]
    promises: tuple[Promise, ...]
    disputes: tuple[ContractDispute, ...]
    proposals: tuple[CooperationProposal, ...]
    forfeitures: tuple[ForfeitureProposal, ...]
    terms: tuple[DunningTerms, ...]
    damages: DamagesAccount

    @property
    def is_closed(self) -> bool:
        """Whether nothing is dunned: the file is closed."""
        return bool(self.customer.state == CustomerState.CLOSED)


def dunning_status(customer: Customer, *, on: dt.date) -> DunningStatus:
    """Return where dunning stands with a customer now, and what a run of the day `on` would do. A fixed number of
    queries, however many items and letters.
    """
    report, version = report_for(on), policy_version_on(on)
    letters = tuple(notices_of(customer))
    items: tuple[ItemStatus, ...] = ()
    if report is not None:
        facts = dunning_facts(report, customers=[customer.pk], on=on, policy=version.policy)[customer.pk]
        items = _items(facts, version, customer=customer, entered=_entered(customer), on=on)
    return DunningStatus(
        customer=customer,
        on=on,
        report=report,
        policy_version=version,
        items=items,
        letters=letters,
        promises=tuple(promises_of(customer).filter(state=PromiseState.OPEN)),
        disputes=tuple(
            ContractDispute.objects.filter(customer=customer, state=DisputeState.OPEN).select_related(
                "contract", "owner"
            )
        ),
        proposals=tuple(
            CooperationProposal.objects.filter(customer=customer, state=ProposalState.OPEN).select_related(
                "notice", "report"
            )
        ),
        forfeitures=tuple(forfeitures_of(customer)),
        terms=tuple(terms for terms in terms_of(customer) if terms.is_valid_on(on)),
        damages=damages_account(customer.pk, on=on),
    )


def _entered(customer: Customer) -> Mapping[ItemKey, list[EnteredStage]]:
    """Return what each item has entered, by day. One query."""
    found: dict[ItemKey, list[EnteredStage]] = defaultdict(list)
    rows = DunnedItem.objects.filter(customer=customer).select_related("notice__message")
    # A notice of a merged file may stay there while its items moved: it is taken from the item, not from the customer.
    for row in rows.order_by("notice__issued_on", "pk"):
        found[row.document, row.due_on, row.currency].append(EnteredStage(row.stage, row.notice))
    return found


def _items(
    facts: DunningFacts,
    version: PolicyVersion,
    *,
    customer: Customer,
    entered: Mapping[ItemKey, list[EnteredStage]],
    on: dt.date,
) -> tuple[ItemStatus, ...]:
    decision = facts.decision(on=on)
    next_stages = {item_key(item): notice.stage for notice in decision.notices for item in notice.items}
    waits = {item_key(one.item): one.waits for one in decision.waiting}
    by_person = {stage.code for stage in version.policy.dunning.stages if stage.release == "by_person"}
    is_closed = customer.state == CustomerState.CLOSED
    found = []
    for key, reported in facts.items.items():
        item = reported.item
        stage = None if is_closed else next_stages.get(key)
        found.append(
            ItemStatus(
                document=item.document,
                due_on=item.due_on,
                currency=item.currency,
                contract_number=reported.contract_number,
                open_amount=item.open_amount,
                disputed_amount=min(item.disputed_amount, item.open_amount),
                demanded_amount=item.demanded_amount,
                days_overdue=days_past_due(item.due_on, on),
                stages=tuple(entered.get(key, ())),
                next_stage=stage,
                by_person=stage in by_person,
                waits="file_closed" if is_closed else waits.get(key),
            )
        )
    return tuple(sorted(found, key=lambda item: (item.due_on, item.document, item.currency)))
