"""What became of liquidated damages: some received, a waiver granted, one that waits, each by its service (P5.2.3)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.utils import timezone

from creditrisk.accounts.models import User
from customers.models import Customer
from receivables.selectors.damages import damages_accounts
from receivables.services.damages import record_receipt
from receivables.services.waivers import approve_waiver, ask_waiver

CONCERNED = 3
LEAST_AMOUNT = Decimal(100)


def create_damages_work(customers: list[Customer], users: dict[str, User], today: dt.date) -> dict[str, int]:
    """Let the customers with the most damages in their own currency pay and ask for waivers; return how many of each.

    The first paid a third, the second was waived a fifth, for the third a waiver of everything waits for the leader.
    """
    accounts = damages_accounts([customer.pk for customer in customers], on=today)
    owing = [
        (accounts[customer.pk].total_in(customer.currency).balance_amount, customer.number, customer)
        for customer in customers
        if customer.service_manager is not None
    ]
    most = sorted((entry for entry in owing if entry[0] >= LEAST_AMOUNT), reverse=True)[:CONCERNED]
    counts = {"damages received": 0, "waivers": 0}
    for place, (balance, _number, customer) in enumerate(most):
        assert customer.service_manager is not None
        if place == 0:
            record_receipt(
                customer=customer,
                currency=customer.currency,
                amount=(balance / 3).quantize(Decimal("0.01")),
                received_on=today,
                today=today,
                by=users["finance"],
                reference="违约金 1/3",
            )
            counts["damages received"] += 1
            continue
        waiver = ask_waiver(
            customer=customer,
            currency=customer.currency,
            amount=(balance / 5).quantize(Decimal("0.01")) if place == 1 else None,
            reason="首次逾期,客户已付清货款并承诺今后按期付款。",
            on=today,
            by=customer.service_manager,
        )
        if place == 1:
            reason = "同意减免五分之一,其余照收。"
            approve_waiver(waiver=waiver, reason=reason, by=users["vp"], now=timezone.now())
        counts["waivers"] += 1
    return counts
