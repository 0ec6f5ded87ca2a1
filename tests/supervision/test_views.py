"""The pages of supervision: figures lead to lists, lists are narrowed, forms do what their services do (P3.1)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from html.parser import HTMLParser
from io import StringIO
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exchange_rates.models import ExchangeRate
from customers.models import ContractState, Customer, SelfCheck
from reviews.models import ApprovalStep
from supervision.models import CaseFollowUp, CaseReview
from supervision.services.report_figures import compute_missing_figures
from supervision.tables.charts import Point, Stack, line_chart, stacked_chart
from supervision.tiles import Tile, _tiles, register_tile, tiles_for
from tests.factories.customers import PDF, create_active_customer, create_contract, create_grade_change
from tests.factories.people import Team, create_team
from tests.factories.reports import Line
from tests.factories.reviews import approve_all, create_submitted
from tests.supervision.meetings import create_closed_meeting, create_meeting, held
from tests.supervision.worlds import ENDS, committed

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
D = Decimal


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    """A run may go past midnight, the day of these tests not."""
    with time_machine.travel(dt.datetime.combine(TODAY, dt.time(12), timezone.get_default_timezone())):
        yield


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customers(team: Team) -> list[Customer]:
    managers = {"account_manager": team.account_manager, "service_manager": team.service_manager}
    return [create_active_customer(number=f"V{number}", **managers) for number in range(3)]


@pytest.fixture
def books(team: Team, customers: list[Customer]) -> None:
    """January to March: one customer overdue, one downgraded."""
    for place, end in enumerate(ENDS[:3]):
        committed(
            end,
            [
                Line(customers[0], dt.date(2026, 1, 15), "100.00", "OLD"),
                *(
                    Line(customers[1], dt.date(2026, 6, 1), "50.00", f"N{number}")
                    for number in range(place + 1)
                ),
            ],
        )
    create_grade_change(customer=customers[0], new="B", effective_on=dt.date(2024, 1, 1))
    create_grade_change(customer=customers[0], new="D", effective_on=dt.date(2026, 1, 1))
    create_grade_change(customer=customers[1], new="A", effective_on=dt.date(2026, 1, 1))
    compute_missing_figures()


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def get(user: User, path: str, status: int = 200) -> Any:
    response = client_of(user).get(path)
    assert response.status_code == status, response.content[:500]
    return response


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = dict(attrs).get("href")
        if tag == "a" and address and address.startswith("/"):
            self.found.append(address)


def links(response: Any) -> list[str]:
    parser = _Links()
    parser.feed(response.content.decode().split("<main", 1)[1])
    return list(dict.fromkeys(parser.found))


# The dashboard --------------------------------------------------------------------------------------------------------


def test_before_the_first_report(team: Team) -> None:
    for name in ("dashboard", "customers", "handlers"):
        assert (
            "No aging report yet" in get(team.group_leader, reverse(f"supervision:{name}")).content.decode()
        )


def test_every_figure_leads_to_a_page_that_opens(team: Team, books: None) -> None:
    approve_all(team, create_submitted(team), up_to=Role.LEGAL_AFFAIRS)
    page = get(team.group_leader, reverse("supervision:dashboard"))
    found = links(page)
    assert len(found) > 30
    for address in found:
        get(team.group_leader, address.split("#")[0])


def test_the_figures_of_the_page(team: Team, books: None, customers: list[Customer]) -> None:
    """March: 100 overdue of 250: 40 %; sales of 50 and 50 in 59 days: DSO 250 ÷ 100 × 59 = 147.5; CEI: 200 + 50 − 250
    collected of 100: 0 %. One downgraded of one.
    """
    text = get(team.group_leader, reverse("supervision:dashboard")).content.decode()
    for figure in ("250.00", "40.0 %", "147.5", "0.0 %", "since 2026-02-28", "100.0 % of those graded"):
        assert figure in text
    assert text.count("age-0") > 3
    assert "polyline" in text
    earlier = get(team.group_leader, reverse("supervision:dashboard") + "?as_of=2026-02-10&months=25")
    assert "as of 2026-01-31" in earlier.content.decode()
    assert get(team.group_leader, reverse("supervision:dashboard") + "?as_of=never&months=7")


def test_a_missing_rate_is_told(team: Team, customers: list[Customer]) -> None:
    committed(ENDS[0], [Line(customers[0], ENDS[0], "70.00", currency="USD")])
    for name in ("dashboard", "handlers", "customers"):
        assert (
            "there is no rate of USD"
            in get(team.group_leader, reverse(f"supervision:{name}")).content.decode()
        )
    for name in ("handlers", "customers"):
        response = get(team.group_leader, reverse(f"supervision:{name}") + "?format=xlsx")
        book = openpyxl.load_workbook(SimpleUploadedFile("x", b"".join(response)), read_only=True)
        facts = dict(book.worksheets[1].iter_rows(values_only=True))
        assert facts["Without a rate, and so in no figure"] == "USD"
    out = StringIO()
    call_command("supervision", "--on", ENDS[0].isoformat(), "--json", stdout=out)
    found = json.loads(out.getvalue())
    assert (found["handlers_without_rate"], found["now"]["without_rate"]) == (["USD"], {"USD": "70.00"})
    out = StringIO()
    call_command("supervision", "--on", ENDS[0].isoformat(), stdout=out)
    assert "Contract handlers USD: no rate" in out.getvalue()
    ExchangeRate.objects.create(currency="USD", base_currency="CNY", valid_on=ENDS[0], rate=7)
    text = get(team.group_leader, reverse("supervision:dashboard")).content.decode()
    assert "there is no rate" not in text
    assert "490.00" in text


def test_the_head_of_a_department_is_told_whose_figures_they_are(team: Team, books: None) -> None:
    text = get(team.department_manager, reverse("supervision:dashboard")).content.decode()
    assert "Of the customers of your department." in text
    assert "250.00" in text


@pytest.mark.parametrize("role", ["account_manager", "service_manager", "administrator"])
def test_others_have_no_dashboard(team: Team, role: str) -> None:
    for name in ("dashboard", "customers", "approvals"):
        assert b"<h1" in get(team.holder(role), reverse(f"supervision:{name}"), 403).content


def test_queries_of_the_page_stay_flat(team: Team, books: None, customers: list[Customer]) -> None:
    path, client = reverse("supervision:dashboard"), client_of(team.group_leader)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        return len(queries)

    asked()
    few = asked()
    lines = [Line(create_active_customer(), ENDS[3], "9.00") for _number in range(12)]
    committed(ENDS[3], lines)
    for _number in range(3):
        approve_all(team, create_submitted(team), up_to=Role.LEGAL_AFFAIRS)
    assert asked() == few


def test_customers_behind_the_matrix(team: Team, books: None, customers: list[Customer]) -> None:
    path = reverse("supervision:customers")

    def numbers(query: str) -> list[str]:
        table = get(team.group_leader, f"{path}?{query}").context["table"]
        return [row.record.number for row in table.paginated_rows]

    assert numbers("as_of=2026-03-31") == ["V1", "V0"]
    assert numbers("grade=D") == numbers("was=B") == numbers("move=worse") == ["V0"]
    assert numbers("move=better") == []
    assert numbers("was=none") == ["V1"]
    assert numbers("grade=none") == []
    assert numbers("q=V1") == ["V1"]
    assert numbers("sort=exposure_amount") == ["V0", "V1"]
    assert numbers("sort=-overdue_amount") == ["V0", "V1"]
    sheet = openpyxl.load_workbook(
        SimpleUploadedFile("x", b"".join(get(team.group_leader, f"{path}?format=xlsx"))), read_only=True
    ).worksheets[0]
    assert [row[0] for row in sheet.iter_rows(values_only=True)][1:] == ["V1", "V0"]


def test_approvals_that_wait(team: Team) -> None:
    step = approve_all(team, create_submitted(team), up_to=Role.LEGAL_AFFAIRS).steps.get(
        role=Role.LEGAL_AFFAIRS
    )
    opened = timezone.now() - dt.timedelta(days=5)
    ApprovalStep.objects.filter(pk=step.pk).update(opened_at=opened, due_on=TODAY - dt.timedelta(days=1))
    path = reverse("supervision:approvals")

    def count(query: str) -> int:
        return len(get(team.group_leader, f"{path}?{query}").context["table"].rows)

    whole = count("")
    assert whole == ApprovalStep.objects.filter(state="pending").count()
    assert count("role=legal_affairs") == count("age=1") == count("late=yes") == 1
    assert count("age=2") == count("age=4") == 0


def test_self_checks_are_narrowed(team: Team, customers: list[Customer]) -> None:
    contract = create_contract(
        customer=customers[0], handler=team.account_manager, state=ContractState.PERFORMING
    )
    for place, ends_on in enumerate((TODAY, TODAY - dt.timedelta(days=1))):
        SelfCheck.objects.create(
            contract=contract,
            role=(Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER)[place],
            opened_on=ends_on,
            period_starts_on=ends_on - dt.timedelta(days=9),
            period_ends_on=ends_on,
        )
    path = reverse("supervision:self_checks")

    def roles(user: User, query: str = "") -> list[str]:
        return [row.record.role for row in get(user, f"{path}?{query}").context["table"].rows]

    assert roles(team.group_leader) == ["account_manager", "service_manager"]
    assert roles(team.group_leader, "state=overdue") == ["service_manager"]
    assert roles(team.group_leader, "state=open") == ["account_manager"]
    assert roles(team.group_leader, "state=done") == []
    assert roles(team.group_leader, f"person={team.service_manager.pk}") == ["service_manager"]
    assert roles(team.group_leader, f"ends_from={TODAY}&role=account_manager") == ["account_manager"]
    assert roles(team.service_manager) == ["service_manager"]


def test_the_table_of_handlers_sorts_and_downloads(team: Team, books: None) -> None:
    path = reverse("supervision:handlers")
    for column in ("person", "-overdue_pct", "dso", "-change", "self_checks"):
        get(team.group_leader, f"{path}?sort={column}")
    response = get(team.group_leader, f"{path}?format=xlsx")
    book = openpyxl.load_workbook(SimpleUploadedFile("x", b"".join(response)), read_only=True)
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert {row[0] for row in rows[1:]} == {str(team.account_manager), str(team.service_manager)}
    text = get(team.account_manager, path).content.decode()
    assert str(team.account_manager) in text
    assert reverse("supervision:dashboard") not in links(get(team.account_manager, path))


def test_definitions(team: Team) -> None:
    text = get(team.account_manager, reverse("supervision:definitions")).content.decode()
    assert 'id="dso"' in text
    assert "400 ÷ 600 × 90 = 60.0 days" in text


# Tiles and charts -----------------------------------------------------------------------------------------------------


def test_a_part_of_the_product_brings_its_own_tile(
    team: Team, books: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("supervision.tiles._tiles", dict(_tiles))
    register_tile("mine", lambda **_: Tile("Warnings open", "77", url="/policy/"), position=1)
    register_tile("none", lambda **_: None, position=2)
    assert tiles_for(user=team.group_leader, as_of=ENDS[2], today=TODAY)[0].value == "77"
    assert "Warnings open" in get(team.group_leader, reverse("supervision:dashboard")).content.decode()


def test_charts_draw_what_there_is() -> None:
    assert stacked_chart([], label="x") == stacked_chart([Stack([("a", D(-1))])], label="x") == ""
    bars = stacked_chart([Stack([("a", D(1)), ("b", D(-5)), ("c", D(3))]), Stack([])], label="x")
    assert (bars.count("<rect"), bars.count("age-1")) == (2, 0)
    assert 'y="30.00"' in bars  # a quarter of the height, from the axis up
    assert line_chart([], label="x") == line_chart([Point("a", None)], label="x") == ""
    line = line_chart([Point("a", D(1)), Point("b", None), Point("c", D(2)), Point("d", D(4))], label="x")
    assert line.count("<polyline") == 2
    assert "62.50,20.00 87.50,0.00" in line
    assert "12.50,30.00 18.75,30.00" in line  # a single point is a dash
    above = line_chart([Point("a", D(3)), Point("b", D(1))], label="x", whole=D(2))
    assert "25.00,0.00 75.00,20.00" in above


# The command ----------------------------------------------------------------------------------------------------------


def test_the_command_prints_the_same_figures(team: Team, customers: list[Customer]) -> None:
    with pytest.raises(CommandError):
        call_command("supervision", "--on", "2026-03-31")
    committed(ENDS[1], [Line(customers[0], ENDS[0], "100.00", "A")])
    committed(
        ENDS[2], [Line(customers[0], ENDS[0], "100.00", "A"), Line(customers[1], ENDS[3], "50.00", "B")]
    )
    approve_all(team, create_submitted(team), up_to=Role.LEGAL_AFFAIRS)
    out = StringIO()
    call_command("supervision", "--on", "2026-04-10", "--json", stdout=out)
    found = json.loads(out.getvalue())
    assert found["now"] | {"report": ""} == {
        "report": "",
        "as_of": "2026-03-31",
        "exposure": "150.00",
        "overdue": "100.00",
        "overdue_ratio": "0.6667",
        "dso_days": "93.0",
        "dso_counted_back_days": None,
        "sales_days": 31,
        "cei_ratio": "0.0000",
        "gap": None,
        "without_rate": {},
    }
    assert (found["previous"]["exposure"], found["year_before"]) == ("100.00", None)
    assert {one["role"] for one in found["handlers"]} == {"account_manager", "service_manager"}
    out = StringIO()
    call_command("supervision", "--on", "2026-04-10", stdout=out)
    assert "93.0" in out.getvalue()


# Case reviews ---------------------------------------------------------------------------------------------------------


def test_a_meeting_from_the_first_word_to_the_signature(team: Team, customers: list[Customer]) -> None:
    """The deputy writes, notes a customer and a follow-up; the leader signs; the manager ticks off; an addendum."""
    deputy, leader, manager = (
        client_of(one) for one in (team.deputy_leader, team.group_leader, team.service_manager)
    )
    typed = {
        "kind": "case_review",
        "held_on": "2026-11-20",
        "title": "月会",
        "participants": [team.service_manager.pk],
        "minutes": "",
        "submission_key": str(uuid4()),
        "version": "",
    }
    response = deputy.post(reverse("supervision:case_review_create"), typed)
    review = CaseReview.objects.get()
    assert response["Location"] == review.get_absolute_url()
    deputy.post(reverse("supervision:case_review_create"), typed)  # a double click
    assert CaseReview.objects.count() == 1
    assert b"no minutes" in leader.get(review.get_absolute_url()).content
    edit = reverse("supervision:case_review_edit", args=[review.number])
    assert deputy.get(edit).status_code == 200
    assert deputy.post(edit, typed | {"minutes": "纪要", "version": 1}).status_code == 302
    assert deputy.post(edit, typed | {"minutes": "别的", "version": 1}).status_code == 409
    assert deputy.post(edit, typed | {"title": " ", "version": 2}).status_code == 200
    note = reverse("supervision:point_note", args=[review.number])
    page = deputy.get(review.get_absolute_url()).content.decode()
    assert 'name="version" value="2"' in page
    assert deputy.post(note, {"customer": "V0", "point": "慢", "version": 2}).status_code == 302
    refused = deputy.post(note, {"customer": "V0", "point": "快", "version": 2})
    assert refused.status_code == 409
    assert "快" in refused.content.decode()
    assert deputy.post(note, {"customer": "NOBODY", "point": "慢", "version": 3}).status_code == 400
    ask = reverse("supervision:follow_up_ask", args=[review.number])
    wanted = {
        "text": "催收",
        "responsible": team.service_manager.pk,
        "due_on": "2026-12-01",
        "customer": "V0",
    }
    assert deputy.post(ask, wanted | {"submission_key": str(uuid4())}).status_code == 302
    assert (
        deputy.post(ask, wanted | {"due_on": "2026-11-19", "submission_key": str(uuid4())}).status_code == 400
    )
    files = reverse("supervision:files_add", args=[review.number])
    assert deputy.post(files, {"documents": SimpleUploadedFile("a.pdf", PDF)}).status_code == 302
    assert (
        deputy.post(
            files, {"documents": SimpleUploadedFile("b.exe", b"MZ\x90\x00\x03\x00\x00\x00\x04")}
        ).status_code
        == 400
    )
    assert deputy.post(files, {"documents": SimpleUploadedFile("c.pdf", b"")}).status_code == 400
    file = reverse("supervision:file", args=[review.number, review.files.get().pk])
    assert b"".join(manager.get(file)) == PDF
    sign = reverse("supervision:case_review_close", args=[review.number])
    assert deputy.post(sign, {"version": 2}).status_code == 403
    assert leader.post(sign, {"version": "x"}).status_code == 409
    read = CaseReview.objects.get(pk=review.pk).version
    assert leader.post(sign, {"version": read - 1}).status_code == 409
    assert leader.post(sign, {"version": read}).status_code == 302
    assert deputy.get(edit).status_code == 409
    done = reverse("supervision:follow_up_done", args=[CaseFollowUp.objects.get().pk])
    assert manager.post(done, {"result": "已付"}).status_code == 302
    addendum = reverse("supervision:addendum_add", args=[review.number])
    assert deputy.post(addendum, {"text": "更正", "submission_key": str(uuid4())}).status_code == 302
    assert deputy.post(addendum, {"text": " ", "submission_key": str(uuid4())}).status_code == 400
    text = manager.get(review.get_absolute_url()).content.decode()
    for part in ("纪要", "慢", "已付", "更正", "signed off"):
        assert part in text


def test_who_reads_what_on_the_page(team: Team, customers: list[Customer]) -> None:
    """The manager did not take part: he reads the point about his customer and no minutes, and gets no file."""
    review = create_meeting(customers[0], team)
    text = get(team.account_manager, review.get_absolute_url()).content.decode()
    assert "付款变慢" in text
    assert "逐户讨论" not in text
    assert "You see what was said about your customers." in text
    get(team.account_manager, reverse("supervision:file", args=[review.number, review.files.get().pk]), 404)
    assert "逐户讨论" in get(team.legal_affairs, review.get_absolute_url()).content.decode()


def test_mistakes_are_taken_out(team: Team, customers: list[Customer]) -> None:
    review = create_meeting(customers[0], team)
    deputy = client_of(team.deputy_leader)
    for name, pk in (
        ("point_remove", review.points.get().pk),
        ("follow_up_remove", review.follow_ups.get().pk),
    ):
        for _time in range(2):
            assert deputy.post(reverse(f"supervision:{name}", args=[review.number, pk])).status_code == 302
    assert not review.points.exists()
    assert not review.follow_ups.exists()


def test_the_lists_of_the_log(team: Team, customers: list[Customer]) -> None:
    create_meeting(customers[0], team)
    create_closed_meeting(customers[1], team)

    def count(user: User, name: str, query: str = "") -> int:
        return len(get(user, f"{reverse(f'supervision:{name}')}?{query}").context["table"].rows)

    assert count(team.group_leader, "case_review_list") == 2
    assert count(team.group_leader, "case_review_list", "state=closed") == 1
    assert count(team.group_leader, "case_review_list", "q=nothing") == 0
    assert count(team.service_manager, "follow_up_list", "whose=mine&state=open") == 1
    assert count(team.group_leader, "follow_up_list", "whose=mine") == 0
    overdue = int(dt.date(2026, 11, 30) < TODAY)
    assert count(team.group_leader, "follow_up_list", "state=overdue") == overdue
    assert count(team.group_leader, "follow_up_list", "state=done") == 0
    assert count(team.administrator, "case_review_list") == 0


def test_queries_of_the_lists_stay_flat(team: Team, customers: list[Customer]) -> None:
    clients = {name: client_of(team.account_manager) for name in ("case_review_list", "follow_up_list")}

    def asked(name: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            clients[name].get(reverse(f"supervision:{name}"))
        return len(queries)

    create_meeting(customers[0], team)
    for name in clients:
        asked(name)
    few = {name: asked(name) for name in clients}
    for customer in customers:
        create_meeting(customer, team)
        held(team, participants=[team.account_manager])
    assert {name: asked(name) for name in clients} == few


@pytest.mark.parametrize("data", [{}, {"title": "x"}])
def test_who_reads_one_point_does_not_get_at_the_minutes_by_their_form(
    team: Team, customers: list[Customer], client: Client, data: dict[str, str]
) -> None:
    """His customer was discussed, he did not take part: an empty form must not show him the rest."""
    review = create_meeting(customers[0], team)
    CaseReview.objects.filter(pk=review.pk).update(minutes="confidential words about another customer")
    client.force_login(team.account_manager)
    assert client.get(review.get_absolute_url()).status_code == 200
    answer = client.post(f"{review.get_absolute_url()}edit/", data)
    assert answer.status_code == 403
    assert "confidential" not in answer.content.decode()
