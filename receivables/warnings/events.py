"""What happened and is a warning for some days: a promise not kept, a grade that fell, a change of leadership found in
a visit (P5.1.3, P5.2.2). Pure rules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from creditrisk.money import to_cents
from creditrisk.policy.schema import GRADES, WarningRules
from receivables.warnings.raised import Number, RaisedWarning

PARTLY, BROKEN = Decimal(1), Decimal(2)
RISK: dict[str, int] = {"none": 1, "watch": 2, "alarm": 3}
SHOWN = 200
SENTENCES = re.compile(r"[.,;!?\n。，,；！？]+")
DENIAL = re.compile(
    r"(无|無|没有?|沒有?|未)(发现|發現|有|见|見|任何|人事|领导|領導|管理层|管理層|明显|明顯)*(变化|變化|变动|變動|变更|變更|更换|更換|调整|調整)"
    r"|^\W*(no|without)\b[\w\s]*\bchanges?\b|\bnot changed\b|^\W*(all )?(the )?same as before\W*$",
    re.IGNORECASE,
)
"""A sentence that says that nothing has changed."""
PARTS = re.compile(r"[\s.,;:!?/|()。,;:!?、()–—-]+")
NOTHING_FOUND = frozenset(
    {
        *(
            "",
            "no",
            "none",
            "nil",
            "nothing",
            "na",
            "n",
            "a",
            "unchanged",
            "change",
            "changes",
            "any",
            "found",
        ),
        *(
            "无",
            "没有",
            "暂无",
            "未发现",
            "无变化",
            "无变动",
            "无变更",
            "没有变化",
            "没有变动",
            "暂无变化",
            "无异常",
        ),
        *(
            "無",
            "沒有",
            "暫無",
            "未發現",
            "無變化",
            "無變動",
            "無變更",
            "沒有變化",
            "沒有變動",
            "暫無變化",
            "無異常",
        ),
    }
)
"""The words with which people say that there was nothing to find, in three ways of writing."""


def happened_lately(happened_on: date, *, on: date, rules: WarningRules) -> bool:
    """Return whether an event still warns on `on`: on its day and for `event_days` after it (30 yes, 31 no)."""
    return 0 <= (on - happened_on).days <= rules.event_days


@dataclass(frozen=True)
class PromiseFacts:
    """A promise to pay that a report decided: `state` is what it decided on `decided_on`, the day it describes;
    `known_on` is the day on which it was loaded."""

    number: str
    state: Literal["partly", "broken"]
    currency: str
    promised_amount: Decimal
    paid_amount: Decimal
    decided_on: date
    known_on: date


def broken_promise(facts: PromiseFacts, *, on: date, rules: WarningRules) -> RaisedWarning | None:
    """Return the warning where a promise was not kept, or in part, in the last `event_days`, or where that came to be
    known in them, by a report loaded late (P5.1.3). Subject: its number. Worse where nothing was paid at all."""
    days = (facts.decided_on, facts.known_on)
    if not any(happened_lately(day, on=on, rules=rules) for day in days):
        return None
    return RaisedWarning(
        kind="broken_promise",
        subject=facts.number,
        severity=BROKEN if facts.state == "broken" else PARTLY,
        numbers={
            "promise": Number(facts.number, "text"),
            "promise_state": Number(facts.state, "code"),
            "promised_amount": Number(to_cents(facts.promised_amount), facts.currency),
            "paid_amount": Number(to_cents(facts.paid_amount), facts.currency),
            "decided_on": Number(facts.decided_on, "date"),
        },
    )


@dataclass(frozen=True)
class GradeFacts:
    """The grade a customer had before the changes of the last `event_days`, the one he has now, and when that came."""

    before: str
    now: str
    changed_on: date


def grade_fallen(facts: GradeFacts, *, on: date, rules: WarningRules) -> RaisedWarning | None:
    """Return the warning where a customer's grade is worse than before the changes of the last `event_days` (P5.2.2).
    Who had no grade cannot fall. Severity: 1 for B, 2 for C, 3 for D."""
    if not facts.before or not happened_lately(facts.changed_on, on=on, rules=rules):
        return None
    ranks: list[str] = list(GRADES)
    if ranks.index(facts.now) <= ranks.index(facts.before):
        return None
    return RaisedWarning(
        kind="grade_fallen",
        severity=Decimal(ranks.index(facts.now)),
        numbers={
            "grade_before": Number(facts.before, "grade"),
            "grade_now": Number(facts.now, "grade"),
            "changed_on": Number(facts.changed_on, "date"),
        },
    )


@dataclass(frozen=True)
class VisitFacts:
    """A visit that was made: its key, what was written about changes of leadership, and the risk seen."""

    key: str
    leadership_changes: str
    risk_signal: str
    done_on: date


def leadership_change(facts: VisitFacts, *, on: date, rules: WarningRules) -> RaisedWarning | None:
    """Return the warning where a visit of the last `event_days` found a change of leadership or management (P5.1.3).
    Subject: the visit. Severity: 1, 2 where the visitor says watch, 3 for an alarm."""
    if not happened_lately(facts.done_on, on=on, rules=rules):
        return None
    if not tells_of_change(facts.leadership_changes):
        return None
    return RaisedWarning(
        kind="leadership_change",
        subject=facts.key,
        severity=Decimal(RISK[facts.risk_signal]),
        numbers={
            "finding": Number(facts.leadership_changes.strip()[:SHOWN], "text"),
            "risk_signal": Number(facts.risk_signal, "code"),
            "visited_on": Number(facts.done_on, "date"),
        },
    )


def tells_of_change(text: str) -> bool:
    """Return whether a finding says more than that nothing was found ("None.", "无变化", "No change of management").
    Every clause counts for itself: "无变化。总经理将退休" tells of something.
    """
    sentences = [sentence for sentence in SENTENCES.split(text) if sentence.strip()]
    return any(not _denies(sentence) for sentence in sentences)


def _denies(sentence: str) -> bool:
    if all(part.casefold() in NOTHING_FOUND for part in PARTS.split(sentence)):
        return True
    return DENIAL.search(sentence) is not None
