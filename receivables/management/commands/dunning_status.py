"""dunning_status: where dunning stands with one customer, item by item, and what a run of a day would do (P5.2.3)."""

from __future__ import annotations

import datetime as dt
import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from creditrisk.dates import local_today
from customers.management.arguments import customer_numbered
from customers.models import ContractDispute
from receivables.dunning_wording import wait_text
from receivables.models import (
    CooperationProposal,
    DunningNotice,
    DunningTerms,
    ForfeitureProposal,
    Promise,
    Stage,
)
from receivables.selectors.dunning_status import DunningStatus, ItemStatus, dunning_status
from receivables.tables.dunning_status import next_text


class Command(BaseCommand):
    """Prints the status. Exit 0, or 2 where there is no such customer."""

    help = (
        "Says item by item where dunning stands with a customer: what was demanded and sent, what it waits for, and"
        " what a run of the day would do now."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", metavar="CUSTOMER", help="customer number")
        parser.add_argument(
            "--on", type=dt.date.fromisoformat, metavar="YYYY-MM-DD", help="day of the run (default: today)"
        )
        parser.add_argument("--json", action="store_true", help="as JSON on standard output")

    def handle(self, *args: object, **options: Any) -> None:
        customer = customer_numbered(options["number"])
        status = dunning_status(customer, on=options["on"] or local_today())
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(status), ensure_ascii=False))
        else:
            self.stdout.write("\n".join(_as_text(status)))


def _as_json(status: DunningStatus) -> dict[str, Any]:
    customer = status.customer
    return {
        "customer": customer.number,
        "name": customer.name,
        "on": status.on.isoformat(),
        "state": customer.state,
        "stopped_by": customer.state_reason_code or None,
        "state_reason": customer.state_reason or None,
        "report": status.report.number if status.report else None,
        "as_of": status.report.as_of.isoformat() if status.report else None,
        "policy_version": str(status.policy_version),
        "items": [_item(item) for item in status.items],
        "letters": [_letter(letter) for letter in status.letters],
        "promises": [_promise(promise) for promise in status.promises],
        "disputes": [_dispute(dispute) for dispute in status.disputes],
        "proposals": [_proposal(proposal) for proposal in status.proposals],
        "forfeitures": [_forfeiture(forfeiture) for forfeiture in status.forfeitures],
        "terms": [_terms(terms) for terms in status.terms],
        "damages": {
            total.currency: {
                "accrued": str(total.accrued_amount),
                "settled": str(total.settled_amount),
                "balance": str(total.balance_amount),
            }
            for total in status.damages.totals
        },
    }


def _item(item: ItemStatus) -> dict[str, Any]:
    return {
        "document": item.document,
        "due_on": item.due_on.isoformat(),
        "currency": item.currency,
        "contract": item.contract_number or None,
        "open": str(item.open_amount),
        "disputed": str(item.disputed_amount),
        "demanded": str(item.demanded_amount),
        "days_overdue": item.days_overdue,
        "stages": [
            {
                "stage": entered.stage,
                "issued_on": entered.notice.issued_on.isoformat(),
                "number": entered.notice.number,
                "delivery": entered.notice.delivery.value,
            }
            for entered in item.stages
        ],
        "next_stage": item.next_stage,
        "by_person": item.by_person,
        "waits": item.waits,
        "waits_text": wait_text(item.waits) if item.waits else None,
    }


def _letter(letter: DunningNotice) -> dict[str, Any]:
    return {
        "stage": letter.stage,
        "number": letter.number,
        "issued_on": letter.issued_on.isoformat(),
        "currency": letter.currency,
        "amount": str(letter.total_amount),
        "delivery": letter.delivery.value,
        "sent_on": letter.sent_on.isoformat() if letter.sent_on else None,
    }


def _promise(promise: Promise) -> dict[str, Any]:
    return {
        "number": promise.number,
        "made_on": promise.made_on.isoformat(),
        "last_due_on": promise.last_due_on.isoformat(),
        "currency": promise.currency,
        "amount": str(promise.amount),
        "paid": str(promise.paid_amount),
    }


def _dispute(dispute: ContractDispute) -> dict[str, Any]:
    return {
        "subject": dispute.subject,
        "reason": dispute.reason,
        "contract": dispute.contract.number if dispute.contract else None,
        "opened_on": dispute.opened_on.isoformat(),
        "deadline_on": dispute.deadline_on.isoformat() if dispute.deadline_on else None,
        "currency": dispute.currency,
        "amount": str(dispute.disputed_amount) if dispute.disputed_amount is not None else None,
    }


def _proposal(proposal: CooperationProposal) -> dict[str, Any]:
    return {
        "number": proposal.number,
        "kind": proposal.kind,
        "state": proposal.state,
        "proposed_on": proposal.proposed_on.isoformat(),
    }


def _forfeiture(forfeiture: ForfeitureProposal) -> dict[str, Any]:
    contract = forfeiture.account.contract
    return {
        "contract": contract.number if contract else None,
        "letter": forfeiture.notice.number,
        "currency": forfeiture.currency,
        "amount": str(forfeiture.amount),
        "state": forfeiture.state,
    }


def _terms(terms: DunningTerms) -> dict[str, Any]:
    return {
        "contract": terms.contract.number if terms.contract else None,
        "excluded": terms.is_excluded,
        "reminder_from_day": terms.reminder_from_day,
        "letter_from_day": terms.letter_from_day,
        "final_demand_from_day": terms.final_demand_from_day,
        "minimum_amount": str(terms.minimum_amount) if terms.minimum_amount is not None else None,
        "letter_interval_days": terms.letter_interval_days,
        "valid_to_on": terms.valid_to_on.isoformat() if terms.valid_to_on else None,
        "reason": terms.reason,
    }


def _as_text(status: DunningStatus) -> list[str]:
    customer = status.customer
    lines = [
        f"{customer.number} {customer.name}: {customer.get_state_display()} {customer.state_reason_text}".strip()
    ]
    if status.report is None:
        lines.append(_("No committed aging report describes this day: upload one first."))
    for item in status.items:
        lines.append(
            f"{item.document} {item.due_on} {item.currency} {item.open_amount:,.2f} ({item.days_overdue:+d}):"
            f" {next_text(item)}"
        )
        lines += [
            f"  {entered.notice.issued_on} {Stage(entered.stage).label} {entered.notice.number or ''}"
            f" ({entered.notice.delivery.label})"
            for entered in item.stages
        ]
    lines += [
        f"{promise} {promise.currency} {promise.amount:,.2f} → {promise.last_due_on}"
        for promise in status.promises
    ]
    lines += [f"{dispute.opened_on} {dispute.subject}" for dispute in status.disputes]
    lines += [f"{one.number} {one.get_kind_display()}" for one in status.proposals]
    text = _("%(currency)s: accrued %(accrued)s, settled %(settled)s, balance %(balance)s")
    lines += [
        text
        % {
            "currency": total.currency,
            "accrued": f"{total.accrued_amount:,.2f}",
            "settled": f"{total.settled_amount:,.2f}",
            "balance": f"{total.balance_amount:,.2f}",
        }
        for total in status.damages.totals
    ]
    return lines
