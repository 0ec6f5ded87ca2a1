"""The timeline of a customer: everything in order, page by page, what a reader may see, and what it costs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from creditrisk.accounts.models import User
from customers import services, timeline
from customers.master_data import MASTER_DATA_FIELDS
from customers.models import Customer
from customers.timeline import Cursor, Entry, Kind, Span, moment_of, timeline_of
from tests.factories.customers import create_contact, create_contract, create_grade_change
from tests.factories.people import Team, create_team
from tests.factories.reports import Line, create_report, store_sums
from tests.factories.reviews import create_draft
from tests.factories.visits import create_customer_of, done, follow_up, planned, proposed

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 3, 10)


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return create_customer_of(team, number="K-1 ü", bank_account="6222020200112230")


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that lets timelines tell some entries and nothing else, by kind."""

    def tell(**entries: list[Entry]) -> None:
        kinds = {
            code: (position, Kind(code, code, "flag", (_teller(listed),)))
            for position, (code, listed) in enumerate(entries.items())
        }
        monkeypatch.setattr(timeline, "_kinds", kinds)

    return tell


def _teller(entries: list[Entry]) -> Callable[..., list[Entry]]:
    def tell(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
        found = [
            entry
            for entry in sorted(entries, key=lambda entry: entry.at, reverse=True)
            if (span.since is None or entry.at >= span.since)
            and (span.until is None or entry.at <= span.until)
        ]
        return found[: span.limit]

    return tell


def at(hour: int, title: str = "") -> Entry:
    return Entry(at=moment_of(DAY) + dt.timedelta(hours=hour), title=title or str(hour))


def titles(page: timeline.Timeline) -> list[str]:
    return [line.entry.title for line in page.lines]


def told(customer: Customer, person: User | None = None, **more: Any) -> list[str]:
    return titles(timeline_of(customer=customer, person=person, **more))


# Pages of it


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_one_after_the_other_are_the_whole(
    customer: Customer, only: Callable[..., None], limit: int
) -> None:
    """Seven entries, four of them at one moment and of two kinds: no page loses or repeats one."""
    only(a=[at(1), at(5, "a1"), at(5, "a2"), at(9)], b=[at(5, "b1"), at(5, "b2"), at(3)])
    seen: list[str] = []
    before = None
    while True:
        page = timeline_of(customer=customer, person=None, limit=limit, before=before)
        assert 1 <= len(page.lines) <= limit
        seen += titles(page)
        if page.older is None:
            break
        before = Cursor.parse(str(page.older))
    assert seen == ["9", "a1", "a2", "b1", "b2", "3", "1"]


def test_first_and_last_day_are_both_told(customer: Customer, only: Callable[..., None]) -> None:
    only(a=[at(-1, "day before"), at(0, "first moment"), at(23, "evening"), at(24, "day after")])
    assert told(customer, since=DAY, until=DAY) == ["evening", "first moment"]
    assert told(customer, since=DAY) == ["day after", "evening", "first moment"]
    assert told(customer, until=DAY) == ["evening", "first moment", "day before"]


def test_a_page_that_begins_after_the_last_day_begins_with_it(
    customer: Customer, only: Callable[..., None]
) -> None:
    only(a=[at(0, "asked for"), at(30, "later")])
    before = Cursor(at(40).at, 0)
    assert told(customer, until=DAY, before=before) == ["asked for"]


@pytest.mark.parametrize("text", ["", "x", "1", "1-", "-1-2-3", "1-999999", "١-1", "99999999999999999-1"])
def test_what_is_no_cursor_is_none(text: str) -> None:
    assert Cursor.parse(text) is None


def test_a_cursor_survives_its_address() -> None:
    cursor = Cursor(dt.datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC), 3)
    assert str(cursor) == "-1-3"
    assert Cursor.parse("-1-3") == cursor


