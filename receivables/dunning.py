"""Dunning: which stage an open item enters on a date, and the notices that follow ("Dunning stages", P5.2.3).

Pure rules. Days are calendar days after the due date, on the open balance.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from creditrisk.policy.schema import DunningRules, DunningStageCode
from receivables.aging import days_past_due

NOTHING = Decimal(0)

WaitCode = Literal[
    "paid",
    "disputed",
    "promised",
    "excluded",
    "terms_invalid",
    "not_yet",
    "entered",
    "letter_unsent",
    "letter_fresh",
    "issued_today",
    "letter_interval",
    "below_minimum",
]
"""Why an item enters no stage on a date."""


@dataclass(frozen=True)
class DunnableItem:
    """One open item as dunning sees it. `open_amount` is in `currency`; credits are negative.

    `disputed_amount` of it is in dispute and not demanded. `promised`: under a promise to pay that is neither kept
    nor broken yet. `stages_entered`: the stages it has entered before today's run. `letter_sent_on`: when a dunning
    letter that lists it was sent; None while none was, or that is not known. `rules`: what its contract or customer
    agreed instead of the policy; `stopped_by` that: nobody is dunned for it, or its days do not fit the policy's any
    more.
    """

    document: str
    due_on: date
    currency: str
    open_amount: Decimal
    disputed_amount: Decimal = NOTHING
    promised: bool = False
    stages_entered: frozenset[str] = frozenset()
    letter_sent_on: date | None = None
    rules: DunningRules | None = None
    stopped_by: Literal["excluded", "terms_invalid"] | None = None

    @property
    def demanded_amount(self) -> Decimal:
        """What is demanded: the open amount without what is in dispute, never below nothing."""
        return max(self.open_amount - self.disputed_amount, NOTHING)


@dataclass(frozen=True)
class Notice:
    """One reminder, dunning letter or final demand: a customer's items that are due for it, in one currency.

    `items` by due date, then document. `total_amount` is the sum of what is demanded, to the cent. Credit
    notes and advances are not taken off: each item is demanded gross, as its invoice says, until finance
    allocates the credit. `pay_by_on` is None on a reminder, where each item keeps its own due date.
    """

    stage: DunningStageCode
    currency: str
    items: tuple[DunnableItem, ...]
    total_amount: Decimal
    pay_by_on: date | None


@dataclass(frozen=True)
class Standing:
    """Where an item stands on a date: the stage that it enters, or why it enters none."""

    item: DunnableItem
    stage: DunningStageCode | None
    waits: WaitCode | None = None


@dataclass(frozen=True)
class Decision:
    """What is due for one customer on a date: the notices, and the items that are on none with the reason."""

    notices: tuple[Notice, ...]
    waiting: tuple[Standing, ...]


def with_own_days(
    rules: DunningRules, *, reminder: int | None = None, letter: int | None = None, final: int | None = None
) -> DunningRules:
    """Return the rules with other first days of the three stages; None keeps the rules' own day (P5.2.3).

    A stage ends the day before the next begins. Raises ValueError where the days do not rise, or a letter would
    come before the due date has passed.
    """
    own = (reminder, letter, final)
    starts = [stage.from_day if day is None else day for stage, day in zip(rules.stages, own, strict=True)]
    ends = [start - 1 for start in starts[1:]]
    stages = tuple(
        replace(stage, from_day=start, to_day=end)
        for stage, start, end in zip(rules.stages, starts, [*ends, None], strict=True)
    )
    return replace(rules, stages=stages)


def standing_of(item: DunnableItem, *, on: date, rules: DunningRules) -> Standing:
    """Return the stage that `item` enters on the date `on`, or why it enters none (P5.2.3).

    The stage is the one whose days match; each is entered once, and none after a later one. A missed reminder
    is not made up for. A final demand needs a dunning letter that was sent `letter_before_final_days` before:
    an old item without a letter gets it first, one whose letter is too fresh or not known to be sent waits.
    """
    stopped = _stopped(item)
    if stopped is not None:
        return Standing(item, None, stopped)
    rules = item.rules or rules
    days = days_past_due(item.due_on, on)
    if days < rules.stages[0].from_day:
        return Standing(item, None, "not_yet")
    reachable = [stage.code for stage in rules.stages if stage.to_day is None or days <= stage.to_day]
    if item.stages_entered.intersection(reachable):
        return Standing(item, None, "entered")
    stage = reachable[0]
    if stage != "final_demand":
        return Standing(item, stage)
    if item.letter_sent_on is None:
        if "dunning_letter" in item.stages_entered:
            return Standing(item, None, "letter_unsent")
        return Standing(item, "dunning_letter")
    if (on - item.letter_sent_on).days < rules.letter_before_final_days:
        return Standing(item, None, "letter_fresh")
    return Standing(item, stage)


def _stopped(item: DunnableItem) -> WaitCode | None:
    """Return what stops the clock of an item, whatever the day."""
    if item.open_amount <= 0:
        return "paid"
    if item.stopped_by is not None:
        return item.stopped_by
    if item.demanded_amount <= 0:
        return "disputed"
    return "promised" if item.promised else None


def decide(
    items: Iterable[DunnableItem],
    *,
    on: date,
    rules: DunningRules,
    issued: Collection[tuple[str, str]] = frozenset(),
    last_letters: Mapping[str, date] | None = None,
    minimum_amounts: Mapping[str, Decimal] | None = None,
) -> Decision:
    """Return the notices for one customer's open items on the date `on`: one per stage and currency (P5.2.3).

    Ordered by stage, then currency. `issued`: stage and currency of the notices he has with this date already. A
    letter covers all that is due for it, so there is no second one that day: an item that a corrected report adds
    afterwards is left for the next day. There it gets what matches that day, as if seen for the first time. A letter
    missed on its last day, 14, comes first on day 15 all the same; a reminder missed on the due date is not made up
    for, the dunning letter takes its place.

    `last_letters`: the date of the newest numbered letter before `on`, by currency; another one waits until
    `letter_interval_days` have passed. `minimum_amounts`: by currency, what a notice must demand to be written. What
    waits for either comes with the first notice that is written.
    """
    groups: dict[tuple[DunningStageCode, str], list[DunnableItem]] = {}
    waiting: list[Standing] = []
    for item in items:
        standing = standing_of(item, on=on, rules=rules)
        if standing.stage is None:
            waiting.append(standing)
        else:
            groups.setdefault((standing.stage, item.currency), []).append(item)
    notices = []
    order: list[str] = [stage.code for stage in rules.stages]
    for (stage, currency), group in sorted(
        groups.items(), key=lambda one: (order.index(one[0][0]), one[0][1])
    ):
        notice = Notice(
            stage=stage,
            currency=currency,
            items=tuple(sorted(group, key=lambda item: (item.due_on, item.document))),
            total_amount=sum((item.demanded_amount for item in group), NOTHING),
            pay_by_on=None if stage == "reminder" else on + timedelta(days=rules.payment_deadline_days),
        )
        waits = _notice_waits(
            notice, on=on, rules=rules, issued=issued, last_letters=last_letters, minimums=minimum_amounts
        )
        if waits is None:
            notices.append(notice)
        else:
            waiting += [Standing(item, None, waits) for item in notice.items]
    return Decision(tuple(notices), tuple(waiting))


def _notice_waits(
    notice: Notice,
    *,
    on: date,
    rules: DunningRules,
    issued: Collection[tuple[str, str]],
    last_letters: Mapping[str, date] | None,
    minimums: Mapping[str, Decimal] | None,
) -> WaitCode | None:
    if (notice.stage, notice.currency) in issued:
        return "issued_today"
    last_on = (last_letters or {}).get(notice.currency)
    is_letter = notice.stage != "reminder"
    if is_letter and last_on is not None and (on - last_on).days < rules.letter_interval_days:
        return "letter_interval"
    return "below_minimum" if notice.total_amount < (minimums or {}).get(notice.currency, NOTHING) else None
