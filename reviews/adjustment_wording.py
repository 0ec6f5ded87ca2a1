"""The numbers and steps of a grade adjustment, as people read them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from creditrisk.policy.wording import CRITERIA, MEANINGS
from creditrisk.quarters import Quarter
from reviews.grade_adjustment import CRITERION

Text = str | Promise

EFFECTIVE: dict[str, Text] = {
    "at_once": gettext_lazy("takes effect at once"),
    "awaits_confirmation": gettext_lazy("waits for the deputy leader's confirmation"),
    "unchanged": gettext_lazy("the grade stays"),
}
LABELS: dict[str, Text] = {
    "nothing_due": gettext_lazy("Repayment speed"),
    "paid_amount": gettext_lazy("Paid in the quarter"),
    "overdue_amount": gettext_lazy("Open and past due at its end"),
    "average_days_late": gettext_lazy("Average days late, weighted by amount"),
    "repayment_speed": gettext_lazy("Repayment speed"),
    "no_score": gettext_lazy("Score"),
    "repayment_speed_before": gettext_lazy("Repayment speed in the score before"),
    "score": gettext_lazy("New score"),
    "score_stays": gettext_lazy("Score"),
    "grade_of_score": gettext_lazy("Grade of the score"),
    "oldest_item": gettext_lazy("Longest past due at the end"),
    "grade_cap": gettext_lazy("Cap"),
    "upgrade_limit": gettext_lazy("Steps up in a quarter"),
    "effective": gettext_lazy("Effect"),
}
"""What each fact of `reviews.grade_adjustment` is called."""


TELLING = ("average_days_late", "repayment_speed", "score", "no_score", "oldest_item", "grade_cap")
"""The facts that the grade history names."""
SOURCE = re.compile(r"([0-9]{4}Q[1-4]) adjustment")


@dataclass(frozen=True)
class ReasonRow:
    """One number or step: its clause, what it is called, and its value in words."""

    clause: str
    label: str
    text: str


def reason_rows(reasons: Iterable[Mapping[str, str]]) -> list[ReasonRow]:
    """Return the stored reasons in words, in their order."""
    rows = []
    for reason in reasons:
        fact, value = reason["fact"], reason["value"]
        text = WORDED[fact](value) if fact in WORDED else value
        rows.append(ReasonRow(reason["clause"], str(LABELS[fact]), text))
    return rows


def explanation(reasons: Iterable[Mapping[str, str]]) -> str:
    """Return why the grade changes, in one line for the grade history; its page has the clauses."""
    chosen = [reason for reason in reasons if reason["fact"] in TELLING]
    return "; ".join(f"{row.label}: {row.text}" for row in reason_rows(chosen))


def source_of(quarter: Quarter | str) -> str:
    """Return what is stored in the grade history as the source of a quarter's change."""
    return f"{quarter} adjustment"


def source_text(source: str) -> str:
    """Return the source of a quarter's change in the reader's language; empty where it is none of ours."""
    found = SOURCE.fullmatch(source)
    return _("Grade adjustment %(quarter)s") % {"quarter": found[1]} if found else ""


def no_report_text(quarter: Quarter) -> str:
    """Return why a quarter cannot be assessed."""
    return _("No committed aging report is as of a day in %(quarter)s: upload one first.") % {
        "quarter": quarter
    }


def _amount(value: str) -> str:
    currency, amount = value.split(" ")
    return f"{currency} {Decimal(amount):,.2f}"


def _days(value: str) -> str:
    currency, days = value.split(" ")
    text = _("%(currency)s: %(days)s days late") % {"currency": currency, "days": days.lstrip("-")}
    if days.startswith("-"):
        text = _("%(currency)s: %(days)s days early") % {"currency": currency, "days": days.lstrip("-")}
    return text


def _answer(value: str) -> str:
    return f"{value} – {CRITERIA[CRITERION][1][value]}"


def _answers(value: str) -> str:
    answers = value.split(", ")
    if len(answers) == 1:
        return _("%(answer)s (from the last adjustment)") % {"answer": _answer(answers[0])}
    return _("account manager %(first)s, customer service manager %(second)s") % {
        "first": answers[0],
        "second": answers[1],
    }


def _item(value: str) -> str:
    document, due_on, days = value.rsplit(", ", 2)
    text = ngettext(
        "%(document)s, due on %(due_on)s: %(days)s day past due",
        "%(document)s, due on %(due_on)s: %(days)s days past due",
        int(days),
    )
    return text % {"document": document, "due_on": due_on, "days": days}


def _cap(value: str) -> str:
    days, grade = value.split(": ")
    return _("%(days)s days: at best %(grade)s") % {"days": days, "grade": grade}


def _no_score(value: str) -> str:
    return _("no annual review has scored the customer: only the caps apply to the given grade %(grade)s") % {
        "grade": value
    }


WORDED: dict[str, Callable[[str], str]] = {
    "nothing_due": lambda _value: _("nothing was paid and nothing was past due: it stays as it is"),
    "paid_amount": _amount,
    "overdue_amount": _amount,
    "average_days_late": _days,
    "repayment_speed": _answer,
    "repayment_speed_before": _answers,
    "no_score": _no_score,
    "score_stays": lambda value: _("%(score)s, as before") % {"score": value},
    "grade_of_score": lambda value: f"{value} – {MEANINGS[value]}",
    "oldest_item": _item,
    "grade_cap": _cap,
    "upgrade_limit": lambda value: _("limited: %(steps)s") % {"steps": value},
    "effective": lambda value: str(EFFECTIVE[value]),
}