def test_every_kind_has_an_icon_of_the_sprite() -> None:
    sprite = (settings.BASE_DIR / "static/vendor/bootstrap-icons/sprite.svg").read_text()
    codes = [kind.code for kind in timeline.kinds()]
    assert codes == [
        *("review", "grade", "adjustment", "state", "limit", "aging", "payment", "dunning", "collection"),
        *("damages", "visit", "warning", "follow_up", "contract", "case_review", "deposit", "portfolio"),
        *("confirmation", "qualification"),
        *("identity", "edit"),
    ]
    assert [kind.code for kind in timeline.kinds() if f'id="{kind.icon}"' not in sprite] == []


# What it tells


def test_an_edit_tells_old_and_new_values_and_who(team: Team, customer: Customer) -> None:
    data = {name: getattr(customer, name) for name in MASTER_DATA_FIELDS}
    services.update_customer(
        customer=customer,
        data=data | {"address": "新地址 2 号", "bank_account": "6222020200119999"},
        version=customer.version,
        by=team.account_manager,
    )
    newest = next(
        line.entry
        for line in timeline_of(customer=customer, person=team.group_leader, codes=["edit"]).lines
        if line.entry.title == "Master data changed"
    )
    assert newest.person == str(team.account_manager)
    changes = {change.label: (change.old, change.new) for change in newest.changes}
    assert changes["Address"] == ("–", "新地址 2 号")
    assert changes["Account number"] == ("•••• 2230", "•••• 9999")


def test_what_came_new_has_no_old_value(customer: Customer) -> None:
    create_contact(customer=customer, name="王芳")
    lines = timeline_of(customer=customer, person=None, codes=["edit"]).lines
    entry = next(line.entry for line in lines if line.entry.about == "王芳")
    assert entry.title == "Contact added"
    assert {change.old for change in entry.changes} == {""}


def test_states_limits_and_managers_have_kinds_of_their_own(team: Team, customer: Customer) -> None:
    services.grant_temporary_limit(
        customer=customer,
        amount=Decimal("50000.00"),
        valid_to_on=DAY,
        reason="project",
        version=1,
        by=team.group_leader,
        today=DAY,
    )
    services.put_on_watch(customer=customer, reason="late", by=team.group_leader)
    assert told(customer, codes=["limit"]) == ["Limits changed"]
    assert told(customer, codes=["state"])[0] == "Watch"
    assert told(customer, codes=["portfolio"]) == ["Managers named"]
    assert "Master data changed" not in told(customer, codes=["edit"])


def test_visits_follow_ups_and_handovers(team: Team, customer: Customer) -> None:
    visit = done(customer, team.account_manager, risk_signal="alarm", staff_turnover="会计离职")
    follow_up(visit, team.account_manager)
    planned(customer, team.account_manager)
    proposed(customer, team.account_manager, team.service_manager)
    lines = {line.entry.title: line.entry for line in timeline_of(customer=customer, person=None).lines}
    made = lines["Visit made: On site"]
    assert (made.tone, made.has_time, made.about) == ("danger", False, visit.purpose)
    assert "Staff turnover: 会计离职" in made.text
    assert {title.split(" 2")[0] for title in lines} >= {
        "Follow-up due",
        "Visit planned for",
        "Handover: Proposed",
    }


def test_contracts_and_grades_by_the_day_from_which_they_count(team: Team, customer: Customer) -> None:
    create_contract(customer=customer, handler=team.account_manager, number="HT-1", state="performing")
    create_grade_change(customer=customer, old="B", new="D", effective_on=DAY, reason="late")
    assert told(customer, codes=["contract", "grade"]) == ["B → D", "Performance began", "Contract signed"]


def test_a_draft_of_somebody_else_is_not_told(team: Team) -> None:
    review = create_draft(team)
    assert told(review.customer, team.group_leader, codes=["review"]) == []
    assert told(review.customer, team.account_manager, codes=["review"]) == ["New-customer review: started"]
    assert told(review.customer, None, codes=["review"]) == ["New-customer review: started"]


