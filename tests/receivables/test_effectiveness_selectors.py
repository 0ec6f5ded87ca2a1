"""What notices recovered, what months invoiced and collected, what was done: from reports and ledgers (P5.2.3)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from creditrisk.accounts.roles import Role
from customers.models import Customer
from receivables.effectiveness import PromisesDecided, Receivables, percent
from receivables.models import (
    AgingTotal,
    CollectionContact,
    FileKind,
    OpenItem,
    PromiseState,
    Report,
    ReportState,
)
from receivables.selectors.collection_work import Contacts, Notices
from receivables.selectors.effectiveness import (
    Effectiveness,
    customers_seen,
    effectiveness,
    managers_seen,
)
from receivables.selectors.recovered import recovered_by_stage, reports_with_items
from tests.factories.customers import create_active_customer
from tests.factories.people import Team, create_team, create_user
from tests.factories.reports import Line, create_report, store_sums
from tests.receivables.damages_world import day, ledger, reported
from tests.receivables.effectiveness_world import decided, notice

pytestmark = pytest.mark.django_db
MARCH, APRIL = dt.date(2026, 3, 1), dt.date(2026, 4, 1)


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return create_active_customer(
        number="C1", account_manager=team.account_manager, service_manager=team.service_manager
    )


def within(first: int = 0, last: int = 30, **scope: Any) -> dict[int, tuple[str, str, str]]:
    """Return days → demanded, known and recovered, of the notices from day to day, of all stages and managers."""
    found: dict[int, tuple[str, str, str]] = {}
    for row in recovered_by_stage(day(first), day(last), reports=reports_with_items(), **scope):
        assert row.days not in found
        one = row.recovered
        found[row.days] = str(one.demanded_amount), str(one.known_amount), str(one.recovered_amount)
    return found


def test_recovered_from_report_to_report(customer: Customer) -> None:
    """The letter of day 1 demands A 1,000 and B 500. Open by day 7: 1,000 and 200; by day 14: 400 and nothing; by day
    40: 400. 300 of 1,500 within 7 days; 600 + 500 within 14 and 30. The reports end before day 61: not known.
    """
    first = reported(customer, 0, ("A", "1000.00"), ("B", "500.00"))
    notice(customer, 1, ("A", "1000.00"), ("B", "500.00"), report=first)
    reported(customer, 7, ("A", "1000.00"), ("B", "200.00"))
    reported(customer, 14, ("A", "400.00"))
    reported(customer, 40, ("A", "400.00"))
    assert within() == {
        7: ("1500.00", "1500.00", "300.00"),
        14: ("1500.00", "1500.00", "1100.00"),
        30: ("1500.00", "1500.00", "1100.00"),
        60: ("1500.00", "0.00", "0.00"),
    }


@pytest.mark.parametrize(
    ("seen", "known"), [((8,), True), ((7, 8), True), ((7,), False), ((9,), False), ((), False)]
)
def test_without_a_report_in_the_time_and_one_of_its_end_nobody_knows(
    customer: Customer, seen: tuple[int, ...], known: bool
) -> None:
    """A letter of day 1: its seven days end on day 8."""
    notice(customer, 1, ("A", "100.00"), report=reported(customer, 0, ("A", "100.00")))
    for number in seen:
        reported(customer, number)
    assert within()[7] == ("100.00", *(("100.00", "100.00") if known else ("0.00", "0.00")))


def test_a_ledger_tells_the_days_of_payments(customer: Customer) -> None:
    """The letter of day 5 demands 800 of A: 200 of 1,000 were paid on day 3. 300 came on day 12 (the 7th day), 100 on
    day 13, and 50 that were booked back on day 30.
    """
    first = reported(customer, 4, ("A", "800.00"))
    ledger(
        customer,
        70,
        ("A", -30, "1000.00", False),
        ("A", 3, "-200.00", True),
        ("A", 12, "-300.00", True),
        ("A", 13, "-100.00", True),
        ("A", 30, "50.00", True),
    )
    notice(customer, 5, ("A", "800.00"), report=first)
    assert within() == {
        7: ("800.00", "800.00", "300.00"),
        14: ("800.00", "800.00", "400.00"),
        30: ("800.00", "800.00", "350.00"),
        60: ("800.00", "800.00", "350.00"),
    }


def test_what_the_latest_ledger_does_not_cover_is_told_by_reports(customer: Customer) -> None:
    """The ledger ends on day 10: it tells the first 7 days of a letter of day 2, and no 14."""
    first = reported(customer, 1, ("A", "100.00"))
    ledger(customer, 10, ("A", -30, "100.00", False), ("A", 9, "-10.00", True))
    reported(customer, 16, ("A", "60.00"))
    notice(customer, 2, ("A", "100.00"), report=first)
    found = within()
    assert found[7] == ("100.00", "100.00", "10.00")
    assert found[14] == ("100.00", "100.00", "40.00")
    assert found[30] == ("100.00", "0.00", "0.00")


def test_an_item_counts_for_what_was_demanded_and_never_below_nothing(customer: Customer) -> None:
    """A: 400 of 1,000 are in dispute, 600 demanded, all 1,000 paid: 600. B rose from 100 to 150: nothing. C became a
    credit of 20: 30, not 50. Two lines of D are one item: 70 of 100.
    """
    first = reported(
        customer, 0, ("A", "1000.00"), ("B", "100.00"), ("C", "30.00"), ("D", "60.00"), ("D", "40.00")
    )
    notice(customer, 1, ("A", "600.00"), ("B", "100.00"), ("C", "30.00"), ("D", "100.00"), report=first)
    reported(customer, 8, ("B", "150.00"), ("C", "-20.00"), ("D", "20.00"), ("D", "10.00"))
    assert within()[7] == ("830.00", "830.00", "700.00")


def test_superseded_reports_aging_tables_and_dropped_lines_tell_nothing(customer: Customer) -> None:
    first = reported(customer, 0, ("A", "100.00"))
    notice(customer, 1, ("A", "100.00"), report=first)
    reported(customer, 8, state=ReportState.SUPERSEDED)
    table = reported(customer, 8)
    Report.objects.filter(pk=table.pk).update(file_kind=FileKind.AGED_TABLE)
    dropped = reported(customer, 9)
    AgingTotal.objects.create(
        report=dropped, currency="CNY", debit_amounts=[1], credit_amounts=[0], total_amount=1,
        overdue_amount=0, items=1, customers=1,
    )  # fmt: skip
    assert within()[7] == ("100.00", "0.00", "0.00")
    reported(customer, 7)
    reported(customer, 10)
    assert within()[7] == ("100.00", "100.00", "100.00")


def test_only_notices_of_the_time_and_only_the_customers_asked_for(customer: Customer) -> None:
    first = reported(customer, 0, ("A", "100.00"))
    notice(customer, 1, ("A", "100.00"), report=first)
    assert within(1, 1)
    assert within(2, 9) == {} == within(-9, 0)
    assert within(customer_pks=[customer.pk])
    assert within(customer_pks=[]) == {} == within(customer_pks=[create_active_customer().pk])


def month_report(number: int, *lines: Line) -> Report:
    report = create_report(as_of=day(number), lines=lines)
    store_sums(report)
    return report


def figures(found: Effectiveness, month: dt.date) -> tuple[tuple[str, ...], str | None]:
    """Return opening, invoiced, closing and closing current of the one currency of the group, and its index."""
    (one,) = found.group.months[month].receivables
    amounts = (one.opening_amount, one.invoiced_amount, one.closing_amount, one.current_amount)
    index = percent(one.index_ratio)
    return tuple(map(str, amounts)), None if index is None else str(index)


def test_the_index_of_a_month_from_its_two_reports(customer: Customer) -> None:
    """End of February: A 1,000 overdue, a credit of 100: 900. End of March: A 300, B new with 500 (400 open, not due),
    C new and due 200, the old credit and a new one of 50: 750; not due B's 400. Invoiced: 500 + 200.
    900 + 700 − 750 = 850 of 900 + 700 − 400 = 1,200: 70.8 %. The report of 15 March plays no part.
    """
    late, later = day(-20), day(60)
    month_report(-1, Line(customer, late, "1000.00", "A"), Line(customer, late, "-100.00", "K"))
    month_report(14, Line(customer, late, "999.00", "A"), Line(customer, late, "5.00", "Z"))
    month_report(
        29,
        Line(customer, late, "300.00", "A"),
        Line(customer, late, "-100.00", "K"),
        Line(customer, later, "400.00", "B", total="500.00"),
        Line(customer, day(20), "200.00", "C"),
        Line(customer, day(20), "-50.00", "K2"),
    )
    found = effectiveness(MARCH, MARCH)
    assert figures(found, MARCH) == (("900.00", "700.00", "750.00", "400.00"), "70.8")
    assert found.group.months[MARCH].gap is None


def test_what_came_and_went_between_two_reports_is_known_to_a_ledger_alone(customer: Customer) -> None:
    """X is booked on 5 March and paid on the 20th: 80 more invoiced and collected. Y is older than February's report, W
    is still open at the end of March (and in its report): neither counts twice. 0 + 80 + 30 − 30 of 0 + 110 − 0.
    """
    month_report(-1)
    month_report(29, Line(customer, day(0), "30.00", "W"))
    assert figures(effectiveness(MARCH, MARCH), MARCH)[0][1] == "30.00"
    ledger(
        customer,
        40,
        ("X", 4, "80.00", False),
        ("X", 19, "-80.00", True),
        ("Y", -9, "70.00", False),
        ("Y", 3, "-70.00", True),
        ("W", 5, "30.00", False),
        ("V", 35, "9.00", False),
        ("V", 36, "-9.00", True),
    )
    assert figures(effectiveness(MARCH, MARCH), MARCH) == (("0.00", "110.00", "30.00", "0.00"), "72.7")
    assert figures(effectiveness(MARCH, MARCH, customer_pks=[customer.pk]), MARCH)[1] == "72.7"
    assert effectiveness(MARCH, MARCH, customer_pks=[]).group.months[MARCH].receivables == ()


def test_why_there_is_no_index(customer: Customer) -> None:
    """Reports of March and May: none before March's, none in April, none before May's; a table in June."""
    for number in (10, 70):
        month_report(number, Line(customer, day(0), "1.00", "A"))
    Report.objects.filter(pk=month_report(95).pk).update(file_kind=FileKind.AGED_TABLE)
    found = effectiveness(MARCH, dt.date(2026, 6, 30))
    gaps = [found.group.months[month].gap for month in found.months]
    assert gaps == ["no_report_before", "no_report", "no_report_before", "no_items"]
    assert not any(found.group.months[month].receivables for month in found.months)


@pytest.fixture
def world(team: Team, customer: Customer) -> Customer:
    """Two managers and a customer without one, two months. Returns the other manager's customer."""
    other = create_active_customer(
        number="C2", service_manager=create_user(Role.SERVICE_MANAGER, name="Aaron"), currency="USD"
    )
    nobody = create_active_customer(number="C3", service_manager=None)
    lines = [
        Line(customer, day(-9), "100.00", "A"),
        Line(other, day(-9), "50.00", "B", "USD"),
        Line(nobody, day(-9), "10.00", "N"),
    ]
    first = month_report(-1, *lines)
    month_report(29, *lines[:2])
    month_report(60, lines[1])
    notice(customer, 2, ("A", "100.00"), report=first, due_on=day(-9))
    notice(customer, 33, ("A", "100.00"), report=first, stage="final_demand", due_on=day(-9))
    notice(other, 2, ("B", "50.00"), report=first, stage="reminder", currency="USD", due_on=day(-9))
    sent = notice(nobody, 2, ("N", "10.00"), report=first, due_on=day(-9))
    type(sent).objects.filter(pk=sent.pk).update(
        posted_on=day(3), posted_by=team.finance_clerk, posted_by_way="post"
    )
    decided(customer, team, day(10), PromiseState.KEPT, "100.00", "120.00", first)
    decided(customer, team, day(11), PromiseState.PARTLY, "100.00", "40.00", first)
    decided(nobody, team, day(12), PromiseState.BROKEN, "50.00", "0.00", first)
    decided(customer, team, day(40), PromiseState.KEPT, "10.00", "10.00", first)
    for who, on, way, result in (
        (customer, 3, "phone", "reached"),
        (customer, 4, "phone", "no_answer"),
        (customer, 5, "visit", "promise"),
        (other, 40, "mail", "dispute"),
    ):
        CollectionContact.objects.create(
            customer=who, happened_on=day(on), way=way, result=result, by=team.service_manager
        )
    return other


