"""Damages from what reports and ledgers knew on a day, and by whose terms (P5.2.3)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from creditrisk.accounts.roles import Role
from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.selectors import policy_version_on
from customers import services
from customers.models import ContractState, Customer
from receivables.models import DueBasis, FileKind, OpenItem, Report, ReportState
from receivables.selectors.damages import damages_account, damages_accounts, damages_on
from tests.factories.customers import create_active_customer, create_contract
from tests.factories.people import create_user
from tests.receivables.damages_world import DUE, account, day, ledger, periods, renumber, reported

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer() -> Customer:
    return create_active_customer(number="C1")


def one(customer: Customer, number: int) -> tuple[list[tuple[int, int, str]], str]:
    (item,) = account(customer, number).items
    return periods(item), str(item.damages.amount)


# From report to report


def test_a_fall_is_dated_with_the_report_in_which_it_was_seen(customer: Customer) -> None:
    """100.00 on day 0, 60.00 on day 10: days 1–10 on 100.00, from day 11 on on 60.00. As of day 9 nobody knew."""
    reported(customer, 0, ("A", "100.00"))
    reported(customer, 10, ("A", "60.00"))
    assert one(customer, 9) == ([(1, 9, "100.00")], "0.45")
    assert one(customer, 10) == ([(1, 10, "100.00")], "0.50")
    assert one(customer, 20) == ([(1, 10, "100.00"), (11, 20, "60.00")], "0.80")


def test_an_item_that_is_paid_keeps_its_damages(customer: Customer) -> None:
    reported(customer, 0, ("A", "100.00"))
    reported(customer, 10)
    reported(customer, 40)
    assert one(customer, 100) == ([(1, 10, "100.00")], "0.50")
    assert account(customer, 100).items[0].open_amount == 0


def test_an_item_first_seen_late_was_open_since_its_due_date(customer: Customer) -> None:
    reported(customer, -10)
    reported(customer, 20, ("A", "100.00"))
    assert account(customer, 19).items == ()
    assert one(customer, 20) == ([(1, 20, "100.00")], "1.00")


def test_what_was_paid_by_the_due_date_was_in_time(customer: Customer) -> None:
    reported(customer, -10, ("A", "100.00"), ("B", "5.00"))
    reported(customer, 0, ("A", "70.00"))
    assert one(customer, 10) == ([(1, 10, "70.00")], "0.35")


def test_an_item_that_comes_back_bears_damages_again_from_then_on(customer: Customer) -> None:
    reported(customer, 0, ("A", "100.00"))
    reported(customer, 10)
    reported(customer, 20, ("A", "100.00"))
    assert one(customer, 30) == ([(1, 10, "100.00"), (21, 30, "100.00")], "1.00")


def test_superseded_reports_do_not_count_and_corrected_ones_do(customer: Customer) -> None:
    reported(customer, 0, ("A", "100.00"), state=ReportState.SUPERSEDED)
    reported(customer, 0, ("A", "80.00"))
    assert one(customer, 10) == ([(1, 10, "80.00")], "0.40")


def test_lines_of_one_document_are_one_item_and_credits_none(customer: Customer) -> None:
    reported(customer, 0, ("A", "60.00"), ("A", "40.00"), ("CN", "-30.00"))
    assert one(customer, 10) == ([(1, 10, "100.00")], "0.50")


def test_aging_tables_have_no_items(customer: Customer) -> None:
    reported(customer, 0, ("A", "100.00"))
    table = reported(customer, 10, ("", "60.00"))
    Report.objects.filter(pk=table.pk).update(file_kind=FileKind.AGED_TABLE)
    assert OpenItem.objects.filter(report=table).exclude(due_basis=DueBasis.BUCKET).exists()
    assert one(customer, 20) == ([(1, 20, "100.00")], "1.00")


# By a ledger's days

INVOICE = ("A", -30, "100.00", False)
PAID = ("A", 7, "-40.00", True)


def test_a_ledger_dates_its_payments(customer: Customer) -> None:
    """40.00 on day 7: days 1–7 on 100.00 are 0.35, days 8–20 on 60.00 are 0.39. Fully paid items keep theirs."""
    ledger(customer, 15, INVOICE, PAID, ("B", -30, "50.00", False), ("B", 2, "-50.00", True))
    whole, paid = account(customer, 20).items
    assert (periods(whole), whole.damages.amount) == ([(1, 7, "100.00"), (8, 20, "60.00")], Decimal("0.74"))
    assert (periods(paid), paid.damages.amount) == ([(1, 2, "50.00")], Decimal("0.05"))
    assert whole.balances.dated_to == day(15)


def test_a_later_ledger_tells_nothing_of_an_earlier_day_that_a_report_describes(customer: Customer) -> None:
    reported(customer, 0, ("A", "100.00"))
    ledger(customer, 15, INVOICE, PAID)
    assert one(customer, 14) == ([(1, 14, "100.00")], "0.70")
    assert one(customer, 15) == ([(1, 7, "100.00"), (8, 15, "60.00")], "0.59")


def test_before_the_first_report_a_later_ledger_rebuilds_the_day(customer: Customer) -> None:
    ledger(customer, 15, INVOICE, PAID)
    assert one(customer, 5) == ([(1, 5, "100.00")], "0.25")
    assert one(customer, 8) == ([(1, 7, "100.00"), (8, 8, "60.00")], "0.38")
    assert account(customer, -40).items == ()


def test_reports_after_a_ledger_go_on_from_it(customer: Customer) -> None:
    """60.00 are left by the ledger of day 15; 10.00 on day 20, and the item is gone on day 30. B is gone at once."""
    ledger(customer, 15, INVOICE, PAID, ("B", -30, "50.00", False))
    reported(customer, 20, ("A", "10.00"))
    reported(customer, 30)
    first, second = account(customer, 40).items
    assert periods(first) == [(1, 7, "100.00"), (8, 20, "60.00"), (21, 30, "10.00")]
    assert periods(second) == [(1, 20, "50.00")]


def test_of_two_ledgers_the_later_counts_and_what_it_leaves_out_is_paid(customer: Customer) -> None:
    ledger(customer, 15, INVOICE, ("B", -30, "50.00", False))
    ledger(customer, 25, INVOICE, PAID)
    first, second = account(customer, 30).items
    assert periods(first) == [(1, 7, "100.00"), (8, 30, "60.00")]
    assert periods(second) == [(1, 25, "50.00")]


# The terms


def rates(customer: Customer, number: int = 10) -> list[tuple[str, str, str]]:
    return [
        (
            f"{item.terms.daily_ratio.normalize():f}",
            f"{item.terms.cap_ratio.normalize():f}",
            item.terms.source,
        )
        for item in account(customer, number).items
    ]


def test_the_contract_comes_first_each_term_for_itself(customer: Customer) -> None:
    handler = create_user(Role.ACCOUNT_MANAGER)
    create_contract(
        customer=customer, handler=handler, number="HT-1", late_payment_daily_ratio=Decimal("0.001")
    )
    create_contract(
        customer=customer,
        handler=handler,
        number="HT-2",
        late_payment_daily_ratio=Decimal("0.002"),
        late_payment_cap_ratio=Decimal("0.01"),
    )
    create_contract(customer=customer, handler=handler, number="HT-3")
    expected = {
        "HT-1": ("0.001", "0.2", "contract HT-1, policy v1"),
        "HT-2": ("0.002", "0.01", "contract HT-2"),
        "HT-3": ("0.0005", "0.2", "policy v1"),
        "HT-9": ("0.0005", "0.2", "policy v1"),
    }
    report = reported(customer, 0, ("A", "100.00"))
    for number, terms in expected.items():
        renumber(report, number)
        assert rates(customer) == [terms]


def test_drafts_and_other_peoples_contracts_agree_nothing(customer: Customer) -> None:
    handler = create_user(Role.ACCOUNT_MANAGER)
    agreed = {"handler": handler, "late_payment_daily_ratio": Decimal("0.001")}
    create_contract(customer=customer, number="HT-1", state=ContractState.DRAFT, **agreed)
    create_contract(customer=create_active_customer(), number="HT-2", **agreed)
    create_contract(customer=customer, number="HT-3", signed_on=day(11), **agreed)
    report = reported(customer, 0, ("A", "100.00"))
    for number in ("HT-1", "HT-2", "HT-3"):
        renumber(report, number)
        assert rates(customer)[0][2] == "policy v1"
    assert rates(customer, 11)[0][2] == "contract HT-3, policy v1"


@pytest.mark.parametrize(("effective", "source"), [(0, "policy v2"), (1, "policy v1")])
def test_the_policy_of_the_due_date_counts(customer: Customer, effective: int, source: str) -> None:
    first = policy_version_on(DUE)
    data = {**first.data, "dunning": {**first.data["dunning"], "late_payment_daily_ratio": "0.001"}}
    PolicyVersion.objects.create(number=2, effective_on=day(effective), data=data)
    reported(customer, 0, ("A", "100.00"))
    assert rates(customer)[0][2] == source
    assert account(customer, 10).items[0].damages.amount == (1 if source == "policy v2" else Decimal("0.50"))


def test_before_the_first_policy_the_very_first_counts(customer: Customer) -> None:
    long_ago = dt.date(1999, 1, 1)
    reported(customer, 0, ("A", "100.00"), due_on=long_ago)
    (item,) = account(customer, 0).items
    assert (item.terms.source, item.damages.amount) == ("policy v1", 20)


def test_a_dispute_is_shown_while_it_is_open_and_damages_go_on(customer: Customer) -> None:
    manager, legal = create_user(Role.ACCOUNT_MANAGER), create_user(Role.LEGAL_AFFAIRS)
    Customer.objects.filter(pk=customer.pk).update(account_manager=manager)
    contract = create_contract(customer=customer, handler=manager, number="HT-1")
    dispute = services.open_dispute(
        contract=contract, subject="数量", owner=legal, opened_on=day(5), by=manager
    )
    reported(customer, 0, ("A", "100.00"), contract="HT-1")
    services.resolve_dispute(dispute=dispute, outcome="好", closed_on=day(8), by=legal)
    found = {number: account(customer, number).items[0] for number in (4, 5, 7, 8)}
    assert [item.is_disputed for item in found.values()] == [False, True, True, False]
    assert [str(item.damages.amount) for item in found.values()] == ["0.20", "0.25", "0.35", "0.40"]


# Many at once


def queries_for(customers: list[Customer]) -> int:
    with CaptureQueriesContext(connection) as queries:
        damages_accounts([customer.pk for customer in customers], on=day(20))
    return len(queries)


def test_the_number_of_queries_does_not_grow(customer: Customer) -> None:
    others = [create_active_customer() for _ in range(5)]
    handler = create_user(Role.ACCOUNT_MANAGER)
    create_contract(customer=customer, handler=handler, number="HT-1")
    ledger(customer, 0, INVOICE, contract="HT-1")
    for number, other in enumerate([customer, *others], start=5):
        reported(other, number, ("A", "100.00"), ("B", "10.00"))
    few = queries_for([customer])
    assert few == queries_for([customer, *others]) <= 9


def test_what_a_demand_may_claim(customer: Customer) -> None:
    other = create_active_customer()
    reported(customer, 0, ("A", "100.00"))
    reported(other, 5, ("A", "200.00"))
    keys = [(customer.pk, "A", DUE, "CNY"), (other.pk, "A", DUE, "CNY"), (other.pk, "Z", DUE, "CNY")]
    assert damages_on(iter(keys), on=day(10)) == {
        keys[0]: Decimal("0.25"),  # gone on day 5
        keys[1]: Decimal("1.00"),
        keys[2]: Decimal("0.00"),
    }
    assert damages_on([], on=day(10)) == {}


def test_two_currencies_are_never_added(customer: Customer) -> None:
    reported(customer, 0, ("A", "100.00"))
    reported(customer, 1, ("A", "100.00"))
    usd = reported(customer, 2, ("A", "100.00"))
    OpenItem.objects.bulk_create(
        [
            OpenItem(
                report=usd,
                as_of=usd.as_of,
                customer=customer,
                row_number=9,
                document="U",
                due_on=DUE,
                currency="USD",
                amount=Decimal(10),
                open_amount=Decimal(10),
            )
        ]
    )
    found = damages_account(customer.pk, on=day(10))
    assert [(total.currency, str(total.accrued_amount)) for total in found.totals] == [
        ("CNY", "0.50"),
        ("USD", "0.05"),
    ]
    assert found.total_in("EUR").balance_amount == 0


def test_a_customer_of_whom_nothing_is_known(customer: Customer) -> None:
    assert account(customer, 10).totals == ()
