"""The pages of early warnings (P5.1): list, case, precision, panel, timeline, dossier; and what they cost."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from html import unescape
from uuid import uuid4

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from creditrisk.dates import local_today
from customers.dossier import dossier_of
from customers.models import Customer, WarningCase
from customers.services import add_entry, close_case
from customers.timeline import Span
from customers.timeline_entries.warnings import entries, raised
from customers.warning_charts import small_chart
from customers.warning_wording import facts_in_words, sentence
from tests.factories.customers import create_contact
from tests.factories.people import Team, create_team, create_user
from tests.factories.visits import NOW, TODAY, create_customer_of, planned
from tests.factories.warnings import create_case

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return create_customer_of(team)


@pytest.fixture
def case(customer: Customer) -> WarningCase:
    return create_case(customer)


@pytest.fixture
def csm(team: Team) -> Client:
    return logged_in(team.service_manager)


def logged_in(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


# The list -------------------------------------------------------------------------------------------------------------


def shown(client: Client, query: str = "") -> set[str]:
    page = client.get(f"{reverse('warnings:list')}{query}")
    assert page.status_code == 200
    return {row.record.number for row in page.context["table"].page.object_list}


def test_the_list_shows_open_cases_and_narrows_them(team: Team, customer: Customer, csm: Client) -> None:
    today = local_today()
    open_one = create_case(customer, due_on=today + dt.timedelta(days=9))
    late = create_case(
        customer, kind="grade_fallen", owner=team.account_manager, due_on=dt.date(2026, 11, 21)
    )
    nobodys = create_case(customer, kind="limit_exceeded", owner=None, due_on=today + dt.timedelta(days=9))
    closed = create_case(customer, kind="other")
    close_case(case=closed, outcome="acted", note="已办", by=team.service_manager, now=NOW)
    create_case(create_customer_of(create_team()))  # not his to see
    everything = {open_one.number, late.number, nobodys.number, closed.number}
    assert shown(csm) == everything - {closed.number}
    for query, expected in (
        ("?state=all", everything),
        ("?state=closed", {closed.number}),
        ("?mine=on", {open_one.number}),
        ("?overdue=on", {late.number}),
        ("?owner=nobody", {nobodys.number}),
        (f"?owner={team.account_manager.pk}", {late.number}),
        ("?kind=grade_fallen", {late.number}),
        (f"?person={team.account_manager.pk}", everything - {closed.number}),
        (f"?q={customer.number}", everything - {closed.number}),
        (f"?q={late.number}", {late.number}),
        ("?since=2026-11-21", set()),
        ("?until=2026-11-20", everything - {closed.number}),
        ("?owner=1)", everything - {closed.number}),
    ):
        assert shown(csm, query) == expected, query


def test_everybody_who_owns_a_case_can_be_chosen(team: Team, customer: Customer, csm: Client) -> None:
    """Also the head of the department and a leader to whom a case was given, and one who left since."""
    left = create_user("group_leader", is_active=False)
    owned = {
        person: create_case(customer, subject=str(person.pk), owner=person)
        for person in (team.department_manager, team.deputy_leader, left)
    }
    for person, case in owned.items():
        assert shown(csm, f"?owner={person.pk}") == {case.number}
    page = csm.get(reverse("warnings:list"))
    choices = [str(label) for _value, label in page.context["filter"].form.fields["owner"].choices]
    assert choices[1:] == ["nobody", *sorted((str(person) for person in owned), key=str.lower)]


def test_the_list_is_a_file_too(csm: Client, case: WarningCase) -> None:
    answer = csm.get(f"{reverse('warnings:list')}?format=csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert case.number in text
    assert "No new business for 60 days, the last on 2026-09-21." in text


def test_a_longer_list_costs_no_more_queries(team: Team, csm: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            csm.get(reverse("warnings:list"))
        return len(captured)

    create_case(create_customer_of(team))
    queries()
    one = queries()
    for _number in range(5):
        create_case(create_customer_of(team), owner=team.account_manager)
    assert queries() == one


# One case -------------------------------------------------------------------------------------------------------------


def test_a_case_tells_its_numbers_its_chart_and_its_log(
    team: Team, customer: Customer, case: WarningCase, csm: Client
) -> None:
    visit = planned(customer, team.service_manager)
    for kind, more in (("call", {"contact": create_contact(customer=customer)}), ("visit", {"visit": visit})):
        add_entry(
            case=case, kind=kind, text="已联系", happened_on=TODAY, by=team.service_manager, now=NOW, **more
        )
    text = text_of(csm.get(case.get_absolute_url()))
    for expected in (
        "No new business for 60 days, the last on 2026-09-21.",
        "P5.1.1",
        "balance-chart",
        "greatest: CNY 100.00",
        "已联系",
        visit.get_absolute_url(),
    ):
        assert expected in text


def test_a_longer_log_costs_no_more_queries(
    team: Team, customer: Customer, case: WarningCase, csm: Client
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            csm.get(case.get_absolute_url())
        return len(captured)

    def write(number: int) -> None:
        add_entry(
            case=case, kind="call", text=str(number), happened_on=TODAY, by=team.service_manager, now=NOW,
            contact=create_contact(customer=customer),
        )  # fmt: skip

    write(0)
    queries()
    one = queries()
    for number in range(1, 6):
        write(number)
    assert queries() == one


def test_a_case_is_worked_on_from_its_page(team: Team, case: WarningCase, csm: Client) -> None:
    today = local_today().isoformat()
    entry = {"kind": "note", "happened_on": today, "text": "已联系", "contact": "", "visit": ""}
    for action, data in (
        ("entry", entry | {"submission_key": str(uuid4())}),
        ("close", {"outcome": "false_alarm", "note": "开票在母公司"}),
    ):
        answer = csm.post(reverse(f"warnings:{action}", args=[case.number]), data)
        assert answer.status_code == 302, text_of(answer)
    case = WarningCase.objects.get(pk=case.pk)
    assert (case.outcome, case.entries.count()) == ("false_alarm", 2)
    assert "开票在母公司" in text_of(csm.get(case.get_absolute_url()))


def test_what_is_refused_is_shown_beside_what_was_typed(case: WarningCase, csm: Client) -> None:
    answer = csm.post(
        reverse("warnings:entry", args=[case.number]),
        {
            "kind": "note",
            "happened_on": (local_today() + dt.timedelta(days=1)).isoformat(),
            "text": "明天再说",
            "contact": "",
            "visit": "",
            "submission_key": str(uuid4()),
        },
    )
    assert answer.status_code == 200
    assert "this day is to come" in text_of(answer)
    assert "明天再说" in text_of(answer)


ENTRY = {
    "kind": "call",
    "happened_on": TODAY.isoformat(),
    "text": "财务说下周付款",
    "contact": "",
    "visit": "",
}


@pytest.mark.parametrize(
    ("action", "typed"),
    [
        ("entry", ENTRY),
        ("close", {"outcome": "acted", "note": "财务说下周付款"}),
        ("due", {"due_on": "2026-12-24", "text": "财务说下周付款"}),
        ("reassign", {"owner": "", "text": "财务说下周付款"}),
    ],
)
def test_what_was_typed_for_a_case_that_another_closed_meanwhile_is_not_lost(
    team: Team, case: WarningCase, action: str, typed: dict[str, str]
) -> None:
    close_case(case=case, outcome="acted", note="已付款", by=team.service_manager, now=NOW)
    more = {"submission_key": str(uuid4())} if action == "entry" else {}
    if action == "reassign":
        more = {"owner": str(team.account_manager.pk)}
    answer = logged_in(team.group_leader).post(
        reverse(f"warnings:{action}", args=[case.number]), typed | more
    )
    assert answer.status_code == 409
    for expected in ("财务说下周付款", "This case was closed on", "已付款"):
        assert expected in text_of(answer)
    stored = WarningCase.objects.get(pk=case.pk)
    assert (stored.closing_note, stored.entries.count()) == ("已付款", 1)


def test_a_leader_gives_it_to_somebody_and_puts_it_off(team: Team, case: WarningCase) -> None:
    leader = logged_in(team.group_leader)
    tomorrow = local_today() + dt.timedelta(days=1)
    for action, data in (
        ("reassign", {"owner": team.account_manager.pk, "text": "请跟进"}),
        ("due", {"due_on": tomorrow.isoformat(), "text": ""}),
    ):
        assert leader.post(reverse(f"warnings:{action}", args=[case.number]), data).status_code == 302
    case = WarningCase.objects.get(pk=case.pk)
    assert (case.owner, case.due_on) == (team.account_manager, tomorrow)
    page = text_of(leader.get(case.get_absolute_url()))
    assert "请跟进" in page
    assert tomorrow.isoformat() in page


def test_who_only_reads_sees_why(team: Team, case: WarningCase) -> None:
    page = text_of(logged_in(team.finance_clerk).get(case.get_absolute_url()))
    assert "the leaders work on it" in page
    assert reverse("warnings:entry", args=[case.number]) not in page


def test_a_link_to_an_action_leads_to_the_case(case: WarningCase, csm: Client) -> None:
    answer = csm.get(reverse("warnings:close", args=[case.number]))
    assert (answer.status_code, answer["Location"]) == (302, case.get_absolute_url())


# By hand --------------------------------------------------------------------------------------------------------------


def test_a_warning_is_raised_on_the_customers_page(customer: Customer, csm: Client) -> None:
    address = reverse("warnings:raise", args=[customer.number])
    assert address in text_of(csm.get(customer.get_absolute_url()))
    assert csm.get(address).status_code == 200
    data = {"kind": "other", "reason": "门口贴出了招租广告", "submission_key": str(uuid4())}
    answer = csm.post(address, data)
    case = WarningCase.objects.get()
    assert answer["Location"] == case.get_absolute_url()
    assert "门口贴出了招租广告" in text_of(csm.get(case.get_absolute_url()))
    again = csm.post(address, data | {"submission_key": str(uuid4())})
    assert again.status_code == 409
    assert case.number in text_of(again)
    blank = csm.post(address, data | {"reason": " ", "submission_key": str(uuid4())})
    assert blank.status_code == 200


def test_the_customers_page_shows_his_warnings(customer: Customer, csm: Client) -> None:
    case = create_case(customer, due_on=dt.date(2026, 11, 21))
    page = text_of(csm.get(customer.get_absolute_url()))
    assert case.get_absolute_url() in page
    assert "state-overdue" in page


# Precision ------------------------------------------------------------------------------------------------------------


def test_precision_counts_what_the_reader_sees(team: Team, customer: Customer, csm: Client) -> None:
    for kind, outcome in (("churn", "acted"), ("grade_fallen", "false_alarm")):
        case = create_case(customer, kind=kind)
        close_case(case=case, outcome=outcome, note="已办", by=team.service_manager, now=NOW)
    page = csm.get(f"{reverse('warnings:precision')}?since=2026-11-01&until=2026-11-30")
    text = text_of(page)
    for expected in ("customer about to leave", "What the figures mean", "kind=churn&amp;"):
        assert expected in text
    assert [(row.record.acted_pct, row.record.false_pct) for row in page.context["table"].rows] == [
        (100, 0),
        (0, 100),
    ]
    create_case(customer, state="closed", outcome="duplicate", closed_on=TODAY, closed_at=NOW)
    create_case(customer)
    (churn, _fallen) = csm.get(page.wsgi_request.get_full_path()).context["table"].rows
    link = re.search(r'href="[^?]*([^"]*)"', str(churn.get_cell("kind")))
    assert link is not None
    assert len(shown(csm, unescape(link[1]))) == churn.record.raised == 2, "figure and list agree"
    assert len(shown(csm, "?state=all&kind=churn")) == 3
    stranger = logged_in(create_user("service_manager")).get(page.wsgi_request.get_full_path())
    assert len(stranger.context["table"].rows) == 0


def test_precision_is_of_the_last_year_where_nothing_is_asked(csm: Client) -> None:
    for query in ("", "?since=x"):
        page = csm.get(f"{reverse('warnings:precision')}{query}")
        assert page.context["until"] == local_today()
        assert page.context["until"] - page.context["since"] in (dt.timedelta(364), dt.timedelta(365))


# In words -------------------------------------------------------------------------------------------------------------


def number(value: object, unit: str) -> dict[str, object]:
    return {"value": value, "unit": unit}


@pytest.mark.parametrize(
    ("kind", "numbers", "expected"),
    [
        (
            "volume_anomaly",
            {
                "direction": number("rise", "code"),
                "month": number("2026-10-01", "date"),
                "month_amount": number("3000.00", "CNY"),
                "deviation_pct": number("200.0", "pct"),
            },
            "Business of 2026-10 rose to CNY 3,000.00: 200.0 % above the mean.",
        ),
        (
            "volume_anomaly",
            {
                "direction": number("fall", "code"),
                "month": number("2026-10-01", "date"),
                "month_amount": number("3000.00", "CNY"),
                "deviation_pct": number("80.0", "pct"),
            },
            "Business of 2026-10 fell to CNY 3,000.00: 80.0 % below the mean.",
        ),
        (
            "repayment_anomaly",
            {
                "worse_by_days": number("15.0", "days"),
                "recent_days_late": number("20.0", "days"),
                "baseline_days_late": number("5.0", "days"),
            },
            "Pays 15.0 days later than before: 20.0 days instead of 5.0 days.",
        ),
        (
            "broken_promise",
            {
                "promise": number("PP-1", "text"),
                "promise_state": number("partly", "code"),
                "promised_amount": number("100.00", "CNY"),
                "paid_amount": number("40.00", "CNY"),
            },
            "Promise PP-1: partly kept, CNY 40.00 of CNY 100.00.",
        ),
        (
            "file_not_confirmed",
            {"due_on": number("2026-11-01", "date")},
            "The file was to be confirmed by 2026-11-01.",
        ),
        (
            "qualification_ending",
            {
                "qualification": number("", "text"),
                "qualification_kind": number("iso_9000", "code"),
                "valid_to_on": number("2026-12-01", "date"),
                "days_left": number(4, "days"),
            },
            "ISO 9000 ends: it is valid to 2026-12-01.",
        ),
        (
            "qualification_ending",
            {
                "qualification": number("安全生产许可证", "text"),
                "qualification_kind": number("other", "code"),
                "valid_to_on": number("2026-11-01", "date"),
                "days_left": number(-1, "days"),
            },
            "安全生产许可证 has ended: it was valid to 2026-11-01.",
        ),
        (
            "limit_exceeded",
            {
                "open_amount": number("1100.00", "CNY"),
                "excess_amount": number("100.00", "CNY"),
                "limit_amount": number("1000.00", "CNY"),
            },
            "CNY 1,100.00 is open, CNY 100.00 above the limit of CNY 1,000.00.",
        ),
        (
            "grade_fallen",
            {
                "grade_before": number("B", "grade"),
                "grade_now": number("D", "grade"),
                "changed_on": number("2026-11-01", "date"),
            },
            "The grade fell from B to D on 2026-11-01.",
        ),
        (
            "dispute_overdue",
            {"dispute": number("质量", "text"), "deadline_on": number("2026-11-01", "date")},
            "The dispute “质量” was to be settled by 2026-11-01.",
        ),
        (
            "leadership_change",
            {"visited_on": number("2026-11-01", "date"), "finding": number("总经理离任", "text")},
            "Found in the visit of 2026-11-01: 总经理离任",
        ),
        ("other", {"months": number(1, "months")}, "reason"),
        ("churn", {}, "reason"),
        ("grade_fallen", {"grade_now": number("D", "grade")}, "The grade fell from – to D on –."),
    ],
)
def test_each_kind_says_itself_in_a_sentence(
    kind: str, numbers: dict[str, dict[str, object]], expected: str
) -> None:
    assert sentence(kind, numbers, reason="reason") == expected


def test_numbers_are_told_with_their_names_and_units() -> None:
    told = facts_in_words(
        {
            "history_months": number(1, "months"),
            "days_overdue": number(1, "days"),
            "direction": number("sideways", "code"),
            "unheard_of": number("5.00", "EUR"),
        }
    )
    assert told == [
        ("Months before", "1 month"),
        ("Overdue", "1 day"),
        ("Direction", "sideways"),
        ("unheard_of", "EUR 5.00"),
    ]


def test_bars_below_zero_hang_from_the_line_of_zero() -> None:
    """−10 and 30 in a height of 40: zero is 10 above the foot, at 30 from the top."""
    points = [{"label": "a", "value": "-10"}, {"label": "b", "value": "30"}]
    chart = small_chart({"unit": "days", "points": points}, label="x")
    assert chart is not None
    assert 'y="30.00" width="40.00" height="10.00"' in chart.svg
    assert 'y="0.00" width="40.00" height="30.00"' in chart.svg
    assert (chart.first, chart.last, chart.greatest) == ("a", "b", "30 days")


def test_nothing_is_drawn_where_there_is_nothing_to_draw() -> None:
    assert small_chart({}, label="x") is None
    flat = small_chart({"unit": "days", "points": [{"label": "a", "value": "0"}]}, label="x")
    assert flat is not None
    assert 'height="0.00"' in flat.svg


# Timeline and dossier -------------------------------------------------------------------------------------------------


def test_the_timeline_tells_a_case_and_its_log(team: Team, customer: Customer, case: WarningCase) -> None:
    add_entry(case=case, kind="call", text="已联系", happened_on=TODAY, by=team.service_manager, now=NOW)
    close_case(case=case, outcome="lost", note="已走", by=team.service_manager, now=NOW)
    span = Span(None, None, 10)
    told = entries(customer=customer, person=None, span=span)
    assert [entry.title for entry in told] == ["Early warning: customer lost", "Early warning: call"]
    (first,) = raised(customer=customer, person=None, span=span)
    assert (first.title, first.about) == ("Early warning: customer about to leave", case.number)


def test_the_dossier_lists_the_warnings(team: Team, customer: Customer, case: WarningCase) -> None:
    dossier = dossier_of(customer=customer, person=team.group_leader, on=local_today())
    section = next(section for section in dossier.sections if section.code == "warnings")
    assert len(section.rows) == 1
    assert section.rows[0][0] == case.number
    assert Decimal(60) == case.severity
