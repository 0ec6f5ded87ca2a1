"""What a ledger, an aging table and receipts come to as a report, as of its day and as of any other (P3.4, P5.2.2)."""

from __future__ import annotations

import csv
import datetime as dt
import json
import random
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import override_settings

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import ConflictError
from creditrisk.policy.default import DEFAULT_POLICY
from customers.models import Customer
from receivables.aging import AgedItem, AgedTotals, aged_totals
from receivables.models import LedgerEntry, OpenItem, Report, ReportState
from receivables.open_amounts import Entry, open_on
from receivables.reading import FileRefused
from receivables.selectors.aging import AgingReport, AgingRow, aging_report
from receivables.selectors.credit import open_receivables
from receivables.selectors.dunning_facts import customers_within_reach
from receivables.selectors.falls import falls_between_reports
from receivables.selectors.payment_record import payment_records
from receivables.services import partitions, retention, uploads
from receivables.services.imports import ImportResult, import_report
from receivables.tasks import drop_lines
from tests.factories.customers import create_active_customer, create_contract
from tests.factories.people import create_user

pytestmark = pytest.mark.django_db
APRIL, MAY, JUNE = dt.date(2026, 4, 30), dt.date(2026, 5, 31), dt.date(2026, 6, 30)
TODAY = dt.date(2026, 11, 26)
BUCKETS = DEFAULT_POLICY.aging_buckets
LEDGER = ("客户编码", "发票号", "发票日期", "到期日", "币种", "发票金额", "收款日期", "收款金额")
ITEMS = ("客户编码", "发票号", "发票日期", "到期日", "币种", "余额")
RECEIPTS = ("客户编码", "收款日期", "发票号", "币种", "收款金额")
Importer = Callable[..., ImportResult]


@pytest.fixture
def imported(tmp_path: Path) -> Importer:
    """Return a function that imports rows as of a date, creating the customers."""

    def run(
        head: Sequence[str],
        rows: Iterable[Sequence[Any]],
        as_of: dt.date = MAY,
        kind: str = "open_items",
        **more: Any,
    ) -> ImportResult:
        path = tmp_path / f"{kind}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([head, *rows])
        given = {"create_customers": True, "by": None, **more}
        return import_report(path=path, file_name="x.csv", as_of=as_of, today=TODAY, kind=kind, **given)

    return run


def aging(day: dt.date, **more: Any) -> AgingReport:
    found = aging_report(as_of=day, customers=Customer.objects.all(), **more)
    assert found is not None
    return found


def totals(rows: Iterable[AgingRow]) -> dict[tuple[str, str], AgedTotals]:
    return {(row.customer, row.currency): AgedTotals(row.debit_amounts, row.credit_amounts) for row in rows}


def open_by_document(day: dt.date) -> dict[str, str]:
    return {row.document: str(row.total_amount) for row in aging(day).rows(by="item")}


def random_ledger(seed: int, count: int) -> tuple[list[tuple[Any, ...]], list[Entry]]:
    """Return rows of a ledger and its entries: partial payments, settlements, credit notes, prepayments, cents."""
    rng = random.Random(seed)
    rows, entries = [], []
    for number in range(count):
        customer, currency = f"C{rng.randrange(12):02}", rng.choice(["CNY", "CNY", "USD"])
        written = dt.date(2025, 11, 1) + dt.timedelta(days=rng.randrange(240))
        due = written + dt.timedelta(days=rng.choice([0, 30, 60]))
        cents = rng.randrange(1, 1_000_000) * (-1 if rng.random() < 0.1 else 1)
        item = (customer, f"I{number}", due, currency)
        entries.append(Entry(item, written, Decimal(cents) / 100))
        payments: list[tuple[str, str]] = []
        left = cents
        while left and rng.random() < 0.6:
            paid = left if rng.random() < 0.4 else rng.randrange(1, abs(left) + 1) * (1 if left > 0 else -1)
            day = written + dt.timedelta(days=rng.randrange(-5, 150))
            payments.append((day.isoformat(), f"{Decimal(paid) / 100}"))
            entries.append(Entry(item, day, -Decimal(paid) / 100))
            left -= paid
        for place, payment in enumerate(payments or [("", "")]):
            amount = f"{Decimal(cents) / 100}" if place == 0 else ""
            rows.append(
                (customer, f"I{number}", written.isoformat(), due.isoformat(), currency, amount, *payment)
            )
    return rows, entries


