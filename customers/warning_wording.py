"""The numbers of an early warning in words, and the clause each kind comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.models import QualificationKind, RiskSignal, WarningKind

Text = str | Promise
Numbers = Mapping[str, Mapping[str, Any]]

CLAUSES: dict[str, str] = {
    WarningKind.CHURN: "P5.1.1",
    WarningKind.VOLUME_ANOMALY: "P5.1.2",
    WarningKind.REPAYMENT_ANOMALY: "P5.1.3",
    WarningKind.BROKEN_PROMISE: "P5.1.3",
    WarningKind.FILE_NOT_CONFIRMED: "P4.3",
    WarningKind.QUALIFICATION_ENDING: "P4.3",
    WarningKind.LIMIT_EXCEEDED: "P5.1",
    WarningKind.GRADE_FALLEN: "P5.2.2",
    WarningKind.DISPUTE_OVERDUE: "P3.3",
    WarningKind.LEADERSHIP_CHANGE: "P5.1.3",
    WarningKind.OTHER: "P5.1",
}
NAMES: dict[str, Text] = {
    "days_without_business": gettext_lazy("Without new business"),
    "last_business_on": gettext_lazy("Last business on"),
    "threshold_days": gettext_lazy("Warned from"),
    "direction": gettext_lazy("Direction"),
    "month": gettext_lazy("Month"),
    "month_amount": gettext_lazy("Business of the month"),
    "mean_amount": gettext_lazy("Mean of the months before"),
    "deviation_pct": gettext_lazy("Deviation from the mean"),
    "standard_deviation": gettext_lazy("Standard deviation"),
    "history_months": gettext_lazy("Months before"),
    "recent_days_late": gettext_lazy("Days late, recently"),
    "baseline_days_late": gettext_lazy("Days late, before"),
    "worse_by_days": gettext_lazy("Worse by"),
    "recent_amount": gettext_lazy("Paid or past due, recently"),
    "baseline_amount": gettext_lazy("Paid or past due, before"),
    "promise": gettext_lazy("Promise to pay"),
    "promise_state": gettext_lazy("What became of it"),
    "promised_amount": gettext_lazy("Promised"),
    "paid_amount": gettext_lazy("Paid"),
    "decided_on": gettext_lazy("Known since"),
    "due_on": gettext_lazy("To be confirmed by"),
    "days_overdue": gettext_lazy("Overdue"),
    "qualification": gettext_lazy("Qualification"),
    "qualification_kind": gettext_lazy("Kind"),
    "valid_to_on": gettext_lazy("Valid to"),
    "days_left": gettext_lazy("Left"),
    "open_amount": gettext_lazy("Open"),
    "limit_amount": gettext_lazy("Credit limit"),
    "excess_amount": gettext_lazy("Above the limit"),
    "as_of": gettext_lazy("As of"),
    "grade_before": gettext_lazy("Grade before"),
    "grade_now": gettext_lazy("Grade now"),
    "changed_on": gettext_lazy("Changed on"),
    "dispute": gettext_lazy("Dispute"),
    "deadline_on": gettext_lazy("To be settled by"),
    "finding": gettext_lazy("What was found"),
    "risk_signal": gettext_lazy("Risk signal"),
    "visited_on": gettext_lazy("Visited on"),
}
CODES: dict[str, dict[str, Text]] = {
    "direction": {"rise": gettext_lazy("rise"), "fall": gettext_lazy("fall")},
    "promise_state": {"partly": gettext_lazy("partly kept"), "broken": gettext_lazy("broken")},
    "qualification_kind": dict(QualificationKind.choices),
    "risk_signal": dict(RiskSignal.choices),
}


def facts_in_words(numbers: Numbers) -> list[tuple[str, str]]:
    """Return (what it is called, value with its unit) of every number that raised a warning, in the reader's
    language."""
    return [
        (str(NAMES.get(name, name)), value_in_words(name, number["value"], number["unit"]))
        for name, number in numbers.items()
    ]


def value_in_words(name: str, value: Any, unit: str) -> str:
    """Return one value with its unit."""
    if unit == "days":
        return days_in_words(value)
    if unit == "months":
        return ngettext("%(count)s month", "%(count)s months", int(value)) % {"count": value}
    if unit == "pct":
        return f"{value} %"
    if unit == "date":
        return str(value)[:7] if name == "month" else str(value)
    if unit == "code":
        return str(CODES.get(name, {}).get(str(value), value))
    if unit in ("grade", "text"):
        return str(value)
    return f"{unit} {amount_in_words(value)}"


def days_in_words(value: Any) -> str:
    """Return a number of days; one with a digit after the point as it is."""
    text = str(value)
    if "." in text:
        return _("%(count)s days") % {"count": text}
    return ngettext("%(count)s day", "%(count)s days", int(text)) % {"count": text}


def amount_in_words(value: Any) -> str:
    """Return an amount with separators and two digits after the point."""
    return f"{Decimal(str(value)):,.2f}"


class _Told(dict[str, str]):
    """Values in words; what an older case does not know is a dash."""

    def __missing__(self, _name: str) -> str:
        return "–"


def _code(numbers: Numbers, name: str) -> Any:
    return numbers.get(name, {}).get("value")


def sentence(kind: str, numbers: Numbers, *, reason: str = "") -> str:
    """Return what a case says in one sentence, in the reader's language; a case raised by hand says its reason."""
    if not numbers:
        return reason
    told = _Told(
        {name: value_in_words(name, number["value"], number["unit"]) for name, number in numbers.items()}
    )
    build = SENTENCES.get(kind)
    return build(told, numbers) if build else reason


