"""Receipts and waivers of liquidated damages: who may, what is refused, twice is once, and what is left (P5.2.3)."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.badges import badge_counts
from creditrisk.exceptions import BusinessError, ConflictError, InvalidInputError, NotAllowedError
from creditrisk.notifications.models import Notification
from customers import services as customer_services
from customers.models import Customer
from receivables.models import DamagesReceipt, DamagesWaiver, WaiverState
from receivables.services import damages, waivers
from tests.factories.customers import create_active_customer
from tests.factories.people import Team, create_team, create_user, reload
from tests.receivables.damages_world import DUE, account, day, reported

pytestmark = pytest.mark.django_db
TODAY = day(20)
NOW = timezone.make_aware(dt.datetime.combine(TODAY, dt.time(12)))


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    """A of 1,000.00 and B of 400.00, both due on day 0 and open: by day 20 they bear 10.00 and 4.00."""
    found = create_active_customer(
        number="C1", account_manager=team.account_manager, service_manager=team.service_manager
    )
    reported(found, 0, ("A", "1000.00"), ("B", "400.00"))
    return found


def receive(customer: Customer, by: User, amount: str = "5.00", **more: Any) -> DamagesReceipt:
    given = {"currency": "CNY", "received_on": TODAY, "today": TODAY} | more
    return damages.record_receipt(customer=customer, amount=Decimal(amount), by=by, **given)


def ask(customer: Customer, by: User, amount: str | None = "3.00", **more: Any) -> DamagesWaiver:
    given: dict[str, Any] = {"currency": "CNY", "reason": "长期客户", "on": TODAY} | more
    return waivers.ask_waiver(
        customer=customer, amount=None if amount is None else Decimal(amount), by=by, **given
    )


def totals(customer: Customer, number: int = 20) -> list[str]:
    (total,) = account(customer, number).totals
    return [
        str(amount)
        for amount in (
            total.accrued_amount,
            total.received_amount,
            total.forfeited_amount,
            total.waived_amount,
            total.balance_amount,
            total.excess_amount,
        )
    ]


def left(customer: Customer, number: int = 20) -> list[str]:
    return [str(item.unsettled_amount) for item in account(customer, number).items]


# Receipts


def test_a_receipt_settles_the_oldest_item_first(team: Team, customer: Customer) -> None:
    receipt = receive(customer, team.finance_clerk, "12.00", reference="  收据   1 ")
    assert receipt.reference == "收据 1"
    assert totals(customer) == ["14.00", "12.00", "0.00", "0.00", "2.00", "0.00"]
    assert left(customer) == ["0.00", "2.00"]
    assert totals(customer, 19)[1] == "0.00"  # received on day 20


def test_more_than_is_owed_is_shown_as_excess(team: Team, customer: Customer) -> None:
    receive(customer, team.planning_finance, "20.00")
    assert totals(customer) == ["14.00", "20.00", "0.00", "0.00", "0.00", "6.00"]
    assert totals(customer, 30)[4:] == ["1.00", "0.00"]  # 21.00 accrued by then


def test_a_form_sent_twice_is_one_receipt(team: Team, customer: Customer) -> None:
    key = uuid4()
    first = receive(customer, team.finance_clerk, submission_key=key)
    assert receive(customer, team.finance_clerk, submission_key=key) == first
    assert receive(customer, team.finance_clerk, submission_key=uuid4()) != first


@pytest.mark.parametrize(
    ("amount", "received_on", "code"),
    [("0.00", TODAY, "damages.amount"), ("-1.00", TODAY, "damages.amount"), ("1.00", day(21), "damages.day")],
)
def test_what_is_no_receipt(
    team: Team, customer: Customer, amount: str, received_on: dt.date, code: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        receive(customer, team.finance_clerk, amount, received_on=received_on)
    assert refused.value.code == code


def test_a_receipt_is_reversed_once_by_an_entry_of_its_own(team: Team, customer: Customer) -> None:
    """Of day 20; the reversal is of day 22: statements as of days between still show it."""
    receipt = receive(customer, team.finance_clerk)
    given: dict[str, Any] = {"receipt": receipt, "today": day(22), "by": team.finance_clerk}
    with pytest.raises(InvalidInputError):
        damages.reverse_receipt(reason="  ", **given)
    reversal = damages.reverse_receipt(reason=" 录入 错误 ", **given)
    assert (reversal.effect_amount, reversal.reason) == (Decimal("-5.00"), "录入 错误")
    assert damages.reverse_receipt(reason="录入 错误", **given) == reversal
    with pytest.raises(ConflictError):
        damages.reverse_receipt(reason="又一次", **given)
    with pytest.raises(ConflictError):
        damages.reverse_receipt(reason="又一次", **{**given, "receipt": reversal})
    assert [totals(customer, number)[1] for number in (20, 21, 22)] == ["5.00", "5.00", "0.00"]
    labels = [str(settlement.label) for settlement in account(customer, 22).settlements]
    assert labels == ["received", "received, reversed"]


def test_a_receipt_of_a_day_after_its_reversal_is_reversed_on_its_day(team: Team, customer: Customer) -> None:
    receipt = receive(customer, team.finance_clerk)
    early = damages.reverse_receipt(receipt=receipt, reason="错", today=day(10), by=team.finance_clerk)
    assert early.received_on == TODAY


def test_receipts_are_final(team: Team, customer: Customer) -> None:
    receive(customer, team.finance_clerk)
    for change in (
        lambda: DamagesReceipt.objects.update(amount=1),
        lambda: DamagesReceipt.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.parametrize("role", [role for role in Role if role not in ("finance_clerk", "planning_finance")])
def test_finance_alone_records_and_reverses(team: Team, customer: Customer, role: Role) -> None:
    receipt = receive(customer, team.finance_clerk)
    with pytest.raises(NotAllowedError):
        receive(customer, team.holder(role))
    with pytest.raises(NotAllowedError):
        damages.reverse_receipt(receipt=receipt, reason="x", today=TODAY, by=team.holder(role))


def test_forfeited_deposits_pay_damages_and_reversals_take_it_back(team: Team, customer: Customer) -> None:
    given: dict[str, Any] = {"customer": customer, "currency": "CNY", "happened_on": day(5)}
    customer_services.receive_deposit(amount=Decimal("50.00"), by=team.finance_clerk, **given)
    entry = customer_services.forfeit_deposit_by_hand(
        amount=Decimal("6.00"), reason="逾期", decision="组长", by=team.group_leader, **given
    )
    assert totals(customer) == ["14.00", "0.00", "6.00", "0.00", "8.00", "0.00"]
    assert totals(customer, 4)[2] == "0.00"
    customer_services.reverse_deposit_entry(
        entry=entry, reason="错", happened_on=day(9), by=team.group_leader
    )
    assert [totals(customer, number)[2] for number in (8, 9)] == ["6.00", "0.00"]


# Waivers


def test_a_waiver_is_asked_for_approved_and_counts_from_its_decision(team: Team, customer: Customer) -> None:
    waiver = ask(customer, team.service_manager, document="B", due_on=DUE)
    assert waiver.state == WaiverState.ASKED
    assert totals(customer)[3] == "0.00"
    assert Notification.objects.get(user=team.group_leader).url == waiver.get_absolute_url()
    done = waivers.approve_waiver(waiver=waiver, reason=" 同意 ", by=team.group_leader, now=NOW)
    assert (done.state, done.decided_on, done.decision_reason) == (WaiverState.APPROVED, TODAY, "同意")
    assert totals(customer) == ["14.00", "0.00", "0.00", "3.00", "11.00", "0.00"]
    assert left(customer) == ["10.00", "1.00"]  # of B, not of the oldest
    assert totals(customer, 19)[3] == "0.00"
    told = set(Notification.objects.exclude(user=team.group_leader).values_list("user", flat=True))
    assert told == {team.account_manager.pk, team.service_manager.pk}
    assert DamagesWaiver.pgh_event_model.objects.filter(pgh_obj=waiver.pk).count() == 2  # type: ignore[attr-defined]


def test_no_amount_is_the_whole_that_is_open(team: Team, customer: Customer) -> None:
    receive(customer, team.finance_clerk, "1.50")
    assert ask(customer, team.account_manager, None).amount == Decimal("12.50")
    assert ask(customer, team.account_manager, None, document="A", due_on=DUE).amount == Decimal("8.50")


def test_up_to_any_amount_by_the_leader_alone(team: Team, customer: Customer) -> None:
    waiver = ask(customer, team.department_manager, None)
    waivers.approve_waiver(waiver=waiver, reason="同意", by=team.group_leader, now=NOW)
    assert totals(customer) == ["14.00", "0.00", "0.00", "14.00", "0.00", "0.00"]
    assert totals(customer, 21)[4] == "0.70"  # what accrues afterwards is not waived


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"amount": "0.00"}, "waiver.amount"),
        ({"amount": "-3.00"}, "waiver.amount"),
        ({"amount": "14.01"}, "waiver.amount"),
        ({"amount": "4.01", "document": "B", "due_on": DUE}, "waiver.amount"),
        ({"document": "Z", "due_on": DUE}, "waiver.nothing"),
        ({"currency": "USD"}, "waiver.nothing"),
        ({"reason": "  "}, "waiver.reason"),
    ],
)
def test_what_cannot_be_asked_for(team: Team, customer: Customer, given: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        ask(customer, team.service_manager, **given)
    assert refused.value.code == code
    assert not DamagesWaiver.objects.exists()


@pytest.mark.parametrize("amount", ["0.01", "14.00"])
def test_both_ends_of_what_can_be_asked_for(team: Team, customer: Customer, amount: str) -> None:
    assert ask(customer, team.service_manager, amount).amount == Decimal(amount)


def test_a_form_sent_twice_is_one_request(team: Team, customer: Customer) -> None:
    key = uuid4()
    assert ask(customer, team.service_manager, submission_key=key) == ask(
        customer, team.service_manager, submission_key=key
    )
    ask(customer, team.service_manager, submission_key=uuid4())
    assert DamagesWaiver.objects.count() == 2


ASKERS = ("account_manager", "service_manager", "department_manager")


@pytest.mark.parametrize("role", list(Role))
def test_managers_and_the_head_of_the_department_ask(team: Team, customer: Customer, role: Role) -> None:
    if role in ASKERS:
        assert ask(customer, team.holder(role)).asked_by == team.holder(role)
    else:
        with pytest.raises(NotAllowedError):
            ask(customer, team.holder(role))
    with pytest.raises(NotAllowedError):
        ask(customer, create_user(role))


@pytest.mark.parametrize("role", [role for role in Role if role != Role.GROUP_LEADER])
def test_the_group_leader_alone_decides(team: Team, customer: Customer, role: Role) -> None:
    waiver = ask(customer, team.service_manager)
    for decide in (waivers.approve_waiver, waivers.refuse_waiver):
        with pytest.raises(NotAllowedError):
            decide(waiver=waiver, reason="x", by=team.holder(role), now=NOW)


def test_who_asked_never_decides(team: Team, customer: Customer) -> None:
    both = create_user(Role.SERVICE_MANAGER, Role.GROUP_LEADER)
    Customer.objects.filter(pk=customer.pk).update(service_manager=both)
    waiver = ask(customer, both)
    assert not Notification.objects.filter(user=both).exists()
    with pytest.raises(NotAllowedError) as refused:
        waivers.approve_waiver(waiver=waiver, reason="x", by=both, now=NOW)
    assert refused.value.code == "waiver.own"
    with pytest.raises(IntegrityError), transaction.atomic():
        DamagesWaiver.objects.update(
            decided_by=both, decided_at=NOW, decided_on=TODAY, state="approved", decision_reason="x"
        )
    assert waivers.approve_waiver(waiver=waiver, reason="x", by=team.group_leader, now=NOW)


def test_a_decision_is_made_once_with_a_reason(team: Team, customer: Customer) -> None:
    waiver = ask(customer, team.service_manager)
    leader = team.group_leader
    with pytest.raises(InvalidInputError):
        waivers.refuse_waiver(waiver=waiver, reason=" ", by=leader, now=NOW)
    refused = waivers.refuse_waiver(waiver=waiver, reason="不", by=leader, now=NOW)
    assert waivers.refuse_waiver(waiver=waiver, reason="不", by=leader, now=NOW) == refused
    for again in (waivers.approve_waiver, waivers.refuse_waiver):
        by = leader if again is waivers.approve_waiver else create_user(Role.GROUP_LEADER)
        with pytest.raises(ConflictError):
            again(waiver=waiver, reason="x", by=by, now=NOW)
    assert totals(customer)[3] == "0.00"


def test_more_than_is_open_by_then_is_not_waived(team: Team, customer: Customer) -> None:
    first, second = ask(customer, team.service_manager, "14.00"), ask(customer, team.service_manager, "3.00")
    waivers.approve_waiver(waiver=first, reason="同意", by=team.group_leader, now=NOW)
    with pytest.raises(ConflictError) as refused:
        waivers.approve_waiver(waiver=second, reason="同意", by=team.group_leader, now=NOW)
    assert refused.value.code == "waiver.less_open"
    second.refresh_from_db()
    assert second.state == WaiverState.ASKED
    assert waivers.refuse_waiver(waiver=second, reason="不", by=team.group_leader, now=NOW)


def test_the_menu_counts_what_waits_for_the_leader(team: Team, customer: Customer) -> None:
    both = create_user(Role.SERVICE_MANAGER, Role.GROUP_LEADER)
    Customer.objects.filter(pk=customer.pk).update(service_manager=both)
    ask(customer, both)
    ask(customer, team.account_manager)
    counts = [badge_counts(person)["receivables:damages_list"] for person in (team.group_leader, both)]
    assert counts == [2, 1]  # not one's own
    assert badge_counts(team.deputy_leader)["receivables:damages_list"] == 0


def test_who_asked_takes_it_back_before_it_is_decided(team: Team, customer: Customer) -> None:
    waiver = ask(customer, team.service_manager)
    with pytest.raises(NotAllowedError):
        waivers.withdraw_waiver(waiver=waiver, by=team.account_manager)
    taken = waivers.withdraw_waiver(waiver=waiver, by=team.service_manager)
    assert waivers.withdraw_waiver(waiver=waiver, by=team.service_manager) == taken
    assert taken.state == WaiverState.WITHDRAWN
    with pytest.raises(ConflictError):
        waivers.approve_waiver(waiver=waiver, reason="x", by=team.group_leader, now=NOW)
    other = ask(customer, team.service_manager)
    waivers.refuse_waiver(waiver=other, reason="不", by=team.group_leader, now=NOW)
    with pytest.raises(ConflictError):
        waivers.withdraw_waiver(waiver=other, by=team.service_manager)


def test_waivers_are_kept(team: Team, customer: Customer) -> None:
    ask(customer, team.service_manager)
    with pytest.raises(DatabaseError), transaction.atomic():
        DamagesWaiver.objects.all().delete()


def test_a_customer_without_managers_has_nobody_to_tell(team: Team, customer: Customer) -> None:
    waiver = ask(customer, team.department_manager)
    Customer.objects.filter(pk=customer.pk).update(account_manager=None, service_manager=None)
    waivers.refuse_waiver(waiver=waiver, reason="不", by=team.group_leader, now=NOW)
    told = Notification.objects.filter(key=f"waiver:{waiver.pk}:refused")
    assert [one.user for one in told] == [team.department_manager]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_leaders_at_once_and_one_wins() -> None:
    team = create_team()
    customer = create_active_customer(
        account_manager=team.account_manager, service_manager=team.service_manager
    )
    reported(customer, 0, ("A", "1000.00"))
    leaders = [team.group_leader, create_user(Role.GROUP_LEADER)]
    waiver = ask(customer, team.service_manager)

    def decide(place: int) -> str:
        try:
            act = (waivers.approve_waiver, waivers.refuse_waiver)[place]
            return act(waiver=waiver, reason="x", by=reload(leaders[place]), now=NOW).state
        except BusinessError as refused:
            return refused.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        outcomes = set(pool.map(decide, range(2)))
    assert "waiver.ended" in outcomes
    assert len(outcomes & {"approved", "refused"}) == 1