@pytest.mark.parametrize("seed", [1, 2])
def test_the_aging_of_any_day_is_what_the_ledger_knew_of_it(seed: int, imported: Importer) -> None:
    """Every day's buckets, by the product's SQL and by the slow rule; no later payment leaks in."""
    rows, entries = random_ledger(seed, 150)
    result = imported(LEDGER, rows, as_of=JUNE, kind="ledger")
    assert result.report is not None, result.errors
    first = dt.date(2025, 12, 1)
    for day in [JUNE, *(first + dt.timedelta(days=step) for step in range(0, 300, 13))]:
        on = min(day, JUNE)
        expected = aged_totals(
            (
                AgedItem(customer, currency, due_on, amount)
                for (customer, _document, due_on, currency), amount in open_on(entries, on).items()
            ),
            day,
            BUCKETS,
        )
        report = aging(day)
        assert totals(report.rows()) == expected
        by_currency = {total.currency: total.total_amount for total in report.totals()}
        assert by_currency == {
            currency: sum(
                (sums.total_amount for (_customer, other), sums in expected.items() if other == currency),
                Decimal(),
            )
            for currency in by_currency
        }
        for by in ("contract", "item"):
            sums: dict[tuple[str, str], Decimal] = {}
            for row in report.rows(by=by):
                sums[row.customer, row.currency] = (
                    sums.get((row.customer, row.currency), Decimal()) + row.total_amount
                )
            assert sums == {key: value.total_amount for key, value in expected.items()}


def test_a_later_import_never_changes_what_was_told_of_an_earlier_day(imported: Importer) -> None:
    """Open items of April, then a ledger of June that knows payments of May, then receipts: earlier days stay."""
    imported(ITEMS, [("C1", "I1", "2026-04-01", "2026-04-30", "CNY", "100")], as_of=APRIL)
    days = [APRIL, dt.date(2026, 5, 15), MAY]
    told = [list(aging(day).rows(by="item")) for day in days]
    imported(
        LEDGER,
        [("C1", "I1", "2026-04-01", "2026-04-30", "CNY", "100", "2026-05-10", "")],
        as_of=JUNE,
        kind="ledger",
    )
    assert [list(aging(day).rows(by="item")) for day in days] == told
    imported(RECEIPTS, [("C1", "2026-07-05", "I1", "CNY", "1")], as_of=dt.date(2026, 7, 6), kind="receipts")
    assert [list(aging(day).rows(by="item")) for day in days] == told
    assert open_by_document(JUNE) == {}


def test_before_the_first_report_the_first_ledger_tells(imported: Importer) -> None:
    row = ("C1", "I1", "2026-04-01", "2026-04-30", "CNY", "100", "2026-05-10", "60")
    imported(LEDGER, [row], as_of=MAY, kind="ledger")
    imported(
        LEDGER,
        [("C1", "I1", "2026-04-01", "2026-04-30", "CNY", "100", "2026-04-02", "")],
        as_of=JUNE,
        kind="ledger",
    )
    assert open_by_document(APRIL) == {"I1": "100.00"}
    assert aging(APRIL).is_rebuilt
    assert aging(APRIL).items_of(Customer.objects.get())[0].open_amount == Decimal("100.00")
    assert open_by_document(MAY) == {"I1": "40.00"}
    assert not aging(MAY).is_rebuilt
    assert aging_report(as_of=dt.date(2026, 3, 31), customers=Customer.objects.all()) is None


def test_the_entries_are_kept_and_final(imported: Importer) -> None:
    imported(
        LEDGER,
        [("C1", "I1", "2026-04-01", "2026-04-30", "CNY", "100", "2026-06-10", "")],
        as_of=MAY,
        kind="ledger",
    )
    assert [
        (str(entry), entry.amount, entry.is_payment) for entry in LedgerEntry.objects.order_by("booked_on")
    ] == [
        ("I1 2026-04-01", Decimal("100.00"), False),
        ("I1 2026-06-10", Decimal("-100.00"), True),
    ]
    with pytest.raises(Exception, match="Cannot update or delete"):
        LedgerEntry.objects.update(amount=1)


