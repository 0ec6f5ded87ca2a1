"""What happened with the customer's contracts, and with the deposits we hold of him."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Q
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.selectors import changes_of
from customers.contract_selectors import deposit_entries_of
from customers.models import (
    Contract,
    ContractDispute,
    ContractLogEntry,
    ContractOverride,
    ContractState,
    Customer,
    LogKind,
    OverrideState,
    SelfCheck,
)
from customers.timeline import Entry, Provider, Span, about_it, day_entry

TOLD_ELSEWHERE = (LogKind.DISPUTE, LogKind.SELF_CHECK)
"""Entries of the log that disputes and self-checks write themselves."""


def _money(currency: str, amount: Decimal | None) -> str:
    return "" if amount is None else f"{currency} {amount:,.2f}"


def _lines(*parts: str) -> str:
    return "\n".join(filter(None, parts))


def signed(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return the contracts that were signed."""
    return [
        _of_contract(contract, contract.signed_on, _("Contract signed"), text=_terms(contract), tone="info")
        for contract in span.newest_days(customer.contracts.select_related("handler"), "signed_on")
    ]


def started(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return the contracts whose performance began."""
    return [
        _of_contract(contract, contract.performing_on, _("Performance began"))
        for contract in span.newest_days(customer.contracts.select_related("handler"), "performing_on")
    ]


def ended(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return the contracts that were finished or terminated."""
    return [
        _of_contract(
            contract,
            contract.ended_on,
            about_it(_("Contract"), contract.get_state_display()),
            text=contract.end_reason,
            tone="danger" if contract.state == ContractState.TERMINATED else "success",
        )
        for contract in span.newest_days(customer.contracts.select_related("handler"), "ended_on")
    ]


def _of_contract(contract: Contract, day: object, title: str, **facts: str) -> Entry:
    return day_entry(
        day,  # type: ignore[arg-type]
        title,
        person=str(contract.handler),
        about=contract.number,
        url=contract.get_absolute_url(),
        **facts,
    )


def _terms(contract: Contract) -> str:
    money = _money(contract.currency, contract.amount)
    return f"{contract.get_service_type_display()} · {money} · {contract.payment_term}"


def log(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return the entries of the performance logs (P3.2.2)."""
    rows = ContractLogEntry.objects.filter(contract__customer=customer).exclude(kind__in=TOLD_ELSEWHERE)
    return [
        day_entry(
            entry.happened_on,
            capfirst(entry.get_kind_display()),
            person=str(entry.by),
            text=_lines(entry.text, _money(entry.contract.currency, entry.amount)),
            about=entry.contract.number,
            url=entry.contract.get_absolute_url(),
        )
        for entry in span.newest_days(rows.select_related("contract", "by"), "happened_on")
    ]


def disputes_opened(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return the disputes that were opened (P3.3)."""
    rows = ContractDispute.objects.filter(customer=customer)
    return [
        day_entry(
            dispute.opened_on,
            _("Dispute opened"),
            person=str(dispute.opened_by),
            text=_lines(
                dispute.subject,
                dispute.documents,
                _money(dispute.currency, dispute.disputed_amount),
            ),
            about=dispute.contract.number if dispute.contract else "",
            url=dispute.get_absolute_url(),
            tone="warning",
        )
        for dispute in span.newest_days(rows.select_related("contract", "opened_by"), "opened_on")
    ]


def disputes_closed(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return the disputes that were resolved or withdrawn."""
    rows = ContractDispute.objects.filter(customer=customer)
    return [
        day_entry(
            dispute.closed_on,
            about_it(_("Dispute"), dispute.get_state_display()),
            person=str(dispute.closed_by),
            text=_lines(dispute.subject, dispute.outcome),
            about=dispute.contract.number if dispute.contract else "",
            url=dispute.get_absolute_url(),
            tone="success",
        )
        for dispute in span.newest_days(rows.select_related("contract", "closed_by"), "closed_on")
    ]


def self_checks(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return the self-checks that were done (P3.2.3)."""
    rows = SelfCheck.objects.filter(contract__customer=customer)
    return [
        day_entry(
            check.done_on,
            _("Self-check done"),
            person=str(check.done_by),
            text=_lines(
                f"{check.period_starts_on} – {check.period_ends_on} · {check.get_role_display()}",
                _("all as contracted") if check.is_as_contracted else check.deviations,
                check.next_action,
            ),
            about=check.contract.number,
            url=check.get_absolute_url(),
            tone="success" if check.is_as_contracted else "warning",
        )
        for check in span.newest_days(rows.select_related("contract", "done_by"), "done_on")
    ]


def overrides_withdrawn(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return the overrides that were taken back; only the history knows when and by whom."""
    of = Q(pgh_obj_id__in=customer.contract_overrides.values("pk"), state=OverrideState.WITHDRAWN)
    found = changes_of(ContractOverride, of, fields=("state",), until=span.until, limit=span.limit)
    title = about_it(_("Override"), OverrideState.WITHDRAWN.label)
    return span.later_than_since(Entry(at=change.at, title=title, person=change.person) for change in found)


def overrides_decided(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return what the group leader decided on an override (P3.1 a); what was used or withdrawn was granted before."""
    rows = customer.contract_overrides.select_related("decided_by")
    entries = []
    for override in span.newest(rows, "decided_at"):
        is_refused = override.state == OverrideState.REFUSED
        decision = OverrideState.REFUSED if is_refused else OverrideState.GRANTED
        assert override.decided_at is not None
        entries.append(
            Entry(
                at=override.decided_at,
                title=about_it(_("Override"), decision.label),
                person=str(override.decided_by),
                text=override.decision_reason,
                url=override.get_absolute_url(),
                tone="warning" if is_refused else "success",
            )
        )
    return entries


def overrides_requested(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return the overrides that were asked for."""
    rows = customer.contract_overrides.select_related("requested_by")
    return [
        Entry(
            at=override.requested_at,
            title=_("Override asked for"),
            person=str(override.requested_by),
            text=override.reason,
            url=override.get_absolute_url(),
        )
        for override in span.newest(rows, "requested_at")
    ]


def deposits(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return the movements of the deposits, with the balances they left."""
    url = reverse("customers:deposits", args=[customer.number])
    return [
        day_entry(
            entry.happened_on,
            about_it(_("Deposit"), entry.get_kind_display()),
            person=str(entry.by or ""),
            text=_lines(
                _("%(change)s, balance %(balance)s")
                % {
                    "change": _money(entry.account.currency, entry.effect_amount),
                    "balance": _money(entry.account.currency, entry.balance_amount),
                },
                entry.reference,
                entry.reason,
                entry.decision,
            ),
            about=str(entry.account.contract or ""),
            url=url,
            tone="warning" if entry.kind == "forfeited" else "",
        )
        for entry in span.newest_days(deposit_entries_of(customer), "happened_on")
    ]


CONTRACTS: tuple[Provider, ...] = (
    ended,
    disputes_closed,
    self_checks,
    log,
    disputes_opened,
    started,
    signed,
    overrides_withdrawn,
    overrides_decided,
    overrides_requested,
)
