"""What becomes of a promise to pay: kept, partly kept or broken, as the reports show (P5.2.3). Pure rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

PromiseVerdict = Literal["open", "kept", "partly", "broken"]


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
        elif as_of < instalment.due_on + timedelta(days=grace_days):
            states.append("open")
        else:
            states.append("partly" if paid_amount > before else "broken")
    return Judgement(_verdict(states, paid_amount), tuple(states))


def _verdict(states: Sequence[PromiseVerdict], paid_amount: Decimal) -> PromiseVerdict:
    if "partly" in states or "broken" in states:
        return "partly" if paid_amount > 0 else "broken"
    return "open" if "open" in states else "kept"
