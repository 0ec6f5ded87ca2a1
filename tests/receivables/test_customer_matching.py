"""Whom a row means: number, alias, code, then name."""

from __future__ import annotations

import pytest

from customers.models import CustomerAlias
from receivables.selectors.customer_matching import CustomerRegister, KnownCustomer, customer_register
from tests.factories.customers import create_customer

USCC = "914403001922038216"


def register(*aliases: tuple[int, str]) -> CustomerRegister:
    return CustomerRegister(
        [
            KnownCustomer(1, "K-1", USCC, ("华瑞科技有限公司", "Huarui", "华瑞")),
            KnownCustomer(2, "K-2", None, ("示范有限公司",)),
            KnownCustomer(3, "K-3", None, ("示范 有限公司",)),
        ],
        aliases,
    )


@pytest.mark.parametrize(
    ("ref", "name", "found"),
    [
        ("K-1", "示范有限公司", 1),  # the number is surer than anything beside it
        (" Ｋ-1 ", None, 1),
        (USCC, None, 1),
        ("91440300-1922038216", None, 1),
        ("华瑞科技有限公司", None, 1),
        ("ZZ", "HUARUI", 1),
        ("ZZ", "华瑞", 1),  # the short name
        ("ZZ", "谁", None),
    ],
)
def test_without_aliases(ref: str, name: str | None, found: int | None) -> None:
    assert register().match(ref, name).customer_id == found


def test_number_comes_before_alias_and_alias_before_code_and_name() -> None:
    known = register((2, "k-1"), (2, USCC.casefold()), (2, "华瑞科技有限公司"))
    assert known.match("K-1", None).customer_id == 1
    assert known.match(USCC, None).customer_id == 2
    assert known.match("华瑞科技有限公司", None).customer_id == 2
    assert known.match("ZZ", "华瑞科技 有限公司").customer_id == 2


def test_code_comes_before_the_alias_beside_it() -> None:
    assert register((2, "旧名")).match(USCC, "旧名").customer_id == 1


def test_alias_in_place_of_a_number_is_no_guess_but_beside_another_number_it_is() -> None:
    known = register((2, "旧名"))
    assert not known.match("旧名", None).by_name
    assert known.match("ZZ", "旧名").by_name
    assert known.match("ZZ", "华瑞").by_name


@pytest.mark.parametrize(("ref", "name"), [("旧名", None), ("ZZ", "旧名"), ("旧名", "华瑞")])
def test_alias_of_two_customers_is_ambiguous(ref: str, name: str | None) -> None:
    match = register((1, "旧名"), (3, "旧名")).match(ref, name)
    assert (match.customer_id, match.code, match.candidates) == (None, "ambiguous_customer", "K-1, K-3")


def test_name_of_two_customers_is_ambiguous() -> None:
    match = register().match("示范有限公司", None)
    assert (match.code, match.candidates) == ("ambiguous_customer", "K-2, K-3")


@pytest.mark.django_db
def test_the_register_knows_what_is_stored(django_assert_num_queries: object) -> None:
    customer = create_customer(number="K-1", short_name="华瑞")
    CustomerAlias.objects.create(customer=customer, name="老 字号")
    with django_assert_num_queries(2):  # type: ignore[operator]
        known = customer_register()
    for text in ("K-1", "华瑞", "老字号"):
        assert known.match(text, None).customer_id == customer.pk