def _churn(told: Mapping[str, str], _numbers: Numbers) -> str:
    return _("No new business for %(days_without_business)s, the last on %(last_business_on)s.") % told


def _volume(told: Mapping[str, str], numbers: Numbers) -> str:
    if _code(numbers, "direction") == "rise":
        text = _("Business of %(month)s rose to %(month_amount)s: %(deviation_pct)s above the mean.")
    else:
        text = _("Business of %(month)s fell to %(month_amount)s: %(deviation_pct)s below the mean.")
    return text % told


def _repayment(told: Mapping[str, str], _numbers: Numbers) -> str:
    text = _(
        "Pays %(worse_by_days)s later than before: %(recent_days_late)s instead of %(baseline_days_late)s."
    )
    return text % told


def _promise(told: Mapping[str, str], _numbers: Numbers) -> str:
    return _("Promise %(promise)s: %(promise_state)s, %(paid_amount)s of %(promised_amount)s.") % told


def _file(told: Mapping[str, str], _numbers: Numbers) -> str:
    return _("The file was to be confirmed by %(due_on)s.") % told


def _qualification(told: Mapping[str, str], numbers: Numbers) -> str:
    kind, name = told["qualification_kind"], told["qualification"]
    is_named = _code(numbers, "qualification_kind") == QualificationKind.OTHER
    told = _Told({**told, "qualification": name if is_named else f"{kind} {name}".strip()})
    if int(_code(numbers, "days_left") or 0) < 0:
        return _("%(qualification)s has ended: it was valid to %(valid_to_on)s.") % told
    return _("%(qualification)s ends: it is valid to %(valid_to_on)s.") % told


def _limit(told: Mapping[str, str], _numbers: Numbers) -> str:
    return _("%(open_amount)s is open, %(excess_amount)s above the limit of %(limit_amount)s.") % told


def _grade(told: Mapping[str, str], _numbers: Numbers) -> str:
    return _("The grade fell from %(grade_before)s to %(grade_now)s on %(changed_on)s.") % told


def _dispute(told: Mapping[str, str], _numbers: Numbers) -> str:
    return _("The dispute “%(dispute)s” was to be settled by %(deadline_on)s.") % told


def _leadership(told: Mapping[str, str], _numbers: Numbers) -> str:
    return _("Found in the visit of %(visited_on)s: %(finding)s") % told


SENTENCES: dict[str, Callable[[Mapping[str, str], Numbers], str]] = {
    WarningKind.CHURN: _churn,
    WarningKind.VOLUME_ANOMALY: _volume,
    WarningKind.REPAYMENT_ANOMALY: _repayment,
    WarningKind.BROKEN_PROMISE: _promise,
    WarningKind.FILE_NOT_CONFIRMED: _file,
    WarningKind.QUALIFICATION_ENDING: _qualification,
    WarningKind.LIMIT_EXCEEDED: _limit,
    WarningKind.GRADE_FALLEN: _grade,
    WarningKind.DISPUTE_OVERDUE: _dispute,
    WarningKind.LEADERSHIP_CHANGE: _leadership,
}