def test_ages_count_from_the_due_date_or_from_the_documents_date(imported: Importer) -> None:
    """Written on 1 April, due on 31 May, on 31 May: not due, or 60 days old."""
    imported(ITEMS, [("C1", "I1", "2026-04-01", "2026-05-31", "CNY", "100")])
    assert [row.debit_amounts[0] for row in aging(MAY).rows()] == [100]
    by_document = aging(MAY, basis="document")
    assert [row.debit_amounts[2] for row in by_document.rows()] == [100]
    assert [row.days_past_due for row in by_document.rows(by="item")] == [60]
    assert by_document.bucket_labels()[0] == "≤ 0"
    assert sum(total.total_amount for total in by_document.totals()) == 100


# Aging tables

OURS = (
    "客户编码",
    "客户名称",
    "币种",
    "未到期",
    "1-30天",
    "31-60天",
    "61-90天",
    "91-180天",
    "181-365天",
    "1年以上",
)


def test_a_table_with_our_buckets_is_shown_in_ours(imported: Importer) -> None:
    imported(OURS, [("C1", "甲", "CNY", 100, 20, "", "", "", "", -5)], kind="aged_table")
    (row,) = aging(MAY).rows()
    assert row.bucket_amounts(netted=True) == (100, 20, 0, 0, 0, 0, -5)
    assert (row.total_amount, row.overdue_amount) == (115, 15)
    assert aging(MAY).bucket_labels()[:2] == ["Not due", "1–30"]
    assert [(item.document, item.days_past_due) for item in aging(MAY).rows(by="item")] == [
        ("1年以上", 366),
        ("1-30天", 1),
        ("未到期", 0),
    ]


def test_the_ages_of_a_table_do_not_grow(imported: Importer) -> None:
    """Ten days later nobody knows which of the 1–30 days are 31 days old by then."""
    imported(OURS, [("C1", "甲", "CNY", 100, 20, "", "", "", "", "")], kind="aged_table")
    assert list(aging(dt.date(2026, 6, 10)).rows()) == list(aging(MAY).rows())


def test_a_table_with_other_buckets_is_shown_in_its_own(imported: Importer) -> None:
    head = ("客户编码", "币种", "0-30", "31-60", "61-90", "90+", "合计")
    result = imported(head, [("C1", "CNY", 1, 2, 3, 4, 10), ("C2", "CNY", 0, 0, 5, 0, 5)], kind="aged_table")
    assert result.totals == {"CNY": Decimal("15.00")}
    report = aging(MAY)
    assert [bucket.key for bucket in report.buckets] == ["0-30", "31-60", "61-90", "90+"]
    assert report.bucket_labels() == ["0-30", "31–60", "61–90", "90+"]
    assert [row.debit_amounts for row in report.rows(sort="customer")] == [(1, 2, 3, 4), (0, 0, 5, 0)]
    assert [total.debit_amounts for total in report.totals()] == [(1, 2, 8, 4)]


def test_nobody_is_dunned_by_a_table_and_it_pays_nothing(imported: Importer) -> None:
    """The debt counts against the limit with its least age; but no letter names it, and no item of April is "paid"."""
    imported(ITEMS, [("C1", "I1", "2026-03-01", "2026-03-31", "CNY", "100")], as_of=APRIL)
    imported(OURS, [("C1", "甲", "CNY", "", "", 100, "", "", "", "")], as_of=MAY, kind="aged_table")
    imported(ITEMS, [("C1", "I1", "2026-03-01", "2026-03-31", "CNY", "70")], as_of=JUNE)
    customer = Customer.objects.get(number="C1")
    table = Report.objects.get(file_kind="aged_table")
    assert customers_within_reach(table, on=MAY, rules=DEFAULT_POLICY.dunning) == []
    receivables = open_receivables(customer=customer, group_pks=[customer.pk], on=MAY)
    assert receivables is not None
    assert (receivables.own_amounts, receivables.oldest_days_past_due) == ({"CNY": Decimal("100.00")}, 31)
    falls = falls_between_reports(customer, since=None, until=None, limit=9)
    assert [(fall.before_on, fall.seen_on, fall.amount) for fall in falls] == [(APRIL, JUNE, 30)]
    assert payment_records([customer.pk], on=JUNE, months=6)[customer.pk][0].received_amount == 30


