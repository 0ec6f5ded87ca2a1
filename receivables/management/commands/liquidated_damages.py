"""liquidated_damages: a customer's liquidated damages as of a day, by item and period (P5.2.3)."""

from __future__ import annotations

import datetime as dt
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from creditrisk.dates import local_today
from customers.management.arguments import customer_numbered
from customers.models import Customer
from receivables.damages import exact
from receivables.selectors.damages import (
    DamagesAccount,
    DamagesTotal,
    ItemDamages,
    Settlement,
    damages_account,
)
from receivables.services.damages_statement import damages_pdf


class Command(BaseCommand):
    """Prints the statement. Exit 0, or 2 where there is no such customer."""

    help = (
        "Says which liquidated damages accrued on which item of a customer by a day, period by period, and what settled"
        " them. The amounts of periods are not rounded; an item's damages are rounded once, to the cent."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", metavar="CUSTOMER", help="customer number")
        parser.add_argument(
            "--on", type=dt.date.fromisoformat, metavar="YYYY-MM-DD", help="the day (default: today)"
        )
        parser.add_argument("--json", action="store_true", help="as JSON on standard output")
        parser.add_argument("--pdf", type=Path, metavar="FILE", help="write the statement as a PDF as well")

    def handle(self, *args: object, **options: Any) -> None:
        customer = customer_numbered(options["number"])
        account = damages_account(customer.pk, on=options["on"] or local_today())
        if options["pdf"]:
            options["pdf"].write_bytes(damages_pdf(customer, account))
            self.stderr.write(_("Written: %(path)s") % {"path": options["pdf"]})
        self.stdout.write(_as_json(customer, account) if options["json"] else _as_text(account))


def _as_json(customer: Customer, account: DamagesAccount) -> str:
    return json.dumps(
        {
            "customer": customer.number,
            "on": account.on.isoformat(),
            "items": [_item(item) for item in account.items],
            "settled": [_settlement(settlement) for settlement in account.settlements],
            "totals": {total.currency: _total(total) for total in account.totals},
        },
        ensure_ascii=False,
    )


def _item(item: ItemDamages) -> dict[str, Any]:
    balances, terms, damages = item.balances, item.terms, item.damages
    return {
        "document": balances.document,
        "due_on": balances.due_on.isoformat(),
        "currency": balances.currency,
        "amount": _plain(damages.base_amount),
        "ratio": f"{terms.daily_ratio.normalize():f}",
        "cap_ratio": f"{terms.cap_ratio.normalize():f}",
        "source": terms.source,
        "periods": [
            {
                "from": period.from_on.isoformat(),
                "to": period.to_on.isoformat(),
                "days": period.days,
                "balance": _plain(period.balance_amount),
                "amount": _plain(period.amount),
            }
            for period in damages.periods
        ],
        "damages": str(damages.amount),
        "settled": str(item.settled_amount),
        "capped_on": damages.capped_on.isoformat() if damages.capped_on else None,
        "disputed": item.is_disputed,
    }


def _plain(amount: Any) -> str:
    return exact(amount).replace(",", "")


def _settlement(settlement: Settlement) -> dict[str, Any]:
    return {
        "on": settlement.on.isoformat(),
        "kind": settlement.kind,
        "currency": settlement.currency,
        "amount": str(settlement.amount),
        "document": settlement.item[1] if settlement.item else None,
        "note": settlement.note,
    }


def _total(total: DamagesTotal) -> dict[str, str]:
    return {
        "accrued": str(total.accrued_amount),
        "received": str(total.received_amount),
        "forfeited": str(total.forfeited_amount),
        "waived": str(total.waived_amount),
        "balance": str(total.balance_amount),
        "excess": str(total.excess_amount),
    }


def _as_text(account: DamagesAccount) -> str:
    lines = []
    for item in account.items:
        lines.append(
            f"{item.balances.document} {item.balances.due_on} {item.balances.currency} {item.damages.amount:,.2f}"
            f" ({item.terms.source})"
        )
        lines += [
            f"  {period.from_on} – {period.to_on}  {period.days}  {period.balance_amount:,.2f}  {exact(period.amount)}"
            for period in item.damages.periods
        ]
    lines += [
        f"{settlement.on} {settlement.label} {settlement.currency} {settlement.amount:,.2f}"
        for settlement in account.settlements
    ]
    text = _("%(currency)s: accrued %(accrued)s, settled %(settled)s, balance %(balance)s")
    lines += [
        text
        % {
            "currency": total.currency,
            "accrued": f"{total.accrued_amount:,.2f}",
            "settled": f"{total.settled_amount:,.2f}",
            "balance": f"{total.balance_amount:,.2f}",
        }
        for total in account.totals
    ]
    return "\n".join(lines or [_("No damages have accrued.")])
