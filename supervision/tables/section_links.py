"""The lists behind the counted sections of a monthly summary, narrowed to the month and the manager by the conditions
that the figures are counted by.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import reverse
from django.utils.http import urlencode

from supervision.summary_sections import Behind


def _address(name: str, of: Behind, **query: str | list[str]) -> str:
    """Return the list's address; `manager` narrows it to the customers of the summary's manager."""
    known = {key: value for key, value in query.items() if value}
    if of.manager_pk is not None:
        known["manager"] = str(of.manager_pk)
    return f"{reverse(name)}?{urlencode(known, doseq=True)}"


def _month(of: Behind, *, first: str, last: str) -> Mapping[str, str]:
    return {first: of.first_on.isoformat(), last: of.last_on.isoformat()}


def link_to_reviews(code: str, of: Behind) -> str:
    """Return the list of reviews: those started or ended in the month, or open at its end."""
    kinds = {"new_customer_started": "new_customer", "annual_started": "annual"}
    if code in kinds:
        begun = _month(of, first="started_from", last="started_to")
        return _address("reviews:list", of, kind=kinds[code], **begun)
    if code == "open":
        return _address("reviews:list", of, open_on=of.last_on.isoformat())
    return _address("reviews:list", of, state=code, **_month(of, first="ended_from", last="ended_to"))


def link_to_contracts(code: str, of: Behind) -> str:
    """Return the list of contracts, or of the disputes about single items."""
    if code == "signed":
        return _address("contracts:list", of, **_month(of, first="signed_from", last="signed_to"))
    if code == "performing":
        return _address("contracts:list", of, performed_on=of.last_on.isoformat())
    if code == "in_dispute":
        return _address("contracts:list", of, disputed_on=of.last_on.isoformat())
    return _address("contracts:dispute_list", of, items_on=of.last_on.isoformat())


def link_to_self_checks(code: str, of: Behind) -> str:
    """Return the list of self-checks: done in the month, or missing at its end from those of a role."""
    if code == "done":
        return _address("supervision:self_checks", of, **_month(of, first="done_from", last="done_to"))
    role = code.removeprefix("missing_")
    return _address("supervision:self_checks", of, role=role, missing_on=of.last_on.isoformat())


def link_to_visits(code: str, of: Behind) -> str:
    """Return the list of visits made in the month, planned for it or cancelled in it, with the risk signal, or not made
    by its end.
    """
    made = _month(of, first="since", last="until")
    if code in {"watch", "alarm"}:
        return _address("portfolio:visit_list", of, state="done", risk=code, **made)
    if code == "made":
        return _address("portfolio:visit_list", of, state="done", **made)
    if code == "not_made":
        return _address("portfolio:visit_list", of, not_made_on=of.last_on.isoformat())
    return _address("portfolio:visit_list", of, **_month(of, first=f"{code}_from", last=f"{code}_to"))


def link_to_notices(code: str, of: Behind) -> str:
    """Return the list of letters of a stage issued in the month."""
    month = _month(of, first="issued_from", last="issued_to")
    return _address("receivables:letter_list", of, stage=code, **month)


def link_to_promises(code: str, of: Behind) -> str:
    """Return the list of promises: given in the month, decided in it, or open at its end."""
    if code == "given":
        made = _month(of, first="made_from", last="made_to")
        return _address("receivables:promise_list", of, without="withdrawn", **made)
    if code == "open":
        return _address("receivables:promise_list", of, open_on=of.last_on.isoformat())
    decided = _month(of, first="decided_from", last="decided_to")
    return _address("receivables:promise_list", of, state=code, **decided)


def link_to_warnings(code: str, of: Behind) -> str:
    """Return the list of early warnings: raised in the month, closed in it, or open or overdue at its end."""
    if code == "raised":
        raised = _month(of, first="since", last="until")
        return _address("warnings:list", of, state="counted", **raised)
    if code in {"open", "overdue"}:
        return _address("warnings:list", of, state="all", **{f"{code}_on": of.last_on.isoformat()})
    outcomes = ["acted", "lost"] if code == "acted" else [code]
    closed = _month(of, first="closed_from", last="closed_to")
    return _address("warnings:list", of, state="closed", outcome=outcomes, **closed)