# Receipts


def test_receipts_are_taken_off_the_report_before(imported: Importer) -> None:
    """I1 is paid in part, I2 in full and 5 too much, C2 pays nothing; what May knew already is left out."""
    imported(
        ITEMS,
        [
            ("C1", "I1", "2026-04-01", "2026-04-30", "CNY", "100"),
            ("C1", "I2", "2026-04-01", "2026-05-30", "CNY", "50"),
            ("C2", "I3", "2026-04-01", "2026-04-30", "USD", "70"),
        ],
    )
    result = imported(
        RECEIPTS,
        [
            ("C1", "2026-05-31", "I1", "CNY", "99"),
            ("C1", "2026-06-05", "I1", "CNY", "40"),
            ("C1", "2026-06-06", "I2", "CNY", "55"),
            ("C1", "2026-06-07", "", "CNY", "7"),
        ],
        as_of=dt.date(2026, 6, 10),
        kind="receipts",
    )
    assert (result.rows, result.accepted, result.rejected) == (4, 3, 0)
    assert any("1 receipt was left out" in warning for warning in result.warnings)
    assert result.report is not None
    assert result.report.based_on is not None
    assert result.report.based_on.as_of == MAY
    day = dt.date(2026, 6, 10)
    assert [(row.document, row.due_on, row.total_amount) for row in aging(day).rows(by="item")] == [
        ("I1", APRIL, 60),
        ("I2", dt.date(2026, 6, 6), -5),
        ("", dt.date(2026, 6, 7), -7),
        ("I3", APRIL, 70),
    ]
    assert open_by_document(dt.date(2026, 6, 9)) == {"I1": "100.00", "I2": "50.00", "I3": "70.00"}
    assert {total.currency: total.total_amount for total in aging(day).totals()} == {"CNY": 48, "USD": 70}


def test_receipts_after_receipts(imported: Importer) -> None:
    imported(ITEMS, [("C1", "I1", "2026-04-01", "2026-04-30", "CNY", "100")])
    imported(RECEIPTS, [("C1", "2026-06-05", "I1", "CNY", "40")], as_of=dt.date(2026, 6, 10), kind="receipts")
    imported(
        RECEIPTS,
        [("C1", "2026-06-05", "I1", "CNY", "40"), ("C1", "2026-06-11", "I1", "CNY", "20")],
        as_of=dt.date(2026, 6, 20),
        kind="receipts",
    )
    assert open_by_document(dt.date(2026, 6, 20)) == {"I1": "40.00"}


def test_corrected_receipts_are_taken_off_the_same_report(imported: Importer) -> None:
    imported(ITEMS, [("C1", "I1", "2026-04-01", "2026-04-30", "CNY", "100")])
    day = dt.date(2026, 6, 10)
    imported(RECEIPTS, [("C1", "2026-06-05", "I1", "CNY", "40")], as_of=day, kind="receipts")
    imported(RECEIPTS, [("C1", "2026-06-05", "I1", "CNY", "30")], as_of=day, kind="receipts")
    assert open_by_document(day) == {"I1": "70.00"}


def test_receipts_need_items(imported: Importer) -> None:
    row = ("C1", "2026-06-05", "I1", "CNY", "40")
    with pytest.raises(FileRefused, match="Upload the open items first"):
        imported(RECEIPTS, [row], as_of=JUNE, kind="receipts")
    imported(OURS, [("C1", "甲", "CNY", 100, 20, "", "", "", "", "")], kind="aged_table")
    with pytest.raises(FileRefused, match="Upload the open items first"):
        imported(RECEIPTS, [row], as_of=JUNE, kind="receipts")
    imported(ITEMS, [("C1", "I1", "2026-04-01", "2026-04-30", "CNY", "100")], as_of=JUNE)
    with pytest.raises(FileRefused, match="as of a later day"):
        imported(RECEIPTS, [row], as_of=JUNE, kind="receipts")


@pytest.fixture
def clerk() -> User:
    return create_user(Role.FINANCE_CLERK)


