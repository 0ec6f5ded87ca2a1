"""What was invoiced between two reports is computed once for each pair of them (P3.1 e)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import pairwise

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from creditrisk.exceptions import ConflictError
from customers.models import Customer
from receivables.models import Report, ReportState
from supervision.models import InvoicedSum, InvoicedTotal, ReportFigures
from supervision.selectors.report_figures import invoiced, newest_figures, wanted_figures
from supervision.services.report_figures import compute_figures, compute_missing_figures
from supervision.tasks import compute_report_figures
from tests.factories.customers import create_active_customer
from tests.factories.reports import Line
from tests.receivables.damages_world import day, ledger
from tests.supervision.worlds import ENDS, committed, made_history, reports_of, sold_between

pytestmark = pytest.mark.django_db
JANUARY, FEBRUARY, MARCH = ENDS[:3]
DUE = dt.date(2026, 3, 10)


@pytest.fixture
def customer() -> Customer:
    return create_active_customer(number="C1")


def pairs(wanted: list[object] | None = None) -> list[tuple[str, str]]:
    return [(f"{one.report.as_of}", f"{one.opening.as_of}") for one in wanted or wanted_figures()]  # type: ignore[attr-defined]


def total(report: Report, opening: Report) -> dict[str, str]:
    pk = newest_figures([(report.pk, opening.pk)])[report.pk, opening.pk]
    return {currency: str(amount) for currency, amount in invoiced([pk])[pk].items()}


def test_new_items_are_what_was_invoiced(customer: Customer) -> None:
    """A 100 was there before; B 250 of which 200 are open is new with its 250; the credit note is no sale."""
    before = committed(JANUARY, [Line(customer, DUE, "100.00", "A")])
    after = committed(
        FEBRUARY,
        [
            Line(customer, DUE, "60.00", "A"),
            Line(customer, DUE, "200.00", "B", total="250.00"),
            Line(customer, DUE, "-30.00", "G"),
            Line(customer, DUE, "70.00", "U", "USD"),
        ],
    )
    (figures,) = compute_missing_figures()
    assert (figures.report, figures.opening, figures.ledger) == (after, before, None)
    assert total(after, before) == {"CNY": "250.00", "USD": "70.00"}
    sums = InvoicedSum.objects.values_list("customer__number", "currency", "invoiced_amount")
    assert sorted(sums) == [("C1", "CNY", Decimal("250.00")), ("C1", "USD", Decimal("70.00"))]


def test_computed_once(customer: Customer) -> None:
    committed(JANUARY, [Line(customer, DUE)])
    committed(FEBRUARY, [Line(customer, DUE)])
    (wanted,) = wanted_figures()
    first = compute_figures(wanted)
    assert compute_figures(wanted) == first
    assert compute_missing_figures() == []
    assert ReportFigures.objects.count() == 1


def test_the_month_before_is_told_by_its_last_report(customer: Customer) -> None:
    """Two reports of January, two of February: both of February begin with the last one of January."""
    for as_of in (dt.date(2026, 1, 15), JANUARY, dt.date(2026, 2, 14), FEBRUARY):
        committed(as_of, [Line(customer, DUE)])
    assert pairs() == [("2026-02-28", "2026-01-31"), ("2026-02-14", "2026-01-31")]


def test_a_missing_month_leaves_a_gap(customer: Customer) -> None:
    committed(JANUARY, [Line(customer, DUE)])
    committed(MARCH, [Line(customer, DUE)])
    assert wanted_figures() == []


def test_a_correction_is_another_pair(customer: Customer) -> None:
    """The report of January is corrected: February's figures are computed anew from the corrected one."""
    before = committed(JANUARY, [Line(customer, DUE, "100.00", "A")])
    after = committed(FEBRUARY, [Line(customer, DUE, "100.00", "A"), Line(customer, DUE, "40.00", "B")])
    compute_missing_figures()
    Report.objects.filter(pk=before.pk).update(state=ReportState.SUPERSEDED)
    corrected = committed(JANUARY, [Line(customer, DUE, "40.00", "B")])
    compute_missing_figures()
    assert total(after, before) == {"CNY": "40.00"}
    assert total(after, corrected) == {"CNY": "100.00"}


def test_a_ledger_tells_what_came_and_went(customer: Customer) -> None:
    """The invoice L of day 10 was paid on day 20; neither report knows it, the ledger of day 40 does."""
    first = committed(day(0), [Line(customer, DUE, "100.00", "A")])
    second = committed(day(31), [Line(customer, DUE, "100.00", "A")])
    compute_missing_figures()
    assert total(second, first) == {}
    ledger(customer, 40, ("L", 10, "500.00", False), ("L", 20, "-500.00", True), ("A", -10, "100.00", False))
    compute_missing_figures()
    assert total(second, first) == {"CNY": "500.00"}


def test_without_items_nobody_knows(customer: Customer) -> None:
    """A report whose lines were dropped with age, or that never had any, makes no pair; nor does an earlier report of
    that month step in.
    """
    committed(dt.date(2026, 1, 15), [Line(customer, DUE)])
    table = committed(JANUARY, [])
    Report.objects.filter(pk=table.pk).update(file_kind="aged_table")
    committed(FEBRUARY, [Line(customer, DUE)])
    assert wanted_figures() == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_histories_add_up(seed: int) -> None:
    """Random invoices and payments in two currencies: every pair as counted by hand, altogether and by customer."""
    customers = [create_active_customer() for _number in range(4)]
    history = made_history(seed, customers=4, invoices=120, currencies=("CNY", "USD"))
    reports = reports_of(history, customers, ENDS[:8])
    compute_missing_figures()
    for before, after in pairwise(reports):
        expected = sold_between(history, before.as_of, after.as_of)
        assert total(after, before) == {currency: str(amount) for currency, amount in expected.items()}
        for number, customer in enumerate(customers):
            own = sold_between([one for one in history if one.customer == number], before.as_of, after.as_of)
            sums = InvoicedSum.objects.filter(figures__report=after, customer=customer)
            assert dict(sums.values_list("currency", "invoiced_amount")) == own


def test_reading_asks_twice_however_many_pairs(customer: Customer) -> None:
    reports = [committed(as_of, [Line(customer, DUE)]) for as_of in ENDS]
    compute_missing_figures()
    asked = [(after.pk, before.pk) for before, after in pairwise(reports)]
    with CaptureQueriesContext(connection) as queries:
        figures = newest_figures(asked)
        invoiced(list(figures.values()))
    assert len(figures) == 11
    assert len(queries) == 2
    assert newest_figures([]) == {}
    assert invoiced([]) == {}


def test_the_task_does_what_is_missing(customer: Customer) -> None:
    committed(JANUARY, [Line(customer, DUE)])
    committed(FEBRUARY, [Line(customer, DUE, "1.00", "NEW")])
    compute_report_figures()
    assert InvoicedTotal.objects.get().invoiced_amount == Decimal("1.00")


@pytest.mark.django_db(transaction=True)
def test_two_processes_never_compute_at_once() -> None:
    """While another session holds the job, this one is refused, and the task leaves it alone."""
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext('creditrisk.job'), hashtext('report_figures'))")
        with pytest.raises(ConflictError):
            compute_missing_figures()
        compute_report_figures()
        assert ReportFigures.objects.count() == 0
    finally:
        other.close()
