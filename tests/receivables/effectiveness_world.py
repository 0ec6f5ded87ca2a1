"""Notices for tests of the effectiveness of collection, written straight to the tables; days as in `damages_world`."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import count

from creditrisk.policy.selectors import policy_version_on
from customers.models import Customer
from receivables.models import DunnedItem, DunningNotice, Promise, PromiseState, Report
from tests.factories.people import Team
from tests.receivables.damages_world import DUE, day

_numbers = count(1)


def notice(
    customer: Customer,
    number: int,
    *items: tuple[str, str],
    report: Report,
    stage: str = "dunning_letter",
    currency: str = "CNY",
    due_on: dt.date = DUE,
) -> DunningNotice:
    """Return a notice of `day(number)` that demands the items: document and amount."""
    issued = DunningNotice.objects.create(
        stage=stage,
        number=None if stage == "reminder" else f"T-{next(_numbers):06d}",
        customer=customer,
        currency=currency,
        total_amount=sum(Decimal(amount) for _document, amount in items),
        language="en",
        issued_on=day(number),
        report=report,
        policy_version=policy_version_on(day(number)),
    )
    DunnedItem.objects.bulk_create(
        DunnedItem(
            notice=issued,
            customer=customer,
            stage=stage,
            document=document,
            due_on=due_on,
            currency=currency,
            amount=Decimal(amount),
            days_overdue=(issued.issued_on - due_on).days,
        )
        for document, amount in items
    )
    return issued


def decided(
    customer: Customer, team: Team, on: dt.date, state: PromiseState, amount: str, paid: str, report: Report
) -> Promise:
    """Return a promise of so much, of which so much was paid when a report decided it."""
    return Promise.objects.create(
        number=f"PT-{next(_numbers):06d}",
        customer=customer,
        currency="CNY",
        amount=Decimal(amount),
        paid_amount=Decimal(paid),
        state=state,
        made_on=on - dt.timedelta(days=20),
        last_due_on=on - dt.timedelta(days=5),
        decided_on=on,
        decided_by=report,
        recorded_by=team.service_manager,
    )