def uploaded(
    clerk: User, head: Sequence[str], rows: Iterable[Sequence[str]], *, as_of: dt.date, kind: str
) -> Report:
    from django.core.files.base import ContentFile

    text = "\n".join(",".join(row) for row in [head, *rows])
    file = ContentFile(text.encode(), name="x.csv")
    report = uploads.upload_report(
        file=file, file_name="x.csv", as_of=as_of, today=TODAY, kind=kind, by=clerk, create_customers=True
    )
    return uploads.check_report(report=report, by=clerk)


def test_receipts_are_committed_only_on_the_report_that_they_were_checked_with(
    clerk: User, imported: Importer
) -> None:
    items = [("C1", "I1", "2026-04-01", "2026-04-30", "CNY", "100")]
    imported(ITEMS, items)
    report = uploaded(clerk, RECEIPTS, [("C1", "2026-06-05", "I1", "CNY", "40")], as_of=JUNE, kind="receipts")
    assert report.state == ReportState.CHECKED
    imported(ITEMS, items, as_of=dt.date(2026, 6, 15))
    with pytest.raises(ConflictError, match="has changed"):
        uploads.commit_report(report=report, by=clerk)
    imported(ITEMS, items, as_of=JUNE)
    with pytest.raises(ConflictError, match="in force already"):
        uploads.commit_report(report=report, by=clerk)
    assert Report.objects.get(pk=report.pk).state == ReportState.CHECKED


def test_an_upload_of_each_kind_is_committed(clerk: User) -> None:
    ledger = uploaded(
        clerk,
        LEDGER,
        [("C1", "I1", "2026-04-01", "2026-04-30", "CNY", "100", "", "")],
        as_of=MAY,
        kind="ledger",
    )
    uploads.commit_report(report=ledger, by=clerk)
    receipts = uploaded(
        clerk, RECEIPTS, [("C1", "2026-06-05", "I1", "CNY", "40")], as_of=JUNE, kind="receipts"
    )
    uploads.commit_report(report=receipts, by=clerk)
    assert open_by_document(JUNE) == {"I1": "60.00"}
    table = uploaded(
        clerk, OURS, [("C1", "甲", "CNY", "1", "", "", "", "", "", "")], as_of=JUNE, kind="aged_table"
    )
    committed = uploads.commit_report(report=table, by=clerk)
    assert committed.supersedes == receipts
    assert open_by_document(JUNE) == {"未到期": "1.00"}


# Due dates by the payment term


def test_a_missing_due_date_is_counted_by_the_contract_then_by_the_customer(imported: Importer) -> None:
    """1 April and 60 days by the contract: 31 May; 45 days after the end of the month by the customer: 14 June; a new
    customer's 30 days: 1 May."""
    customer = create_active_customer(number="C1")
    Customer.objects.filter(pk=customer.pk).update(payment_term_kind="end_of_month", payment_term_days=45)
    create_contract(
        customer=customer, handler=create_user(), number="K1", payment_term_days=60, payment_term_kind="net"
    )
    head = ("客户编码", "发票号", "发票日期", "到期日", "币种", "余额", "合同号")
    imported(
        head,
        [
            ("C1", "I1", "2026-04-01", "", "CNY", "1", "K1"),
            ("C1", "I2", "2026-04-01", "", "CNY", "1", ""),
            ("C9", "I3", "2026-04-01", "", "CNY", "1", "K1"),
            ("C1", "I4", "2026-04-01", "2026-04-02", "CNY", "1", "K1"),
        ],
    )
    found = OpenItem.objects.order_by("document").values_list("document", "due_on", "due_basis")
    assert list(found) == [
        ("I1", dt.date(2026, 5, 31), "term"),
        ("I2", dt.date(2026, 6, 14), "term"),
        ("I3", dt.date(2026, 5, 1), "term"),
        ("I4", dt.date(2026, 4, 2), "stated"),
    ]
    assert {row.document: row.due_basis for row in aging(MAY).rows(by="item")} == {
        "I1": "term", "I2": "term", "I3": "term", "I4": "stated",
    }  # fmt: skip
    client = Client()
    client.force_login(create_user(Role.FINANCE_CLERK))
    page = client.get("/receivables/aging/customers/C1/items/").content.decode()
    assert page.count("document date and payment term") == 2