def test_by_manager_and_for_the_group(team: Team, customer: Customer, world: Customer) -> None:
    """Promises of March: the manager's 2 decided, 1 kept, 140 of 200 paid (what is paid beyond the promise counts for
    nothing); the group's 3, 140 of 250. By name; who has no manager comes last.
    """
    found = effectiveness(MARCH, APRIL)
    assert [one.pk for one in found.managers[:-1]] == sorted(
        [team.service_manager.pk, world.service_manager_id],
        key=lambda pk: next(one.name for one in found.managers if one.pk == pk),
    )
    assert (found.managers[-1].pk, found.managers[-1].username, found.managers[-1].is_group) == (
        None,
        None,
        False,
    )
    mine, theirs, nobodys = (found.of(pk) for pk in (team.service_manager.pk, world.service_manager_id, None))
    assert mine and theirs and nobodys and found.of(-1) is None  # noqa: PT018
    assert mine.months[MARCH].promises == (PromisesDecided("CNY", 1, 1, 0, Decimal(200), Decimal(140)),)
    assert found.group.months[MARCH].promises == (
        PromisesDecided("CNY", 1, 1, 1, Decimal(250), Decimal(140)),
    )
    assert found.group.whole.promises == (PromisesDecided("CNY", 2, 1, 1, Decimal(260), Decimal(150)),)
    assert mine.months[MARCH].contacts == Contacts(3, 2, 2)
    assert found.group.whole.contacts == Contacts(4, 2, 3)
    assert found.group.whole.letters_sent == 1
    assert found.group.whole.notices_of("dunning_letter") == Notices(2, 1)
    assert [(one.stage, one.currency) for one in found.group.whole.stages] == [
        ("reminder", "USD"), ("dunning_letter", "CNY"), ("final_demand", "CNY"),
    ]  # fmt: skip
    assert [one.currency for one in found.group.months[MARCH].receivables] == ["CNY", "USD"]
    assert mine.months[MARCH].receivables == (
        Receivables("CNY", Decimal(100), Decimal(0), Decimal(100), Decimal(0)),
    )
    assert mine.whole.receivables == ()


