"""The aging report: stored sums, live SQL and the plain rule agree to the cent on every boundary ("Aging", P5.2.2)."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.policy.default import DEFAULT_POLICY
from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.schema import AgingBucket, policy_to_data
from customers.models import Customer
from receivables.aging import AgedItem, AgedTotals, aged_totals, bucket_index
from receivables.models import Report, ReportState
from receivables.selectors.aging import AgingReport, AgingRow, aging_of, aging_report, sort_expressions
from receivables.selectors.reports import latest_report, readable_report, report_for
from receivables.services.imports import import_report
from tests.factories.customers import create_active_customer
from tests.factories.people import create_team, create_user
from tests.factories.reports import Line, create_report
from tests.receivables.files import Row, csv_path, item

pytestmark = pytest.mark.django_db
MAY = dt.date(2026, 5, 31)
JUNE = dt.date(2026, 6, 30)
BUCKETS = DEFAULT_POLICY.aging_buckets
BOUNDS = [bucket.up_to_days for bucket in BUCKETS if bucket.up_to_days is not None]
BOUNDARY_DAYS = sorted({day for bound in BOUNDS for day in (bound - 1, bound, bound + 1)} | {-400, 2000})
Importer = Callable[..., Report]


@pytest.fixture
def imported(tmp_path: Path) -> Importer:
    """Return a function that imports rows as of a date, creating the customers."""

    def run(rows: Iterable[Row], as_of: dt.date = MAY) -> Report:
        path = csv_path(tmp_path, rows)
        result = import_report(
            path=path, file_name="x.csv", as_of=as_of, today=as_of, by=None, create_customers=True
        )
        assert result.report is not None, result.errors
        return result.report

    return run


def everybody(report: Report, as_of: dt.date | None = None) -> AgingReport:
    return aging_of(report, as_of=as_of or report.as_of, customers=Customer.objects.all())


def as_totals(rows: Iterable[AgingRow]) -> dict[tuple[str, str], AgedTotals]:
    """Return rows as the reference rule gives them; each row's own totals must follow from its buckets."""
    found = {}
    for row in rows:
        totals = AgedTotals(row.debit_amounts, row.credit_amounts)
        assert (row.total_amount, row.overdue_amount) == (totals.total_amount, totals.overdue_amount)
        assert sum(row.bucket_amounts(netted=True)) == row.total_amount
        assert sum(row.bucket_amounts(netted=False)) + row.credit_amount == row.total_amount
        found[row.customer, row.currency] = totals
    return found


def reference(
    report: Report, as_of: dt.date, buckets: tuple[AgingBucket, ...] = BUCKETS
) -> dict[tuple[str, str], AgedTotals]:
    items = (
        AgedItem(line.customer.number, line.currency, line.due_on, line.open_amount)
        for line in report.items.select_related("customer")
    )
    return aged_totals(items, as_of, buckets)


# The rule ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", BOUNDARY_DAYS)
@pytest.mark.parametrize("amount", ["10.00", "-10.00"])
def test_an_item_lies_in_one_bucket_on_every_side_of_every_bound(days: int, amount: str) -> None:
    """0 is not due, 1 and 30 are in 1–30, 31 in 31–60 … 365 in 181–365, 366 above; a credit likewise."""
    customer = create_active_customer(number="C1")
    report = create_report(as_of=MAY, lines=[Line(customer, MAY - dt.timedelta(days=days), amount)])
    # The factory stores no sums: a day later nothing is stored either way, so the SQL computes.
    row = next(everybody(report, MAY + dt.timedelta(days=1)).rows())
    index = bucket_index(days + 1, BUCKETS)
    expected = tuple(Decimal(amount) if position == index else Decimal() for position in range(len(BUCKETS)))
    assert row.bucket_amounts(netted=True) == expected
    assert (row.credit_amounts if amount.startswith("-") else row.debit_amounts) == expected


