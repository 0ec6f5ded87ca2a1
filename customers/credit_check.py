"""Whether a customer gets new business, and why not ("New customers and credit limits", P4.1, P5.2.3).

A pure rule: facts and the policy in, a decision with every reason out. Two kinds of no:

- **refuse**: there is nothing to wait for. The file is closed, cooperation was stopped for good, or no review was ever
  approved (P4.1: no approved review, no contract).
- **hold**: the policy "puts new business on hold" until somebody lifts the ground for it. Suspended, frozen, grade D,
  a review that has expired, an item too long past due, exposure above the limit; and amounts in several currencies,
  which nobody can weigh against one limit without a rate.

Exposure is what is open in the report of the date, credits netted, in the currency of the limit. What is asked for is
added to it: exposure and request may reach the limit and not pass it. Without a limit that is valid on the date, the
limit is nothing. Within a group of companies both are checked: the customer's own exposure against his own limit, the
exposure of the whole group against the limit of the company at its head, where that one has a limit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from django.utils.translation import gettext as _

from creditrisk.dates import add_months
from creditrisk.policy.schema import Policy
from customers.credit_limits import NOTHING, Cover, Limits, cover_of

Verdict = Literal["allow", "hold", "refuse"]


@dataclass(frozen=True)
class Standing:
    """What the customer file says: state, freeze, grade, review and limits. `is_stopped`: the group leader stopped
    cooperation for good, not a final demand until it is paid (P5.2.4)."""

    state: str
    is_frozen: bool
    grade: str
    reviewed_on: dt.date | None
    limits: Limits
    is_stopped: bool = False


@dataclass(frozen=True)
class Receivables:
    """What is open in the report as of `as_of`: currency → amount, credits netted, of the customer and of his whole
    group (himself included). `oldest_days_past_due` is of his items, on the date asked about.
    """

    as_of: dt.date
    own_amounts: Mapping[str, Decimal]
    group_amounts: Mapping[str, Decimal]
    oldest_days_past_due: int | None = None


@dataclass(frozen=True)
class CreditFacts:
    """Everything the decision needs. `group_limits`: of the company at the head of the group, None where the customer
    stands alone. `receivables` None: no report describes the date.
    """

    standing: Standing
    group_limits: Limits | None = None
    receivables: Receivables | None = None


@dataclass(frozen=True)
class CreditRequest:
    """New business of `amount` in `currency`."""

    amount: Decimal
    currency: str


@dataclass(frozen=True)
class CreditReason:
    """One ground for a no: a stable code, the text for people, the clause, and what follows from it."""

    code: str
    text: str
    clause: str
    verdict: Verdict = "hold"


@dataclass(frozen=True)
class CreditDecision:
    """The decision with every reason, the weightiest first. `group` is None where no group limit is to be kept."""

    decision: Verdict
    reasons: tuple[CreditReason, ...]
    own: Cover
    group: Cover | None
    is_exposure_known: bool

    @property
    def available_amount(self) -> Decimal:
        """What new business the limits leave, in the currency of the customer's own; nothing while the exposure is
        unknown. A group limit in another currency is not compared.
        """
        if not self.is_exposure_known:
            return NOTHING
        covers = [cover for cover in (self.own, self.group) if cover and cover.currency == self.own.currency]
        return min(cover.available_amount for cover in covers)


def check_credit(
    facts: CreditFacts, *, request: CreditRequest | None, on: dt.date, policy: Policy
) -> CreditDecision:
    """Return whether new business is allowed on `on`, with every reason why not.

    `request` None asks whether there is new business at all, whatever its amount (a contract that is signed makes no
    exposure yet).
    """
    reasons = (
        *standing_reasons(facts.standing, on=on, policy=policy),
        *_receivables_reasons(facts, request=request, on=on, policy=policy),
    )
    receivables = facts.receivables
    group = _group_limits(facts, on=on)
    return CreditDecision(
        decision=_verdict(reasons),
        reasons=reasons,
        own=cover_of(facts.standing.limits, receivables.own_amounts if receivables else {}, on=on),
        group=cover_of(group, receivables.group_amounts if receivables else {}, on=on) if group else None,
        is_exposure_known=receivables is not None,
    )


def standing_reasons(standing: Standing, *, on: dt.date, policy: Policy) -> Iterator[CreditReason]:
    """Yield what the customer file alone says against new business on `on`."""
    if standing.state == "closed":
        yield CreditReason("closed", _("The customer file is closed."), "P4.1", "refuse")
    if standing.is_stopped:
        text = _("The group leader stopped cooperation; he alone lets it go on (P5.2.4).")
        yield CreditReason("stopped", text, "P5.2.4", "refuse")
    elif standing.state == "suspended":
        text = _("The customer is suspended: cooperation has stopped (P5.2.3).")
        yield CreditReason("suspended", text, "P5.2.3")
    if standing.is_frozen:
        text = _("The customer is frozen: no new business until a leader or planning & finance lifts it.")
        yield CreditReason("frozen", text, "P3.1")
    if standing.reviewed_on is None:
        text = _("No contract before the customer's review is approved (P4.1): start the review first.")
        yield CreditReason("no_review", text, "P4.1", "refuse")
    if standing.grade == "D":
        yield CreditReason("grade_d", _("Grade D: cooperation is declined (Annex 2)."), "Annex 2")
    valid_months = policy.review_cycle.review_valid_months
    if standing.reviewed_on is not None and on > add_months(standing.reviewed_on, valid_months):
        text = _("The customer's review has expired: a new review comes first (P4.2).")
        yield CreditReason("review_expired", text, "P4.2")


def _receivables_reasons(
    facts: CreditFacts, *, request: CreditRequest | None, on: dt.date, policy: Policy
) -> Iterator[CreditReason]:
    receivables = facts.receivables
    if receivables is None:
        if request is not None and request.amount > 0:
            text = _("No aging report describes this date: what is open is not known.")
            yield CreditReason("exposure_unknown", text, CLAUSE)
        return
    yield from past_due_reasons(receivables.oldest_days_past_due, policy=policy)
    own = facts.standing.limits
    yield from limit_reasons(own, receivables.own_amounts, request=request, on=on)
    group = _group_limits(facts, on=on)
    if group is not None:
        yield from limit_reasons(group, receivables.group_amounts, request=request, on=on, of_group=True)


CLAUSE = "New customers and credit limits"


def past_due_reasons(oldest_days: int | None, *, policy: Policy) -> Iterator[CreditReason]:
    """Yield a hold where an item is more days past due than the policy allows: 15 are allowed, 16 are not."""
    allowed = policy.credit_limit.hold_after_days_past_due
    if oldest_days is not None and oldest_days > allowed:
        text = _("An item is %(days)s days past due; more than %(allowed)s put new business on hold.")
        yield CreditReason("past_due", text % {"days": oldest_days, "allowed": allowed}, CLAUSE)


def limit_reasons(
    limits: Limits,
    amounts: Mapping[str, Decimal],
    *,
    request: CreditRequest | None,
    on: dt.date,
    of_group: bool = False,
) -> Iterator[CreditReason]:
    """Yield a hold where what is open and what is asked for pass the limit of `on`, and for each currency that cannot
    be weighed against it.
    """
    prefix = "group_" if of_group else ""
    others = [
        _told(amount, currency)
        for currency, amount in sorted(amounts.items())
        if currency != limits.currency and amount
    ]
    if others:
        text = (
            _("Of the group %(amounts)s are open in another currency than its limit: no rate, no sum.")
            if of_group
            else _("%(amounts)s are open in another currency than the limit: no rate, no sum.")
        )
        yield CreditReason(f"{prefix}other_currency", text % {"amounts": ", ".join(others)}, CLAUSE)
    asked = request.amount if request is not None else NOTHING
    if request is not None and asked and request.currency != limits.currency:
        text = (
            _("%(currency)s cannot be compared with the group's limit in %(limit)s without a rate.")
            if of_group
            else _("%(currency)s cannot be compared with a limit in %(limit)s without a rate.")
        )
        told = text % {"currency": request.currency, "limit": limits.currency}
        yield CreditReason(f"{prefix}request_currency", told, CLAUSE)
        asked = NOTHING
    cover = cover_of(limits, amounts, on=on)
    wanted = cover.exposure_amount + asked
    if wanted > cover.limit_amount:
        code, text = _exceeded(limits, on=on, of_group=of_group)
        told = text % {
            "exposure": _told(cover.exposure_amount, limits.currency),
            "requested": _told(asked, limits.currency),
            "limit": _told(cover.limit_amount, limits.currency),
            "excess": _told(wanted - cover.limit_amount, limits.currency),
        }
        yield CreditReason(f"{prefix}{code}", told, CLAUSE)


def _exceeded(limits: Limits, *, on: dt.date, of_group: bool) -> tuple[str, str]:
    if limits.effective_on(on) is not None:
        text = (
            _("The group's exposure %(exposure)s and %(requested)s pass its limit %(limit)s by %(excess)s.")
            if of_group
            else _("Exposure %(exposure)s and %(requested)s pass the limit %(limit)s by %(excess)s.")
        )
        return "over_limit", text
    if of_group:
        return "limit_expired", _("The group's limit has expired; %(exposure)s and %(requested)s need one.")
    if limits.permanent_amount is None and limits.temporary_amount is None:
        return "no_limit", _("There is no credit limit; %(exposure)s and %(requested)s need one.")
    return "limit_expired", _("The credit limit has expired; %(exposure)s and %(requested)s need one.")


def _group_limits(facts: CreditFacts, *, on: dt.date) -> Limits | None:
    """Return the group's limits where they are to be kept: once set, an expired one counts as nothing."""
    limits = facts.group_limits
    if limits is None or (limits.permanent_amount is None and limits.effective_on(on) is None):
        return None
    return limits


def _verdict(reasons: tuple[CreditReason, ...]) -> Verdict:
    if any(reason.verdict == "refuse" for reason in reasons):
        return "refuse"
    return "hold" if reasons else "allow"


def _told(amount: Decimal, currency: str) -> str:
    return f"{currency} {amount:,.2f}"
