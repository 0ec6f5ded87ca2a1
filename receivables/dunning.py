"""Dunning: which stage an open item enters on a date, and the notices that follow ("Dunning stages", P5.2.3).

Pure rules. Days are calendar days after the due date, on the open balance.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from creditrisk.policy.schema import DunningRules, DunningStageCode
from receivables.aging import days_past_due


@dataclass(frozen=True)
class DunnableItem:
    """One open item as dunning sees it. `open_amount` is in `currency`; credits are negative.

    `promised`: under a kept promise to pay. `stages_entered`: the stages it has entered before today's run.
    `letter_sent_on`: when a dunning letter that lists it was sent; None while none was, or that is not known.
    """

    document: str
    due_on: date
    currency: str
    open_amount: Decimal
    disputed: bool = False
    promised: bool = False
    stages_entered: frozenset[str] = frozenset()
    letter_sent_on: date | None = None


@dataclass(frozen=True)
class Notice:
    """One reminder, dunning letter or final demand: a customer's items that are due for it, in one currency.

    `items` by due date, then document. `total_amount` is the sum of their open amounts, to the cent. Credit
    notes and advances are not taken off: each item is demanded gross, as its invoice says, until finance
    allocates the credit. `pay_by_on` is None on a reminder, where each item keeps its own due date.
    """

    stage: DunningStageCode
    currency: str
    items: tuple[DunnableItem, ...]
    total_amount: Decimal
    pay_by_on: date | None


def stage_for(item: DunnableItem, *, on: date, rules: DunningRules) -> DunningStageCode | None:
    """Return the stage that `item` enters on the date `on`, None if it enters none (P5.2.3).

    The stage is the one whose days match; each is entered once, and none after a later one. A missed reminder
    is not made up for. A final demand needs a dunning letter that was sent `letter_before_final_days` before:
    an old item without a letter gets it first, one whose letter is too fresh or not known to be sent waits.
    """
    if item.open_amount <= 0 or item.disputed or item.promised:
        return None
    days = days_past_due(item.due_on, on)
    reachable = [stage.code for stage in rules.stages if stage.to_day is None or days <= stage.to_day]
    stage = reachable[0]
    if days < rules.stages[0].from_day or item.stages_entered.intersection(reachable):
        return None
    if stage != "final_demand":
        return stage
    if item.letter_sent_on is None:
        return None if "dunning_letter" in item.stages_entered else "dunning_letter"
    waited_days = (on - item.letter_sent_on).days
    return stage if waited_days >= rules.letter_before_final_days else None


def notices_for(
    items: Iterable[DunnableItem],
    *,
    on: date,
    rules: DunningRules,
    issued: Collection[tuple[str, str]] = frozenset(),
) -> tuple[Notice, ...]:
    """Return the notices for one customer's open items on the date `on`: one per stage and currency (P5.2.3).

    Ordered by stage, then currency; items that enter no stage are left out. `issued`: stage and currency of the
    notices he has with this date already. A letter covers all that is due for it, so there is no second one
    that day: an item that a corrected report adds afterwards is left for the next day. There it gets what
    matches that day, as if seen for the first time. A letter missed on its last day, 14, comes first on day 15
    all the same; a reminder missed on the due date is not made up for, the dunning letter takes its place.
    """
    groups: dict[tuple[DunningStageCode, str], list[DunnableItem]] = {}
    for item in items:
        stage = stage_for(item, on=on, rules=rules)
        if stage is not None and (stage, item.currency) not in issued:
            groups.setdefault((stage, item.currency), []).append(item)
    order: list[str] = [stage.code for stage in rules.stages]
    return tuple(
        Notice(
            stage=stage,
            currency=currency,
            items=tuple(sorted(group, key=lambda item: (item.due_on, item.document))),
            total_amount=sum((item.open_amount for item in group), Decimal()),
            pay_by_on=None if stage == "reminder" else on + timedelta(days=rules.payment_deadline_days),
        )
        for (stage, currency), group in sorted(
            groups.items(), key=lambda entry: (order.index(entry[0][0]), entry[0][1])
        )
    )
