"""The statement of liquidated damages as a PDF in the customer's language. It is drawn up anew each time, and kept
nowhere: as of a past day it says the same again.
"""

from __future__ import annotations

from typing import cast

from customers.models import Customer
from receivables.damages_statement import (
    DamagesStatement,
    StatedItem,
    StatedPart,
    StatedSettlement,
    render_damages,
)
from receivables.damages_statement.content import SettlementKind
from receivables.letters import Language
from receivables.selectors.damages import DamagesAccount, DamagesTotal, ItemDamages, Settlement
from receivables.selectors.letter_parties import company_details, customer_details, letter_contact


def damages_pdf(customer: Customer, account: DamagesAccount, *, language: str = "") -> bytes:
    """Return the statement of an account as a PDF; `language` is one of the three of letters, '' is the customer's
    own.
    """
    chosen = cast(Language, language or customer.letter_language)
    manager = letter_contact(customer)
    return render_damages(
        DamagesStatement(
            number=statement_number(customer, account),
            language=chosen,
            on=account.on,
            company=company_details(),
            customer=customer_details(customer, language=chosen),
            parts=tuple(_part(account, total) for total in account.totals),
            contact_name=manager.display_name if manager else "",
            contact_phone=manager.phone if manager else "",
        )
    )


def statement_number(customer: Customer, account: DamagesAccount) -> str:
    """Return what the statement goes by: customer and day, for it is the same whenever it is drawn up."""
    return f"LD-{customer.number}-{account.on:%Y%m%d}"


def _part(account: DamagesAccount, total: DamagesTotal) -> StatedPart:
    return StatedPart(
        currency=total.currency,
        items=tuple(_item(item) for item in account.items if item.balances.currency == total.currency),
        settlements=tuple(
            _settlement(settlement)
            for settlement in account.settlements
            if settlement.currency == total.currency
        ),
        accrued_amount=total.accrued_amount,
        settled_amount=total.settled_amount,
        balance_amount=total.balance_amount,
        excess_amount=total.excess_amount,
    )


def _item(item: ItemDamages) -> StatedItem:
    return StatedItem(
        document=item.balances.document,
        due_on=item.balances.due_on,
        daily_ratio=item.terms.daily_ratio,
        cap_ratio=item.terms.cap_ratio,
        contract_number=item.terms.contract_number,
        policy_version=item.terms.policy_version,
        damages=item.damages,
        is_disputed=item.is_disputed,
        is_dated=item.balances.dated_to is not None,
    )


def _settlement(settlement: Settlement) -> StatedSettlement:
    return StatedSettlement(
        on=settlement.on,
        kind=cast(SettlementKind, settlement.kind),
        amount=settlement.amount,
        document=settlement.item[1] if settlement.item else "",
    )
