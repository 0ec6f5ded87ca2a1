"""Contracts in every state with what hangs on them: logs, files, deposits, disputes, self-checks, an override
asked for."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from creditrisk.accounts.models import User
from creditrisk.dates import add_months
from creditrisk.home.demo.companies import Company
from creditrisk.home.demo.files import contract_number
from creditrisk.home.demo.reviews import LICENCE_PDF
from customers import services
from customers.models import Contract, ContractState, Customer, LogKind, PaymentTermKind, SelfCheck

DAY = dt.timedelta(days=1)
LOGGED = 6
"""How many contracts have a performance log."""
DEPOSITED = 4
SELF_CHECKED = 3


def create_contracts(customers: list[Customer], companies: list[Company], last: dt.date) -> list[Contract]:
    """Create one contract for each customer, most of them being performed; return them."""
    return Contract.objects.bulk_create(
        Contract(
            number=contract_number(customer.number),
            customer=customer,
            service_type=company.service_type,
            amount=company.monthly_amount * Decimal(24),
            currency=company.currency,
            payment_term_days=company.payment_term_days,
            handler=customer.account_manager,
            deposit_required_amount=company.monthly_amount if index % 5 == 0 else Decimal(0),
            **_state_and_dates(index, last),
        )
        for index, (customer, company) in enumerate(zip(customers, companies, strict=False))
    )


def _state_and_dates(index: int, last: dt.date) -> dict[str, Any]:
    signed_on = add_months(last, -37 - index % 30)
    dates: dict[str, Any] = {
        "signed_on": signed_on,
        "starts_on": signed_on,
        "ends_on": add_months(last, 6 + index % 18),
    }
    if index % 11 == 7:
        return dates | {"state": ContractState.SIGNED}
    dates["performing_on"] = signed_on + 7 * DAY
    if index % 11 == 9:
        return dates | {
            "state": ContractState.FINISHED,
            "ended_on": last - 20 * DAY,
            "ends_on": last - 20 * DAY,
        }
    if index % 11 == 10:
        reason = "客户项目取消,双方协商终止。 Project cancelled, ended by agreement."
        return dates | {"state": ContractState.TERMINATED, "ended_on": last - 40 * DAY, "end_reason": reason}
    if index % 13 == 4:
        dates["ends_on"] = last - 10 * DAY  # run out, and nobody has finished it yet
    return dates | {"state": ContractState.PERFORMING}


def create_contract_work(
    contracts: list[Contract], prospect: Customer, users: dict[str, User], today: dt.date
) -> None:
    """Write what the demo's people did with their contracts; `prospect` is the one they want an override for."""
    performing = [contract for contract in contracts if contract.state == ContractState.PERFORMING]
    for index, contract in enumerate(performing[:LOGGED]):
        _log(contract, today - (40 - index) * DAY, today)
        services.attach_contract_file(
            contract=contract, name=f"{contract.number} 合同.pdf", content=LICENCE_PDF, by=contract.handler
        )
    _deposits(performing[:DEPOSITED], users, today)
    _disputes(performing, users, today)
    _draft(performing[1])
    services.open_self_checks(on=today)
    for task in SelfCheck.objects.select_related("contract__customer").order_by("pk")[:SELF_CHECKED]:
        _answer(task, today)
    services.request_override(
        customer=prospect,
        reason="客户提供全额银行保函,首批设备急需交付。 Fully covered by a bank guarantee; first delivery is urgent.",
        on=today,
        by=_person(prospect.account_manager),
    )


def _log(contract: Contract, from_on: dt.date, today: dt.date) -> None:
    service_manager = _person(contract.customer.service_manager)
    for offset, kind, text, share in (
        (0, LogKind.DELIVERED, "首批设备到货,客户已签收。 First delivery signed for.", None),
        (9, LogKind.ACCEPTED, "现场验收合格。 Accepted on site.", None),
        (12, LogKind.INVOICED, "按进度开票 30 %。 Invoiced 30 % by progress.", Decimal("0.3")),
        (25, LogKind.NOTE, "客户询问备件价格。 The customer asked about spare parts.", None),
    ):
        services.add_log_entry(
            contract=contract,
            kind=kind.value,
            happened_on=from_on + offset * DAY,
            text=text,
            amount=None if share is None else contract.amount * share,
            by=service_manager,
            today=today,
        )


def _deposits(contracts: list[Contract], users: dict[str, User], today: dt.date) -> None:
    for index, contract in enumerate(contracts):
        move: dict[str, Any] = {
            "customer": contract.customer,
            "currency": contract.currency,
            "contract": contract if index % 2 == 0 else None,
            "by": users["finance"],
        }
        received = Decimal(50_000 + 10_000 * index)
        services.receive_deposit(
            amount=received, happened_on=today - 60 * DAY, reference=f"网银 {index + 1:04d}", **move
        )
        if index == 1:
            services.return_deposit(
                amount=received / 2, happened_on=today - 5 * DAY, reason="首批验收合格,退还一半", **move
            )


def _disputes(contracts: list[Contract], users: dict[str, User], today: dt.date) -> None:
    services.open_dispute(
        contract=contracts[0],
        subject="第二批设备数量短缺 Short delivery",
        description="客户称少收 2 台,拒付相应货款。 The customer says that 2 units are missing.",
        disputed_amount=contracts[0].amount / 20,
        documents="INV-2610-0001, SH-2610-17",
        owner=users["legal"],
        opened_on=today - 12 * DAY,
        by=_person(contracts[0].customer.service_manager),
    )
    settled = services.open_dispute(
        contract=contracts[2],
        subject="验收标准 Acceptance criteria",
        owner=users["office"],
        opened_on=today - 50 * DAY,
        by=_person(contracts[2].customer.account_manager),
    )
    services.add_dispute_note(
        dispute=settled,
        text="双方会谈,同意补充测试。 Both sides agreed on a further test.",
        by=users["office"],
    )
    services.resolve_dispute(
        dispute=settled,
        outcome="补充测试通过,客户验收。 The further test was passed; the customer accepted.",
        closed_on=today - 30 * DAY,
        by=users["office"],
    )


def _draft(like: Contract) -> None:
    services.draft_contract(
        customer=like.customer,
        terms=services.ContractTerms(
            number=f"{like.number}-2",
            service_type=like.service_type,
            amount=like.amount / 2,
            currency=like.currency,
            payment_term_kind=PaymentTermKind.END_OF_MONTH,
            payment_term_days=30,
            handler=like.handler,
            deposit_required_amount=Decimal(20_000),
            notes="续签谈判中。 Renewal under negotiation.",
        ),
        by=like.handler,
    )


def _answer(task: SelfCheck, today: dt.date) -> None:
    is_fine = task.pk % 2 == 0
    customer = task.contract.customer
    services.complete_self_check(
        self_check=task,
        is_as_contracted=is_fine,
        deviations="" if is_fine else "验收单尚未收回。 The acceptance note has not come back.",
        next_action="" if is_fine else "本周上门收取。 Collect it this week.",
        done_on=today,
        by=_person(customer.account_manager if task.role == "account_manager" else customer.service_manager),
    )


def _person(user: User | None) -> User:
    """Return the person that every demo customer has in this place."""
    if user is None:
        raise ValueError("a demo customer lacks one of his people")
    return user
