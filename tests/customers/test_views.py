"""The customer pages, through the real middleware."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from creditrisk.accounts.roles import Role
from customers import panels, services
from customers.models import Contract, Customer, CustomerState, StateReasonCode
from customers.services import update_customer
from tests.factories.customers import (
    create_active_customer,
    create_bank_account,
    create_contract,
    create_customer,
    create_grade_change,
)
from tests.factories.people import Team, create_team, create_user

pytestmark = pytest.mark.django_db
ACCOUNT = "6222 0202 0011 2230"


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return create_active_customer(
        number="K-1 ü",
        name="示范<公司>",
        account_manager=team.account_manager,
        service_manager=team.service_manager,
        bank_account=ACCOUNT,
        reviewed_on=timezone.localdate(),
    )


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(name: str, customer: Customer) -> str:
    return reverse(f"customers:{name}", args=[customer.number])


def text(response: Any) -> str:
    return str(response.content.decode())


def hidden(page: str, name: str) -> str:
    match = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert match
    return match[1]


def new_file(client: Client, **changes: str) -> dict[str, str]:
    key = hidden(text(client.get(reverse("customers:create"))), "submission_key")
    return {
        "name": "新公司",
        "registered_capital_currency": "CNY",
        "letter_language": "zh-hans",
        "currency": "CNY",
        "payment_term_days": "30",
        "submission_key": key,
    } | changes


# The list


def test_list_shows_what_the_person_may_see(team: Team, customer: Customer) -> None:
    create_customer(name="不是我的")
    page = text(as_(team.account_manager).get(reverse("customers:list")))
    assert "示范&lt;公司&gt;" in page
    assert "不是我的" not in page
    assert "不是我的" in text(as_(team.finance_clerk).get(reverse("customers:list")))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=A-17", {"A-17"}),
        ("q=acme", {"A-17"}),
        ("q=示范", {"B-18"}),
        ("q=91440300", {"B-18"}),
        ("q=%25", set()),
        ("q=%00", {"A-17", "B-18"}),
        ("state=active", {"B-18"}),
        ("grade=B", {"B-18"}),
        ("grade=none", {"A-17"}),
        ("state=nonsense", {"A-17", "B-18"}),
        ("account_manager__password__startswith=p", {"A-17", "B-18"}),
        ("sort=account_manager__password", {"A-17", "B-18"}),
        ("sort=-grade", {"A-17", "B-18"}),
        ("page=99999999999999999999", {"A-17", "B-18"}),
        ("page=x&per_page=x", {"A-17", "B-18"}),
    ],
)
def test_searching_filtering_sorting(team: Team, query: str, found: set[str]) -> None:
    create_customer(number="A-17", name="x", name_en="Acme")
    create_active_customer(number="B-18", name="示范公司", uscc="914403001922038216")
    response = as_(team.finance_clerk).get(reverse("customers:list") + "?" + query)
    assert response.status_code == 200
    assert {number for number in ("A-17", "B-18") if number in text(response)} == found


def test_filter_by_manager(team: Team, customer: Customer) -> None:
    create_customer(name="另一家", account_manager=create_user(Role.ACCOUNT_MANAGER))
    query = f"?account_manager={team.account_manager.pk}"
    page = text(as_(team.group_leader).get(reverse("customers:list") + query))
    assert "示范&lt;公司&gt;" in page
    assert "另一家" not in page


@pytest.mark.parametrize("count", [3, 60])
def test_list_is_a_constant_number_of_queries(
    team: Team, count: int, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for _ in range(count):
        create_active_customer(account_manager=team.account_manager, service_manager=team.service_manager)
    client = as_(team.finance_clerk)
    with django_assert_max_num_queries(13):
        assert client.get(reverse("customers:list")).status_code == 200


def test_only_account_managers_are_offered_a_new_file(team: Team) -> None:
    link = reverse("customers:create")
    assert link in text(as_(team.account_manager).get(reverse("customers:list")))
    assert link not in text(as_(team.finance_clerk).get(reverse("customers:list")))


# Opening a file


def test_opening_a_file(team: Team) -> None:
    client = as_(team.account_manager)
    response = client.post(
        reverse("customers:create"), new_file(client, service_manager=str(team.service_manager.pk))
    )
    customer = Customer.objects.get()
    assert response["Location"] == customer.get_absolute_url()
    assert (customer.name, customer.state) == ("新公司", CustomerState.PROSPECT)
    assert customer.account_manager == team.account_manager
    assert customer.service_manager == team.service_manager


def test_sending_the_form_twice_opens_one_file(team: Team) -> None:
    client = as_(team.account_manager)
    data = new_file(client)
    first, second = (client.post(reverse("customers:create"), data) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("number", "K-1 ü"), ("uscc", "914403001922038217"), ("name", ""), ("number", "a/b"), ("grade", "A")],
)
def test_what_is_wrong_is_said_at_the_field(team: Team, customer: Customer, field: str, value: str) -> None:
    client = as_(team.account_manager)
    response = client.post(reverse("customers:create"), new_file(client, **{field: value}))
    assert response.status_code == 200
    assert "data-error-summary" in text(response)
    assert Customer.objects.count() == 1


def test_others_open_no_file(team: Team) -> None:
    client = as_(team.service_manager)
    assert client.get(reverse("customers:create")).status_code == 403
    assert client.post(reverse("customers:create"), {"name": "x"}).status_code == 403
    assert not Customer.objects.exists()


# One file


def test_file_shows_master_data_portfolio_contracts_and_grades(team: Team, customer: Customer) -> None:
    create_contract(customer=customer, handler=team.account_manager, number="HT-77")
    create_grade_change(customer=customer, new="B", effective_on=timezone.localdate(), source="XK-1")
    page = text(as_(team.account_manager).get(url("detail", customer)))
    for part in ("示范&lt;公司&gt;", "HT-77", "XK-1", str(team.service_manager), str(team.market)):
        assert part in page


@pytest.mark.parametrize("count", [1, 9])
def test_file_is_a_constant_number_of_queries(
    team: Team, customer: Customer, count: int, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for _ in range(count):
        create_contract(customer=customer, handler=team.account_manager)
        create_grade_change(customer=customer, new="B", effective_on=timezone.localdate())
    client = as_(team.department_manager)
    # A card each for contacts, accounts, qualifications, contracts, limit and group, aliases, merges, reviews,
    # receivables, collection, letters, deposits, visits, handovers and confirmations: one or two queries a card,
    # however many rows; three for collection.
    with django_assert_max_num_queries(41):
        assert client.get(url("detail", customer)).status_code == 200


def test_account_number_is_masked_for_everybody(team: Team, customer: Customer) -> None:
    create_bank_account(customer=customer, account_number=ACCOUNT, is_main=True)
    for reader in (team.legal_affairs, team.department_manager, team.account_manager, team.finance_clerk):
        page = text(as_(reader).get(url("detail", customer)))
        assert "•••• 2230" in page
        assert "6222" not in page
    for page_name in ("history", "edit"):
        assert "6222" not in text(as_(team.account_manager).get(url(page_name, customer)))
    assert "6222" not in text(as_(team.account_manager).get(reverse("customers:list")))


@pytest.mark.parametrize(
    "page", ["detail", "edit", "portfolio", "stop", "reinstate", "contract_create", "history"]
)
def test_foreign_customer_is_not_found(customer: Customer, page: str) -> None:
    for person in (create_user(Role.ACCOUNT_MANAGER), create_user(Role.ADMINISTRATOR), create_user()):
        client = as_(person)
        assert client.get(url(page, customer)).status_code == 404
        if page not in {"detail", "history"}:
            assert client.post(url(page, customer), {"name": "x"}).status_code == 404


def test_stranger_is_asked_to_log_in(customer: Customer) -> None:
    response = Client().get(url("detail", customer))
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("number", ["nobody", "%00", "a%2Fb", "x" * 31])
def test_number_that_cannot_be_is_not_found(team: Team, number: str) -> None:
    assert as_(team.group_leader).get(f"/customers/{number}/").status_code == 404


def test_contract_button_says_why_not(team: Team) -> None:
    prospect = create_customer(account_manager=team.account_manager)
    client = as_(team.account_manager)
    page = text(client.get(prospect.get_absolute_url()))
    assert 'id="refused-contract.no_review"' in page
    assert url("contract_create", prospect) not in page
    assert client.get(url("contract_create", prospect)).status_code == 403


def test_onboarded_customer_awaits_his_first_review(team: Team) -> None:
    customer = create_active_customer(reviewed_on=None, is_onboarded=True)
    assert "awaits his first review" in text(as_(team.group_leader).get(customer.get_absolute_url()))


def test_limit_that_ended_yesterday_has_expired(team: Team, customer: Customer) -> None:
    today = timezone.localdate()
    for days, has_expired in ((0, False), (1, True)):
        Customer.objects.filter(pk=customer.pk).update(
            credit_limit_amount=1000,
            credit_limit_currency="CNY",
            credit_limit_valid_to_on=today - timezone.timedelta(days=days),
        )
        assert ("(expired)" in text(as_(team.group_leader).get(url("detail", customer)))) == has_expired


def test_the_limit_is_told_in_its_own_currency_wherever_it_is_told(team: Team, customer: Customer) -> None:
    """The file is kept in US dollars, the limit was approved in yuan: page, list, history and admin say so."""
    Customer.objects.filter(pk=customer.pk).update(
        currency="USD",
        credit_limit_amount=Decimal("120000.00"),
        credit_limit_currency="CNY",
        credit_limit_valid_to_on=timezone.localdate(),
    )
    shown = '<span class="currency">CNY</span> <span class="number">120,000.00</span>'
    assert shown in text(as_(team.group_leader).get(url("detail", customer)))
    row = '<span class="currency">CNY</span> 120,000.00'
    assert row in text(as_(team.group_leader).get(reverse("customers:list")))
    assert "Currency of the credit limit" in text(as_(team.group_leader).get(url("history", customer)))
    page = text(as_(team.administrator).get(reverse("admin:customers_customer_change", args=[customer.pk])))
    assert "Currency of the credit limit" in page


def test_suspension_is_told(team: Team) -> None:
    customer = create_active_customer(state=CustomerState.SUSPENDED, state_reason="45 days late")
    page = text(as_(team.finance_clerk).get(customer.get_absolute_url()))
    assert "Cooperation has stopped." in page
    assert "45 days late" in page


def test_the_page_tells_the_software_s_reason_in_the_reader_s_language(team: Team) -> None:
    customer = create_active_customer(
        state=CustomerState.SUSPENDED,
        state_reason="DL-2026-000007",
        state_reason_code=StateReasonCode.FINAL_DEMAND,
    )
    for language, words in (("en", "Final demand DL-2026-000007"), ("zh-hans", "最终催款函 DL-2026-000007")):
        reader = as_(team.group_leader)
        reader.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        for page in (customer.get_absolute_url(), url("reinstate", customer)):
            assert words in text(reader.get(page)), (language, page)


# Panels and actions of higher apps


def test_higher_apps_add_panels_and_actions(
    team: Team, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panels, "_panels", {})
    monkeypatch.setattr(panels, "_actions", {})

    def panel(*, customer: Customer, user: Any) -> panels.Panel | None:
        if user != team.account_manager:
            return None
        return panels.Panel("A panel", "customers/_grade.html", {"grade": "Z"})

    def action(*, customer: Customer, user: Any) -> panels.PageAction | None:
        return panels.PageAction("Start a review", "/reviews/new/", "clipboard-check", is_primary=True)

    panels.register_panel("first", panel, position=2)
    panels.register_action("first", action, position=1)
    page = text(as_(team.account_manager).get(url("detail", customer)))
    assert "A panel" in page
    assert "state-Z" in page
    assert 'href="/reviews/new/"' in page
    assert "A panel" not in text(as_(team.group_leader).get(url("detail", customer)))


def test_panels_come_in_order_and_a_key_counts_once(
    team: Team, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panels, "_panels", {})
    for key, title, position in (("b", "2", 20), ("a", "old", 1), ("a", "1", 10)):
        panels.register_panel(
            key,
            lambda *, customer, user, title=title: panels.Panel(title, "customers/_grade.html"),
            position=position,
        )
    found = panels.panels_for(customer=customer, user=team.group_leader)
    assert [panel.title for panel in found] == ["1", "2"]


# Changing a file


def edit(client: Client, customer: Customer, **changes: str) -> dict[str, str]:
    version = hidden(text(client.get(url("edit", customer))), "version")
    data = {
        "name": customer.name,
        "registered_capital_currency": "CNY",
        "letter_language": "zh-hans",
        "currency": "CNY",
        "payment_term_days": "30",
        "version": version,
    }
    return data | changes


def test_editing(team: Team, customer: Customer) -> None:
    client = as_(team.service_manager)
    response = client.post(url("edit", customer), edit(client, customer, name="新名"))
    assert response["Location"] == url("detail", customer)
    assert Customer.objects.get().name == "新名"


def test_stale_form_shows_what_changed_and_can_be_saved_again(team: Team, customer: Customer) -> None:
    client = as_(team.service_manager)
    data = edit(client, customer, name="我的名")
    update_customer(customer=customer, data={"name": "他的名"}, version=1, by=team.account_manager)
    response = client.post(url("edit", customer), data)
    assert response.status_code == 409
    page = text(response)
    assert "他的名" in page
    assert str(team.account_manager) in page
    assert 'value="我的名"' in page
    assert Customer.objects.get().name == "他的名"
    client.post(url("edit", customer), data | {"version": hidden(page, "version")})
    assert Customer.objects.get().name == "我的名"


def test_edit_refuses_what_is_no_master_data(team: Team, customer: Customer) -> None:
    client = as_(team.account_manager)
    data = edit(client, customer, name="x", grade="A", credit_limit_amount="99")
    assert client.post(url("edit", customer), data).status_code == 200
    assert Customer.objects.get().name == customer.name


def test_taken_code_is_said_at_the_field(team: Team, customer: Customer) -> None:
    create_customer(number="SECRET", uscc="914403001922038216")
    client = as_(team.account_manager)
    response = client.post(url("edit", customer), edit(client, customer, uscc="914403001922038216"))
    assert response.status_code == 200
    assert "SECRET" not in text(response)
    assert Customer.objects.get(pk=customer.pk).uscc is None


def test_supervisors_read_and_do_not_edit(team: Team, customer: Customer) -> None:
    client = as_(team.general_manager)
    assert 'id="refused-customer.edit_not_allowed"' in text(client.get(url("detail", customer)))
    assert client.get(url("edit", customer)).status_code == 403
    assert client.post(url("edit", customer), {"name": "x"}).status_code == 403


def test_giving_a_customer_to_somebody_else(team: Team, customer: Customer) -> None:
    successor = create_user(Role.ACCOUNT_MANAGER)
    client = as_(team.department_manager)
    data = {
        "account_manager": str(successor.pk),
        "service_manager": str(team.service_manager.pk),
        "version": hidden(text(client.get(url("portfolio", customer))), "version"),
    }
    response = client.post(url("portfolio", customer), data)
    # The service manager is of the same department: the head still sees the customer.
    assert response["Location"] == url("detail", customer)
    assert Customer.objects.get().account_manager == successor
    data = {"account_manager": "", "service_manager": "", "version": "2"}
    leader = as_(team.group_leader)
    assert leader.post(url("portfolio", customer), data).status_code == 302


def test_customer_given_out_of_sight_leads_back_to_the_list(team: Team, customer: Customer) -> None:
    successor = create_user(Role.ACCOUNT_MANAGER)
    client = as_(team.department_manager)
    data = {"account_manager": str(successor.pk), "service_manager": "", "version": "1"}
    assert client.post(url("portfolio", customer), data)["Location"] == reverse("customers:list")


def test_portfolio_with_one_person_at_both_ends_is_refused_at_the_field(
    team: Team, customer: Customer
) -> None:
    both = create_user(Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER)
    data = {"account_manager": str(both.pk), "service_manager": str(both.pk), "version": "1"}
    response = as_(team.group_leader).post(url("portfolio", customer), data)
    assert response.status_code == 200
    assert "two people" in text(response)


def test_supervisors_do_not_reassign(team: Team, customer: Customer) -> None:
    assert as_(team.legal_affairs).get(url("portfolio", customer)).status_code == 403


def test_stopping_and_reinstating(team: Team, customer: Customer) -> None:
    client = as_(team.group_leader)
    assert client.get(url("stop", customer)).status_code == 200
    assert client.post(url("stop", customer), {"reason": " "}).status_code == 200
    for _ in range(2):  # a double click
        assert client.post(url("stop", customer), {"reason": "disputes"}).status_code == 302
    assert Customer.objects.get().state == CustomerState.SUSPENDED
    assert client.get(url("stop", customer)).status_code == 403
    assert client.get(url("reinstate", customer)).status_code == 200
    for _ in range(2):
        assert client.post(url("reinstate", customer), {"reason": "paid"}).status_code == 302
    assert Customer.objects.get().state == CustomerState.ACTIVE
    assert as_(team.account_manager).post(url("stop", customer), {"reason": "x"}).status_code == 403


# Contracts


def contract(client: Client, customer: Customer, **changes: str) -> dict[str, str]:
    return {
        "number": "HT-1",
        "service_type": "leasing",
        "amount": "120000.00",
        "currency": "CNY",
        "signed_on": timezone.localdate().isoformat(),
        "ends_on": "",
        "payment_term_days": "60",
        "handler": str(customer.account_manager_id),
        "submission_key": hidden(text(client.get(url("contract_create", customer))), "submission_key"),
    } | changes


def test_recording_a_contract(team: Team, customer: Customer) -> None:
    client = as_(team.account_manager)
    data = contract(client, customer)
    for _ in range(2):  # a double click
        assert client.post(url("contract_create", customer), data)["Location"] == url("detail", customer)
    assert Contract.objects.get().payment_term_days == 60


def test_taken_contract_number_is_said_at_the_field(team: Team, customer: Customer) -> None:
    create_contract(customer=customer, handler=team.account_manager, number="HT-1")
    client = as_(team.account_manager)
    response = client.post(url("contract_create", customer), contract(client, customer))
    assert response.status_code == 200
    assert "Another contract has this number." in text(response)


def test_history_tells_who_changed_what(team: Team, customer: Customer) -> None:
    client = as_(team.account_manager)
    client.post(url("edit", customer), edit(client, customer, name="新名"))
    account = create_bank_account(customer=customer, is_main=True)
    services.update_bank_account(
        account=account, data={"account_number": "1111 2222 3333 4444"}, version=1, by=team.account_manager
    )
    page = text(client.get(url("history", customer)))
    assert "示范&lt;公司&gt;" in page
    assert "新名" in page
    assert str(team.account_manager) in page
    assert "•••• 4444" in page
    assert "1111" not in page


# While somebody types


def test_while_somebody_types_only_the_rows_are_answered(team: Team, customer: Customer) -> None:
    client, address = as_(team.group_leader), reverse("customers:list") + "?q=K-1"
    page = client.get(address)
    rows = client.get(address, headers={"HX-Request": "true", "HX-Target": "list"})
    assert customer.name_en in rows.content.decode()
    assert rows.content.decode().startswith('<div id="list">')
    assert "<html" in page.content.decode()
    assert "<html" not in rows.content.decode()
    assert "HX-Request" in rows.headers["Vary"]


def test_who_comes_back_to_the_list_gets_the_whole_page(team: Team, customer: Customer) -> None:
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    page = as_(team.group_leader).get(reverse("customers:list"), headers=headers)
    assert "<html" in page.content.decode()
