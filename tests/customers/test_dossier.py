"""The credit dossier: as JSON for programs, as a PDF for people; what it masks and what it leaves out."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from customers.dossier import Choice, dossier_of
from customers.dossier.content import plain, shown
from customers.dossier.pdf import breakable, dossier_pdf
from customers.models import Customer
from tests.factories.customers import (
    create_active_customer,
    create_bank_account,
    create_contact,
    create_contract,
    create_customer,
    create_grade_change,
    create_qualification,
)
from tests.factories.people import Team, create_team
from tests.factories.reports import Line, create_report, store_sums
from tests.factories.reviews import create_draft
from tests.factories.visits import create_customer_of
from tests.receivables.pdf_text import pdf_text

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 3, 10)


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return create_customer_of(
        team,
        number="K-1 ü",
        name="示范<公司>有限公司",
        credit_limit_amount=Decimal("100000.00"),
        credit_limit_valid_to_on=dt.date(2026, 12, 31),
    )


def dossier(customer: Customer, **more: Any) -> dict[str, Any]:
    arguments: dict[str, Any] = {"person": None, "on": TODAY} | more
    told: dict[str, Any] = dossier_of(customer=customer, **arguments).as_json()
    return told


# For programs


def test_the_parts_come_in_one_order_with_codes(team: Team, customer: Customer) -> None:
    assert list(dossier(customer)) == [
        *("customer", "on", "company", "standing", "credit", "receivables", "reviews", "contracts"),
        *(
            "deposits",
            "grades",
            "warnings",
            "liquidated_damages",
            "letters",
            "collection_log",
            "promises",
            "contacts",
        ),
        *("bank_accounts", "qualifications", "confirmation", "timeline", "timeline_is_cut"),
    ]


def test_limits_and_exposure_are_those_of_the_credit_check(customer: Customer) -> None:
    """Limit 100,000.00, open 30,000.00 of which 20,000.00 are 25 days past due: 70,000.00 left, and a hold."""
    store_sums(
        create_report(
            as_of=TODAY,
            lines=[
                Line(customer, TODAY - dt.timedelta(days=25), "20000.00"),
                Line(customer, TODAY, "10000.00"),
            ],
        )
    )
    told = dossier(customer)
    assert told["credit"]["decision"] == "hold"
    figures = {name: told["credit"][name] for name in ("limit", "exposure", "available", "currency")}
    assert figures == {
        "limit": "100000.00",
        "exposure": "30000.00",
        "available": "70000.00",
        "currency": "CNY",
    }
    assert [reason["code"] for reason in told["credit"]["rows"]] == ["past_due"]
    (row,) = told["receivables"]["rows"]
    assert (row["not_due"], row["1-30"], row["overdue"], row["total"]) == (
        *("10000.00", "20000.00", "20000.00", "30000.00"),
    )


def test_without_a_report_nothing_is_known(customer: Customer) -> None:
    told = dossier(customer)
    assert told["credit"]["exposure"] is None
    assert told["receivables"] == {"report": None}


def test_rows_of_the_file(team: Team, customer: Customer) -> None:
    create_contact(customer=customer, name="王芳", mobile="13900000000")
    create_contact(customer=customer, name="离职", retired_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
                   retired_by=team.account_manager)  # fmt: skip
    create_bank_account(customer=customer, account_number="6222020200112230")
    create_qualification(customer=customer, valid_to_on=dt.date(2026, 12, 31))
    create_contract(customer=customer, handler=team.account_manager, number="HT-1")
    create_grade_change(customer=customer, old="B", new="C", effective_on=TODAY)
    told = dossier(customer)
    assert [row["name"] for row in told["contacts"]] == ["王芳"]
    assert [row["account_number"] for row in told["bank_accounts"]] == ["•••• 2230"]
    assert [row["valid_to_on"] for row in told["qualifications"]] == ["2026-12-31"]
    assert [(row["number"], row["amount"], row["service_type"]) for row in told["contracts"]] == [
        ("HT-1", "120000.00", "sales")
    ]
    assert [(row["old"], row["new"]) for row in told["grades"]] == [("B", "C")]
    assert "6222020200112230" not in json.dumps(told)


def test_the_group_names_only_whom_the_person_sees(team: Team, customer: Customer) -> None:
    hidden = create_active_customer(name="别人的客户")
    seen = create_customer_of(team, name="自己的客户", parent=hidden)
    Customer.objects.filter(pk=customer.pk).update(parent=hidden)
    customer.refresh_from_db()
    told = dossier(customer, person=team.account_manager)
    assert told["group"]["members"] == 3
    assert [row["number"] for row in told["group"]["rows"]] == [seen.number]
    assert hidden.name not in json.dumps(told["group"], ensure_ascii=False)
    everything = dossier(customer)
    assert {row["number"] for row in everything["group"]["rows"]} == {hidden.number, seen.number}


def test_a_draft_of_somebody_else_stays_out_of_it(team: Team) -> None:
    review = create_draft(team)
    assert dossier(review.customer, person=team.group_leader)["reviews"] == []
    (row,) = dossier(review.customer, person=team.account_manager)["reviews"]
    assert (row["number"], row["state"]) == (review.number, "draft")


def test_the_newest_entries_of_the_timeline_and_whether_there_are_more(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for days in range(3):
        create_grade_change(customer=customer, new="B", effective_on=TODAY - dt.timedelta(days=days))
    monkeypatch.setattr("customers.dossier.content.TIMELINE_MAX", 2)
    told = dossier(customer, codes=["grade"])
    assert [line["at"] for line in told["timeline"]] == ["2026-03-10", "2026-03-09"]
    assert told["timeline_is_cut"] is True
    assert dossier(customer, codes=["grade"], since=TODAY - dt.timedelta(days=1))["timeline_is_cut"] is False


@pytest.mark.parametrize(
    ("value", "people", "programs"),
    [
        (None, "–", None),
        ("", "–", ""),
        (Decimal("1234.50"), "1,234.50", "1234.50"),
        (True, "yes", True),
        (False, "no", False),
        (dt.date(2026, 3, 1), "2026-03-01", "2026-03-01"),
        (
            dt.datetime(2026, 3, 1, 1, 30, tzinfo=dt.UTC),
            "2026-03-01 09:30",
            "2026-03-01T09:30:00+08:00",
        ),
        (Choice("net", "days after the document"), "days after the document", "net"),
        (30, "30", 30),
    ],
)
def test_values_for_people_and_for_programs(value: Any, people: str, programs: Any) -> None:
    assert (shown(value), plain(value)) == (people, programs)


# On paper


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Creditdossier", "asof2026-03-10", "PrintedbyZhu", "Timeline", "Page1of"]),
        ("zh-hans", ["客户信用档案", "截至2026-03-10", "Zhu打印于", "时间线", "第1页"]),
        ("zh-hant", ["客戶信用檔案", "截至2026-03-10", "Zhu列印於", "時間軸", "第1頁"]),
    ],
)
def test_the_pdf_is_in_the_language_of_its_reader(
    customer: Customer, language: str, words: list[str]
) -> None:
    create_bank_account(customer=customer, account_number="6222020200112230")
    with override(language):
        told = dossier_of(customer=customer, person=None, on=TODAY)
        pdf = dossier_pdf(told, printed_by="Zhu", printed_at=dt.datetime(2026, 3, 10, 4, tzinfo=dt.UTC))
    text = pdf_text(pdf)
    assert [word for word in words if word not in text] == []
    assert "示范<公司>有限公司" in text
    assert "6222020200112230" not in text


def test_long_words_get_places_to_break_and_keep_their_letters() -> None:
    address = "accounts.payable@a-very-long-company-name.example"
    assert "\u200b" in breakable(address)
    assert breakable(address).replace("\u200b", "") == address
    assert breakable("HT-2026-00001") == "HT-2026-00001"


def test_the_address_of_the_pdf(team: Team, customer: Customer) -> None:
    client = Client()
    client.force_login(team.account_manager)
    response = client.get(reverse("customers:dossier", args=[customer.number]), {"kind": "grade"})
    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF-")


# On the command line


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("customer", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_prints_json_text_or_a_pdf(customer: Customer, tmp_path: Path) -> None:
    told = json.loads(run(customer.number, "--json"))
    assert told["company"]["name"] == "示范<公司>有限公司"
    text = run(customer.number)
    assert "Name: 示范<公司>有限公司" in text
    assert "Timeline" in text
    file = tmp_path / "dossier.pdf"
    assert run(customer.number, "--pdf", str(file)) == ""
    assert file.read_bytes().startswith(b"%PDF-")


def test_the_command_narrows_the_timeline_by_days(customer: Customer) -> None:
    create_grade_change(customer=customer, new="B", effective_on=TODAY)
    told = json.loads(run(customer.number, "--json", "--since", "2026-03-10", "--until", "2026-03-10"))
    assert [line["kind"] for line in told["timeline"]] == ["grade"]


def test_an_unknown_number_is_refused_with_2() -> None:
    create_customer(number="K-2")
    with pytest.raises(CommandError, match="There is no customer K-9") as refused:
        run("K-9", "--json")
    assert refused.value.returncode == 2
