"""The pages, the files and the command of liquidated damages (P5.2.3)."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from creditrisk.accounts.models import User
from customers.dossier import dossier_of
from customers.models import Customer
from customers.timeline import timeline_of
from receivables.damages_statement import StatedPart
from receivables.models import DamagesReceipt, DamagesWaiver
from receivables.selectors.damages_list import late_customers
from receivables.services import waivers
from receivables.services.damages import record_receipt, reverse_receipt
from receivables.services.damages_statement import damages_pdf
from receivables.views import damages as damages_views
from tests.factories.customers import create_active_customer, create_contract
from tests.factories.people import Team, create_team, create_user
from tests.factories.reports import store_sums
from tests.receivables.damages_world import DUE, account, day, ledger, renumber, reported
from tests.receivables.pdf_text import pdf_text

pytestmark = pytest.mark.django_db
ON = {"on": day(20).isoformat()}


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    """1,000.00 under a contract with 0.1 % a day, of which 600.00 were paid by day 10: 10.00 + 4.00 by day 20."""
    found = create_active_customer(
        number="C1",
        name="#let 甲 <script> \u202eevil 😀",
        account_manager=team.account_manager,
        service_manager=team.service_manager,
        letter_language="zh-hans",
    )
    create_contract(
        customer=found, handler=team.account_manager, number="HT-1", late_payment_daily_ratio=Decimal("0.001")
    )
    for number, amount in ((0, "1000.00"), (10, "400.00")):
        report = reported(found, number, ("A*_", amount))
        renumber(report, "HT-1")
        store_sums(report)
    return found


def as_(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page_of(customer: Customer, person: User, **query: str) -> str:
    return (
        as_(person)
        .get(reverse("receivables:damages_customer", args=[customer.number]), ON | query)
        .content.decode()
    )


def test_the_statement_shows_every_period_and_where_the_rate_comes_from(
    team: Team, customer: Customer
) -> None:
    text = page_of(customer, team.group_leader)
    for part in (
        *(
            "2026-03-02 – 2026-03-11",
            "1,000.00",
            "10.00",
            "2026-03-12 – 2026-03-21",
            "400.00",
            "4.00",
            "14.00",
        ),
        *("0.1% a day, at most 20%", "contract HT-1, policy v1", "400.00 of it still open", "days earlier"),
        *("A*_", "&lt;script&gt;", "Only finance records", "and the department manager ask"),
    ):
        assert part in text, part
    assert "<script> \u202e" not in text


def test_a_ledger_a_cap_a_dispute_and_nothing(team: Team, customer: Customer) -> None:
    other = create_active_customer(number="C2")
    ledger(other, 15, ("L", -30, "100.00", False), ("L", 3, "-60.00", True))
    assert "by the days of the ledger" in page_of(other, team.group_leader)
    assert "first seen" not in page_of(other, team.group_leader)
    text = page_of(other, team.group_leader, on=day(2000).isoformat())
    assert "cap of 20.00 reached on" in text
    assert "No damages have accrued" in page_of(other, team.group_leader, on=day(-9).isoformat())
    assert "No damages have accrued" in page_of(create_active_customer(), team.group_leader, on="nonsense")


def test_the_pdf_in_three_languages(team: Team, customer: Customer) -> None:
    waiver = waivers.ask_waiver(
        customer=customer,
        currency="CNY",
        document="A*_",
        due_on=DUE,
        amount=Decimal("4.00"),
        reason="老客户",
        on=day(20),
        by=team.service_manager,
    )
    now = timezone.make_aware(dt.datetime.combine(day(20), dt.time(12)))
    waivers.approve_waiver(waiver=waiver, reason="同意", by=team.group_leader, now=now)
    words = {
        "zh-hans": ("违约金清单", "首次反映", "合同HT-1", "大写：人民币壹拾元整", "减免", "每日0.1%"),
        "zh-hant": ("違約金清單", "合約HT-1", "大寫：人民幣壹拾圓整", "減免"),
        "en": ("Statementofliquidateddamages", "contractHT-1", "waived", "0.1%aday"),
    }
    for language, parts in words.items():
        pdf = damages_pdf(customer, account(customer, 20), language=language)
        text = pdf_text(pdf).replace(" ", "").replace("\u200b", "")
        for part in (*parts, "A*_", "2026-03-11", "14.00", "10.00", "#let"):
            assert part in text, (language, part)
        assert "老客户" not in text
    assert damages_pdf(customer, account(customer, 20)) == damages_pdf(
        customer, account(customer, 20), language="zh-hans"
    )


def test_a_pdf_with_a_reversal_an_excess_a_cap_and_nothing(team: Team, customer: Customer) -> None:
    given: dict[str, Any] = {
        "customer": customer,
        "currency": "CNY",
        "today": day(20),
        "by": team.finance_clerk,
    }
    first = record_receipt(amount=Decimal("3.00"), received_on=day(18), **given)
    reverse_receipt(receipt=first, reason="错", today=day(19), by=team.finance_clerk)
    record_receipt(amount=Decimal("300.00"), received_on=day(20), **given)
    record_receipt(**given | {"currency": "XTS"}, amount=Decimal("1.00"), received_on=day(20))
    Customer.objects.filter(pk=customer.pk).update(account_manager=None, service_manager=None)
    customer.refresh_from_db()
    text = pdf_text(damages_pdf(customer, account(customer, 900), language="en")).replace(" ", "")
    for part in ("paymentreceived,reversed", "Settledbeyondwhataccrued", "Thecapwasreachedon", "XTS"):
        assert part in text, part
    nothing = damages_pdf(create_active_customer(), account(customer, -50), language="en")
    assert "rounded" not in pdf_text(nothing)
    assert "Noliquidateddamages" in pdf_text(nothing).replace(" ", "")


@pytest.mark.parametrize(
    ("accrued", "settled", "balance", "message"),
    [(1, 0, 1, "items"), (0, 1, 0, "settlements"), (0, 0, 1, "balance")],
)
def test_a_part_that_does_not_add_up_is_none(accrued: int, settled: int, balance: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        StatedPart("CNY", (), (), Decimal(accrued), Decimal(settled), Decimal(balance), Decimal(0))


def test_the_pdf_page_and_the_sheet(team: Team, customer: Customer) -> None:
    client = as_(team.account_manager)
    url = reverse("receivables:damages_pdf", args=["C1"])
    for query in (ON, ON | {"language": "en"}, ON | {"language": "fr"}):
        assert client.get(url, query)["Content-Type"] == "application/pdf"
    record_receipt(
        customer=customer,
        currency="CNY",
        amount=Decimal(1),
        received_on=day(20),
        today=day(20),
        by=team.finance_clerk,
    )
    address = reverse("receivables:damages_customer", args=["C1"])
    text = client.get(address, ON | {"format": "csv"}).getvalue().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert [row[0] for row in rows[1:5]] == ["Period", "Period", "Item", "received"]
    assert rows[1][6:9] == ["2026-03-02", "2026-03-11", "10"]
    assert (rows[3][-1], rows[4][-1]) == ("14.00", "-1.00")
    book = openpyxl.load_workbook(io.BytesIO(client.get(address, ON | {"format": "xlsx"}).getvalue()))
    assert book.worksheets[0]["M4"].value == 14


# The list


def listed(person: User, **query: str) -> str:
    return as_(person).get(reverse("receivables:damages_list"), ON | query).content.decode()


def test_the_list_is_sorted_by_what_is_left_and_narrowed(team: Team, customer: Customer) -> None:
    other = create_active_customer(number="C2", name="乙公司", service_manager=team.service_manager)
    create_active_customer(number="C3", name="丙公司")
    store_sums(reported(other, 12, ("B", "100.00")))
    text = listed(team.group_leader)
    assert text.index(">C1<") < text.index(">C2<")
    assert ">C3<" not in text
    for sort in ("balance", "accrued", "settled", "customer", "number", "service_manager", "waiting_waivers"):
        assert "C2" in listed(team.group_leader, sort=sort)
    text = listed(team.group_leader, sort="balance")
    assert text.index(">C2<") < text.index(">C1<")
    assert "C1" not in listed(team.group_leader, q="乙公司")
    assert "C2" not in listed(team.account_manager)
    assert ">C1<" not in listed(team.group_leader, show="waiting", q="C1")
    waivers.ask_waiver(
        customer=customer, currency="CNY", amount=None, reason="x", on=day(20), by=team.account_manager
    )
    assert ">C1<" in listed(team.group_leader, show="waiting")
    record_receipt(
        customer=customer,
        currency="CNY",
        amount=Decimal(99),
        received_on=day(20),
        today=day(20),
        by=team.finance_clerk,
    )
    owing = listed(team.group_leader, show="owing")
    assert ">C2<" in owing
    assert ">C1<" not in owing
    assert "C1" in listed(team.group_leader, on="nonsense")


def test_who_was_late(team: Team, customer: Customer) -> None:
    """By the sums, by an item that fell due since the report, by a late payment of a ledger, by a ledger to come."""
    leader = team.group_leader

    def found(number: int) -> list[str]:
        return list(
            late_customers(leader, on=day(number)).order_by("number").values_list("number", flat=True)
        )

    assert found(-1) == []
    assert found(10) == ["C1"]  # by the item of the latest report
    other = create_active_customer(number="C2")
    ledger(other, 30, ("L", -30, "100.00", False), ("L", 3, "-100.00", True))
    assert found(29) == ["C1"]
    assert "C2" in found(30)


def test_a_ledger_to_come_tells_who_was_late(team: Team) -> None:
    other = create_active_customer(number="C2")
    ledger(other, 30, ("L", -30, "100.00", False), ("L", 3, "-100.00", True))
    numbers = [list(late_customers(team.group_leader, on=day(number))) for number in (-40, 0, 2)]
    assert numbers == [[], [], [other]]


def test_too_many_customers_are_counted_a_page_at_a_time(
    team: Team, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(damages_views, "MOST_COMPUTED", 0)
    text = listed(team.group_leader, show="owing")
    assert "narrow the list down" in text
    assert "14.00" in text
    url = reverse("receivables:damages_list")
    rows = as_(team.group_leader).get(url, ON | {"format": "csv"}).getvalue().decode("utf-8-sig")
    assert "C1" in rows
    assert "14.00" in rows
    assert as_(team.group_leader).get(url, ON | {"format": "xlsx"}).getvalue().startswith(b"PK")


def test_the_number_of_queries_is_flat(team: Team, customer: Customer) -> None:
    client = as_(team.group_leader)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("receivables:damages_list"), ON).status_code == 200
        return len(queries)

    few = count()
    for place in range(20):
        found = create_active_customer(number=f"N{place}", service_manager=team.service_manager)
        store_sums(reported(found, 100 + place, ("I", "100.00")))
        store_sums(reported(found, -100 - place, ("I", "100.00"), due_on=day(-200)))
    assert count() == few


# Forms


def test_a_receipt_is_recorded_and_reversed_by_form(team: Team, customer: Customer) -> None:
    client = as_(team.finance_clerk)
    url = reverse("receivables:damages_receive", args=["C1"])
    assert "Record" in client.get(url).content.decode()
    data = {
        "amount": "5",
        "currency": "CNY",
        "received_on": "2026-03-21",
        "reference": "",
        "submission_key": "",
    }
    for wrong in ({"amount": "0"}, {"received_on": "2999-01-01"}):
        given = data | {"submission_key": "8d6d3a0e-8d2c-4f0e-9d2f-0d2f8e6d3a0e"} | wrong
        answer = client.post(url, given)
        assert answer.status_code == 200
        assert "invalid" in answer.content.decode()
    given = data | {"submission_key": "8d6d3a0e-8d2c-4f0e-9d2f-0d2f8e6d3a0e"}
    assert client.post(url, given)["Location"] == reverse("receivables:damages_customer", args=["C1"])
    assert client.post(url, given).status_code == 302
    receipt = DamagesReceipt.objects.get()
    reverse_url = reverse("receivables:damages_reverse", args=[receipt.pk])
    assert reverse_url in page_of(customer, team.finance_clerk)
    assert reverse_url not in page_of(customer, team.group_leader)
    assert "An entry of its own" in client.get(reverse_url).content.decode()
    assert client.post(reverse_url, {"reason": ""}).status_code == 200
    assert client.post(reverse_url, {"reason": "错"}).status_code == 302
    assert client.get(reverse_url).status_code == 409
    assert client.post(reverse_url, {"reason": "又"}).status_code == 409
    assert as_(team.group_leader).get(url).status_code == 403


def test_a_waiver_from_the_statement_to_the_decision(team: Team, customer: Customer) -> None:
    manager, leader = as_(team.service_manager), as_(team.group_leader)
    query = urlencode({"currency": "CNY", "document": "A*_", "due_on": "2026-03-01"})
    url = reverse("receivables:damages_waive", args=["C1"])
    form = manager.get(f"{url}?{query}").content.decode()
    assert 'value="A*_"' in form
    assert 'value="2026-03-01"' in form
    assert leader.get(url).status_code == 403
    data = {
        "currency": "CNY",
        "document": "A*_",
        "due_on": "2026-03-01",
        "amount": "99999",
        "reason": "老客户",
        "submission_key": "8d6d3a0e-8d2c-4f0e-9d2f-0d2f8e6d3a0f",
    }
    assert "at most CNY" in manager.post(url, data).content.decode()
    address = manager.post(url, data | {"amount": "3.00"})["Location"]
    waiver = DamagesWaiver.objects.get()
    assert address == reverse("receivables:damages_waiver", args=[waiver.pk])
    assert address in page_of(customer, team.service_manager)
    shown = manager.get(address).content.decode()
    assert "Only the group leader waives" in shown
    assert "Take it back" in shown
    assert "formaction" in leader.get(address).content.decode()
    assert leader.post(f"{address}approve/", {"reason": ""}).status_code == 400
    assert manager.post(f"{address}approve/", {"reason": "x"}).status_code == 403
    record_receipt(
        customer=customer,
        currency="CNY",
        amount=Decimal(250),
        received_on=day(20),
        today=day(20),
        by=team.finance_clerk,
    )
    assert "still open" in leader.post(f"{address}approve/", {"reason": "x"}).content.decode()
    reverse_receipt(receipt=DamagesReceipt.objects.get(), reason="x", today=day(20), by=team.finance_clerk)
    assert leader.post(f"{address}approve/", {"reason": "同意"}).status_code == 302
    assert "同意" in manager.get(address).content.decode()
    assert leader.post(f"{address}refuse/", {"reason": "不"}).status_code == 409
    assert manager.post(f"{address}withdraw/").status_code == 409


def test_a_waiver_of_a_currency_is_refused_or_withdrawn(team: Team, customer: Customer) -> None:
    for ending, person, state in (
        ("refuse", team.group_leader, "refused"),
        ("withdraw", team.service_manager, "withdrawn"),
    ):
        waiver = waivers.ask_waiver(
            customer=customer,
            currency="CNY",
            amount=Decimal(1),
            reason="x",
            on=day(20),
            by=team.service_manager,
        )
        address = reverse(f"receivables:damages_waiver_{ending}", args=[waiver.pk])
        assert as_(person).post(address, {"reason": "不"}).status_code == 302
        waiver.refresh_from_db()
        assert waiver.state == state
        text = as_(person).get(waiver.get_absolute_url()).content.decode()
        assert "all damages in CNY" in text


def test_others_find_nothing(team: Team, customer: Customer) -> None:
    stranger = as_(create_user("account_manager"))
    for name in ("damages_customer", "damages_pdf", "damages_receive", "damages_waive"):
        assert stranger.get(reverse(f"receivables:{name}", args=["C1"])).status_code == 404


# Elsewhere


def test_the_customers_page_dossier_and_timeline_tell(team: Team, customer: Customer) -> None:
    receipt = record_receipt(
        customer=customer,
        currency="CNY",
        amount=Decimal(5),
        received_on=day(20),
        today=day(20),
        by=team.finance_clerk,
    )
    reverse_receipt(receipt=receipt, reason="错", today=day(21), by=team.finance_clerk)
    now = timezone.make_aware(dt.datetime.combine(day(20), dt.time(12)))
    for decide in (waivers.approve_waiver, waivers.refuse_waiver):
        waiver = waivers.ask_waiver(
            customer=customer,
            currency="CNY",
            amount=Decimal(1),
            reason="x",
            on=day(20),
            by=team.service_manager,
        )
        decide(waiver=waiver, reason="y", by=team.group_leader, now=now)
    page = as_(team.group_leader).get(customer.get_absolute_url()).content.decode()
    assert "Statement of liquidated damages" in page
    section = dossier_of(customer=customer, person=None, on=day(21)).as_json()["liquidated_damages"]
    assert [row["balance"] for row in section] == ["13.40"]  # 14.40 accrued by day 21, 1.00 waived
    lines = timeline_of(customer=customer, person=None, codes=["damages"]).lines
    assert sorted(line.entry.title for line in lines) == [
        *("Damages not waived", "Damages waived", "Receipt for damages reversed", "Received for damages"),
        *("Waiver of damages asked for", "Waiver of damages asked for"),
    ]


def test_the_command(
    team: Team, customer: Customer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record_receipt(
        customer=customer,
        currency="CNY",
        amount=Decimal(5),
        received_on=day(20),
        today=day(20),
        by=team.finance_clerk,
    )
    path = tmp_path / "d.pdf"
    call_command("liquidated_damages", "C1", "--on", "2026-03-21", "--json", "--pdf", str(path))
    told = json.loads(capsys.readouterr().out)
    assert told == {
        "customer": "C1",
        "on": "2026-03-21",
        "items": [
            {
                "document": "A*_",
                "due_on": "2026-03-01",
                "currency": "CNY",
                "amount": "1000.00",
                "ratio": "0.001",
                "cap_ratio": "0.2",
                "source": "contract HT-1, policy v1",
                "periods": [
                    {
                        "from": "2026-03-02",
                        "to": "2026-03-11",
                        "days": 10,
                        "balance": "1000.00",
                        "amount": "10.00",
                    },
                    {
                        "from": "2026-03-12",
                        "to": "2026-03-21",
                        "days": 10,
                        "balance": "400.00",
                        "amount": "4.00",
                    },
                ],
                "damages": "14.00",
                "settled": "5.00",
                "capped_on": None,
                "disputed": False,
            }
        ],
        "settled": [
            {
                "on": "2026-03-21",
                "kind": "received",
                "currency": "CNY",
                "amount": "5.00",
                "document": None,
                "note": "",
            }
        ],
        "totals": {
            "CNY": {
                "accrued": "14.00",
                "received": "5.00",
                "forfeited": "0.00",
                "waived": "0.00",
                "balance": "9.00",
                "excess": "0.00",
            }
        },
    }
    assert path.read_bytes().startswith(b"%PDF")
    call_command("liquidated_damages", "C1", "--on", "2028-11-30")
    text = capsys.readouterr().out
    assert "A*_ 2026-03-01 CNY 200.00 (contract HT-1, policy v1)" in text
    assert "balance 195.00" in text
    call_command("liquidated_damages", create_active_customer().number)
    assert "No damages have accrued" in capsys.readouterr().out
    with pytest.raises(CommandError) as unknown:
        call_command("liquidated_damages", "NOBODY", "--json")
    assert unknown.value.returncode == 2
