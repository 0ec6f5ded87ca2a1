"""Imports under kill: whatever dies whenever, the report in force is the old one or the new one, whole (fault 13)."""

from __future__ import annotations

import datetime as dt
import random
import time
from decimal import Decimal
from pathlib import Path

import pytest
from django.db.models import Sum

from receivables.models import AgingSum, AgingTotal, LedgerEntry, OpenItem, Report
from tests.factories.customers import create_active_customer
from tests.faults.nursery import Nursery, nursery

KILLS, ROWS, SEED, KILLED = 8, 8_000, 20261126, -9
DAY = dt.date(2026, 5, 31)

pytestmark = pytest.mark.django_db(transaction=True)


def write(path: Path, *, kind: str, cents: int) -> Path:
    """Write so many rows of one customer, each of so many cents."""
    paid = ",收款日期" if kind == "ledger" else ""
    amount = "发票金额" if kind == "ledger" else "应收余额"
    rows = (
        f"C1,I{number},2026-04-01,2026-05-01,{Decimal(cents) / 100}{',' if paid else ''}"
        for number in range(ROWS)
    )
    path.write_text(
        "\n".join([f"客户编码,发票号,发票日期,到期日,{amount}{paid}", *rows, ""]), encoding="utf-8"
    )
    return path


def in_force() -> Decimal:
    """Return the total of the one report in force, after its items, sums and totals were found to agree."""
    report = Report.objects.get(state="committed")
    told = Decimal(report.totals["CNY"])
    items = OpenItem.objects.filter(report=report).aggregate(total=Sum("open_amount"))["total"]
    sums = AgingSum.objects.filter(report=report).aggregate(total=Sum("total_amount"))["total"]
    assert told == items == sums == AgingTotal.objects.get(report=report).total_amount
    assert OpenItem.objects.exclude(report__state__in=["committed", "superseded"]).count() == 0
    if report.file_kind == "ledger":
        assert LedgerEntry.objects.filter(report=report).aggregate(total=Sum("amount"))["total"] == told
    return told


def killed_at_random(children: Nursery, *arguments: str, moments: random.Random, longest: float) -> bool:
    child = children.start(*arguments)
    time.sleep(moments.uniform(0, longest))
    child.kill()
    return child.wait() == KILLED


@pytest.mark.parametrize("kind", ["open_items", "ledger"])
def test_an_import_killed_at_any_moment_leaves_the_old_report_or_the_new_one(
    kind: str, tmp_path: Path
) -> None:
    create_active_customer(number="C1")
    moments = random.Random(SEED)
    with nursery() as children:
        first = write(tmp_path / "first.csv", kind=kind, cents=100)
        command = ("import_aging", str(first), "--as-of", DAY.isoformat(), "--kind", kind)
        started = time.monotonic()
        assert children.start(*command).wait() == 0
        longest = time.monotonic() - started
        old, struck = in_force(), 0
        for number in range(KILLS):
            cents = 101 + number
            path = write(tmp_path / f"{number}.csv", kind=kind, cents=cents)
            struck += killed_at_random(
                children, "import_aging", str(path), "--as-of", DAY.isoformat(), "--kind", kind,
                moments=moments, longest=longest,
            )  # fmt: skip
            found = in_force()
            assert found in (old, Decimal(cents * ROWS) / 100)
            old = found
        assert struck >= KILLS // 2
        assert children.start(
            "import_aging", str(path), "--as-of", DAY.isoformat(), "--kind", kind
        ).wait() in (0, 2)
    assert in_force() == Decimal((100 + KILLS) * ROWS) / 100
