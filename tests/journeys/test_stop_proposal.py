"""A final demand reaches the leader: he claims the deposit, stops cooperation, and lets it go on when paid (P5.2.4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from creditrisk.accounts.models import User
from creditrisk.notifications.models import OutboxMessage
from customers.models import Contract, Customer, CustomerState, DepositAccount
from customers.services import receive_deposit
from receivables.models import CooperationProposal
from receivables.services.consequences import draw_consequences
from receivables.services.dunning import run_dunning
from tests.factories.customers import create_active_customer, create_contract
from tests.factories.reports import Line, create_report
from tests.journeys.conftest import Person

pytestmark = [pytest.mark.journey, pytest.mark.no_cover, pytest.mark.usefixtures("company")]

Visit = Callable[..., Person]
AS_OF, DUE = dt.date(2027, 1, 1), dt.date(2027, 1, 4)


def _demanded() -> tuple[Customer, CooperationProposal]:
    """Let a customer with a deposit and a contract get his final demand; return him and the proposal."""
    people = {name: User.objects.get(username=name) for name in ("am", "csm", "finance")}
    customer = create_active_customer(
        name="迟付有限公司",
        account_manager=people["am"],
        service_manager=people["csm"],
        finance_email="finance@late.example",
    )
    create_contract(customer=customer, handler=people["am"], number="HT-LATE-1")
    receive_deposit(
        customer=customer, currency="CNY", amount=Decimal("500.00"), happened_on=AS_OF, by=people["finance"]
    )
    create_report(as_of=AS_OF, lines=[Line(customer, DUE, "1000.00", document="FP-1")])
    run_dunning(on=DUE + dt.timedelta(days=1), by=None)
    noon = timezone.make_aware(dt.datetime.combine(DUE + dt.timedelta(days=1), dt.time(12)))
    OutboxMessage.objects.filter(state="queued").update(state="sent", sent_at=noon)
    run_dunning(on=DUE + dt.timedelta(days=15), by=None)
    return customer, CooperationProposal.objects.get(customer=customer)


def test_leader_claims_the_deposit_stops_cooperation_and_lets_it_go_on(visit: Visit) -> None:
    customer, proposal = _demanded()
    leader = visit("vp")
    page, main = leader.page, leader.page.locator("main")
    leader.open("/receivables/proposals/")
    page.get_by_role("link", name=proposal.number).click()
    expect(main).to_contain_text("HT-LATE-1")
    page.get_by_role("button", name="Confirm: it becomes liquidated damages").click()
    page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    expect(main).to_contain_text("forfeited")
    assert DepositAccount.objects.get(customer=customer).balance_amount == 0

    leader.open(proposal.get_absolute_url())
    page.get_by_label("Reason or conditions").fill("多次催收未付")
    page.get_by_role("button", name="Stop cooperation").click()
    expect(main).to_contain_text("approved")
    assert Contract.objects.get(number="HT-LATE-1").state == "terminated"
    manager = visit("am")
    manager.open(customer.get_absolute_url())
    expect(manager.page.locator("main")).to_contain_text(proposal.number)

    draw_consequences(create_report(as_of=DUE + dt.timedelta(days=30)))
    leader.open("/receivables/proposals/?state=open&customer=迟付")
    page.locator("main tbody").get_by_role("link").first.click()
    expect(main).to_contain_text("Nothing is overdue any more")
    page.get_by_label("Reason or conditions").fill("已全部付清")
    page.get_by_role("button", name="Resume cooperation").click()
    expect(main).to_contain_text("approved")
    customer.refresh_from_db()
    assert customer.state == CustomerState.ACTIVE
    assert leader.complaints == manager.complaints == []
