"""The pages of grade adjustments, through the real middleware."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from openpyxl import load_workbook

from creditrisk.accounts.models import User
from creditrisk.home.demo.grade_words import demo_words
from customers.dossier.sections import grades
from customers.grade_words import Words, in_words
from customers.models import Customer, GradeChange
from customers.timeline import timeline_of
from reviews.models import GradeAdjustment
from reviews.services.adjustment_decisions import amend_adjustment, refuse_adjustment
from tests.factories.customers import create_active_customer, create_grade_change
from tests.factories.people import Team
from tests.factories.reports import Line, create_report
from tests.reviews.adjustment_world import (
    DECEMBER,
    LATER,
    NOW,
    Q4,
    SEPTEMBER,
    TODAY,
    adjusted,
    create_scored,
    grade_of,
    of,
    overdue,
    paid_on_time,
)

pytestmark = pytest.mark.django_db
LIST = "/reviews/adjustments/"


def logged_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page(person: User, path: str) -> str:
    response = logged_in(person).get(path)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def messages_of(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


@pytest.fixture
def up(team: Team) -> Customer:
    return create_scored(team, grade="C", score="75", answers="CD")


@pytest.fixture
def down(team: Team) -> Customer:
    return create_scored(team)


@pytest.fixture
def steady(team: Team) -> Customer:
    return create_scored(team)


@pytest.fixture
def quarter(up: Customer, down: Customer, steady: Customer) -> None:
    """`up` is proposed B, `down` went to C, `steady` stays."""
    paid_on_time(up)
    create_report(as_of=SEPTEMBER, lines=[overdue(down, 20)])
    adjusted()


@pytest.fixture
def proposal(up: Customer, quarter: None) -> GradeAdjustment:
    return of(up)


def shown(html: str, *customers: Customer) -> list[bool]:
    return [customer.name in html for customer in customers]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [True, True, False]),
        ("?quarter=2026Q3", [True, True, False]),
        ("?quarter=", [True, True, False]),
        ("?move=up", [True, False, False]),
        ("?move=down", [False, True, False]),
        ("?move=all", [True, True, True]),
        ("?state=proposed", [True, False, False]),
        ("?state=unchanged", [False, False, True]),
        (
            "?quarter=2019Q1",
            [True, True, False],
        ),  # no quarter that was adjusted: an invalid choice narrows nothing
    ],
)
def test_the_list_shows_a_quarters_changes(
    team: Team,
    up: Customer,
    down: Customer,
    steady: Customer,
    quarter: None,
    query: str,
    expected: list[bool],
) -> None:
    assert shown(page(team.deputy_leader, LIST + query), up, down, steady) == expected


def test_the_list_is_narrowed_by_customer_and_manager(
    team: Team, up: Customer, down: Customer, quarter: None
) -> None:
    Customer.objects.filter(pk=down.pk).update(account_manager=None, service_manager=None)
    html = page(team.deputy_leader, f"{LIST}?manager={team.service_manager.pk}")
    assert shown(html, up, down) == [True, False]
    assert shown(page(team.deputy_leader, f"{LIST}?customer={down.number}"), up, down) == [False, True]


def test_the_latest_quarter_is_shown_first(team: Team, up: Customer, down: Customer, quarter: None) -> None:
    create_report(as_of=DECEMBER, lines=[overdue(up, 95, by=DECEMBER)])
    adjusted(quarter=Q4, now=LATER)
    assert "2026Q4" in re.findall(r"<td[^>]*>(2026Q[1-4])</td>", page(team.deputy_leader, LIST))
    html = page(team.deputy_leader, f"{LIST}?quarter=2026Q3")
    assert set(re.findall(r"<td[^>]*>(2026Q[1-4])</td>", html)) == {"2026Q3"}


def test_a_row_tells_the_numbers(team: Team, down: Customer, quarter: None) -> None:
    html = page(team.deputy_leader, f"{LIST}?move=down")
    assert re.search(r'state-B">B</span> → <span class="state grade state-C">C</span>', html)
    assert "85.0 → 75.0" in html
    assert ">20.0</td>" in html
    assert ">20</td>" in html


def test_who_does_not_decide_reads_only_his_own(team: Team, proposal: GradeAdjustment) -> None:
    html = page(team.account_manager, LIST)
    assert proposal.customer.name in html
    assert 'name="adjustments"' not in html
    Customer.objects.update(account_manager=None)
    assert proposal.customer.name not in page(team.account_manager, LIST)


def test_only_what_waits_has_a_box(team: Team, proposal: GradeAdjustment) -> None:
    html = page(team.deputy_leader, LIST)
    assert re.findall(r'name="adjustments" value="(\d+)"', html) == [str(proposal.pk)]
    assert "data-select-all" in html


def test_the_menu_counts_what_waits(team: Team, proposal: GradeAdjustment) -> None:
    entry = re.compile(r'href="/reviews/adjustments/"[^>]*>.*?</a>')
    found = entry.search(page(team.deputy_leader, "/"))
    assert found is not None
    assert ">1<" in found[0]
    other = entry.search(page(team.account_manager, "/"))
    assert other is not None
    assert ">1<" not in other[0]


def test_the_list_costs_the_same_for_many_rows(team: Team) -> None:
    def count() -> int:
        client = logged_in(team.deputy_leader)
        client.get(LIST)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"{LIST}?quarter=2026Q3").status_code == 200
        return len(captured)

    customers = [create_scored(team, grade="C", score="75", answers="CD") for _number in range(12)]
    paid_on_time(*customers)
    create_report(as_of=SEPTEMBER)
    few = Customer.objects.filter(pk__in=[one.pk for one in customers[2:]])
    few.update(state="closed")
    adjusted()
    before = count()
    few.update(state="active")
    adjusted()
    assert GradeAdjustment.objects.count() == 12
    assert count() == before


def test_the_list_as_a_file(team: Team, up: Customer, down: Customer, quarter: None) -> None:
    amend_adjustment(adjustment=of(up), grade="A", reason="=担保", by=team.deputy_leader, now=NOW)
    response = logged_in(team.deputy_leader).get(f"{LIST}?format=xlsx")
    book = load_workbook(BytesIO(response.getvalue()))
    head, *rows = book.worksheets[0].iter_rows(values_only=True)
    found = {row[1]: row for row in rows}
    assert head[3:8] == ("Old grade", "New grade", "Decided grade", "Old score", "New score")
    assert found[up.number][3:8] == ("C", "B", "A", 75, 82.5)
    assert found[up.number][13] == "'=担保"
    assert found[down.number][8:10] == (20, 20)
    csv = logged_in(team.account_manager).get(f"{LIST}?format=csv").getvalue().decode("utf-8-sig")
    assert up.number in csv


def test_a_page_explains_every_number(team: Team, proposal: GradeAdjustment) -> None:
    html = page(team.account_manager, proposal.get_absolute_url())
    for text in (
        "P5.2.2 (1)", "CNY 100.00", "CNY: 0.00 days late", "B – pays as contracted",
        "account manager C, customer service manager D", "75.0 − 12.5 + 20.0 = 82.5", "B – good",
        "waits for the deputy leader", "2026-09-30",
        reverse("receivables:aging_customer", args=[proposal.customer.number]),
        "Only the deputy leader and the group leader decide",
    ):  # fmt: skip
        assert text in html, text
    assert "Confirm grade B" not in html
    assert "Confirm grade B" in page(team.deputy_leader, proposal.get_absolute_url())


def test_a_page_of_a_customer_without_score_or_debts(team: Team) -> None:
    customer = create_active_customer(grade="C", account_manager=team.account_manager)
    create_report(as_of=SEPTEMBER)
    adjusted()
    html = page(team.account_manager, of(customer).get_absolute_url())
    assert "only the caps apply to the given grade C" in html
    assert "Nothing was paid and nothing was past due." in html


def test_a_downgrade_shows_what_the_limit_would_be(team: Team, down: Customer) -> None:
    """1,200,000 in twelve months are 100,000.00 a month; 30 days: B 100,000.00, C 60,000.00. The limit stays."""
    create_report(as_of=SEPTEMBER, lines=[overdue(down, 20, "1200000"), Line(down, TODAY, "10", "CN")])
    adjusted()
    html = page(team.deputy_leader, of(down).get_absolute_url())
    assert "CNY</span> 100,000.00" in html
    assert "CNY</span> 60,000.00" in html
    assert Customer.objects.get(pk=down.pk).credit_limit_amount is None


def test_confirming_from_the_page(team: Team, proposal: GradeAdjustment) -> None:
    response = logged_in(team.deputy_leader).post(
        reverse("reviews:adjustment_confirm", args=[proposal.pk]), follow=True
    )
    assert messages_of(response) == ["Decided."]
    assert grade_of(proposal.customer) == "B"
    assert team.deputy_leader.display_name in response.content.decode()


def test_amending_from_the_page(team: Team, proposal: GradeAdjustment) -> None:
    client, path = logged_in(team.deputy_leader), reverse("reviews:adjustment_amend", args=[proposal.pk])
    refused = client.post(path, {"grade": "B", "reason": "x"})
    assert refused.status_code == 400
    assert "This is the proposed grade: confirm it." in refused.content.decode()
    assert client.post(path, {"grade": "", "reason": ""}).status_code == 400
    assert client.post(path, {"grade": "A", "reason": "x"}).status_code == 302
    assert grade_of(proposal.customer) == "A"
    assert "amended" in page(team.account_manager, proposal.get_absolute_url())


def test_refusing_from_the_page(team: Team, proposal: GradeAdjustment) -> None:
    client, path = logged_in(team.deputy_leader), reverse("reviews:adjustment_refuse", args=[proposal.pk])
    assert client.post(path, {"reason": ""}).status_code == 400
    assert client.post(path, {"reason": "x" * 501}).status_code == 400
    assert client.post(path, {"reason": "一次性"}).status_code == 302
    assert "一次性" in page(team.account_manager, proposal.get_absolute_url())


def test_what_is_out_of_date_says_what_changed(team: Team, proposal: GradeAdjustment) -> None:
    create_grade_change(
        customer=proposal.customer, old="C", new="D", effective_on=TODAY, source="R-2026-000099"
    )
    Customer.objects.filter(pk=proposal.customer_id).update(grade="D")
    html = page(team.deputy_leader, proposal.get_absolute_url())
    assert "C → D · R-2026-000099" in html
    assert "Confirm grade" not in html
    response = logged_in(team.deputy_leader).post(reverse("reviews:adjustment_confirm", args=[proposal.pk]))
    assert response.status_code == 409
    assert "R-2026-000099" in response.content.decode()


def bulk(keys: list[int], decision: str, **more: str) -> dict[str, Any]:
    return {
        "adjustments": keys, "decision": decision, "grade": "", "reason": "", "query": "state=proposed",
        "submission_key": str(uuid4()),
    } | more  # fmt: skip


def test_several_are_confirmed_and_who_is_not_is_named(team: Team) -> None:
    customers = [create_scored(team, grade="C", score="75", answers="CD") for _number in range(14)]
    paid_on_time(*customers)
    create_report(as_of=SEPTEMBER)
    adjusted()
    adjustments = [of(customer) for customer in customers]
    for adjustment in adjustments[2:]:
        refuse_adjustment(adjustment=adjustment, reason="x", by=team.group_leader, now=NOW)
    keys = [adjustment.pk for adjustment in adjustments]
    response = logged_in(team.deputy_leader).post(f"{LIST}decide/", bulk(keys, "confirm"), follow=True)
    told = messages_of(response)
    assert told[0] == "2 adjustments decided."
    assert customers[2].number in told[1]
    assert "has decided this adjustment already: refused." in told[1]
    assert told[-1] == "2 more were not decided either."
    assert len(told) == 12
    assert response.redirect_chain == [(f"{LIST}?state=proposed", 302)]


@pytest.mark.parametrize(
    ("decision", "more", "told"),
    [
        ("refuse", {"reason": "x"}, "1 adjustment decided."),
        ("refuse", {}, "Give the reason of the decision."),
        ("amend", {"grade": "A", "reason": "x"}, "1 adjustment decided."),
        ("amend", {"reason": "x"}, "Choose one of the grades A, B, C and D."),
        ("approve", {}, "Decision: Select a valid choice."),
        ("confirm", {"submission_key": ""}, "Submission key: This field is required."),
        ("refuse", {"reason": "x" * 2001}, "Reason: Ensure this value has at most"),
    ],
)
def test_several_are_refused_or_amended(
    team: Team, proposal: GradeAdjustment, decision: str, more: dict[str, str], told: str
) -> None:
    response = logged_in(team.deputy_leader).post(
        f"{LIST}decide/", bulk([proposal.pk], decision, **more), follow=True
    )
    [message] = messages_of(response)
    assert told in message


@pytest.mark.parametrize("keys", [[], ["x"], ["²"], ["9" * 19]])
def test_nothing_ticked_is_told(team: Team, proposal: GradeAdjustment, keys: list[Any]) -> None:
    response = logged_in(team.deputy_leader).post(f"{LIST}decide/", bulk(keys, "confirm"), follow=True)
    assert messages_of(response) == ["Tick the adjustments that you want to decide first."]


def test_somebody_elses_customer_is_left_out_of_a_bulk(team: Team, proposal: GradeAdjustment) -> None:
    """An account manager of other customers decides nothing, and is not told that there is something."""
    Customer.objects.update(account_manager=None)
    response = logged_in(team.account_manager).post(
        f"{LIST}decide/", bulk([proposal.pk], "confirm"), follow=True
    )
    assert messages_of(response) == []
    assert of(proposal.customer).state == "proposed"


def test_the_customers_page_and_history_tell_of_it(
    team: Team, proposal: GradeAdjustment, down: Customer
) -> None:
    html = page(team.account_manager, proposal.customer.get_absolute_url())
    assert proposal.get_absolute_url() in html
    [entry] = [
        line.entry
        for line in timeline_of(customer=down, person=team.account_manager, codes=["adjustment"]).lines
    ]
    assert (entry.title, entry.about, entry.on) == ("B → C: applied", "2026Q3", TODAY)
    [grade, *_more] = timeline_of(customer=down, person=team.account_manager, codes=["grade"]).lines
    assert grade.entry.text.startswith("Grade adjustment 2026Q3 · ")


def test_the_grade_history_speaks_the_readers_language(
    team: Team, proposal: GradeAdjustment, down: Customer
) -> None:
    """The run stored English; each reader reads his own language, on the page, in the timeline and in the dossier. What
    a person wrote stays as he wrote it."""
    stored = GradeChange.objects.get(adjustment__customer=down)
    assert stored.source == "2026Q3 adjustment"
    assert "Average days late" in stored.reason
    amend_adjustment(adjustment=proposal, grade="A", reason="paid Tuesday", by=team.deputy_leader, now=NOW)
    reader, chinese = team.account_manager, {"Accept-Language": "zh-hans"}
    html = logged_in(reader).get(down.get_absolute_url(), headers=chinese).content.decode()
    with translation.override("zh-hans"):
        told = [*timeline_of(customer=down, person=reader, codes=["grade"]).lines]
        listed = grades(customer=down, person=reader, on=TODAY).rows
        [amended, *_more] = timeline_of(customer=proposal.customer, person=reader, codes=["grade"]).lines
    for text in (html, told[0].entry.text, str(listed[0])):
        assert "2026Q3 等级调整" in text
        assert "按金额加权平均迟付天数" in text
        assert "2026Q3 adjustment" not in text
    assert "2026Q3 等级调整" in amended.entry.text
    assert amended.entry.text.endswith("paid Tuesday")


def in_history(**fields: str) -> GradeChange:
    return create_grade_change(customer=create_active_customer(), new="C", effective_on=TODAY, **fields)


def test_a_line_whose_adjustment_is_gone_keeps_its_reason() -> None:
    change = in_history(source="2026Q3 adjustment", reason="as stored")
    [shown] = in_words([change])
    assert (shown.source, shown.reason) == ("Grade adjustment 2026Q3", "as stored")


@pytest.mark.parametrize("source", ["R-2026-000001", "2026Q5 adjustment", "my 2026Q3 adjustment"])
def test_other_sources_are_shown_as_they_are_stored(source: str, django_assert_num_queries: Any) -> None:
    change = in_history(source=source)
    with django_assert_num_queries(0):
        [shown] = in_words([change])
    assert shown.source == source


def test_the_demos_grades_are_worded_too() -> None:
    change = in_history(source="demo", reason="Taken over with the customer file")
    other = in_history(source="demo", reason="something else")
    assert demo_words([change, other]) == {change.pk: Words("demo", "Taken over with the customer file")}


def test_before_the_first_adjustment_there_is_no_panel(team: Team, up: Customer) -> None:
    assert "Quarterly adjustment" not in page(team.account_manager, up.get_absolute_url())
    assert "No adjustment fits." in page(team.deputy_leader, LIST)
