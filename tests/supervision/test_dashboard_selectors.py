"""The dashboard's figures from stored sums: in one currency, compared, of the customers that a person may see."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from creditrisk.accounts.roles import Role
from creditrisk.exchange_rates.models import ExchangeRate
from creditrisk.exchange_rates.selectors import known_rates, rates_of_days
from customers.models import Customer, CustomerState
from receivables.models import Report
from supervision.selectors.dashboard import Dashboard, customers_of, dashboard, report_chosen
from supervision.selectors.grades import graded_customers
from supervision.services.report_figures import compute_missing_figures
from supervision.tables.dashboard_tiles import figure_tiles
from tests.factories.customers import create_active_customer, create_grade_change
from tests.factories.people import Team, create_department, create_team, create_user
from tests.factories.reports import Line
from tests.supervision.worlds import ENDS, MadeInvoice, committed, made_history, reports_of, sold_between

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 9, 10)
D = Decimal


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customers(team: Team) -> list[Customer]:
    managers = {"account_manager": team.account_manager, "service_manager": team.service_manager}
    return [create_active_customer(**managers) for _number in range(3)]


def rate(on: dt.date, value: str, currency: str = "USD") -> None:
    ExchangeRate.objects.create(currency=currency, base_currency="CNY", valid_on=on, rate=D(value))


def shown(team: Team, as_of: dt.date = TODAY, months: int = 13) -> Dashboard:
    found = dashboard(team.group_leader, as_of=as_of, today=TODAY, months=months)
    assert found is not None
    return found


def test_without_a_report_there_is_no_dashboard(team: Team) -> None:
    assert dashboard(team.group_leader, as_of=TODAY, today=TODAY) is None
    assert report_chosen(TODAY) is None


def test_a_worked_example(team: Team, customers: list[Customer]) -> None:
    """28 February: A 1,000 open, due on 1 March. 31 March: A 600 (30 days past due), B 500 and C 450, not due;
    a credit note of 50, not due. Exposure 1,500, overdue 600: 40 %. Sales 950 in 31 days: DSO 1,500 ÷ 950 × 31 = 48.9.
    CEI: (1,000 + 950 − 1,500) ÷ (1,000 + 950 − 900) = 450 ÷ 1,050 = 42.9 %.
    """
    due, later = dt.date(2026, 3, 1), dt.date(2026, 4, 20)
    committed(ENDS[1], [Line(customers[0], due, "1000.00", "A")])
    report = committed(
        ENDS[2],
        [
            Line(customers[0], due, "600.00", "A", total="1000.00"),
            Line(customers[1], later, "500.00", "B"),
            Line(customers[2], later, "450.00", "C"),
            Line(customers[2], later, "-50.00", "G"),
        ],
    )
    compute_missing_figures()
    now = shown(team).standing
    assert now.report == report
    assert (now.exposure_amount, now.overdue_amount, now.overdue_ratio) == (D(1500), D(600), D("0.4"))
    assert now.dso_days == D(1500) / D(950) * 31
    assert now.sales_days == 31
    assert now.counted_back_days is None  # the one known month sold less than is open
    assert now.cei_ratio == D(450) / D(1050)
    assert now.gap is None


def test_what_is_not_computed_yet_is_told(team: Team, customers: list[Customer]) -> None:
    """First no report of the month before, then figures that are not computed, then nothing sold, then all is known."""
    due = dt.date(2026, 5, 1)
    committed(ENDS[0], [Line(customers[0], due, "100.00", "A")])
    assert shown(team).standing.gap == "no_report_before"
    committed(ENDS[1], [Line(customers[0], due, "100.00", "A")])
    standing = shown(team).standing
    assert (standing.gap, standing.dso_days, standing.index) == ("not_computed", None, None)
    compute_missing_figures()
    standing = shown(team).standing
    assert (standing.gap, standing.dso_days) == ("nothing", None)
    assert standing.index is not None
    committed(ENDS[2], [Line(customers[0], due, "100.00", "A"), Line(customers[0], due, "1.00", "B")])
    compute_missing_figures()
    assert shown(team).standing.gap is None


@pytest.mark.parametrize("seed", [11, 12])
def test_histories_against_a_plain_reckoning(team: Team, seed: int) -> None:
    """Random invoices and payments in two currencies, a rate for every month end. Exposure, overdue, DSO over three
    months and CEI of every month, reckoned from the invoices themselves.
    """
    customers = [create_active_customer() for _number in range(5)]
    history = made_history(seed, customers=5, invoices=150, currencies=("CNY", "USD"))
    reports = reports_of(history, customers, ENDS[:8])
    for place, end in enumerate(ENDS[:8]):
        rate(end, f"7.{place}5")
    compute_missing_figures()
    trend = shown(team, as_of=ENDS[7], months=13).trend
    assert [one.standing.report if one.standing else None for one in trend] == [None] * 5 + reports
    for place, one in enumerate(trend[5:]):
        standing, day = one.standing, ENDS[place]
        assert standing is not None
        usd = D(f"7.{place}5")
        exposure = _open(history, day, usd)
        overdue = exposure - _open(history, day, usd, due_after=day)
        assert abs(standing.exposure_amount - exposure) <= D("0.07")  # each bucket is rounded by itself
        assert abs(standing.overdue_amount - overdue) <= D("0.07")
        back = min(place, 3)
        sold = sum((_sold(history, ENDS[place - n - 1], ENDS[place - n], usd) for n in range(back)), D(0))
        if not back:
            assert (standing.dso_days, standing.cei_ratio) == (None, None)
            continue
        days = (day - ENDS[place - back]).days
        assert standing.dso_days is not None
        assert abs(standing.dso_days - exposure / sold * days) < D("0.001")
        opening, month = (
            _open(history, ENDS[place - 1], usd),
            _sold(history, ENDS[place - 1], day, usd),
        )
        current = _open(history, day, usd, due_after=day)
        assert standing.cei_ratio is not None
        assert abs(standing.cei_ratio - (opening + month - exposure) / (opening + month - current)) < D(
            "0.0001"
        )


def _open(
    history: list[MadeInvoice], day: dt.date, usd: Decimal, *, due_after: dt.date | None = None
) -> Decimal:
    return sum(
        (
            one.amount * (usd if one.currency == "USD" else 1)
            for one in history
            if one.is_open(day) and (due_after is None or one.due_on >= due_after)
        ),
        D(0),
    )


def _sold(history: list[MadeInvoice], first: dt.date, last: dt.date, usd: Decimal) -> Decimal:
    sold = sold_between(history, first, last)
    return sold.get("CNY", D(0)) + (sold.get("USD", D(0)) * usd).quantize(D("0.01"), ROUND_HALF_UP)


def test_a_currency_without_a_rate_is_told_and_never_added(team: Team, customers: list[Customer]) -> None:
    due = dt.date(2026, 3, 1)
    lines = [Line(customers[0], due, "100.00"), Line(customers[1], due, "50.00", currency="USD")]
    committed(ENDS[1], lines)
    found = shown(team)
    assert found.standing.exposure_amount == 100
    assert found.standing.base.left_out == (("USD", D("50.00")),)
    assert [one.exposure_amount for one in found.largest] == [D("100.00")]
    rate(ENDS[1], "7.1")
    found = shown(team)
    assert found.standing.exposure_amount == 455
    assert found.standing.base.left_out == ()
    assert [one.number for one in found.largest] == [customers[1].number, customers[0].number]


def test_compared_with_the_report_before_and_a_year_before(team: Team, customers: list[Customer]) -> None:
    """The year before: the last report of the month that ends on the same day; a day too early or late is another."""
    due = dt.date(2026, 3, 1)
    early = committed(dt.date(2025, 7, 31), [Line(customers[0], due, "1.00")])
    before = committed(dt.date(2025, 8, 31), [Line(customers[0], due, "2.00")])
    previous = committed(dt.date(2026, 8, 20), [Line(customers[0], due, "3.00")])
    report = committed(dt.date(2026, 8, 31), [Line(customers[0], due, "4.00")])
    found = shown(team)
    assert (found.report, found.previous.report, found.year_before.report) == (report, previous, before)  # type: ignore[union-attr]
    found = shown(team, as_of=dt.date(2026, 8, 30))
    assert (found.report, found.year_before.report) == (previous, early)  # type: ignore[union-attr]
    assert shown(team, as_of=dt.date(2025, 8, 1)).year_before is None


def test_grades_then_and_now(team: Team, customers: list[Customer]) -> None:
    """The report of 31 August: A→B during the year is worse, a change on 1 September does not count yet, one on 31
    August 2025 was in force a year before. Without a grade only who owes something counts; closed files never.
    """
    worse, same, fresh = customers
    create_grade_change(customer=worse, new="A", effective_on=dt.date(2025, 8, 31))
    create_grade_change(customer=worse, new="B", effective_on=dt.date(2025, 9, 1))
    create_grade_change(customer=worse, new="D", effective_on=dt.date(2026, 9, 1))
    create_grade_change(customer=same, new="C", effective_on=dt.date(2025, 1, 1))
    create_grade_change(customer=fresh, new="C", effective_on=dt.date(2026, 8, 31))
    ungraded, owing = create_active_customer(), create_active_customer()
    closed = create_active_customer(state=CustomerState.CLOSED)
    create_grade_change(customer=closed, new="D", effective_on=dt.date(2025, 1, 1))
    due = dt.date(2026, 8, 1)
    report = committed(
        dt.date(2026, 8, 31),
        [Line(worse, due, "70.00"), Line(owing, due, "20.00"), Line(worse, dt.date(2026, 12, 1), "30.00")],
    )
    found = shown(team).grades
    assert found.then_on == dt.date(2025, 8, 31)
    assert found.migration.counts == {("A", "B"): 1, ("C", "C"): 1, ("", "C"): 1, ("", ""): 1}
    assert (found.amounts_of("B").exposure_amount, found.amounts_of("B").overdue_amount) == (D(100), D(70))
    assert found.amounts_of("A").exposure_amount == 0
    chosen = report_chosen(TODAY)
    assert chosen is not None
    listed = graded_customers(
        Customer.objects.visible_to(team.group_leader),  # type: ignore[arg-type]
        report=report,
        then_on=found.then_on,
        rates=chosen.rates,
    )
    rows = {one.pk: (one.grade_then, one.grade_now, one.exposure_amount) for one in listed}  # type: ignore[attr-defined]
    assert rows == {
        worse.pk: ("A", "B", D(100)),
        same.pk: ("C", "C", None),
        fresh.pk: ("", "C", None),
        owing.pk: ("", "", D(20)),
    }
    assert ungraded.pk not in rows


def test_the_head_of_a_department_sees_his_part(team: Team, customers: list[Customer]) -> None:
    head = create_user(Role.DEPARTMENT_MANAGER)
    other = create_active_customer(
        account_manager=create_user(Role.ACCOUNT_MANAGER, department=create_department(head=head))
    )
    due = dt.date(2026, 3, 1)
    committed(ENDS[0], [Line(customers[0], due, "1.00", "OLD")])
    committed(
        ENDS[1],
        [
            Line(customers[0], due, "100.00", "A"),
            Line(other, due, "7.00", "B"),
            Line(other, dt.date(2026, 1, 31), "-2.00", "G"),
        ],
    )
    compute_missing_figures()
    whole, part = shown(team), dashboard(head, as_of=TODAY, today=TODAY)
    assert part is not None
    assert (whole.standing.exposure_amount, part.standing.exposure_amount) == (D(105), D(5))
    assert whole.standing.base.sums.credit_amounts[1] == part.standing.base.sums.credit_amounts[1] == -2
    assert part.standing.dso_days == D(5) / D(7) * 28
    assert [one.number for one in part.largest] == [other.number]
    assert customers_of(team.group_leader) is None
    nobody = create_user()
    empty = dashboard(nobody, as_of=TODAY, today=TODAY)
    assert empty is not None
    assert (empty.standing.exposure_amount, empty.largest, empty.backlog) == (D(0), (), ())


def test_queries_stay_flat(team: Team, customers: list[Customer]) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            shown(team, months=25)
        return len(queries)

    def fill(ends: tuple[dt.date, ...], number: int) -> None:
        for end in ends:
            committed(
                end, [Line(one, end, "5.00", f"X{number}-{one.pk}-{end.month % 3}") for one in customers]
            )
            rate(end, "7.1")
        compute_missing_figures()

    fill(ENDS[:2], 1)
    asked()  # who asks is read once
    few = asked()
    customers += [create_active_customer() for _number in range(5)]
    for one in customers:
        create_grade_change(customer=one, new="B", effective_on=ENDS[0])
    fill(ENDS[2:8], 2)
    assert asked() == few
    assert few <= 14


def test_other_buckets_break_no_roll_rate(team: Team, customers: list[Customer]) -> None:
    """An aging table with bounds of its own: its two buckets are not compared with the policy's seven."""
    committed(ENDS[0], [Line(customers[0], ENDS[0], "5.00")])
    report = committed(ENDS[1], [Line(customers[0], ENDS[0], "5.00")])
    assert len(shown(team).standing.roll_rates) == 3
    Report.objects.filter(pk=report.pk).update(
        own_buckets=[
            {"key": "not_due", "up_to_days": 0},
            *({"key": f"k{n}", "up_to_days": 30 * n} for n in range(1, 6)),
            {"key": "rest", "up_to_days": None},
        ]
    )
    assert shown(team).standing.roll_rates == ()