def test_stored_sums_live_sql_and_the_plain_rule_agree_on_every_boundary(imported: Importer) -> None:
    rows = [
        item(
            f"C{number % 3}",
            f"D{number}-{days}",
            str(MAY - dt.timedelta(days=days)),
            amount,
            currency=currency,
        )
        for number, (days, amount, currency) in enumerate(
            (days, amount, currency)
            for days in BOUNDARY_DAYS
            for amount in ("100.01", "-33.34")
            for currency in ("CNY", "USD")
        )
    ]
    report = imported(rows)
    stored = everybody(report)
    assert stored.is_stored
    assert as_totals(stored.rows()) == reference(report, MAY)
    for shift in (1, 30, 400):
        later = MAY + dt.timedelta(days=shift)
        live = everybody(report, later)
        assert not live.is_stored
        assert as_totals(live.rows()) == reference(report, later)


@pytest.mark.parametrize("seed", range(3))
def test_a_thousand_random_items_agree_to_the_cent(imported: Importer, seed: int) -> None:
    source = random.Random(seed)
    rows = [
        item(
            f"C{source.randrange(40)}",
            f"D{number}",
            str(MAY - dt.timedelta(days=source.randrange(-100, 800))),
            f"{source.randrange(-300_000, 900_000_000) / 100:.2f}",
            currency=source.choice(["CNY", "CNY", "USD", "HKD"]),
        )
        for number in range(1_000)
    ]
    report = imported(rows)
    expected = reference(report, MAY)
    assert as_totals(everybody(report).rows()) == expected
    totals = everybody(report).totals()
    some = Customer.objects.filter(pk__gt=0)
    assert aging_of(report, as_of=MAY, customers=some).totals() == totals, "stored and summed are the same"
    assert {total.currency: total.total_amount for total in totals} == {
        currency: sum(sums.total_amount for (_ref, of), sums in expected.items() if of == currency)
        for currency in {currency for _ref, currency in expected}
    }
    assert {currency: str(total) for currency, total in report.totals.items()} == {
        total.currency: str(total.total_amount) for total in totals
    }


ITEMS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["CNY", "USD"]),
        st.one_of(st.sampled_from(BOUNDARY_DAYS), st.integers(-3000, 3000)),
        st.decimals(Decimal("-9999999"), Decimal("9999999"), places=2),
    ),
    max_size=20,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(items=ITEMS)
def test_any_items_are_summed_as_the_plain_rule_sums_them(
    items: list[tuple[int, str, int, Decimal]],
) -> None:
    with transaction.atomic():
        people = [create_active_customer() for _number in range(3)]
        lines = [
            Line(people[index], MAY - dt.timedelta(days=days), str(amount), currency=currency)
            for index, currency, days, amount in items
        ]
        report = create_report(as_of=JUNE, lines=lines)
        aging = everybody(report, MAY)
        assert as_totals(aging.rows()) == reference(report, MAY)
        assert sum(total.items for total in aging.totals()) == len(items)
        transaction.set_rollback(True)


def test_by_item_by_contract_and_by_customer_come_to_the_same(imported: Importer) -> None:
    rows = [item("C1", f"D{n}", str(MAY - dt.timedelta(days=n * 20)), f"{n * 7 - 30}.25") for n in range(12)]
    aging = everybody(imported(rows))
    sums = [sum(row.total_amount for row in aging.rows(by=by)) for by in ("customer", "contract", "item")]
    assert len(set(sums)) == 1
    first = next(aging.rows(by="item"))
    assert (first.document, first.days_past_due, first.items) == ("D11", 220, 1)


def test_currencies_are_never_added(imported: Importer) -> None:
    aging = everybody(imported([item(), item(document="B", currency="USD", amount="7.00")]))
    assert [(row.currency, row.total_amount) for row in aging.rows()] == [
        ("CNY", Decimal("100.00")),
        ("USD", Decimal("7.00")),
    ]


# As-of ---------------------------------------------------------------------------------------------------------


