"""The lists behind the counted sections of a monthly summary, narrowed to the month and the manager where
they can be.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import reverse
from django.utils.http import urlencode

from supervision.summary_sections import Behind


def _address(name: str, of: Behind, **query: str) -> str:
    """Return the list's address; `manager` narrows it to the customers of the summary's manager."""
    known = {key: value for key, value in query.items() if value}
    if of.manager_pk is not None:
        known["manager"] = str(of.manager_pk)
    return f"{reverse(name)}?{urlencode(known)}"


def _month(of: Behind, *, first: str, last: str) -> Mapping[str, str]:
    return {first: of.first_on.isoformat(), last: of.last_on.isoformat()}


def link_to_reviews(code: str, of: Behind) -> str:
    """Return the list of reviews: those started or ended in the month, in their state."""
    kinds = {"new_customer_started": "new_customer", "annual_started": "annual"}
    if code in kinds:
        begun = _month(of, first="started_from", last="started_to")
        return _address("reviews:list", of, kind=kinds[code], **begun)
    if code == "open":
        return _address("reviews:list", of)
    return _address("reviews:list", of, state=code, **_month(of, first="ended_from", last="ended_to"))


def link_to_contracts(code: str, of: Behind) -> str:
    """Return the list of contracts, or of the open disputes."""
    if code == "signed":
        return _address("contracts:list", of, **_month(of, first="signed_from", last="signed_to"))
    if code == "performing":
        return _address("contracts:list", of, state="performing")
    return _address("contracts:dispute_list", of, state="open")


def link_to_self_checks(_code: str, of: Behind) -> str:
    """Return the contracts: self-checks have no list over many people, each contract shows its own."""
    return _address("contracts:list", of, state="performing")


def link_to_visits(code: str, of: Behind) -> str:
    """Return the list of visits held or planned in the month, in the state, or with the risk signal."""
    month = _month(of, first="since", last="until")
    if code in {"watch", "alarm"}:
        return _address("portfolio:visit_list", of, state="done", risk=code, **month)
    if code == "not_made":
        return _address("portfolio:visit_list", of, state="planned", until=of.last_on.isoformat())
    states = {"made": "done", "cancelled": "cancelled"}
    return _address("portfolio:visit_list", of, state=states.get(code, ""), **month)


def link_to_notices(code: str, of: Behind) -> str:
    """Return the list of letters of a stage issued in the month."""
    month = _month(of, first="issued_from", last="issued_to")
    return _address("receivables:letter_list", of, stage=code, **month)


def link_to_promises(code: str, of: Behind) -> str:
    """Return the list of promises: given in the month, or in their state."""
    if code == "given":
        return _address("receivables:promise_list", of, **_month(of, first="made_from", last="made_to"))
    return _address("receivables:promise_list", of, state=code)


def link_to_warnings(code: str, of: Behind) -> str:
    """Return the list of early warnings: those raised in the month, or what is open now."""
    person = "" if of.manager_pk is None else str(of.manager_pk)
    narrowed = {"person": person} if person else {}
    if code == "raised":
        narrowed |= {"state": "all", **_month(of, first="since", last="until")}
    elif code == "overdue":
        narrowed["overdue"] = "on"
    elif code != "open":
        narrowed["state"] = "closed"
    return f"{reverse('warnings:list')}?{urlencode(narrowed)}"
