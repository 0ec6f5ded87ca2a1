"""The page, the downloads and the command of the effectiveness of collection (P5.2.3)."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from argparse import ArgumentTypeError
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from customers.models import Customer
from receivables.effectiveness import Recovered
from receivables.management.commands import effectiveness as command
from receivables.models import PromiseState
from receivables.tables.effectiveness import RecoveredColumn, percent_text
from tests.factories.customers import create_active_customer
from tests.factories.people import Team, create_team, create_user
from tests.factories.reports import Line, create_report, store_sums
from tests.receivables.damages_world import day
from tests.receivables.effectiveness_world import decided, notice

pytestmark = pytest.mark.django_db
URL = "/receivables/effectiveness/"
MONTHS = {"first": "2026-03", "last": "2026-04"}


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    """1,000 due at the end of February and 400 at the end of March and April; 300 new in March, not due. A letter of 2
    March demanded the 1,000, a final demand of April the 400. (1,000 + 300 − 700) ÷ (1,000 + 300 − 300) = 60 %.
    """
    found = create_active_customer(
        number="C1", account_manager=team.account_manager, service_manager=team.service_manager
    )
    User.objects.filter(pk=team.service_manager.pk).update(name="=cmd <script>")
    reports = []
    for number, lines in (
        (-1, [Line(found, day(-9), "1000.00", "A")]),
        (4, [Line(found, day(-9), "800.00", "A")]),
        (29, [Line(found, day(-9), "400.00", "A"), Line(found, day(99), "300.00", "B")]),
        (60, [Line(found, day(-9), "400.00", "A"), Line(found, day(99), "300.00", "B")]),
    ):
        report = create_report(as_of=day(number), lines=lines)
        store_sums(report)
        reports.append(report)
    notice(found, 1, ("A", "1000.00"), report=reports[0], due_on=day(-9))
    notice(found, 40, ("A", "400.00"), report=reports[2], stage="final_demand", due_on=day(-9))
    decided(found, team, day(10), PromiseState.KEPT, "100.00", "100.00", reports[1])
    decided(found, team, day(11), PromiseState.BROKEN, "300.00", "0.00", reports[1])
    return found


def page(person: User, **query: str) -> str:
    client = Client()
    client.force_login(person)
    answer = client.get(URL, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_of_the_group(team: Team, customer: Customer) -> None:
    text = page(team.group_leader, **MONTHS)
    for part in (
        *(
            "Whole group",
            "2026-03 – 2026-04",
            "60.0 %",
            "20.0 %",
            "200.00",
            "not known yet",
            "=cmd &lt;script&gt;",
        ),
        *(
            "1,000.00",
            "50.0 %",
            "25.0 %",
            "÷ (opening receivables",
            f"&amp;manager={team.service_manager.pk}",
        ),
        *("Collection effectiveness index by month, CNY", "2026-03: 60.0 %", "within 7 days: 20.0 %"),
    ):
        assert part in text, part
    assert "=cmd <script>" not in text


def test_the_page_of_one_manager_and_of_somebody_who_is_none(team: Team, customer: Customer) -> None:
    other = create_user(Role.SERVICE_MANAGER, name="Other")
    create_active_customer(service_manager=other)
    text = page(team.group_leader, **MONTHS, manager=str(team.service_manager.pk))
    assert '<p>=cmd &lt;script&gt; <span class="muted">' in text
    for nobody in (str(other.pk), "0", "x"):
        assert "<p>Whole group" in page(team.group_leader, **MONTHS, manager=nobody)


def test_a_manager_sees_his_own_and_others_nothing(team: Team, customer: Customer) -> None:
    text = page(team.service_manager, **MONTHS)
    assert "All customers you see" in text
    assert "60.0 %" in text
    stranger = page(create_user(Role.SERVICE_MANAGER), **MONTHS)
    assert "60.0 %" not in stranger
    assert "script&gt;" not in stranger
    assert "60.0 %" not in page(
        create_user(Role.SERVICE_MANAGER), **MONTHS, manager=str(team.service_manager.pk)
    )


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"first": "2026-13"},
        {"first": "2026-05", "last": "2026-04"},
        {"first": "2024-01", "last": "2026-01"},
        {"last": "2000"},
    ],
)
def test_months_that_make_no_time_are_the_last_six_whole_ones(
    team: Team, customer: Customer, query: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("receivables.views.effectiveness.local_today", lambda: dt.date(2026, 8, 15))
    assert "2026-02 – 2026-07" in page(team.group_leader, **query)


def test_24_months_are_shown(team: Team, customer: Customer) -> None:
    text = page(team.group_leader, first="2024-06", last="2026-05")
    assert "2024-06 – 2026-05" in text
    assert "no report as of a day in this month" in text
    assert "no report as of a day in the month before" in text


def test_the_queries_do_not_grow(team: Team, customer: Customer) -> None:
    page(team.group_leader, **MONTHS)
    with CaptureQueriesContext(connection) as few:
        page(team.group_leader, **MONTHS)
    for number in range(5):
        more = create_active_customer(service_manager=create_user(Role.SERVICE_MANAGER))
        report = create_report(as_of=day(61 + number), lines=[Line(more, day(0), "5.00", "M")])
        store_sums(report)
        notice(more, 61 + number, ("M", "5.00"), report=report)
    with CaptureQueriesContext(connection) as many:
        page(team.group_leader, first="2025-09", last="2026-08")
    assert len(many) == len(few)


def download(person: User, **query: str) -> bytes:
    client = Client()
    client.force_login(person)
    return b"".join(client.get(URL, MONTHS | query))  # type: ignore[arg-type]


def rows_of(person: User, table: str, **query: str) -> list[list[str]]:
    text = download(person, format="csv", table=table, **query).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_the_csv_files(team: Team, customer: Customer) -> None:
    leader = team.group_leader
    index = rows_of(leader, "index")
    assert index[1] == ["Whole group", "2026-03", "CNY", "1000.00", "300.00", "700.00", "300.00", "60.0", ""]
    assert [row[0] for row in index[1:]] == ["Whole group"] * 2 + ["'=cmd <script>"] * 2
    recovered = rows_of(leader, "recovered")
    assert recovered[0][-3:] == [
        "Known within 60 days", "Recovered within 60 days", "Recovered within 60 days, %",
    ]  # fmt: skip
    assert recovered[1][:2] == ["Whole group", "2026-03"]
    assert recovered[1][2:5] == ["dunning letter", "1", "1000.00"]
    assert recovered[1][7:10] == ["1000.00", "200.00", "20.0"]
    assert rows_of(leader, "promises")[1][3:] == ["1", "0", "1", "50.0", "400.00", "100.00", "25.0"]
    assert rows_of(leader, "work")[1][2:] == ["0", "0", "0", "0", "1", "0", "0"]
    assert rows_of(leader, "nonsense") == index
    chosen = rows_of(leader, "index", manager=str(team.service_manager.pk))
    assert [row[0] for row in chosen[1:]] == ["'=cmd <script>"] * 2
    assert rows_of(team.service_manager, "index")[1][0] == "All customers you see"


def test_the_workbook(team: Team, customer: Customer, tmp_path: Path) -> None:
    file = tmp_path / "effectiveness.xlsx"
    file.write_bytes(download(team.group_leader, format="xlsx"))
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ["CEI", "Recovered", "Promises", "Work done", "Filters"]
    assert [cell.value for cell in book["CEI"][2]][:8] == [
        "Whole group", "2026-03", "CNY", 1000, 300, 700, 300, 60,
    ]  # fmt: skip


def test_a_share_of_nothing_is_a_dash_and_what_is_known_in_part_says_so() -> None:
    assert percent_text(None) == "–"
    column = RecoveredColumn()
    part = Recovered("CNY", Decimal("1000.00"), Decimal("400.00"), Decimal("100.00"))
    assert column.render(part) == '25.0 %<br><span class="muted">100.00 of 400.00 known</span>'


# The command


def test_the_json(capsys: pytest.CaptureFixture[str], team: Team, customer: Customer) -> None:
    call_command("effectiveness", "--from", "2026-03", "--to", "2026-04", "--json")
    found = json.loads(capsys.readouterr().out)
    assert list(found) == ["from", "to", "within_days", "group", "managers"]
    assert (found["from"], found["to"], found["within_days"]) == ("2026-03", "2026-04", [7, 14, 30, 60])
    march, april = found["group"]["months"]
    assert march["month"] == "2026-03"
    assert march["index"] == {
        "CNY": {"opening": "1000.00", "invoiced": "300.00", "closing": "700.00", "closing_current": "300.00",
                "cei": "60.0", "no_index": None}
    }  # fmt: skip
    assert (march["no_index"], april["no_index"]) == (None, None)
    assert march["recovered"] == [
        {"stage": "dunning_letter", "currency": "CNY", "notices": 1, "sent": 0, "demanded": "1000.00",
         "within": {
             "7": {"known": "1000.00", "recovered": "200.00", "percent": "20.0"},
             "14": {"known": "1000.00", "recovered": "200.00", "percent": "20.0"},
             "30": {"known": "1000.00", "recovered": "600.00", "percent": "60.0"},
             "60": {"known": "0.00", "recovered": "0.00", "percent": None},
         }}
    ]  # fmt: skip
    assert march["promises"] == {
        "CNY": {"kept": 1, "partly": 0, "broken": 1, "promised": "400.00", "paid": "100.00", "kept_percent": "50.0",
                "paid_percent": "25.0"}
    }  # fmt: skip
    assert [march[name] for name in ("contacts", "calls", "reached", "letters_sent")] == [0, 0, 0, 0]
    (manager,) = found["managers"]
    assert (manager["manager"], manager["name"]) == (team.service_manager.username, "=cmd <script>")
    assert manager["months"] == found["group"]["months"]


def test_the_text_and_the_usual_months(
    capsys: pytest.CaptureFixture[str], customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "local_today", lambda: dt.date(2026, 6, 1))
    call_command("effectiveness")
    text = capsys.readouterr().out
    assert "whole group\n  2025-12  no report as of a day in this month\n" in text
    assert "2026-03  CEI CNY 60.0 %; dunning letter CNY 1: 20.0 % / 20.0 % / 60.0 % / –" in text
    assert "2026-05" in text
    call_command("effectiveness", "--from", "2026-06")
    assert capsys.readouterr().out.count("2026-06") == 1
    call_command("effectiveness", "--to", "2025-11")
    assert "2025-11" in capsys.readouterr().out


def test_months_that_make_no_time_are_refused() -> None:
    for months in (("2026-05", "2026-04"), ("2024-01", "2026-01")):
        with pytest.raises(CommandError) as refused:
            call_command("effectiveness", "--from", months[0], "--to", months[1])
        assert refused.value.returncode == 2
    with pytest.raises(ArgumentTypeError, match="write 2026-05"):
        command.month("2026-5-1")


def test_the_menu_leads_to_it(team: Team) -> None:
    client = Client()
    client.force_login(team.service_manager)
    assert URL in client.get("/").content.decode()
    assert reverse("receivables:effectiveness") == URL