def test_a_report_describes_the_dates_from_its_own_to_the_next(imported: Importer) -> None:
    may, june = imported([item()], MAY), imported([item()], JUNE)
    assert report_for(MAY - dt.timedelta(days=1)) is None
    assert report_for(MAY) == report_for(JUNE - dt.timedelta(days=1)) == may
    assert report_for(JUNE) == report_for(dt.date(2027, 1, 1)) == latest_report() == june


def test_a_later_report_never_changes_an_earlier_date(imported: Importer) -> None:
    """The peers' complaint: today's payments leak into last month's report."""
    imported([item(amount="100.00"), item(document="B", amount="50.00")], MAY)
    before = [aging_rows(MAY), aging_rows(MAY + dt.timedelta(days=10))]
    imported([item(amount="30.00")], JUNE)
    assert [aging_rows(MAY), aging_rows(MAY + dt.timedelta(days=10))] == before


def aging_rows(day: dt.date) -> list[AgingRow]:
    aging = aging_report(as_of=day, customers=Customer.objects.all())
    assert aging is not None
    return list(aging.rows())


def test_no_report_is_no_aging_and_not_an_empty_one() -> None:
    assert aging_report(as_of=MAY, customers=Customer.objects.all()) is None
    assert latest_report() is None


def test_a_superseded_report_can_still_be_read(imported: Importer) -> None:
    old, _new = imported([item(amount="1.00")]), imported([item(amount="2.00")])
    found = readable_report(old.number)
    assert found is not None
    assert found.state == ReportState.SUPERSEDED
    assert [row.total_amount for row in everybody(found).rows()] == [Decimal("1.00")]
    assert report_for(MAY) != old


def test_an_upload_that_never_was_in_force_cannot_be_read() -> None:
    for state in (ReportState.UPLOADED, ReportState.REFUSED, ReportState.DISCARDED):
        report = create_report(as_of=MAY, state=ReportState.COMMITTED)
        Report.objects.filter(pk=report.pk).update(state=state, committed_at=None)
        assert readable_report(report.number) is None


def test_other_buckets_are_computed_from_the_items(imported: Importer) -> None:
    """Buckets published later for the same date: the stored sums are in the old ones and are left alone."""
    report = imported([item(due_on=str(MAY - dt.timedelta(days=45)))])
    data = policy_to_data(DEFAULT_POLICY)
    data["aging_buckets"] = [
        {"key": "not_due", "up_to_days": 0},
        {"key": "1-45", "up_to_days": 45},
        {"key": ">45", "up_to_days": None},
    ]
    PolicyVersion.objects.create(number=2, effective_on=MAY, data=data)
    aging = everybody(report)
    assert not aging.is_stored
    assert next(aging.rows()).debit_amounts == (Decimal(), Decimal("100.00"), Decimal())
    assert as_totals(aging.rows()) == reference(report, MAY, aging.buckets)
    assert aging.bucket_labels() == ["Not due", "1–45", "> 45"]
    assert len(aging.totals()[0].debit_amounts) == 3


# Who sees what -------------------------------------------------------------------------------------------------


def test_rows_and_totals_are_those_of_the_readers_customers(imported: Importer) -> None:
    team = create_team()
    other = create_user(Role.ACCOUNT_MANAGER)
    mine = create_active_customer(number="C1", account_manager=team.account_manager)
    create_active_customer(number="C2", account_manager=other)
    report = imported([item("C1", amount="10.00"), item("C2", amount="90.00")])
    for user, expected in (
        (team.account_manager, ["10.00"]),
        (team.department_manager, ["10.00"]),
        (other, ["90.00"]),
        (team.finance_clerk, ["90.00", "10.00"]),
        (team.administrator, []),
        (team.service_manager, []),
    ):
        visible = Customer.objects.visible_to(user)  # type: ignore[attr-defined]
        for as_of in (MAY, JUNE):
            aging = aging_of(report, as_of=as_of, customers=visible)
            for by in ("customer", "contract", "item"):
                amounts = sorted((str(row.total_amount) for row in aging.rows(by=by)), reverse=True)
                assert amounts == expected
            assert sum(total.total_amount for total in aging.totals()) == sum(map(Decimal, expected))
    assert mine.account_manager == team.account_manager


