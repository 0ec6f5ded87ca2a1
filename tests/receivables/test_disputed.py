"""How much of each item is in dispute (P5.2.3): the undisputed part goes on."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from receivables.disputed import Dispute, ItemKey, OpenPart, disputed_amounts

D = Decimal


def key(document: str, due: int = 1, currency: str = "CNY") -> ItemKey:
    return document, dt.date(2026, 3, due), currency


def part(
    document: str, amount: str = "100.00", *, contract: str = "", due: int = 1, currency: str = "CNY"
) -> OpenPart:
    return OpenPart(key(document, due, currency), D(amount), contract)


def found(items: list[OpenPart], *disputes: Dispute) -> dict[str, str]:
    return {one[0]: str(amount) for one, amount in disputed_amounts(items, disputes).items()}


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (None, "100.00"),
        (D("0.01"), "0.01"),
        (D("99.99"), "99.99"),
        (D("100.00"), "100.00"),
        (D("100.01"), "100.00"),
    ],
)
def test_an_item_that_is_named(named: Decimal | None, expected: str) -> None:
    """All of it, or the named amount; never more than is open."""
    assert found([part("A"), part("B")], Dispute(items={key("A"): named})) == {"A": expected}


def test_an_item_is_known_by_document_due_date_and_currency() -> None:
    items = [part("A", due=2), part("A", currency="USD")]
    assert found(items, Dispute(items={key("A"): None})) == {}


def test_two_disputes_about_one_item_add_up_to_no_more_than_is_open() -> None:
    first, second = Dispute(items={key("A"): D("70.00")}), Dispute(items={key("A"): D("50.00")})
    assert found([part("A")], first) == {"A": "70.00"}
    assert found([part("A")], first, second) == {"A": "100.00"}
    assert found([part("A")], Dispute(items={key("A"): None}), second) == {"A": "100.00"}


def test_what_is_paid_or_a_credit_is_not_in_dispute() -> None:
    assert (
        found([part("A", "0.00"), part("B", "-5.00")], Dispute(items={key("A"): None, key("B"): None})) == {}
    )


def test_named_documents_of_a_contract_also_where_the_report_names_no_contract() -> None:
    dispute = Dispute(contract_number="K1", documents=frozenset({"A", "B", "C"}))
    items = [part("A", contract="K1"), part("B"), part("C", contract="K2"), part("D", contract="K1")]
    assert found(items, dispute) == {"A": "100.00", "B": "100.00"}


def test_a_whole_contract() -> None:
    dispute = Dispute(contract_number="K1")
    assert found([part("A", contract="K1"), part("B", contract="K2"), part("C")], dispute) == {"A": "100.00"}


def test_a_dispute_about_nothing_names_no_item() -> None:
    assert found([part("A"), part("B", contract="K1")], Dispute()) == {}


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("40.00", {"OLD": "40.00"}),
        ("100.00", {"OLD": "100.00"}),
        ("100.01", {"OLD": "100.00", "NEW": "0.01"}),
        ("500.00", {"OLD": "100.00", "NEW": "100.00"}),
    ],
)
def test_the_amount_of_a_contract_s_dispute_is_taken_off_the_oldest_items_first(
    amount: str, expected: dict[str, str]
) -> None:
    items = [part("NEW", contract="K1", due=9), part("OLD", contract="K1", due=2)]
    assert found(items, Dispute(contract_number="K1", currency="CNY", amount=D(amount))) == expected


def test_of_one_day_the_documents_come_in_order() -> None:
    items = [part("B", contract="K1"), part("A", contract="K1")]
    dispute = Dispute(contract_number="K1", currency="CNY", amount=D("30.00"))
    assert found(items, dispute) == {"A": "30.00"}


def test_an_amount_in_another_currency_says_nothing_about_an_item() -> None:
    """10 USD are in dispute: the item in CNY is in dispute as a whole, and takes nothing off the 10."""
    items = [part("CN", contract="K1"), part("US", contract="K1", due=2, currency="USD")]
    dispute = Dispute(contract_number="K1", currency="USD", amount=D("10.00"))
    assert found(items, dispute) == {"CN": "100.00", "US": "10.00"}


def test_a_contract_s_and_an_item_s_dispute_about_one_item() -> None:
    """70 of A by itself; of the contract's 50 the other 30 of A, and 20 of B."""
    items = [part("A", contract="K1"), part("B", contract="K1", due=2)]
    by_item = Dispute(items={key("A"): D("70.00")})
    by_contract = Dispute(contract_number="K1", currency="CNY", amount=D("50.00"))
    assert found(items, by_item, by_contract) == {"A": "100.00", "B": "20.00"}