def test_within_30_days_of_march(customer: Customer, world: Customer) -> None:
    """Letters of day 2: A still open on day 29 of 32, N gone: 10 of 110. April's final demand: A is gone by day 60."""
    whole = effectiveness(MARCH, APRIL).group.whole
    letters, demand = whole.stages[1:]
    assert letters.within[30].recovered_amount == Decimal(10)
    assert letters.within[30].ratio == Decimal(10) / Decimal(110)
    assert letters.within[7].ratio is None
    assert demand.within[30].ratio is None
    assert demand.within[30].demanded_amount == Decimal(100)


def test_everybody_sees_the_figures_of_the_customers_he_may_see(
    team: Team, customer: Customer, world: Customer
) -> None:
    assert customers_seen(team.group_leader) is None
    assert customers_seen(team.service_manager) == [customer.pk]
    own = effectiveness(MARCH, APRIL, customer_pks=customers_seen(team.service_manager))
    assert [one.pk for one in own.managers] == [team.service_manager.pk]
    assert own.group.whole.contacts == Contacts(3, 2, 2)
    assert [one.currency for one in own.group.months[MARCH].receivables] == ["CNY"]
    assert customers_seen(team.administrator) == []
    assert not managers_seen(team.administrator).exists()
    assert [person.pk for person in managers_seen(team.service_manager)] == [team.service_manager.pk]
    assert {person.pk for person in managers_seen(team.group_leader)} == {
        team.service_manager.pk, world.service_manager_id,
    }  # fmt: skip
    assert effectiveness(MARCH, APRIL, customer_pks=[]).managers == ()


def test_ten_queries_however_much_there_is(team: Team, customer: Customer, world: Customer) -> None:
    with CaptureQueriesContext(connection) as queries:
        effectiveness(MARCH, MARCH)
    for number in range(5):
        more = create_active_customer(service_manager=create_user(Role.SERVICE_MANAGER))
        listed = month_report(62 + 30 * number, Line(more, day(0), "5.00", "M"))
        notice(more, 63 + 30 * number, ("M", "5.00"), report=listed)
    with CaptureQueriesContext(connection) as more_queries:
        effectiveness(MARCH, dt.date(2026, 12, 1))
    assert len(queries) == len(more_queries) == 10
    assert OpenItem.objects.exists()