@pytest.mark.parametrize(
    ("step", "value", "hint"),
    [(30, "100.0 %", "CNY 5.00"), (45, "100.0 %", "CNY 5.00"), (40, "–", "no bucket ends at 90 days")],
)
def test_more_than_90_days_past_due_is_known_where_a_bucket_ends_there(
    team: Team, customers: list[Customer], step: int, value: str, hint: str
) -> None:
    """0, 30, 60, 90 … or 0, 45, 90 …: what stands behind 90. 0, 40, 80, 120 …: 81–120 is younger and older."""
    report = committed(ENDS[0], [Line(customers[0], ENDS[0] - dt.timedelta(days=900), "5.00")])
    Report.objects.filter(pk=report.pk).update(
        own_buckets=[
            {"key": "not_due", "up_to_days": 0},
            *({"key": f"k{n}", "up_to_days": step * n} for n in range(1, 6)),
            {"key": "rest", "up_to_days": None},
        ]
    )
    (tile,) = (one for one in figure_tiles(shown(team)) if one.definition == "old")
    assert (tile.value, tile.hint) == (value, hint)
    assert ("sort=-bucket" in tile.url) == (value != "–")


def test_rates_of_many_days_are_the_known_rates_of_each() -> None:
    """A rate counts from its day on, for so many days as the setting says, until the next one."""
    rate(dt.date(2026, 1, 10), "7.0")
    rate(dt.date(2026, 1, 20), "7.2")
    rate(dt.date(2026, 3, 1), "0.9", "HKD")
    days = [dt.date(2026, 1, 1) + dt.timedelta(days=step) for step in range(0, 150, 3)]
    found = rates_of_days(days, currencies={"USD", "HKD", "CNY", "EUR"}, base_currency="CNY")
    for day in days:
        known = known_rates(day, currencies={"USD", "HKD", "CNY", "EUR"}, base_currency="CNY")
        assert (found[day].by_currency, found[day].on) == (known.by_currency, day)
    assert rates_of_days([], currencies={"USD"}, base_currency="CNY") == {}
