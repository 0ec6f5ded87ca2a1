"""The preview of a dunning run: what it would write, what waits and why; and the releases (P5.2.3)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256

from django.db.models import QuerySet

from creditrisk.accounts.models import User
from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.schema import DUNNING_STAGES, DunningStageCode
from creditrisk.policy.selectors import policy_version_on
from customers.models import Customer
from receivables.aging import days_past_due
from receivables.dunning import Decision, WaitCode
from receivables.models import DunningRelease, ReleaseState, Report
from receivables.selectors.delivery import first_addresses
from receivables.selectors.dunning_facts import customers_within_reach, dunning_facts
from receivables.selectors.reports import report_for

UNFINISHED = (ReleaseState.QUEUED, ReleaseState.RUNNING)
LOOKED_AT_ONCE = 500


@dataclass(frozen=True)
class PreviewLine:
    """One notice that a run would write: what it demands in its currency, of how many items, the oldest days past due.

    `has_address`: it goes by mail; otherwise it is printed and posted.
    """

    customer: str
    customer_number: str
    stage: DunningStageCode
    currency: str
    amount: Decimal
    items: int
    oldest_days: int
    has_address: bool


@dataclass(frozen=True)
class StageTotal:
    """The notices of one stage: how many, what they demand by currency, and whether a person releases them."""

    stage: DunningStageCode
    count: int
    amounts: dict[str, Decimal]
    by_person: bool


@dataclass(frozen=True)
class Preview:
    """What a run for `on` would write now to the customers looked at, and how many open items wait for which reason."""

    on: dt.date
    report: Report
    policy_version: PolicyVersion
    lines: tuple[PreviewLine, ...]
    waiting: dict[WaitCode, int]

    @property
    def fingerprint(self) -> str:
        """What the preview goes by (see `fingerprint_of`)."""
        return fingerprint_of(self.report, self.policy_version)

    @property
    def is_stale(self) -> bool:
        """Whether the report is so old that later payments are missing in it (P5.2.2)."""
        age_days = (self.on - self.report.as_of).days
        return age_days > self.policy_version.policy.dunning.report_stale_after_days

    def totals(self) -> list[StageTotal]:
        """Return the stages in order, also those without a notice."""
        by_person = {
            stage.code for stage in self.policy_version.policy.dunning.stages if stage.release == "by_person"
        }
        return [
            StageTotal(
                stage,
                count=sum(line.stage == stage for line in self.lines),
                amounts=_amounts(line for line in self.lines if line.stage == stage),
                by_person=stage in by_person,
            )
            for stage in DUNNING_STAGES
        ]


def _amounts(lines: Iterator[PreviewLine]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for line in lines:
        found[line.currency] = found.get(line.currency, Decimal(0)) + line.amount
    return dict(sorted(found.items()))


def preview_of(*, on: dt.date, customers: QuerySet[Customer]) -> Preview | None:
    """Return what a run for the date `on` would write to `customers` now; None where no report describes the day.

    A few queries for hundreds of customers; the lines by stage, then customer number.
    """
    report, version = report_for(on), policy_version_on(on)
    if report is None:
        return None
    lines: list[PreviewLine] = []
    waiting: Counter[WaitCode] = Counter()
    within = set(customers_within_reach(report, on=on, rules=version.policy.dunning))
    people = {customer.pk: customer for customer in customers.order_by("number") if customer.pk in within}
    wanted = list(people)
    for start in range(0, len(wanted), LOOKED_AT_ONCE):
        batch = wanted[start : start + LOOKED_AT_ONCE]
        facts = dunning_facts(report, customers=batch, on=on, policy=version.policy)
        addresses = first_addresses([people[pk] for pk in batch])
        for pk in batch:
            decision = facts[pk].decision(on=on)
            lines += _lines(people[pk], decision, on=on, has_address=bool(addresses[pk]))
            waiting.update(standing.waits for standing in decision.waiting if standing.waits is not None)
    lines.sort(key=lambda line: DUNNING_STAGES.index(line.stage))
    return Preview(on, report, version, tuple(lines), dict(waiting.most_common()))


def _lines(
    customer: Customer, decision: Decision, *, on: dt.date, has_address: bool
) -> Iterator[PreviewLine]:
    for notice in decision.notices:
        yield PreviewLine(
            customer=customer.name,
            customer_number=customer.number,
            stage=notice.stage,
            currency=notice.currency,
            amount=notice.total_amount,
            items=len(notice.items),
            oldest_days=max(days_past_due(item.due_on, on) for item in notice.items),
            has_address=has_address,
        )


def fingerprint_of(report: Report, version: PolicyVersion) -> str:
    """Return what a preview goes by, as a short code: another report or policy gives another one."""
    return sha256(f"{report.pk}:{version.pk}".encode()).hexdigest()[:16]


def release_list() -> QuerySet[DunningRelease]:
    """Return the releases, newest first."""
    return DunningRelease.objects.select_related("released_by", "report")


def waiting_releases(*, before: dt.datetime) -> QuerySet[DunningRelease]:
    """Return the releases that were asked for before a moment and are not finished, in order."""
    return DunningRelease.objects.filter(state__in=UNFINISHED, released_at__lt=before).order_by("released_at")


def previewed_customers(user: User, *, may_release: bool) -> QuerySet[Customer]:
    """Return the customers whose notices are looked at before they are written: all for who may release them, his own
    for everybody else."""
    looked_at: QuerySet[Customer] = Customer.objects.all()
    if not may_release:
        looked_at = Customer.objects.visible_to(user)
    return looked_at.only("number", "name", "finance_contact", "finance_email")
