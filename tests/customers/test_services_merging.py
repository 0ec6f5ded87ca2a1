"""What becomes of the contacts, accounts, deposits, confirmations and decisions of a file that is merged."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from creditrisk.exceptions import NotAllowedError
from customers.identity_permissions import merge_refusal
from customers.models import (
    ContactKind,
    Customer,
    CustomerMerge,
    CustomerState,
    DepositEntry,
    FileSection,
    StateReasonCode,
)
from customers.permissions import reopen_refusal
from customers.services import (
    confirm_file,
    decline_handover,
    merge_customers,
    open_main_details,
    receive_deposit,
    request_override,
    return_deposit,
    withdraw_override,
)
from tests.factories.customers import (
    create_active_customer,
    create_bank_account,
    create_contact,
    create_contract,
    create_customer,
    create_qualification,
)
from tests.factories.people import Team, create_team
from tests.factories.visits import NOW, TODAY, create_customer_of, done, proposed

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return create_team()


def merge(team: Team, keep: Customer, drop: Customer) -> CustomerMerge:
    return merge_customers(keep=keep, drop=drop, by=team.administrator, reason="同一家公司")


def fresh(customer: Customer) -> Customer:
    return Customer.objects.get(pk=customer.pk)


def refusal(team: Team, keep: Customer, drop: Customer) -> str | None:
    refused = merge_refusal(team.administrator, keep=keep, drop=drop)
    return refused.code if refused else None


def customer_with_rows(**fields: Any) -> Customer:
    """Return a customer whose main contacts and account are rows as well, as the services make them."""
    customer = create_customer(**fields)
    open_main_details(customers=[customer], by=None)
    return customer


def mains(customer: Customer, kind: str) -> list[str]:
    return [contact.name for contact in customer.contacts.filter(kind=kind, is_main=True)]


# Contacts and bank accounts ---------------------------------------------------------------------------------------


def test_of_two_main_contacts_the_one_of_the_file_kept_stays_the_main_one(team: Team) -> None:
    keep = customer_with_rows(finance_contact="张三", finance_phone="")
    drop = customer_with_rows(finance_contact="李四", finance_phone="010-1", business_contact="王五")
    second = drop.contacts.get(kind=ContactKind.FINANCE)
    done_merge = merge(team, keep, drop)
    keep = fresh(keep)
    assert mains(keep, ContactKind.FINANCE) == ["张三"]
    assert mains(keep, ContactKind.BUSINESS) == ["王五"]
    # Not the phone of one person under the name of another.
    assert (keep.finance_contact, keep.finance_phone, keep.business_contact) == ("张三", "", "王五")
    second.refresh_from_db()
    assert (second.customer, second.is_main, second.version) == (keep, False, 2)
    assert done_merge.counts["customers.Contact.customer"] == 2
    assert done_merge.taken_over == ["business_contact"]
    assert keep.contacts.count() == 3


def test_a_main_contact_without_a_name_moves_as_he_is(team: Team) -> None:
    keep, drop = customer_with_rows(), customer_with_rows(finance_email="ap@example.com")
    merge(team, keep, drop)
    assert fresh(keep).finance_email == "ap@example.com"
    assert [contact.email for contact in keep.contacts.filter(is_main=True)] == ["ap@example.com"]


def test_columns_without_a_row_get_one_where_they_are_taken_over(team: Team) -> None:
    keep, drop = create_customer(), create_customer(legal_representative="赵六")
    merge(team, keep, drop)
    assert mains(keep, ContactKind.LEGAL_REPRESENTATIVE) == ["赵六"]


def test_of_two_main_accounts_the_one_of_the_file_kept_stays_the_main_one(team: Team) -> None:
    keep = customer_with_rows(bank_name="工行", bank_account="6222 1")
    drop = customer_with_rows(bank_name="建行", bank_account="6222 2")
    merge(team, keep, drop)
    accounts = keep.bank_accounts.order_by("pk").values_list("bank_name", "is_main", "version")
    assert list(accounts) == [("工行", True, 1), ("建行", False, 2)]
    assert (fresh(keep).bank_name, fresh(keep).bank_account) == ("工行", "6222 1")


def test_an_account_that_both_files_have_is_one(team: Team) -> None:
    """The number is the same without blanks and dashes; a retired one does no harm, nor does one without number."""
    keep, drop = create_customer(), customer_with_rows(bank_name="建行", bank_account="6222-1")
    known = create_bank_account(customer=keep, bank_name="", account_number="6222 1")
    create_bank_account(customer=keep, account_number="")
    create_bank_account(customer=drop, account_number="")
    create_bank_account(
        customer=drop, account_number="62221", retired_at=timezone.now(), retired_by=team.administrator
    )
    record = merge(team, keep, drop)
    assert record.counts["customers.BankAccount.customer"] == 2
    assert record.stayed == {"customers.BankAccount.customer": 1}
    known.refresh_from_db()
    assert (known.is_main, known.bank_name, known.account_number) == (True, "建行", "6222-1")
    assert fresh(keep).bank_account == "6222-1"


# Deposits ---------------------------------------------------------------------------------------------------------


def received(team: Team, customer: Customer, **fields: Any) -> DepositEntry:
    values: dict[str, Any] = {
        "currency": "CNY",
        "amount": Decimal("100.00"),
        "happened_on": dt.date(2026, 3, 1),
        "reference": "R-1",
        "by": team.finance_clerk,
    }
    return receive_deposit(customer=customer, **(values | fields))


def test_deposits_move_with_their_entries(team: Team) -> None:
    keep, drop = create_active_customer(), create_active_customer()
    contract = create_contract(customer=drop, handler=team.account_manager)
    received(team, keep)
    received(team, drop, contract=contract)
    received(team, drop, currency="USD")
    assert refusal(team, keep, drop) is None
    record = merge(team, keep, drop)
    assert record.counts["customers.DepositAccount.customer"] == 2
    held = keep.deposit_accounts.values_list("currency", "contract", "balance_amount")
    assert set(held) == {
        ("CNY", None, Decimal("100.00")),
        ("CNY", contract.pk, Decimal("100.00")),
        ("USD", None, Decimal("100.00")),
    }


def test_two_ledgers_of_one_currency_are_never_added_up(team: Team) -> None:
    keep, drop = create_active_customer(), create_active_customer()
    received(team, keep)
    received(team, drop)
    assert refusal(team, keep, drop) == "merge.deposits_of_both"
    with pytest.raises(NotAllowedError, match="CNY"):
        merge(team, keep, drop)
    return_deposit(
        customer=drop,
        currency="CNY",
        amount=Decimal("100.00"),
        happened_on=dt.date(2026, 3, 2),
        reference="R-2",
        reason="合并档案",
        by=team.finance_clerk,
    )
    record = merge(team, keep, drop)
    assert record.stayed == {"customers.DepositAccount.customer": 1}
    assert drop.deposit_accounts.get().entries.count() == 2


# What was decided or confirmed ------------------------------------------------------------------------------------


def test_what_only_points_to_the_customer_moves(team: Team) -> None:
    keep, drop = create_customer_of(team), create_customer_of(team)
    visit, licence = done(drop, team.account_manager), create_qualification(customer=drop)
    contact = create_contact(customer=drop)
    merge(team, keep, drop)
    for row in (visit, licence, contact):
        row.refresh_from_db()
        assert row.customer == keep


def test_a_confirmation_is_about_its_own_file(team: Team) -> None:
    """P4.3: that the other file was right says nothing about this one."""
    keep, drop = create_customer_of(team), create_customer_of(team)
    confirm_file(
        customer=drop, sections=FileSection.values, version=1, by=team.account_manager, now=NOW, note="x"
    )
    record = merge(team, keep, drop)
    assert record.stayed == {"customers.FileConfirmation.customer": 1}
    assert (fresh(keep).confirmed_on, keep.confirmations.count()) == (None, 0)


def test_an_open_handover_is_ended_first(team: Team) -> None:
    keep, drop = create_customer_of(team), create_customer_of(team)
    handover = proposed(drop, team.account_manager, team.service_manager)
    assert refusal(team, keep, drop) == "merge.handover_open"
    decline_handover(handover=handover, reason="重复", by=team.service_manager, now=NOW)
    proposed(keep, team.account_manager, team.service_manager)
    record = merge(team, keep, drop)
    assert record.counts["customers.Handover.customer"] == 1
    assert keep.handovers.count() == 2


def test_an_open_override_is_ended_first(team: Team) -> None:
    keep = create_customer_of(team)
    drop = create_customer_of(team, grade="D")
    override = request_override(customer=drop, reason="x", on=TODAY, by=team.account_manager)
    assert refusal(team, keep, drop) == "merge.override_open"
    withdraw_override(override=override, by=team.account_manager)
    record = merge(team, keep, drop)
    assert record.counts["customers.ContractOverride.customer"] == 1


# State and group --------------------------------------------------------------------------------------------------


def test_watch_and_freeze_go_along(team: Team) -> None:
    keep = create_active_customer()
    drop = create_active_customer(
        state=CustomerState.WATCH,
        state_reason="付款变慢",
        frozen_at=NOW,
        frozen_by=team.group_leader,
        freeze_reason="争议",
    )
    merge(team, keep, drop)
    keep = fresh(keep)
    assert (keep.state, keep.state_reason) == (CustomerState.WATCH, "付款变慢")
    assert (keep.frozen_at, keep.frozen_by, keep.freeze_reason) == (NOW, team.group_leader, "争议")


def test_a_suspension_keeps_its_code_and_an_own_freeze_its_reason(team: Team) -> None:
    keep = create_active_customer(frozen_at=NOW, frozen_by=team.deputy_leader, freeze_reason="自己的")
    drop = create_active_customer(
        state=CustomerState.SUSPENDED,
        state_reason="DN-2026-0001",
        state_reason_code=StateReasonCode.FINAL_DEMAND,
        frozen_at=NOW,
        frozen_by=team.group_leader,
        freeze_reason="别的",
    )
    merge(team, keep, drop)
    keep = fresh(keep)
    assert (keep.state, keep.state_reason, keep.state_reason_code) == (
        CustomerState.SUSPENDED,
        "DN-2026-0001",
        StateReasonCode.FINAL_DEMAND,
    )
    assert (keep.frozen_by, keep.freeze_reason) == (team.deputy_leader, "自己的")


def test_watch_adds_nothing_to_a_suspension(team: Team) -> None:
    keep = create_active_customer(state=CustomerState.SUSPENDED, state_reason="自己的")
    merge(team, keep, create_active_customer(state=CustomerState.WATCH, state_reason="x"))
    assert (fresh(keep).state, fresh(keep).state_reason) == (CustomerState.SUSPENDED, "自己的")


def test_subsidiaries_and_parent_pass_to_the_file_kept(team: Team) -> None:
    parent, other = create_customer(), create_customer()
    keep, drop = create_customer(), create_customer(parent=parent)
    subsidiary = create_customer(parent=drop)
    record = merge(team, keep, drop)
    assert "parent" in record.taken_over
    assert "parent" not in record.snapshot  # who reads the record may not see that company
    assert (fresh(subsidiary).parent, fresh(keep).parent, fresh(drop).parent) == (keep, parent, None)
    own, second = create_customer(parent=other), create_customer(parent=parent)
    merge(team, own, second)
    assert (fresh(own).parent, fresh(second).parent) == (other, None)


def test_a_merged_file_is_not_reopened(team: Team) -> None:
    keep, drop = create_customer(), create_customer()
    merge(team, keep, drop)
    refused = reopen_refusal(team.group_leader, fresh(drop))
    assert refused is not None
    assert refused.code == "customer.merged"
