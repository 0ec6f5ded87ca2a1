"""The pages of handovers, confirmations and reassignments, through the real middleware."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from customers.forms import ReassignmentForm
from customers.models import Customer, FileConfirmation, FileSection, Handover, Reassignment, Visit
from customers.services import update_customer
from customers.views.reassignments import SHOWN
from tests.factories.people import Team, create_team, create_user
from tests.factories.visits import create_customer_of, days, planned, proposed

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return create_customer_of(team, number="K-1 ü", name="示范<公司>", bank_account="6222020200112230")


@pytest.fixture
def successor() -> User:
    return create_user(Role.SERVICE_MANAGER)


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


def at(name: str, *arguments: Any) -> str:
    return reverse(f"portfolio:{name}", args=arguments)


# Handovers


def notes(recipient: User, **changes: Any) -> dict[str, Any]:
    return {
        "recipient": recipient.pk,
        "state_of_business": "合同<执行>顺利",
        "open_points": "尾款",
        "submission_key": str(uuid4()),
    } | changes


def test_a_handover_from_proposal_to_acceptance(team: Team, customer: Customer, successor: User) -> None:
    manager, new = as_(team.account_manager), as_(successor)
    assert at("handover_propose", customer.number) in text(manager.get(customer.get_absolute_url()))
    assert new.get(customer.get_absolute_url()).status_code == 404  # not his yet
    page = text(manager.post(at("handover_propose", customer.number), notes(successor), follow=True))
    handover = Handover.objects.get()
    assert "合同&lt;执行&gt;顺利" in page
    assert at("handover_withdraw", handover.pk) in page
    assert at("handover_accept", handover.pk) not in page
    assert handover.get_absolute_url() in text(new.get(f"{at('handover_list')}?mine=open"))
    page = text(new.get(handover.get_absolute_url()))
    assert "尾款" in page
    assert customer.get_absolute_url() not in page  # he reads the notes; the file opens once it is his
    assert at("handover_accept", handover.pk) in page
    page = text(new.post(at("handover_accept", handover.pk), follow=True))
    assert "You have taken" in page
    assert new.get(customer.get_absolute_url()).status_code == 200
    assert "state-accepted" in text(manager.get(customer.get_absolute_url()))
    assert text(new.get(f"{at('handover_list')}?mine=open")).count(handover.get_absolute_url()) == 0


def test_declining_needs_a_reason(team: Team, customer: Customer, successor: User) -> None:
    handover = proposed(customer, team.account_manager, successor)
    client = as_(successor)
    response = client.post(at("handover_decline", handover.pk), {"reason": " "})
    assert response.status_code == 400
    assert "required" in text(response)
    page = text(client.post(at("handover_decline", handover.pk), {"reason": "人手不足"}, follow=True))
    assert "Handover declined." in page
    page = text(as_(team.account_manager).get(handover.get_absolute_url()))
    assert "人手不足" in page
    assert at("handover_withdraw", handover.pk) not in page


def test_withdrawing(team: Team, customer: Customer, successor: User) -> None:
    handover = proposed(customer, team.account_manager, successor)
    page = text(as_(team.account_manager).post(at("handover_withdraw", handover.pk), follow=True))
    assert "Handover withdrawn." in page
    assert as_(successor).post(at("handover_accept", handover.pk)).status_code == 409


def test_a_second_proposal_is_told_of_the_first(team: Team, customer: Customer, successor: User) -> None:
    client = as_(team.account_manager)
    address = at("handover_propose", customer.number)
    client.post(address, notes(successor))
    response = client.post(address, notes(successor))
    assert response.status_code == 409
    assert "must be decided or withdrawn first" in text(response)
    assert "合同&lt;执行&gt;顺利" in text(response)  # what was typed is still there
    assert client.get(address).status_code == 409
    assert "must be decided or withdrawn first" in text(client.get(customer.get_absolute_url()))
    other = create_customer_of(team).number
    page = text(client.post(at("handover_propose", other), notes(successor, state_of_business=" ")))
    assert "required" in page


def test_what_the_rules_of_the_portfolio_refuse_stands_at_the_field(
    team: Team, customer: Customer, monkeypatch: pytest.MonkeyPatch, successor: User
) -> None:
    client = as_(team.account_manager)
    assert client.get(at("handover_propose", customer.number)).status_code == 200
    from creditrisk.exceptions import InvalidInputError
    from customers import services

    def refuse(**_arguments: object) -> None:
        raise InvalidInputError("portfolio.no_service_manager", "He lost the role.")

    monkeypatch.setattr(services, "propose_handover", refuse)
    response = client.post(at("handover_propose", customer.number), notes(successor))
    assert response.status_code == 200
    assert "He lost the role." in text(response)


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("", True),
        ("mine=proposed", True),
        ("mine=open", False),
        ("state=proposed", True),
        ("state=accepted", False),
        ("q=K-1", True),
        ("q=nobody", False),
        ("sort=recipient__password", True),
    ],
)
def test_list_of_handovers(
    team: Team, customer: Customer, successor: User, query: str, is_found: bool
) -> None:
    handover = proposed(customer, team.account_manager, successor)
    page = text(as_(team.account_manager).get(f"{at('handover_list')}?{query}"))
    assert (handover.get_absolute_url() in page) == is_found


# Confirmations


def ticks(**changes: Any) -> dict[str, Any]:
    return {
        "sections": FileSection.values,
        "note": "电话核实",
        "version": 1,
        "submission_key": str(uuid4()),
    } | changes


def test_confirming_a_file(team: Team, customer: Customer) -> None:
    client = as_(team.service_manager)
    page = text(client.get(customer.get_absolute_url()))
    assert "The file was not confirmed yet." in page
    assert at("confirm", customer.number) in page
    form = text(client.get(at("confirm", customer.number)))
    assert "示范&lt;公司&gt;" in form
    assert "6222020200112230" in form
    page = text(client.post(at("confirm", customer.number), ticks(), follow=True))
    assert "File confirmed." in page
    assert "state-confirmed" in page
    assert "电话核实" in page
    assert Customer.objects.get().confirmed_on == timezone.localdate()


def test_who_does_not_manage_the_customer_reads_and_confirms_nothing(team: Team, customer: Customer) -> None:
    client = as_(team.legal_affairs)
    page = text(client.get(at("confirm", customer.number)))
    assert "6222020200112230" not in page
    assert "•••• 2230" in page
    assert 'name="sections"' not in page
    assert client.post(at("confirm", customer.number), ticks()).status_code == 403


def test_a_file_changed_meanwhile_is_shown_before_it_is_confirmed(team: Team, customer: Customer) -> None:
    client = as_(team.service_manager)
    update_customer(customer=customer, data={"address": "新址 1 号"}, version=1, by=team.account_manager)
    response = client.post(at("confirm", customer.number), ticks())
    page = text(response)
    assert response.status_code == 409
    assert str(team.account_manager) in page
    assert "新址 1 号" in page
    assert 'name="version" value="2"' in page
    assert " checked" not in page  # the ticks were set on what is no longer so
    assert not FileConfirmation.objects.exists()


def test_nothing_ticked(team: Team, customer: Customer) -> None:
    page = text(as_(team.service_manager).post(at("confirm", customer.number), ticks(sections=[])))
    assert "Tick at least one section that you checked." in page
    page = text(as_(team.service_manager).post(at("confirm", customer.number), ticks(sections=["bank", "x"])))
    assert "is not one of the available choices" in page


def test_overdue_is_a_badge_on_the_customers_page(team: Team) -> None:
    today = timezone.localdate()
    late = create_customer_of(team, reviewed_on=None, confirmed_on=today - days(400))
    assert "state-overdue" in text(as_(team.account_manager).get(late.get_absolute_url()))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"LATE", "SOON"}),
        ("standing=overdue", {"LATE"}),
        ("standing=due", {"SOON"}),
        ("standing=all", {"LATE", "SOON", "FRESH"}),
        ("mine=on&standing=all", {"SOON"}),
        ("q=LATE", {"LATE"}),
        ("standing=nonsense", {"LATE", "SOON"}),
        ("sort=-confirmed_on&standing=all", {"LATE", "SOON", "FRESH"}),
        ("sort=account_manager__password", {"LATE", "SOON"}),
    ],
)
def test_files_to_confirm(team: Team, query: str, found: set[str]) -> None:
    """Due six months after the confirmation: 184 days are past it, 170 days within the notice of 30."""
    today = timezone.localdate()
    for number, ago in (("LATE", 185), ("SOON", 170), ("FRESH", 10)):
        create_customer_of(team, number=number, reviewed_on=None, confirmed_on=today - days(ago))
    Customer.objects.exclude(number="SOON").update(service_manager=create_user(Role.SERVICE_MANAGER))
    person = create_user(Role.GROUP_LEADER, Role.SERVICE_MANAGER)
    Customer.objects.filter(number="SOON").update(service_manager=person)
    page = text(as_(person).get(f"{at('confirmation_list')}?{query}"))
    assert {number for number in ("LATE", "SOON", "FRESH") if at("confirm", number) in page} == found


def test_files_of_a_person(team: Team) -> None:
    other = create_user(Role.ACCOUNT_MANAGER)
    create_customer_of(team, number="MINE", confirmed_on=timezone.localdate() - days(400))
    create_customer_of(team, number="OTHERS", confirmed_on=timezone.localdate() - days(400))
    Customer.objects.filter(number="OTHERS").update(account_manager=other)
    page = text(as_(team.group_leader).get(f"{at('confirmation_list')}?person={other.pk}"))
    assert at("confirm", "OTHERS") in page
    assert at("confirm", "MINE") not in page


# Reassigning


def give(*customers: Customer, **changes: Any) -> dict[str, Any]:
    return {
        "customers": [f"{customer.pk}:{customer.version}" for customer in customers],
        "account_successor": "",
        "service_successor": "",
        "submission_key": str(uuid4()),
    } | changes


def test_a_leavers_customers_go_to_his_successor(team: Team, customer: Customer) -> None:
    am = create_user(Role.ACCOUNT_MANAGER)
    kept = create_customer_of(team)
    planned(customer, team.account_manager)
    client = as_(team.department_manager)
    address = at("reassign", team.account_manager.pk)
    assert address in text(client.get(at("reassign_people")))
    page = text(client.get(address))
    assert "示范&lt;公司&gt;" in page
    assert f'value="{customer.pk}:1"' in page
    data = give(customer, account_successor=am.pk)
    page = text(client.post(address, data, follow=True))
    assert "1 customer reassigned. Visits: 1" in page
    assert Customer.objects.get(pk=customer.pk).account_manager == am
    assert Customer.objects.get(pk=kept.pk).account_manager == team.account_manager
    client.post(address, data)  # the second click
    assert Reassignment.objects.count() == 1


def test_the_second_click_after_the_last_customer_is_the_same(team: Team, customer: Customer) -> None:
    data = give(customer, account_successor=create_user(Role.ACCOUNT_MANAGER).pk)
    address = at("reassign", team.account_manager.pk)
    for _ in range(2):
        assert as_(team.group_leader).post(address, data).status_code == 302
    assert Reassignment.objects.count() == 1


def test_customers_changed_meanwhile_are_named_and_shown_anew(team: Team, customer: Customer) -> None:
    data = give(customer, account_successor=create_user(Role.ACCOUNT_MANAGER).pk)
    update_customer(customer=customer, data={"address": "新址"}, version=1, by=team.service_manager)
    response = as_(team.group_leader).post(at("reassign", team.account_manager.pk), data)
    page = text(response)
    assert response.status_code == 409
    assert "these customers changed while you had the page open: K-1 ü" in page
    assert f'value="{customer.pk}:2"' in page
    assert re.search(rf'value="{customer.pk}:2"[^>]* checked', page)
    assert not Reassignment.objects.exists()


def test_what_is_refused_stands_on_the_page(team: Team, customer: Customer) -> None:
    client, address = as_(team.group_leader), at("reassign", team.account_manager.pk)
    assert "Choose at least one customer." in text(client.post(address, give()))
    assert "Choose who becomes the account manager." in text(client.post(address, give(customer)))
    for tick in ("x", "1", "1:", f"{customer.pk}:1; DROP", "９:1"):
        page = text(client.post(address, give(customers=[tick])))
        assert "Reload the page and choose again." in page
    assert not Reassignment.objects.exists()


def test_an_unbound_form_has_no_ticks(team: Team) -> None:
    assert ReassignmentForm(person=team.account_manager).ticked == set()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"MANAGED", "SERVED", "WAITING"}),
        ("capacity=as_account_manager", {"MANAGED"}),
        ("capacity=as_service_manager", {"SERVED"}),
        ("capacity=as_recipient", {"WAITING"}),
        ("capacity=pk__gt", {"MANAGED", "SERVED", "WAITING"}),
        ("state=suspended", set()),
        ("q=SERVED", {"SERVED"}),
    ],
)
def test_filtering_a_portfolio(team: Team, query: str, found: set[str]) -> None:
    person = create_user(Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER)
    for number in ("MANAGED", "SERVED", "WAITING", "OTHERS"):
        create_customer_of(team, number=number)
    Customer.objects.filter(number="MANAGED").update(account_manager=person)
    Customer.objects.filter(number="SERVED").update(service_manager=person)
    proposed(Customer.objects.get(number="WAITING"), team.account_manager, person)
    page = text(as_(team.administrator).get(f"{at('reassign', person.pk)}?{query}"))
    shown = {number for number in ("MANAGED", "SERVED", "WAITING", "OTHERS") if f">{number}<" in page}
    assert shown == found


def test_more_customers_than_a_page_holds(
    team: Team, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_customer_of(team)
    assert SHOWN <= 1000
    monkeypatch.setattr("customers.views.reassignments.SHOWN", 1)
    page = text(as_(team.group_leader).get(at("reassign", team.account_manager.pk)))
    assert "The first 1 are shown" in page
    assert page.count('name="customers"') == 1


def test_who_has_left_is_listed_first(team: Team, customer: Customer) -> None:
    User.objects.filter(pk=team.service_manager.pk).update(is_active=False)
    page = text(as_(team.group_leader).get(at("reassign_people")))
    assert "has left" in page
    assert page.index(team.service_manager.name) < page.index(team.account_manager.name)
    assert "has left" in text(as_(team.group_leader).get(at("reassign", team.service_manager.pk)))


@pytest.mark.parametrize("count", [2, 60])
def test_lists_are_a_constant_number_of_queries(
    team: Team, successor: User, count: int, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for _ in range(count):
        customer = create_customer_of(team, confirmed_on=timezone.localdate() - days(300))
        proposed(customer, team.account_manager, successor)
    client = as_(team.group_leader)
    for address in (
        at("handover_list"),
        at("confirmation_list"),
        at("reassign_people"),
        at("reassign", team.account_manager.pk),
    ):
        with django_assert_max_num_queries(12):
            assert client.get(address).status_code == 200


def test_the_customers_page_stays_cheap(
    team: Team, customer: Customer, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for _ in range(8):
        planned(customer, team.account_manager)
    client = as_(team.account_manager)
    with django_assert_max_num_queries(38):
        assert client.get(customer.get_absolute_url()).status_code == 200
    assert Visit.objects.count() == 8