def test_only_finance_and_those_who_see_every_customer_see_uploads() -> None:
    report = create_report(as_of=MAY)
    for role in Role:
        seen = Report.objects.visible_to(create_user(role)).exists()  # type: ignore[attr-defined]
        assert seen == (
            role
            not in (Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER, Role.DEPARTMENT_MANAGER, Role.ADMINISTRATOR)
        ), role
    assert report.state == ReportState.COMMITTED


# Order, pages, queries -----------------------------------------------------------------------------------------


@pytest.fixture
def three(imported: Importer) -> AgingReport:
    """A: 300 not due, −250 overdue credit. B: 100 overdue. C: 200 not due, and 5 USD."""
    old = str(MAY - dt.timedelta(days=10))
    rows = [
        item("A", "A1", str(JUNE), "300.00", name="Zhang"),
        item("A", "A2", old, "-250.00", name="Zhang"),
        item("B", "B1", old, "100.00", name="Li"),
        item("C", "C1", str(JUNE), "200.00", name="Wang"),
        item("C", "C2", str(JUNE), "5.00", name="Wang", currency="USD"),
    ]
    return everybody(imported(rows))


@pytest.mark.parametrize(
    ("sort", "netted", "order"),
    [
        ("-total", False, "C B A C$"),
        ("total", False, "A B C C$"),
        ("-total", True, "C B A C$"),
        ("name", False, "B C C$ A"),
        ("-customer", False, "C C$ B A"),
        ("-overdue", False, "B C A C$"),
        ("credits", False, "A B C C$"),
        ("-bucket0", False, "A C B C$"),
        ("-bucket1", False, "B A C C$"),
        ("bucket1", True, "A C B C$"),
        ("nonsense", False, "C B A C$"),
        ("-customer__account_manager__password", False, "C B A C$"),
    ],
)
def test_lines_come_in_the_order_asked_for_within_a_currency(
    three: AgingReport, sort: str, order: str, *, netted: bool
) -> None:
    """Totals: A 50, B 100, C 200 CNY and 5 USD; an unknown key gives the default, largest first."""
    found = [
        row.customer + ("$" if row.currency == "USD" else "") for row in three.rows(sort=sort, netted=netted)
    ]
    assert " ".join(found) == order


def test_pages_cut_the_same_order_without_gap_or_overlap(three: AgingReport) -> None:
    whole = list(three.rows())
    pages = [row for offset in (0, 2) for row in three.rows(limit=2, offset=offset)]
    assert pages == whole
    assert list(three.rows(limit=2, offset=4)) == []


def test_sort_keys_follow_the_buckets() -> None:
    assert [key for key in sort_expressions(BUCKETS, netted=False) if key.startswith("bucket")] == [
        f"bucket{index}" for index in range(7)
    ]


def test_a_report_by_customer_is_two_queries_whatever_its_size(
    imported: Importer, three: AgingReport
) -> None:
    large = everybody(imported([item(f"K{n}", f"D{n}") for n in range(300)], JUNE))
    for aging, size in ((three, 4), (large, 300)):
        with CaptureQueriesContext(connection) as queries:
            rows, totals = list(aging.rows(limit=1000)), aging.totals()
        assert (len(rows), len(queries)) == (size, 2)
        assert sum(total.customer_count for total in totals) == size


def test_one_currency_alone(three: AgingReport) -> None:
    customers = Customer.objects.all()
    dollars = aging_of(three.report, as_of=MAY, customers=customers, currency="USD")
    assert [row.customer for row in dollars.rows()] == ["C"]
    assert [total.currency for total in dollars.totals()] == ["USD"]
    assert dollars.totals() == tuple(total for total in three.totals() if total.currency == "USD")


def test_a_clerk_sees_everything(three: AgingReport) -> None:
    user: User = create_user(Role.FINANCE_CLERK)
    visible = Customer.objects.visible_to(user)  # type: ignore[attr-defined]
    assert list(aging_of(three.report, as_of=MAY, customers=visible).rows()) == list(three.rows())
