"""How the demo's people collect: promises kept, broken and open, a dispute about an item, and the log of calls."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal

from creditrisk.accounts.models import User
from creditrisk.home.demo.ledger import Invoice
from customers.models import Customer
from customers.services import ItemInDispute
from receivables.models import ContactResult, ContactWay
from receivables.promises import Instalment, equal_instalments
from receivables.selectors.collectable import CollectableItem, collectable
from receivables.services.contacts import log_contact, log_dispute, log_promise

DAY = dt.timedelta(days=1)
PROMISED_AFTER, PAID_AFTER = 2, 12
"""Days after the report before the last: when the earlier promises were given, and when they were to be paid."""
CALLS = (
    (ContactResult.NO_ANSWER, "", ""),
    (ContactResult.REACHED, "财务王经理", "答应核对账目后回复。 Will check the account and answer."),
    (ContactResult.NO_ANSWER, "", "无人接听,稍后再打。 Nobody answered; try again later."),
    (ContactResult.WRONG_NUMBER, "", "号码已停用。 The number is out of service."),
)
CALLED_DAYS_AGO = 4


def create_past_promises(ledger: list[Invoice], first: dt.date, last: dt.date) -> int:
    """Record promises given after the report of `first`, which that of `last` decides: one is kept, one is not. Return
    how many."""
    paid: dict[str, list[Invoice]] = defaultdict(list)
    unpaid: dict[str, list[Invoice]] = defaultdict(list)
    for invoice in ledger:
        if invoice.due_on < first and (open_amount := invoice.open_amount_on(first)) > 0:
            left = invoice.open_amount_on(last)
            if left in (0, open_amount):
                (unpaid if left else paid)[invoice.company.number].append(invoice)
    kept = dict(list(paid.items())[:1])
    broken = [(number, items) for number, items in unpaid.items() if number not in kept]
    chosen = kept | dict(broken[:1])
    customers = Customer.objects.select_related("service_manager").in_bulk(chosen, field_name="number")
    for number, items in chosen.items():
        customer = customers[number]
        assert customer.service_manager is not None
        log_promise(
            customer=customer,
            currency=items[0].company.currency,
            items=[(one.document, one.due_on) for one in items],
            instalments=[
                Instalment(
                    first + PAID_AFTER * DAY, sum((one.open_amount_on(first) for one in items), Decimal(0))
                )
            ],
            made_on=first + PROMISED_AFTER * DAY,
            today=last,
            promised_by=items[0].company.contact,
            by=customer.service_manager,
        )
    return len(chosen)


def create_collection_work(customers: list[Customer], users: dict[str, User], today: dt.date) -> None:
    """Record what the service manager whose log-in is shown did about overdue items in the last days: calls, a promise
    in two instalments, a dispute. Most of his customers are still to be called."""
    csm = users["csm"]
    debtors = [(customer, items) for customer in customers if (items := _overdue(customer, csm, today))]
    for (customer, _items), (result, spoke_to, note) in zip(debtors[3:], CALLS, strict=False):
        log_contact(
            customer=customer,
            result=result,
            spoke_to=spoke_to,
            note=note,
            happened_on=today - CALLED_DAYS_AGO * DAY,
            today=today,
            by=csm,
        )
    for customer, items in debtors[:1]:
        log_promise(
            customer=customer,
            currency=items[0].currency,
            items=[(item.document, item.due_on) for item in items],
            instalments=equal_instalments(
                sum((item.open_amount for item in items), Decimal(0)),
                count=2,
                first_on=today + 7 * DAY,
                step="month",
            ),
            made_on=today - DAY,
            today=today,
            promised_by=customer.finance_contact,
            note="分两期付清。 To be paid in two instalments.",
            by=csm,
        )
    for customer, items in debtors[1:2]:
        item = items[0]
        log_dispute(
            customer=customer,
            items=[
                ItemInDispute(
                    item.document, item.due_on, item.currency, (item.open_amount / 4).quantize(Decimal(1))
                )
            ],
            subject="部分货物有瑕疵 Part of the goods is faulty",
            reason="quality",
            owner=users["legal"],
            deadline_on=today + 14 * DAY,
            opened_on=today,
            way=ContactWay.VISIT,
            by=csm,
        )


def _overdue(customer: Customer, manager: User, today: dt.date) -> list[CollectableItem]:
    """Return the customer's overdue items in his oldest currency; none of somebody else's customers."""
    if customer.service_manager_id != manager.pk:
        return []
    found = collectable(customer, on=today)
    currency = next(iter(found.currencies), "")
    return [
        item
        for item in found.items
        if item.currency == currency
        and item.days_overdue > 0
        and not item.is_promised
        and not item.disputed_amount
    ]