# Partitions


def partition_names(year: int) -> list[str]:
    with connection.cursor() as cursor:
        pattern = f"^receivables_.*_{year}[0-9]{{2}}$"
        cursor.execute("SELECT relname FROM pg_class WHERE relname ~ %s ORDER BY 1", [pattern])
        return [name for (name,) in cursor.fetchall()]


def test_lines_lie_in_a_partition_per_month_and_old_ones_are_dropped_whole(imported: Importer) -> None:
    april, may, june = dt.date(2021, 4, 30), dt.date(2021, 5, 31), dt.date(2021, 6, 30)
    row = ("C1", "I1", "2021-04-01", "2021-04-30", "CNY", "100")
    for day in (april, dt.date(2021, 4, 29), may):
        imported(ITEMS, [row], as_of=day)
    imported(LEDGER, [(*row, "", "")], as_of=june, kind="ledger")
    assert [name for name in partition_names(2021) if "openitem" in name] == [
        f"receivables_openitem_2021{month}" for month in ("04", "05", "06")
    ]
    assert "receivables_ledgerentry_202106" in partition_names(2021)
    assert "receivables_openitem_202104" in partitions.drop_lines_before(may)
    assert sorted(OpenItem.objects.values_list("as_of", flat=True)) == [may, june]
    assert [row.total_amount for row in aging(april).rows()] == [100]
    assert list(aging(april).rows(by="item")) == []
    assert partitions.drop_lines_before(may) == ()


@pytest.mark.django_db(transaction=True)
def test_two_commits_in_a_new_month_make_its_partition_once() -> None:
    """The second waits for the first, and then finds what it made."""
    table, day = OpenItem._meta.db_table, dt.date(2019, 3, 31)

    def second() -> str:
        try:
            with transaction.atomic():
                return partitions.partition_for(table, day)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first = partitions.partition_for(table, day)
            waiting = pool.submit(second)
            while not _somebody_waits():
                time.sleep(0.01)
        assert waiting.result(timeout=10) == first == f"{table}_201903"
    assert partitions.drop_lines_before(dt.date(2019, 4, 1)) == (first,)


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        row = cursor.fetchone()
        return row is not None and row[0] > 0


def test_a_page_reads_one_partition(imported: Importer) -> None:
    for day in (APRIL, MAY):
        imported(ITEMS, [("C1", "I1", "2026-04-01", "2026-04-30", "CNY", "100")], as_of=day)
    items = aging(MAY).items_of(Customer.objects.get())
    assert "202604" not in items.explain()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("today", "months", "kept_from"),
    [
        (dt.date(2026, 11, 26), 0, None),
        (dt.date(2026, 11, 26), 1, dt.date(2026, 11, 1)),
        (dt.date(2026, 11, 1), 12, dt.date(2025, 12, 1)),
        (dt.date(2026, 1, 31), 2, dt.date(2025, 12, 1)),
    ],
)
def test_for_so_many_months_lines_are_kept(today: dt.date, months: int, kept_from: dt.date | None) -> None:
    assert retention.lines_kept_from(today, months=months) == kept_from


def test_old_lines_are_dropped_by_command_and_by_schedule(
    imported: Importer, capsys: pytest.CaptureFixture[str]
) -> None:
    row = ("C1", "I1", "2026-04-01", "2026-04-30", "CNY", "100")
    for day in (APRIL, MAY):
        imported(ITEMS, [row], as_of=day)
    call_command("drop_old_lines", "--before", "2026-05-31", "--dry-run", "--json")
    dropped = json.loads(capsys.readouterr().out)
    assert dropped["before"] == "2026-05"
    assert "receivables_openitem_202604" in dropped["dropped"]
    assert OpenItem.objects.count() == 2
    with pytest.raises(SystemExit):
        call_command("drop_old_lines")
    drop_lines()
    assert OpenItem.objects.count() == 2
    with override_settings(CREDITRISK_LINES_KEPT_MONTHS=1):
        drop_lines()
    assert OpenItem.objects.count() == 0
    imported(ITEMS, [row], as_of=dt.date(2026, 4, 15))
    assert OpenItem.objects.get().as_of == dt.date(2026, 4, 15)
