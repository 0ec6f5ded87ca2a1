"""The pages of state, limits, group and credit check, through the real middleware."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from creditrisk.accounts.roles import Role
from customers.models import ContractState, Customer, CustomerState
from customers.open_matters import open_matters_of
from reviews.services import start_review
from tests.factories.customers import create_active_customer, create_contract, create_customer
from tests.factories.people import Team, create_team, create_user
from tests.factories.reports import Line, create_report, store_sums

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def today() -> dt.date:
    return timezone.localdate()


@pytest.fixture
def customer(team: Team, today: dt.date) -> Customer:
    """A customer with a limit of 100,000.00 CNY, 80,000.00 of them used."""
    customer = create_active_customer(
        account_manager=team.account_manager,
        service_manager=team.service_manager,
        reviewed_on=today,
        credit_limit_amount=Decimal("100000.00"),
        credit_limit_valid_to_on=today,
    )
    store_sums(create_report(as_of=today, lines=[Line(customer, today, "80000.00")]))
    return customer


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(name: str, customer: Customer) -> str:
    return reverse(f"customers:{name}", args=[customer.number])


def text(response: Any) -> str:
    return str(response.content.decode())


# State


def test_watching_and_back(team: Team, customer: Customer) -> None:
    client = as_(team.service_manager)
    assert url("watch", customer) in text(client.get(url("detail", customer)))
    response = client.post(url("watch", customer), {"reason": "付款变慢"}, follow=True)
    page = text(response)
    assert "The customer is on watch." in page
    assert "付款变慢" in page
    assert str(team.service_manager) in page
    assert url("watch", customer) + '"' not in page
    client.post(url("end_watch", customer), {"reason": "已付清"})
    assert Customer.objects.get(pk=customer.pk).state == CustomerState.ACTIVE
    assert client.get(url("end_watch", customer)).status_code == 403


def test_closing_names_what_is_open(team: Team, customer: Customer, today: dt.date) -> None:
    create_contract(customer=customer, handler=team.account_manager, number="HT-RUNS")
    create_contract(customer=customer, handler=team.account_manager, number="HT-LAST", ends_on=today)
    ended = {"state": ContractState.FINISHED, "ends_on": today - dt.timedelta(days=1)}
    create_contract(customer=customer, handler=team.account_manager, number="HT-ENDED", **ended)
    client = as_(team.group_leader)
    page = text(client.get(url("close", customer)))
    assert "2 contracts run: HT-LAST, HT-RUNS" in page
    assert "HT-ENDED" not in page
    assert "CNY 80,000.00 are open" in page
    page = text(client.post(url("close", customer), {"reason": "不再合作"}, follow=True))
    assert "The customer file is closed." in page
    assert "不再合作" in page
    page = text(client.post(url("reopen", customer), {"reason": "新项目"}, follow=True))
    assert Customer.objects.get(pk=customer.pk).state == CustomerState.PROSPECT
    assert "新项目" in page


def test_nothing_open_is_nothing_named(team: Team) -> None:
    page = text(as_(team.group_leader).get(url("close", create_active_customer())))
    assert "Still open:" not in page


def test_an_open_review_is_named_a_draft_without_link(team: Team, today: dt.date) -> None:
    prospect = create_customer(account_manager=team.account_manager, service_manager=team.service_manager)
    review = start_review(customer=prospect, by=team.account_manager, review_on=today).review
    matters = {
        user: open_matters_of(customer=prospect, user=user, on=today)
        for user in (team.account_manager, team.group_leader)
    }
    assert [matter.url for matter in matters[team.account_manager]] == [review.get_absolute_url()]
    assert [matter.url for matter in matters[team.group_leader]] == [""]
    assert review.number in matters[team.group_leader][0].text


def test_many_contracts_are_not_all_named(team: Team, customer: Customer, today: dt.date) -> None:
    for number in range(6):
        create_contract(customer=customer, handler=team.account_manager, number=f"HT-{number}")
    first = open_matters_of(customer=customer, user=team.group_leader, on=today)[0]
    assert first.text == "6 contracts run: HT-0, HT-1, HT-2, HT-3, HT-4 …"


def test_freezing_is_told_with_who_and_why(team: Team, customer: Customer) -> None:
    client = as_(team.planning_finance)
    page = text(client.post(url("freeze", customer), {"reason": "<诉讼>"}, follow=True))
    assert "The customer is frozen: no new business." in page
    assert "&lt;诉讼&gt;" in page
    assert str(team.planning_finance) in page
    refused = text(as_(team.account_manager).get(url("detail", customer)))
    assert 'id="refused-contract.frozen"' in refused
    client.post(url("unfreeze", customer), {"reason": "和解"})
    assert not Customer.objects.get(pk=customer.pk).is_frozen


@pytest.mark.parametrize("page", ["watch", "close", "freeze"])
def test_a_decision_needs_its_reason(team: Team, customer: Customer, page: str) -> None:
    response = as_(team.group_leader).post(url(page, customer), {"reason": "  "})
    assert response.status_code == 200
    assert "data-error-summary" in text(response)
    assert Customer.objects.get(pk=customer.pk).state == CustomerState.ACTIVE


FORMS = (
    *("watch", "end_watch", "close", "reopen", "freeze", "unfreeze"),
    *("temporary_limit", "temporary_limit_end", "service_level", "parent"),
)


@pytest.mark.parametrize("page", [*FORMS, "credit_check"])
def test_foreign_customer_is_not_found(customer: Customer, page: str) -> None:
    client = as_(create_user(Role.ACCOUNT_MANAGER))
    assert client.get(url(page, customer)).status_code == 404
    if page in FORMS:
        assert client.post(url(page, customer), {"reason": "x"}).status_code == 404


# The card


def test_the_card_tells_limit_exposure_and_use(team: Team, customer: Customer) -> None:
    """80,000.00 of 100,000.00 are 80.0 %; 20,000.00 are left."""
    page = text(as_(team.account_manager).get(url("detail", customer)))
    for part in ("New business is allowed.", "100,000.00", "80,000.00", "20,000.00", "80.0 %", "bar-warning"):
        assert part in page


def test_the_card_tells_what_holds(team: Team, customer: Customer) -> None:
    """80,000.00 − 79,999.99 = 0.01 too much."""
    Customer.objects.filter(pk=customer.pk).update(credit_limit_amount=Decimal("79999.99"))
    page = text(as_(team.account_manager).get(url("detail", customer)))
    assert 'data-code="over_limit"' in page
    assert "bar-danger" in page
    Customer.objects.filter(pk=customer.pk).update(reviewed_on=None)
    assert "New business is refused." in text(as_(team.account_manager).get(url("detail", customer)))


def test_other_currencies_are_listed_not_added(team: Team, today: dt.date) -> None:
    customer = create_active_customer(reviewed_on=today)
    lines = [Line(customer, today, "0.00"), Line(customer, today, "12.34", currency="USD")]
    store_sums(create_report(as_of=today, lines=lines))
    page = text(as_(team.group_leader).get(url("detail", customer)))
    assert "Open in other currencies" in page
    assert "12.34" in page
    assert 'data-code="other_currency"' in page


def test_without_a_report_the_exposure_is_not_known(team: Team) -> None:
    page = text(as_(team.group_leader).get(url("detail", create_active_customer())))
    assert "not known" in page


def test_the_group_is_summed_and_its_members_named_to_who_sees_them(team: Team, today: dt.date) -> None:
    """80,000.00 + 45,000.00 = 125,000.00 are open in the group; the one who owes 45,000.00 has no name."""
    mine = {"account_manager": team.account_manager, "reviewed_on": today}
    head = create_active_customer(**mine)
    foreign = create_active_customer(name="别人的公司", parent=head)
    own = create_active_customer(name="自己的公司", parent=head, **mine)
    deep = create_active_customer(name="孙公司", parent=own, **mine)
    lines = [Line(head, today, "80000.00"), Line(foreign, today, "45000.00")]
    store_sums(create_report(as_of=today, lines=lines))
    page = text(as_(team.account_manager).get(url("detail", head)))
    for part in ("自己的公司", "孙公司", "4 companies", "1 of them you do not see", "125,000.00"):
        assert part in page
    assert "别人的公司" not in page
    assert "别人的公司" in text(as_(team.group_leader).get(url("detail", head)))
    page = text(as_(team.account_manager).get(url("detail", deep)))
    assert "parent company" in page
    assert "head of the group" in page
    assert "sister company" not in page
    assert "sister company" in text(as_(team.group_leader).get(url("detail", foreign)))


def test_a_large_group_is_cut(team: Team, customer: Customer) -> None:
    for _ in range(14):
        create_active_customer(parent=customer)
    page = text(as_(team.group_leader).get(url("detail", customer)))
    assert "15 companies" in page
    assert "and 2 more" in page


@pytest.mark.parametrize("size", [1, 10])
def test_file_of_a_group_is_a_constant_number_of_queries(
    team: Team, customer: Customer, size: int, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for _ in range(size):
        create_active_customer(parent=customer, account_manager=team.account_manager)
    client = as_(team.department_manager)
    with django_assert_max_num_queries(42):  # the panels of the higher apps included
        assert client.get(url("detail", customer)).status_code == 200


# Limits


def limit(**changes: str) -> dict[str, str]:
    last = timezone.localdate() + dt.timedelta(days=30)
    values = {"amount": "150000", "valid_to_on": last.isoformat(), "reason": "大项目", "version": "1"}
    return values | changes


def test_granting_and_ending_a_temporary_limit(team: Team, customer: Customer) -> None:
    client = as_(team.planning_finance)
    assert "80,000.00" in text(client.get(url("temporary_limit", customer)))
    page = text(client.post(url("temporary_limit", customer), limit(), follow=True))
    assert "150,000.00" in page
    assert "大项目" in page
    assert "lies below the exposure" not in page
    assert url("temporary_limit_end", customer) in page
    response = client.post(
        url("temporary_limit_end", customer), {"reason": "完成", "version": "2"}, follow=True
    )
    assert response.status_code == 200
    assert Customer.objects.get(pk=customer.pk).temporary_limit_amount is None


def test_a_limit_below_the_exposure_is_a_warning(team: Team, customer: Customer) -> None:
    Customer.objects.filter(pk=customer.pk).update(
        credit_limit_amount=None, credit_limit_currency="", credit_limit_valid_to_on=None
    )
    client = as_(team.group_leader)
    for amount, is_below in (("79999.99", True), ("80000.00", False)):
        version = str(Customer.objects.get(pk=customer.pk).version)
        data = limit(amount=amount, version=version)
        page = text(client.post(url("temporary_limit", customer), data, follow=True))
        assert ("lies below the exposure" in page) == is_below
    assert Customer.objects.get(pk=customer.pk).temporary_limit_amount == Decimal("80000.00")


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": "0"},
        {"amount": "-1"},
        {"valid_to_on": "2020-01-01"},
        {"valid_to_on": "31.02."},
        {"grade": "A"},
    ],
)
def test_what_is_no_limit_is_said_at_the_field(
    team: Team, customer: Customer, changes: dict[str, str]
) -> None:
    response = as_(team.group_leader).post(url("temporary_limit", customer), limit(**changes))
    assert response.status_code == 200
    assert "data-error-summary" in text(response)
    assert Customer.objects.get(pk=customer.pk).temporary_limit_amount is None


def test_who_did_not_see_the_other_limit_gets_409(team: Team, customer: Customer) -> None:
    as_(team.planning_finance).post(url("temporary_limit", customer), limit())
    response = as_(team.group_leader).post(url("temporary_limit", customer), limit(amount="200000"))
    assert response.status_code == 409
    assert str(team.planning_finance) in text(response)


def test_the_service_level(team: Team, customer: Customer) -> None:
    client = as_(team.group_leader)
    data = {"service_level": "priority", "reason": "年度评审", "version": "1"}
    page = text(client.post(url("service_level", customer), data, follow=True))
    assert "priority" in page
    assert "年度评审" in page
    assert client.post(url("service_level", customer), data | {"service_level": "gold"}).status_code == 200


# The group


def test_setting_the_parent(team: Team, customer: Customer) -> None:
    parent = create_customer(number="P-1", account_manager=team.account_manager)
    client = as_(team.account_manager)
    response = client.post(url("parent", customer), {"number": "P-1", "version": "1"})
    assert response["Location"] == url("detail", customer)
    assert 'value="P-1"' in text(client.get(url("parent", customer)))
    response = client.post(url("parent", parent), {"number": customer.number, "version": "1"})
    assert "cannot stand above itself" in text(response)
    response = client.post(url("parent", customer), {"number": "NOBODY", "version": "2"})
    assert "You see no customer with this number." in text(response)
    client.post(url("parent", customer), {"number": "", "version": "2"})
    assert Customer.objects.get(pk=customer.pk).parent is None


# The check


def test_asking_for_new_business(team: Team, customer: Customer) -> None:
    """80,000.00 + 20,000.00 = 100,000.00; a cent more is on hold."""
    client = as_(team.account_manager)
    assert "New business is" not in text(client.get(url("credit_check", customer)))
    for amount, told in (("20000", "New business is allowed."), ("20000.01", "New business is on hold.")):
        page = text(client.get(url("credit_check", customer), {"amount": amount, "currency": "CNY"}))
        assert told in page
    page = text(
        client.get(url("credit_check", customer), {"amount": "1", "currency": "USD", "on": "2026-01-01"})
    )
    assert 'data-code="exposure_unknown"' in page


def test_asking_within_a_group_tells_both_limits(team: Team, customer: Customer, today: dt.date) -> None:
    subsidiary = create_active_customer(
        parent=customer,
        account_manager=team.account_manager,
        reviewed_on=today,
        credit_limit_amount=Decimal("50000.00"),
        credit_limit_valid_to_on=today,
    )
    query = {"amount": "20000.01", "currency": "CNY"}
    page = text(as_(team.account_manager).get(url("credit_check", subsidiary), query))
    assert 'data-code="group_over_limit"' in page
    assert 'data-code="over_limit"' not in page


@pytest.mark.parametrize(
    "query", [{"amount": "x", "currency": "CNY"}, {"amount": "-1", "currency": "CNY"}, {"amount": "1"}]
)
def test_what_cannot_be_checked_is_said(team: Team, customer: Customer, query: dict[str, str]) -> None:
    page = text(as_(team.account_manager).get(url("credit_check", customer), query))
    assert "data-error-summary" in page
    assert "New business is" not in page