def test_reports_and_what_fell_between_them(customer: Customer) -> None:
    """INV-1: 100.00 open, then 40.00: 60.00 less. INV-2: 25.00, then gone. INV-3 is new: 85.00 fell in 2 items."""
    first = create_report(
        as_of=dt.date(2026, 1, 31),
        lines=[
            Line(customer, dt.date(2026, 1, 1), "100.00", document="INV-1"),
            Line(customer, dt.date(2026, 1, 2), "25.00", document="INV-2"),
        ],
    )
    second = create_report(
        as_of=dt.date(2026, 2, 28),
        lines=[
            Line(customer, dt.date(2026, 1, 1), "40.00", document="INV-1"),
            Line(customer, dt.date(2026, 3, 1), "500.00", document="INV-3"),
        ],
    )
    for report in (first, second):
        store_sums(report)
    lines = timeline_of(customer=customer, person=None, codes=["aging", "payment"]).lines
    assert [(line.kind.code, line.entry.on.isoformat(), line.entry.text) for line in lines] == [
        ("aging", "2026-02-28", "CNY 540.00 open in 2 items, 40.00 of it overdue"),
        (
            "payment",
            "2026-02-28",
            "2 items paid, credited or set off between the reports of 2026-01-31 and 2026-02-28: INV-1, INV-2",
        ),
        ("aging", "2026-01-31", "CNY 125.00 open in 2 items, 125.00 of it overdue"),
    ]
    assert lines[1].entry.title == "Open amount fell by CNY 85.00"


# The page


def as_(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page(customer: Customer, person: User, **query: Any) -> str:
    response = as_(person).get(reverse("customers:timeline", args=[customer.number]), query)
    assert response.status_code == 200
    return str(response.content.decode())


def test_the_page_is_narrowed_by_kind_and_day_and_the_dossier_goes_along(
    team: Team, customer: Customer
) -> None:
    create_grade_change(customer=customer, new="B", effective_on=DAY)
    create_contract(customer=customer, handler=team.account_manager, number="HT-1")
    both = page(customer, team.group_leader, kind=["grade", "contract"])
    assert 'data-kind="grade"' in both
    assert 'data-kind="contract"' in both
    grades = page(customer, team.group_leader, kind="grade", since="2026-03-10", until="2026-03-10")
    assert 'data-kind="grade"' in grades
    assert 'data-kind="contract"' not in grades
    assert "dossier.pdf?kind=grade&amp;since=2026-03-10&amp;until=2026-03-10" in grades
    nothing = page(customer, team.group_leader, kind="grade", until="2026-03-09")
    assert "Nothing of this kind happened in this time." in nothing


def test_what_is_not_understood_counts_as_not_given(team: Team, customer: Customer) -> None:
    create_grade_change(customer=customer, new="B", effective_on=DAY)
    for query in ({"kind": "nonsense"}, {"since": "yesterday"}, {"before": "x"}, {"before": "9" * 16 + "-1"}):
        assert 'data-kind="grade"' in page(customer, team.group_leader, **query)


def test_older_entries_are_a_click_away(team: Team, customer: Customer) -> None:
    for day in range(timeline.PER_PAGE + 1):
        create_grade_change(customer=customer, new="B", effective_on=DAY + dt.timedelta(days=day))
    first = page(customer, team.group_leader, kind="grade")
    assert first.count('data-kind="grade"') == timeline.PER_PAGE
    older = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = str(as_(team.group_leader).get(older).content.decode())
    assert second.count('data-kind="grade"') == 1
    assert 'rel="next"' not in second
    assert "Newest" in second


def test_the_number_of_queries_does_not_grow(
    team: Team, customer: Customer, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    client = as_(team.group_leader)
    address = reverse("customers:timeline", args=[customer.number])
    client.get(address)
    counts = []
    for _round in range(2):
        with django_assert_max_num_queries(62) as counted:
            client.get(address)
        counts.append(len(counted))
        visit = done(customer, team.account_manager)
        for number in range(5):
            follow_up(visit, team.account_manager, text=str(number))
            create_contact(customer=customer)
            create_grade_change(customer=customer, new="B", effective_on=DAY, decided_by=team.group_leader)
            create_contract(customer=customer, handler=team.account_manager, number=f"HT-{_round}-{number}")
    with django_assert_max_num_queries(62) as counted:
        client.get(address)
    assert len(counted) == counts[1]
