"""Who a new customer is likely to repeat, and who may learn of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from creditrisk.exceptions import InvalidInputError
from creditrisk.policy.default import DEFAULT_POLICY
from customers.duplicates import Duplicates, likely_duplicates, similar_customers
from customers.models import Customer, CustomerAlias
from customers.names import name_grams, similarity
from customers.services import create_customer as open_file
from tests.factories.customers import create_customer
from tests.factories.people import Team, create_team

pytestmark = pytest.mark.django_db
HALF = Decimal("0.5")
USCC = "914403001922038216"
NAME = "上海华瑞信息科技有限公司"


@pytest.fixture
def team() -> Team:
    return create_team()


def pieces(name: str) -> set[str]:
    return set(name_grams(name))


@pytest.mark.parametrize(
    "typed",
    [
        NAME,
        "上海华瑞信息科技股份公司",
        "华瑞信息科技",
        "上海华睿信息科技",
        "上海 华瑞(信息)科技",
        "苏州信息科技",
    ],
)
@pytest.mark.parametrize("least", ["0.3", "0.5", "0.55", "0.56", "1"])
def test_the_database_agrees_with_the_rule(typed: str, least: str) -> None:
    """上海华瑞信息科技 and 上海华睿信息科技 share 上海, 海华, 信息, 息科, 科技: 5 of 9 pieces, 0.5556."""
    customer = create_customer(name=NAME)
    ratio = similarity(pieces(NAME), pieces(typed))
    found = similar_customers([typed], least=Decimal(least))
    assert set(found) == ({customer.pk} if ratio >= float(least) else set())
    assert all(float(value) == pytest.approx(ratio) for value in found.values())


def test_both_sides_of_the_bound() -> None:
    """华瑞, 瑞上, 上海 and 上海, 海华, 华瑞: 2 of 4 pieces."""
    customer = create_customer(name="华瑞（上海）有限公司")
    assert similar_customers(["上海华瑞"], least=HALF) == {customer.pk: HALF}
    assert similar_customers(["上海华瑞"], least=Decimal("0.51")) == {}


def test_every_name_of_a_customer_counts_and_the_likest_of_them() -> None:
    customer = create_customer(name="完全不同", name_en="Huarui Technology Co., Ltd.", short_name="华瑞")
    CustomerAlias.objects.create(customer=customer, name="老字号商行")
    for typed in ("HUARUI TECHNOLOGY LIMITED", "华瑞有限公司", "老字号 商行"):
        assert similar_customers([typed], least=HALF) == {customer.pk: 1}
    assert similar_customers(["完全不像", "华瑞"], least=Decimal("0.1"))[customer.pk] == 1


@pytest.mark.parametrize("names", [[], ["", "  ", "---"]])
def test_nothing_typed_finds_nothing(team: Team, names: list[str]) -> None:
    create_customer(name=NAME)
    assert similar_customers(names, least=HALF) == {}
    found = likely_duplicates(
        names=names, uscc="", user=team.account_manager, rules=DEFAULT_POLICY.duplicates
    )
    assert found == Duplicates()
    assert not found


def test_others_customers_are_hinted_at_and_not_named(team: Team) -> None:
    mine = create_customer(name=NAME, account_manager=team.account_manager)
    create_customer(name=NAME)
    found = likely_duplicates(
        names=[NAME], uscc="", user=team.account_manager, rules=DEFAULT_POLICY.duplicates
    )
    assert (found.customers, found.has_hidden) == ((mine,), True)
    seen = likely_duplicates(names=[NAME], uscc="", user=team.group_leader, rules=DEFAULT_POLICY.duplicates)
    assert (len(seen.customers), seen.has_hidden) == (2, False)


def test_same_code_comes_first_and_no_more_are_shown_than_the_policy_says(team: Team) -> None:
    for _number in range(6):
        create_customer(name=NAME)
    same = create_customer(name="别的", uscc=USCC)
    found = likely_duplicates(
        names=[NAME], uscc=" 91440300-1922038216", user=team.group_leader, rules=DEFAULT_POLICY.duplicates
    )
    assert len(found.customers) == DEFAULT_POLICY.duplicates.shown
    assert found.customers[0] == same
    assert found.same_code == {same.pk}


def test_likely_duplicate_is_refused_until_the_person_has_looked(team: Team) -> None:
    create_customer(name=NAME)
    with pytest.raises(InvalidInputError) as refused:
        open_file(by=team.account_manager, data={"name": "华瑞信息科技"}, similar_from=HALF)
    assert refused.value.code == "customer.likely_duplicate"
    assert open_file(by=team.account_manager, data={"name": "华瑞信息科技"}).pk
    assert open_file(by=team.account_manager, data={"name": "苏州示范"}, similar_from=HALF).pk


def test_equal_code_is_refused_as_that(team: Team) -> None:
    create_customer(name=NAME, uscc=USCC)
    with pytest.raises(InvalidInputError) as refused:
        open_file(by=team.account_manager, data={"name": NAME, "uscc": USCC}, similar_from=HALF)
    assert refused.value.code == "customer.uscc_taken"
    other = {"name": NAME, "uscc": "91310115MA1K4ABC05"}
    with pytest.raises(InvalidInputError) as refused:
        open_file(by=team.account_manager, data=other, similar_from=HALF)
    assert refused.value.code == "customer.likely_duplicate"


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


def test_the_hint_while_typing(team: Team) -> None:
    create_customer(number="MINE-1", name=NAME, account_manager=team.account_manager)
    create_customer(number="THEIRS-1", name="上海华瑞信息科技(集团)有限公司")
    page = as_(team.account_manager).get(reverse("customers:duplicates"), {"name": "华瑞信息科技"})
    assert "MINE-1" in text(page)
    assert "THEIRS-1" not in text(page)
    assert "集团" not in text(page)
    assert "A customer of other people" in text(page)
    nothing = as_(team.account_manager).get(reverse("customers:duplicates"), {"name": "苏州"})
    assert text(nothing).strip() == ""


def test_the_hint_is_for_those_who_open_files(team: Team) -> None:
    assert as_(team.service_manager).get(reverse("customers:duplicates")).status_code == 403


def test_form_comes_back_with_the_likely_duplicates_and_a_box_to_tick(team: Team) -> None:
    create_customer(number="MINE-1", name=NAME, account_manager=team.account_manager)
    client = as_(team.account_manager)
    sent = {
        "name": "华瑞信息科技",
        "currency": "CNY",
        "registered_capital_currency": "CNY",
        "letter_language": "zh-hans",
        "payment_term_days": "30",
        "submission_key": str(uuid4()),
    }
    page = client.post(reverse("customers:create"), sent)
    assert page.status_code == 200
    assert "MINE-1" in text(page)
    assert 'name="is_another_company"' in text(page)
    assert Customer.objects.count() == 1
    ticked = client.post(reverse("customers:create"), {**sent, "is_another_company": "on"})
    assert ticked.status_code == 302
    assert Customer.objects.count() == 2
