"""Where dunning stands with one customer: the selector, the page, the files and the command (P5.2.3)."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from creditrisk.accounts.models import User
from customers.models import ContractDispute, Customer, DisputedItem
from receivables.dunning import WaitCode
from receivables.dunning_wording import WAITS, wait_text
from receivables.models import CooperationProposal, DunningTerms, FileKind, Promise, PromisedItem, Report
from receivables.selectors.dunning_status import ItemStatus, dunning_status
from tests.factories.customers import create_active_customer
from tests.factories.people import Team, create_team
from tests.factories.reports import Line, create_report
from tests.receivables.test_dunning_run import AS_OF, DUE, day, run, send_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return create_active_customer(
        number="C1",
        name="甲 <script>",
        finance_email="finance@customer.example",
        account_manager=team.account_manager,
        service_manager=team.service_manager,
    )


@pytest.fixture
def owed(team: Team, customer: Customer) -> Report:
    """On day 15: A goes to the final demand, B is in dispute, C partly, D promised, E not due for a reminder yet, F
    (due later) for a letter.
    """
    lines = [
        *(Line(customer, DUE, "1000.00", name) for name in ("A", "B", "C", "D")),
        Line(customer, day(40), "50.00", "E"),
        Line(customer, day(10), "70.00", "F"),
        Line(customer, DUE, "-30.00", "K"),
    ]
    report = create_report(as_of=AS_OF, lines=lines)
    run(day(1))
    send_all(day(1))
    dispute = ContractDispute.objects.create(
        customer=customer,
        currency="CNY",
        reason="quality",
        subject="坏了",
        owner=team.legal_affairs,
        opened_on=day(2),
        opened_by=team.service_manager,
    )
    for document, amount in (("B", None), ("C", Decimal("400.00"))):
        DisputedItem.objects.create(
            dispute=dispute,
            document=document,
            due_on=DUE,
            currency="CNY",
            disputed_amount=amount,
        )
    promise = Promise.objects.create(
        number="PR-1",
        customer=customer,
        currency="CNY",
        amount=Decimal("1000.00"),
        made_on=day(3),
        last_due_on=day(30),
        recorded_by=team.service_manager,
    )
    PromisedItem.objects.create(promise=promise, document="D", due_on=DUE, open_amount=Decimal("1000.00"))
    return report


def items_on(customer: Customer, days: int) -> dict[str, ItemStatus]:
    return {item.document: item for item in dunning_status(customer, on=day(days)).items}


def test_every_item_says_what_a_run_does_or_why_it_does_nothing(customer: Customer, owed: Report) -> None:
    """K is a credit and no item of dunning."""
    found = items_on(customer, 15)
    assert {name: (item.next_stage, item.waits) for name, item in found.items()} == {
        "A": ("final_demand", None),
        "B": (None, "disputed"),
        "C": ("final_demand", None),
        "D": (None, "promised"),
        "E": (None, "not_yet"),
        "F": ("dunning_letter", None),
    }
    part = found["C"]
    assert (part.open_amount, part.disputed_amount, part.demanded_amount) == (
        Decimal("1000.00"),
        Decimal("400.00"),
        Decimal("600.00"),
    )
    assert [(stage.stage, stage.notice.number) for stage in part.stages] == [
        ("dunning_letter", "DL-2026-000001")
    ]
    assert (found["E"].days_overdue, found["A"].days_overdue) == (-25, 15)
    run(day(15))
    assert items_on(customer, 15)["A"].waits == "entered"
    assert {item.waits for item in items_on(customer, 16).values()} == {
        "disputed", "promised", "not_yet", "entered",
    }  # fmt: skip


def test_the_run_does_what_the_status_said(customer: Customer, owed: Report) -> None:
    """On each day the items that the status names are those that the run puts on a notice."""
    for days in (3, 12, 15, 16, 33, 41):
        said = {(item.next_stage, name) for name, item in items_on(customer, days).items() if item.next_stage}
        assert set(run(day(days))) == said
        send_all(day(days))


def test_a_closed_file_own_terms_and_no_report(team: Team, customer: Customer) -> None:
    assert dunning_status(customer, on=day(1)).report is None
    create_report(as_of=AS_OF, lines=[Line(customer, DUE, document="A")])
    terms = DunningTerms.objects.create(
        customer=customer, is_excluded=True, reason="协议", set_by=team.group_leader, valid_to_on=day(1)
    )
    assert items_on(customer, 1)["A"].waits == "excluded"
    assert dunning_status(customer, on=day(1)).terms == (terms,)
    assert dunning_status(customer, on=day(2)).terms == ()
    Customer.objects.filter(pk=customer.pk).update(state="closed")
    closed = dunning_status(Customer.objects.get(pk=customer.pk), on=day(2))
    assert closed.is_closed
    assert [(item.waits, item.next_stage) for item in closed.items] == [("file_closed", None)]


def test_every_code_has_words() -> None:
    from typing import get_args

    assert set(WAITS) == set(get_args(WaitCode))
    assert wait_text("file_closed") == "the customer file is closed"
    assert wait_text("paid") == "paid, or a credit"


def test_a_fixed_number_of_queries(customer: Customer, owed: Report) -> None:
    with CaptureQueriesContext(connection) as few:
        dunning_status(customer, on=day(15))
    create_report(
        as_of=day(2),
        lines=[Line(customer, day(number % 40 - 20), document=f"X{number}") for number in range(60)],
    )
    for days in (20, 30, 40):
        run(day(days))
        send_all(day(days))
    with CaptureQueriesContext(connection) as many:
        dunning_status(customer, on=day(45))
    assert len(many) <= len(few)


# The page


def get(person: User, customer: Customer, **query: str) -> str:
    client = Client()
    client.force_login(person)
    return client.get(reverse("receivables:dunning_status", args=[customer.number]), query).content.decode()


def test_the_page_shows_it_all(team: Team, customer: Customer, owed: Report) -> None:
    run(day(15))
    customer.refresh_from_db()
    text = get(team.service_manager, customer, on=day(16).isoformat())
    for part in (
        *("&lt;script&gt;", "DL-2026-000001", "under a promise to pay", "in dispute", "PR-1", "坏了"),
        *(
            "final demand",
            "400.00",
            "not due for a reminder yet",
            owed.number,
            "Liquidated damages",
            "Proposal",
        ),
    ):
        assert part in text, part
    assert "<script> " not in text
    assert CooperationProposal.objects.get().number in text


def test_the_page_without_anything_and_of_a_closed_file(team: Team, customer: Customer) -> None:
    text = get(team.group_leader, customer, on="nonsense")
    assert "No committed aging report" in text
    assert "Nothing: the policy" in text
    report = create_report(as_of=AS_OF)
    Report.objects.filter(pk=report.pk).update(file_kind=FileKind.AGED_TABLE)
    Customer.objects.filter(pk=customer.pk).update(state="closed")
    text = get(team.group_leader, customer, on=day(0).isoformat())
    assert "The report is an aging table" in text
    assert "The customer file is closed: nothing is dunned" in text


def test_a_release_by_a_person_and_only_the_newest_letters(
    team: Team, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from receivables.views import dunning_status as view

    create_report(as_of=AS_OF, lines=[Line(customer, DUE, document="A")])
    run(day(0))
    run(day(1))
    send_all(day(1))
    monkeypatch.setattr(view, "SHOWN_LETTERS", 1)
    text = get(team.group_leader, customer, on=day(15).isoformat())
    assert "The newest 1 of 2." in text
    is_by_person = dunning_status(customer, on=day(15)).items[0].by_person
    assert ("after a release" in text) is is_by_person


def test_the_pages_queries_do_not_grow_with_the_items(team: Team, customer: Customer) -> None:
    lines = [Line(customer, day(number), document=f"X{number}") for number in range(40)]
    create_report(as_of=AS_OF, lines=lines[:3])
    run(day(3))
    get(team.group_leader, customer, on=day(4).isoformat())
    with CaptureQueriesContext(connection) as few:
        get(team.group_leader, customer, on=day(4).isoformat())
    create_report(as_of=AS_OF + dt.timedelta(days=1), lines=lines)
    for days in (5, 9, 20, 30):
        run(day(days))
    with CaptureQueriesContext(connection) as many:
        get(team.group_leader, customer, on=day(31).isoformat())
    assert len(many) <= len(few) + 1


def test_the_download(team: Team, customer: Customer, owed: Report) -> None:
    client = Client()
    client.force_login(team.finance_clerk)
    url = reverse("receivables:dunning_status", args=["C1"])
    answer = client.get(url, {"on": day(15).isoformat(), "format": "csv"})
    rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))  # type: ignore[arg-type]
    assert rows[1][:8] == ["A", "", DUE.isoformat(), "15", "CNY", "1000.00", "0", "1000.00"]
    assert rows[1][8] == f"dunning letter DL-2026-000001 {day(1)} sent"
    assert rows[2][9] == "in dispute"


def test_it_is_led_to_from_the_aging_page_and_the_customer(team: Team, customer: Customer) -> None:
    url = reverse("receivables:dunning_status", args=["C1"])
    client = Client()
    client.force_login(team.group_leader)
    for page in (reverse("receivables:aging_customer", args=["C1"]), customer.get_absolute_url()):
        assert url in client.get(page).content.decode()
    create_report(as_of=AS_OF, lines=[Line(customer, DUE, document="A")])
    assert url in client.get(reverse("receivables:dunning"), {"on": day(1).isoformat()}).content.decode()


# The command


def test_the_json(capsys: pytest.CaptureFixture[str], customer: Customer, owed: Report) -> None:
    run(day(15))
    call_command("dunning_status", "C1", on=day(16), json=True)
    found = json.loads(capsys.readouterr().out)
    assert list(found) == [
        "customer", "name", "on", "state", "stopped_by", "state_reason", "report", "as_of", "policy_version", "items",
        "letters", "promises", "disputes", "proposals", "forfeitures", "terms", "damages",
    ]  # fmt: skip
    assert (found["customer"], found["on"], found["report"]) == ("C1", "2026-03-18", owed.number)
    letter = {
        "stage": "dunning_letter", "number": "DL-2026-000001", "issued_on": "2026-03-03", "currency": "CNY",
        "amount": "4000.00", "delivery": "sent", "sent_on": "2026-03-03",
    }  # fmt: skip
    assert letter in found["letters"]
    assert found["items"][2] == {
        "document": "C", "due_on": "2026-03-02", "currency": "CNY", "contract": None, "open": "1000.00",
        "disputed": "400.00", "demanded": "600.00", "days_overdue": 16,
        "stages": [
            {"stage": "dunning_letter", "issued_on": "2026-03-03", "number": "DL-2026-000001", "delivery": "sent"},
            {"stage": "final_demand", "issued_on": "2026-03-17", "number": "DL-2026-000003", "delivery": "queued"},
        ],
        "next_stage": None, "by_person": False, "waits": "entered", "waits_text": "has its notice of this stage",
    }  # fmt: skip
    assert found["promises"] == [
        {"number": "PR-1", "made_on": "2026-03-05", "last_due_on": "2026-04-01", "currency": "CNY",
         "amount": "1000.00", "paid": "0.00"}
    ]  # fmt: skip
    assert found["disputes"] == [
        {"subject": "坏了", "reason": "quality", "contract": None, "opened_on": "2026-03-04", "deadline_on": None,
         "currency": "CNY", "amount": None}
    ]  # fmt: skip
    assert [(one["kind"], one["state"]) for one in found["proposals"]] == [("stop", "open")]
    assert (found["forfeitures"], found["terms"]) == ([], [])
    assert set(found["damages"]["CNY"]) == {"accrued", "settled", "balance"}


def test_the_json_of_terms(capsys: pytest.CaptureFixture[str], team: Team, customer: Customer) -> None:
    DunningTerms.objects.create(
        customer=customer,
        letter_from_day=5,
        minimum_amount=Decimal(10),
        reason="协议",
        set_by=team.group_leader,
    )
    call_command("dunning_status", "C1", json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["terms"] == [
        {"contract": None, "excluded": False, "reminder_from_day": None, "letter_from_day": 5,
         "final_demand_from_day": None, "minimum_amount": "10.00", "letter_interval_days": None, "valid_to_on": None,
         "reason": "协议"}
    ]  # fmt: skip
    assert (found["report"], found["items"], found["damages"]) == (None, [], {})


def test_the_text_and_an_unknown_customer(
    capsys: pytest.CaptureFixture[str], customer: Customer, owed: Report
) -> None:
    call_command("dunning_status", "C1", on=day(15))
    text = capsys.readouterr().out
    for part in (
        "C1 甲 <script>: active",
        "A 2026-03-02 CNY 1,000.00 (+15): final demand",
        "  2026-03-03 dunning letter DL-2026-000001 (sent)",
        "B 2026-03-02 CNY 1,000.00 (+15): in dispute",
        "PR-1 CNY 1,000.00 → 2026-04-01",
        "2026-03-04 坏了",
        "CNY: accrued",
    ):
        assert part in text, part
    call_command("dunning_status", "C1", on=dt.date(2020, 1, 1))
    assert "No committed aging report" in capsys.readouterr().out
    with pytest.raises(CommandError) as refused:
        call_command("dunning_status", "NOBODY")
    assert refused.value.returncode == 2
