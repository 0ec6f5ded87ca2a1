"""The pages of contracts, disputes, deposits, overrides and tasks, through the real middleware."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers import services
from customers.forms.contract import ContractForm
from customers.models import (
    Contract,
    ContractDispute,
    ContractOverride,
    ContractState,
    Customer,
    CustomerState,
    DepositEntry,
    SelfCheck,
)
from tests.customers.contract_world import PDF, contract_of, customer_of
from tests.factories.customers import create_active_customer, create_contract, create_customer
from tests.factories.people import Team, create_team

pytestmark = pytest.mark.django_db
MAX_QUERIES = 12


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def today() -> dt.date:
    return timezone.localdate()


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team, today: dt.date) -> Customer:
    return customer_of(team, reviewed_on=today, name="示范<公司>")


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


def hidden(page: str, name: str) -> str:
    match = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert match
    return match[1]


def terms(**changes: str) -> dict[str, str]:
    return {
        "number": "HT-1",
        "service_type": "sales",
        "amount": "120000.00",
        "currency": "CNY",
        "starts_on": "",
        "ends_on": "",
        "payment_term_days": "30",
        "payment_term_kind": "end_of_month",
        "deposit_required_amount": "5000",
        "late_payment_daily_pct": "0.05",
        "late_payment_cap_pct": "20",
        "notes": "",
    } | changes


# Drafting, editing, signing


def test_from_the_draft_to_the_end(team: Team, customer: Customer, today: dt.date) -> None:
    client = as_(team.account_manager)
    address = reverse("customers:contract_draft", args=[customer.number])
    assert address in text(client.get(customer.get_absolute_url()))
    data = terms(
        handler=str(team.service_manager.pk),
        submission_key=hidden(text(client.get(address)), "submission_key"),
    )
    first, second = (client.post(address, data) for _ in range(2))
    contract = Contract.objects.get()
    assert first["Location"] == second["Location"] == contract.get_absolute_url()
    assert contract.late_payment_daily_ratio == Decimal("0.0005")
    assert contract.late_payment_cap_ratio == Decimal("0.2")
    page = text(client.get(contract.get_absolute_url()))
    for part in (
        "end of the month + 30 days",
        "0.05 % a day, at most 20 %",
        "0.00 held of 5,000.00 required",
        "示范&lt;公司&gt;",
    ):
        assert part in page
    for step, state in (("sign", "signed"), ("start", "performing"), ("finish", "finished")):
        address = reverse(f"contracts:{step}", args=[contract.pk])
        assert address in text(client.get(contract.get_absolute_url()))
        assert client.get(address).status_code == 200
        for _ in range(2):  # a double click
            data = {"on": today.isoformat()} | ({"reason": "done"} if step == "finish" else {})
            assert client.post(address, data)["Location"] == contract.get_absolute_url()
        contract.refresh_from_db()
        assert contract.state == state
    page = text(client.get(contract.get_absolute_url()))
    assert "done" in page
    assert 'id="refused-edit"' in page


def test_what_is_wrong_is_said_at_the_field(team: Team, customer: Customer, today: dt.date) -> None:
    create_contract(customer=customer, handler=team.account_manager, number="HT-1")
    client = as_(team.account_manager)
    address = reverse("customers:contract_draft", args=[customer.number])
    key = hidden(text(client.get(address)), "submission_key")
    for changes in (
        {},
        {"late_payment_cap_pct": "101"},
        {"starts_on": "2026-02-02", "ends_on": "2026-02-01"},
        {"state": "signed"},
    ):
        response = client.post(
            address, terms(handler=str(team.account_manager.pk), submission_key=key, **changes)
        )
        assert response.status_code == 200
        assert "data-error-summary" in text(response)
    assert Contract.objects.count() == 1
    tomorrow = (today + dt.timedelta(days=1)).isoformat()
    draft = contract_of(team, ContractState.DRAFT, customer=customer)
    sign = reverse("contracts:sign", args=[draft.pk])
    assert client.post(sign, {"on": tomorrow}).status_code == 200
    stop = reverse("contracts:terminate", args=[draft.pk])
    assert client.post(stop, {"on": today.isoformat(), "reason": ""}).status_code == 200
    draft.refresh_from_db()
    assert draft.state == ContractState.DRAFT
    early = contract_of(team, customer=customer, signed_on=today)
    start = reverse("contracts:start", args=[early.pk])
    assert "before the signature" in text(client.post(start, {"on": (today - dt.timedelta(1)).isoformat()}))


def test_recording_in_one_go_takes_the_new_terms(team: Team, customer: Customer, today: dt.date) -> None:
    client = as_(team.account_manager)
    address = reverse("customers:contract_create", args=[customer.number])
    key = hidden(text(client.get(address)), "submission_key")
    data = terms(handler=str(team.account_manager.pk), submission_key=key, signed_on=today.isoformat())
    assert client.post(address, data)["Location"] == customer.get_absolute_url()
    contract = Contract.objects.get()
    assert (contract.state, contract.payment_term_kind) == ("signed", "end_of_month")
    assert contract.deposit_required_amount == Decimal("5000.00")
    bare = {
        name: data[name]
        for name in ("service_type", "amount", "currency", "payment_term_days", "handler", "signed_on")
    }
    bare |= {"number": "HT-2", "submission_key": "11111111-1111-4111-8111-111111111111"}
    assert client.post(address, bare).status_code == 302
    assert Contract.objects.get(number="HT-2").payment_term_kind == "net"
    assert as_(team.group_leader).post(address, {}).status_code == 403


def test_editing_with_a_stale_form(team: Team, customer: Customer) -> None:
    client = as_(team.account_manager)
    contract = contract_of(
        team, ContractState.DRAFT, customer=customer, late_payment_daily_ratio=Decimal("0.0005")
    )
    address = reverse("contracts:edit", args=[contract.pk])
    page = text(client.get(address))
    assert 'value="0.05"' in page
    data = terms(number=contract.number, handler=str(team.account_manager.pk), version="1")
    assert client.post(address, data | {"notes": "first"}).status_code == 302
    response = client.post(address, data | {"notes": "second"})
    assert response.status_code == 409
    assert str(team.account_manager) in text(response)
    assert (
        client.post(
            address, data | {"notes": "second", "version": hidden(text(response), "version")}
        ).status_code
        == 302
    )
    contract.refresh_from_db()
    assert contract.notes == "second"
    taken = contract_of(team, customer=customer)
    response = client.post(address, data | {"number": taken.number, "version": "3"})
    assert "Another contract has this number." in text(response)
    running = reverse("contracts:edit", args=[taken.pk])
    assert 'name="amount"' not in text(client.get(running))
    assert (
        client.post(
            running, {"handler": str(team.service_manager.pk), "notes": "x", "version": "1"}
        ).status_code
        == 302
    )
    assert Contract.objects.get(pk=taken.pk).handler == team.service_manager


def test_a_step_says_why_not(team: Team, customer: Customer) -> None:
    Customer.objects.filter(pk=customer.pk).update(state=CustomerState.SUSPENDED, state_reason="late")
    contract = contract_of(team, ContractState.DRAFT, customer=customer)
    client = as_(team.account_manager)
    page = text(client.get(contract.get_absolute_url()))
    assert 'id="refused-sign"' in page
    assert "cooperation has stopped" in page
    assert client.get(reverse("contracts:sign", args=[contract.pk])).status_code == 403
    assert 'id="refused-terminate"' in text(as_(team.finance_clerk).get(contract.get_absolute_url()))


def test_a_term_that_has_run_out_is_told(team: Team, customer: Customer, today: dt.date) -> None:
    for days, is_told in ((0, False), (1, True)):
        contract = contract_of(
            team, customer=customer, signed_on=dt.date(2020, 1, 1), ends_on=today - dt.timedelta(days)
        )
        assert (
            "The term ran out" in text(as_(team.group_leader).get(contract.get_absolute_url()))
        ) == is_told


# The list


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"A-1", "B-2"}),
        ("q=a-1", {"A-1"}),
        ("q=示范", {"A-1"}),
        ("state=performing", {"B-2"}),
        ("service_type=leasing", {"B-2"}),
        ("ending_days=0", {"A-1"}),
        ("ending_days=30", {"A-1", "B-2"}),
        ("ending_days=29", {"A-1"}),
        ("ending_days=x", {"A-1", "B-2"}),
        ("ending_days=-1", {"A-1", "B-2"}),
        ("sort=handler__password", {"A-1", "B-2"}),
        ("sort=-amount", {"A-1", "B-2"}),
        ("handler__password__startswith=p", {"A-1", "B-2"}),
    ],
)
def test_searching_filtering_sorting(
    team: Team, customer: Customer, today: dt.date, query: str, found: set[str]
) -> None:
    contract_of(team, customer=customer, number="A-1", ends_on=today)
    contract_of(
        team,
        ContractState.PERFORMING,
        number="B-2",
        service_type="leasing",
        ends_on=today + dt.timedelta(days=30),
    )
    contract_of(team, ContractState.FINISHED, number="C-3", ends_on=today, service_type="system_integration")
    page = text(as_(team.group_leader).get(f"{reverse('contracts:list')}?{query}"))
    listed = {number for number in ("A-1", "B-2") if f">{number}</a>" in page}
    assert listed == found


def test_the_list_of_one_s_own_customers(team: Team, customer: Customer, today: dt.date) -> None:
    contract_of(team, customer=customer, number="MINE", ends_on=today - dt.timedelta(1))
    stranger = create_customer()
    create_contract(customer=stranger, handler=team.account_manager, number="THEIRS")
    query = f"?handler={team.account_manager.pk}"
    page = text(as_(team.account_manager).get(reverse("contracts:list") + query))
    assert "MINE" in page
    assert "THEIRS" not in page
    assert 'class="overdue"' in page
    assert "THEIRS" in text(as_(team.finance_clerk).get(reverse("contracts:list") + query))


def many(team: Team, count: int) -> None:
    for _ in range(count):
        contract = contract_of(team, ContractState.PERFORMING)
        services.open_dispute(
            contract=contract,
            subject="x",
            owner=team.legal_affairs,
            opened_on=dt.date(2026, 3, 2),
            by=team.account_manager,
        )
        weak = customer_of(team, grade="D")
        services.request_override(customer=weak, reason="x", on=timezone.localdate(), by=team.account_manager)
    services.open_self_checks(on=dt.date(2026, 7, 1))


@pytest.mark.parametrize("count", [2, 25])
def test_lists_are_a_constant_number_of_queries(
    team: Team, count: int, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    many(team, count)
    client = as_(team.account_manager)
    for name in ("list", "dispute_list", "override_list", "tasks"):
        with django_assert_max_num_queries(MAX_QUERIES):
            page = text(client.get(reverse(f"contracts:{name}")))
        assert page.count("<tr") > count


@pytest.mark.parametrize("count", [1, 12])
def test_one_contract_is_a_constant_number_of_queries(
    team: Team,
    customer: Customer,
    today: dt.date,
    count: int,
    django_assert_max_num_queries: Callable[[int], Any],
) -> None:
    contract = contract_of(team, ContractState.PERFORMING, customer=customer)
    for number in range(count):
        services.add_log_entry(
            contract=contract, kind="note", happened_on=today, text="x", by=team.account_manager, today=today,
            files=[services.HandedIn(f"{number}.pdf", PDF)],
        )  # fmt: skip
        services.attach_contract_file(
            contract=contract, name=f"c{number}.pdf", content=PDF, by=team.account_manager
        )
        services.open_dispute(
            contract=contract,
            subject=f"s{number}",
            owner=team.legal_affairs,
            opened_on=today,
            by=team.account_manager,
        )
        services.receive_deposit(
            customer=customer, currency="CNY", amount=Decimal(1), happened_on=today, by=team.finance_clerk
        )
    client = as_(team.account_manager)
    with django_assert_max_num_queries(24):
        assert client.get(contract.get_absolute_url()).status_code == 200
    clerk = as_(team.finance_clerk)
    with django_assert_max_num_queries(MAX_QUERIES):
        page = text(clerk.get(reverse("customers:deposits", args=[customer.number])))
    assert page.count(">Reverse</a>") == count


# Log and files


def test_log_with_a_file_that_only_those_may_read_who_see_the_customer(
    team: Team, customer: Customer, today: dt.date
) -> None:
    contract = contract_of(team, customer=customer)
    client = as_(team.service_manager)
    address = reverse("contracts:log", args=[contract.pk])
    key = hidden(text(client.get(contract.get_absolute_url())), "submission_key")
    data = {
        "kind": "delivered",
        "happened_on": today.isoformat(),
        "text": "<b>here</b>",
        "amount": "7.00",
        "submission_key": key,
    }
    for _ in range(2):
        response = client.post(address, data | {"documents": SimpleUploadedFile("签收.pdf", PDF)})
        assert response["Location"].endswith("#log")
    entry = contract.log_entries.get()
    page = text(client.get(contract.get_absolute_url()))
    assert "&lt;b&gt;here" in page
    assert "签收.pdf" in page
    file = reverse("contracts:file", args=[contract.pk, entry.files.get().pk])
    response = client.get(file)
    assert response.getvalue() == PDF
    assert response["Content-Disposition"].startswith("attachment")
    assert as_(create_team().account_manager).get(file).status_code == 404
    assert client.get(address)["Location"] == contract.get_absolute_url()  # by a link, after a new log-in
    for bad in ({"text": ""}, {"kind": "dispute"}, {"documents": SimpleUploadedFile("x.html", b"<html>")}):
        response = client.post(
            address, data | {"submission_key": "11111111-1111-4111-8111-111111111111"} | bad
        )
        assert response.status_code == 200
        assert "data-error-summary" in text(response)
    assert contract.log_entries.count() == 1
    assert as_(team.group_leader).post(address, data).status_code == 403


def test_attaching_and_removing_files(team: Team, customer: Customer) -> None:
    contract = contract_of(team, customer=customer)
    client = as_(team.account_manager)
    attach = reverse("contracts:attach", args=[contract.pk])
    files = [SimpleUploadedFile("../合同.pdf", PDF), SimpleUploadedFile("x.svg", b"<svg onload=alert(1)>")]
    page = text(client.post(attach, {"documents": files}, follow=True))
    assert "1 file attached." in page
    assert "x.svg" in page  # why it was refused
    stored = contract.files.get()
    remove = reverse("contracts:file_remove", args=[contract.pk, stored.pk])
    assert remove in page
    for _ in range(2):
        assert client.post(remove).status_code == 302
    assert client.get(reverse("contracts:file", args=[contract.pk, stored.pk])).status_code == 404
    assert client.post(attach, {}).status_code == 200
    only_bad = client.post(attach, {"documents": [SimpleUploadedFile("x.svg", b"<svg>")]}, follow=True)
    assert "notice-success" not in text(only_bad)
    assert contract.files.count() == 1


# Overrides


def test_asking_granting_and_using_an_override(team: Team, today: dt.date) -> None:
    customer = customer_of(team, grade="D", reviewed_on=today)
    manager, leader = as_(team.account_manager), as_(team.group_leader)
    ask = reverse("customers:override_request", args=[customer.number])
    assert ask in text(manager.get(customer.get_absolute_url()))
    assert ask not in text(leader.get(customer.get_absolute_url()))
    page = text(manager.get(ask))
    assert "cooperation is declined" in page
    data = {"reason": "bank guarantee", "submission_key": hidden(page, "submission_key")}
    assert manager.post(ask, data | {"reason": " "}).status_code == 200
    for _ in range(2):
        response = manager.post(ask, data)
    override = ContractOverride.objects.get()
    assert response["Location"] == override.get_absolute_url()
    assert 'id="refused-grant"' in text(manager.get(override.get_absolute_url()))
    assert override.get_absolute_url() in text(leader.get(reverse("contracts:override_list")))
    page = text(leader.get(override.get_absolute_url()))
    assert "bank guarantee" in page
    grant = reverse("contracts:override_grant", args=[override.pk])
    yesterday = (today - dt.timedelta(days=1)).isoformat()
    assert leader.post(grant, {"reason": "ok", "valid_to_on": yesterday}).status_code == 200
    assert leader.post(grant, {"reason": "", "valid_to_on": ""}).status_code == 200
    for _ in range(2):
        assert leader.post(grant, {"reason": "covered", "valid_to_on": today.isoformat()}).status_code == 302
    page = text(manager.get(customer.get_absolute_url()))
    assert "Override granted" in page
    create = reverse("customers:contract_create", args=[customer.number])
    assert create in page
    page = text(manager.get(create))
    assert override.get_absolute_url() in page
    data = terms(
        handler=str(team.account_manager.pk),
        submission_key=hidden(page, "submission_key"),
        signed_on=today.isoformat(),
    )
    for _ in range(2):  # the second click finds the contract, though the override is spent
        assert manager.post(create, data).status_code == 302
    contract = Contract.objects.get()
    assert override.get_absolute_url() in text(manager.get(contract.get_absolute_url()))
    assert contract.number in text(manager.get(override.get_absolute_url()))
    assert manager.get(create).status_code == 403


def test_refusing_and_withdrawing(team: Team, today: dt.date) -> None:
    customer = customer_of(team, grade="D", reviewed_on=today)
    override = services.request_override(customer=customer, reason="x", on=today, by=team.account_manager)
    refuse = reverse("contracts:override_refuse", args=[override.pk])
    leader = as_(team.group_leader)
    assert leader.get(refuse)["Location"] == override.get_absolute_url()
    assert leader.post(refuse, {"reason": "no"}).status_code == 302
    override.refresh_from_db()
    assert override.state == "refused"
    second = services.request_override(customer=customer, reason="y", on=today, by=team.account_manager)
    manager = as_(team.account_manager)
    assert "Override asked for" in text(manager.get(customer.get_absolute_url()))
    assert manager.get(reverse("customers:override_request", args=[customer.number])).status_code == 403
    assert manager.post(reverse("contracts:override_withdraw", args=[second.pk])).status_code == 302
    second.refresh_from_db()
    assert second.state == "withdrawn"


# Disputes


def test_a_dispute_from_its_opening_to_its_end(team: Team, customer: Customer) -> None:
    contract = contract_of(team, customer=customer)
    manager, lawyer = as_(team.account_manager), as_(team.legal_affairs)
    create = reverse("contracts:dispute_create", args=[contract.pk])
    assert create in text(manager.get(contract.get_absolute_url()))
    page = text(manager.get(create))
    data = {
        "subject": "short <delivery>",
        "disputed_amount": "10.00",
        "documents": "INV-1",
        "reason": "quantity",
        "deadline_on": "",
        "owner": str(team.legal_affairs.pk),
        "description": "",
        "submission_key": hidden(page, "submission_key"),
    }
    assert manager.post(create, data | {"disputed_amount": "0"}).status_code == 200
    assert manager.post(create, data | {"owner": str(team.group_leader.pk)}).status_code == 200
    for _ in range(2):
        response = manager.post(create, data)
    dispute = ContractDispute.objects.get()
    assert response["Location"] == dispute.get_absolute_url()
    page = text(
        lawyer.get(f"{reverse('contracts:dispute_list')}?q=inv-1&state=open&owner={team.legal_affairs.pk}")
    )
    assert "short &lt;delivery&gt;" in page
    assert "short &lt;" not in text(lawyer.get(f"{reverse('contracts:dispute_list')}?state=resolved"))
    page = text(lawyer.get(dispute.get_absolute_url()))
    note = reverse("contracts:dispute_note", args=[dispute.pk])
    key = hidden(page, "submission_key")
    for _ in range(2):
        assert lawyer.post(note, {"text": "called", "submission_key": key}).status_code == 302
    assert dispute.log_entries.count() == 1
    assert lawyer.post(note, {"text": "", "submission_key": key}).status_code == 200
    give = reverse("contracts:dispute_reassign", args=[dispute.pk])
    assert lawyer.post(give, {"owner": str(team.general_management.pk), "text": "leave"}).status_code == 302
    resolve = reverse("contracts:dispute_resolve", args=[dispute.pk])
    assert manager.post(resolve, {"text": "x"}).status_code == 403
    assert lawyer.post(resolve, {"text": "   "}).status_code == 200
    for _ in range(2):
        assert lawyer.post(resolve, {"text": "5 % off"}).status_code == 302
    page = text(lawyer.get(dispute.get_absolute_url()))
    for part in ("5 % off", "called", str(team.general_management)):
        assert part in page
    other = services.open_dispute(
        contract=contract,
        subject="b",
        owner=team.legal_affairs,
        opened_on=dt.date(2026, 3, 2),
        by=team.account_manager,
    )
    withdraw = reverse("contracts:dispute_withdraw", args=[other.pk])
    assert withdraw in text(manager.get(other.get_absolute_url()))
    assert manager.post(withdraw, {"text": "paid"}).status_code == 302
    other.refresh_from_db()
    assert other.state == "withdrawn"


# Deposits


def test_deposits_through_the_pages(team: Team, customer: Customer, today: dt.date) -> None:
    clerk, leader = as_(team.finance_clerk), as_(team.group_leader)
    ledger = reverse("customers:deposits", args=[customer.number])
    contract = contract_of(team, customer=customer)

    def move(client: Client, kind: str, amount: str, **more: str) -> Any:
        address = reverse(f"customers:deposit_{kind}", args=[customer.number])
        key = hidden(text(client.get(address)), "submission_key")
        data = {
            "amount": amount,
            "currency": "CNY",
            "happened_on": today.isoformat(),
            "contract": "",
            "submission_key": key,
        }
        return [client.post(address, data | more) for _ in range(2)][-1]

    assert move(clerk, "receive", "100.00", reference="wire")["Location"] == ledger
    assert move(clerk, "receive", "50.00", contract=str(contract.pk), reference="").status_code == 302
    assert move(clerk, "return", "30.00", reference="", reason="").status_code == 302
    response = move(clerk, "return", "70.01", reference="", reason="")
    assert "70.00 is held" in text(response)
    tomorrow = (today + dt.timedelta(days=1)).isoformat()
    assert "still to come" in text(move(clerk, "receive", "1.00", reference="", happened_on=tomorrow))
    assert move(leader, "forfeit", "20.00", reason="late", decision="minutes 7").status_code == 302
    assert clerk.get(reverse("customers:deposit_forfeit", args=[customer.number])).status_code == 403
    page = text(clerk.get(ledger))
    for part in ("+100.00", "-30.00", "-20.00", "minutes 7", contract.number, "wire"):
        assert part in page
    assert "100.00" in text(leader.get(customer.get_absolute_url()))
    entry = DepositEntry.objects.get(kind="returned")
    undo = reverse("customers:deposit_reverse", args=[customer.number, entry.pk])
    assert undo in page
    assert clerk.get(undo).status_code == 200
    assert clerk.post(undo, {"reason": ""}).status_code == 200
    for _ in range(2):
        assert clerk.post(undo, {"reason": "typo"})["Location"] == ledger
    assert clerk.get(undo).status_code == 403
    page = text(clerk.get(ledger))
    assert "reverses the entry of" in page
    received = DepositEntry.objects.filter(kind="received", account__contract=None).get()
    response = clerk.post(
        reverse("customers:deposit_reverse", args=[customer.number, received.pk]), {"reason": "x"}
    )
    assert "is held" in text(response)
    foreign = customer_of(team)
    assert clerk.get(reverse("customers:deposit_reverse", args=[foreign.number, entry.pk])).status_code == 404


# Tasks


def test_answering_a_task(team: Team, customer: Customer) -> None:
    contract = contract_of(team, ContractState.PERFORMING, customer=customer)
    services.open_self_checks(on=dt.date(2026, 7, 1))
    client = as_(team.service_manager)
    tasks = reverse("contracts:tasks")
    mine, other = SelfCheck.objects.get(role="service_manager"), SelfCheck.objects.get(role="account_manager")
    page = text(client.get(tasks))
    assert mine.get_absolute_url() in page
    assert other.get_absolute_url() not in page
    assert 'data-count-of="/contracts/tasks/">1<' in page
    assert client.get(other.get_absolute_url()).status_code == 200
    answer = {"is_as_contracted": "no", "deviations": "late", "next_action": "call"}
    assert client.post(other.get_absolute_url(), answer).status_code == 403
    assert client.post(mine.get_absolute_url(), answer | {"next_action": ""}).status_code == 200
    for _ in range(2):
        assert client.post(mine.get_absolute_url(), answer)["Location"] == tasks
    assert mine.get_absolute_url() not in text(client.get(tasks))
    page = text(client.get(f"{tasks}?tab=done"))
    assert mine.get_absolute_url() in page
    assert "late" in text(client.get(mine.get_absolute_url()))
    assert mine.get_absolute_url() in text(client.get(contract.get_absolute_url()))
    assert client.get(f"{tasks}?tab=nonsense").status_code == 200


def test_foreign_objects_are_not_found(team: Team, customer: Customer, today: dt.date) -> None:
    contract = contract_of(team, ContractState.PERFORMING, customer=customer)
    services.open_self_checks(on=dt.date(2026, 7, 1))
    dispute = services.open_dispute(
        contract=contract, subject="x", owner=team.legal_affairs, opened_on=today, by=team.account_manager
    )
    task = SelfCheck.objects.all()[0]
    stranger = as_(create_team().account_manager)
    for address in (contract.get_absolute_url(), dispute.get_absolute_url(), task.get_absolute_url()):
        assert stranger.get(address).status_code == 404
    for name in ("edit", "sign", "log", "attach", "dispute_create"):
        address = reverse(f"contracts:{name}", args=[contract.pk])
        assert stranger.get(address).status_code == 404
        assert stranger.post(address, {}).status_code == 404


def test_a_new_contract_has_the_customers_payment_term_to_begin_with(team: Team) -> None:
    customer = create_active_customer(
        account_manager=team.account_manager,
        reviewed_on=dt.date(2026, 5, 1),
        payment_term_kind="end_of_month",
        payment_term_days=45,
    )
    assert customer.payment_term == "end of the month + 45 days"
    form = ContractForm(customer=customer, by=team.account_manager, today=dt.date(2026, 6, 1))
    assert (form["payment_term_kind"].value(), form["payment_term_days"].value()) == ("end_of_month", 45)
