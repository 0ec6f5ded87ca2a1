"""What becomes of a promise to pay: kept, partly kept or broken, as the reports show (P5.2.3). Pure rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Literal

from creditrisk.dates import add_months
from creditrisk.money import CENT

PromiseVerdict = Literal["open", "kept", "partly", "broken"]
Step = Literal["week", "two_weeks", "month"]
DAYS_OF_STEP = {"week": 7, "two_weeks": 14}


@dataclass(frozen=True)
class Instalment:
    """`amount`, in the promise's currency, is to be paid until `due_on`, inclusive."""

    due_on: date
    amount: Decimal


@dataclass(frozen=True)
class Judgement:
    """What became of a promise and of each of its instalments, in their order."""

    verdict: PromiseVerdict
    instalments: tuple[PromiseVerdict, ...]


def judge(
    instalments: Sequence[Instalment], *, paid_amount: Decimal, as_of: date, grace_days: int
) -> Judgement:
    """Return what a report as of `as_of` says about a promise; `paid_amount` is by how much its items had fallen then.

    Payments count towards the instalments in order: the second is kept when the first two were paid together. One is
    missed where a report of `grace_days` after its date, or later, does not show it paid; it is `partly` kept where
    something of it was. A missed instalment ends the promise: `partly` where anything was paid at all, else `broken`.
    """
    states: list[PromiseVerdict] = []
    before = wanted = Decimal(0)
    for instalment in sorted(instalments, key=lambda one: one.due_on):
        before, wanted = wanted, wanted + instalment.amount
        if paid_amount >= wanted:
            states.append("kept")
        elif (as_of - instalment.due_on).days < grace_days:
            states.append("open")
        else:
            states.append("partly" if paid_amount > before else "broken")
    return Judgement(_verdict(states, paid_amount), tuple(states))


def _verdict(states: Sequence[PromiseVerdict], paid_amount: Decimal) -> PromiseVerdict:
    if "partly" in states or "broken" in states:
        return "partly" if paid_amount > 0 else "broken"
    return "open" if "open" in states else "kept"


def equal_instalments(amount: Decimal, *, count: int, first_on: date, step: Step) -> list[Instalment]:
    """Return `amount` in `count` instalments from `first_on` on, a week, two weeks or a month apart.

    All are the same but the last, which takes the cents that are left: 100.00 in three is 33.33, 33.33, 33.34.
    """
    share = (amount / count).quantize(CENT, rounding=ROUND_DOWN)
    shares = [share] * (count - 1) + [amount - share * (count - 1)]
    return [Instalment(_step(first_on, number, step), part) for number, part in enumerate(shares)]


def _step(first_on: date, number: int, step: Step) -> date:
    if step == "month":
        return add_months(first_on, number)
    return first_on + timedelta(days=DAYS_OF_STEP[step] * number)
