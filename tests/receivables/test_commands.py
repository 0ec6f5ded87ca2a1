"""import_aging and aging_report: exact JSON, exit codes, and nothing written when refused (design: command line)."""

from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from creditrisk.accounts.roles import Role
from customers.models import Customer
from receivables.models import OpenItem, Report, ReportState
from receivables.services import loading
from tests.factories.customers import create_active_customer
from tests.factories.people import create_user
from tests.receivables.files import csv_path, item

pytestmark = pytest.mark.django_db
MAY = "2026-05-31"
KEYS = [
    *("report", "kind", "as_of", "rows", "accepted", "rejected", "errors", "totals"),
    *("errors_left_off", "warnings"),
]


def run(command: str, *args: str) -> tuple[int, str, str]:
    """Return the exit code, standard output and standard error of a command."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(command, *args, stdout=out, stderr=err)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def run_json(command: str, *args: str) -> tuple[int, Any]:
    code, out, _err = run(command, *args, "--json")
    return code, json.loads(out)


def stored_files() -> set[Path]:
    return {path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()}


@pytest.fixture
def c1() -> Customer:
    return create_active_customer(number="C1", name="华瑞")


@pytest.fixture
def good(tmp_path: Path, c1: Customer) -> str:
    return str(
        csv_path(tmp_path, [item(), item(document="B", amount="-30.50"), item(document="C", currency="USD")])
    )


@pytest.fixture
def bad(tmp_path: Path, c1: Customer) -> str:
    return str(csv_path(tmp_path, [item(), item(document="B", amount="ten")], name="bad.csv"))


# import_aging ---------------------------------------------------------------------------------------------------


def test_a_good_file_is_committed_with_exit_0_and_exactly_these_keys(good: str) -> None:
    code, result = run_json("import_aging", good, "--as-of", MAY)
    assert code == 0
    assert list(result) == KEYS
    assert result == {
        "report": "AR-2026-0001",
        "kind": "open_items",
        "as_of": MAY,
        "rows": 3,
        "accepted": 3,
        "rejected": 0,
        "errors": [],
        "totals": {"CNY": "69.50", "USD": "100.00"},
        "errors_left_off": 0,
        "warnings": [],
    }
    report = Report.objects.get()
    assert (report.state, report.uploaded_by, report.file_name) == (ReportState.COMMITTED, None, "items.csv")
    assert default_storage.exists(report.file.name)


def test_a_bad_file_is_refused_with_exit_2_and_nothing_is_written(bad: str) -> None:
    before = stored_files()
    code, result = run_json("import_aging", bad, "--as-of", MAY)
    assert code == 2
    assert list(result) == KEYS
    assert (result["report"], result["rows"], result["accepted"], result["rejected"]) == (None, 2, 1, 1)
    (error,) = result["errors"]
    assert list(error) == ["row", "column", "value", "message"]
    assert (error["row"], error["column"], error["value"]) == (3, "Open amount", "ten")
    assert "Row 3" in error["message"]
    assert result["totals"] == {"CNY": "100.00"}
    assert not Report.objects.exists()
    assert not OpenItem.objects.exists()
    assert stored_files() == before


def test_a_dry_run_says_the_same_and_writes_nothing(good: str, bad: str) -> None:
    before = stored_files()
    code, result = run_json("import_aging", good, "--as-of", MAY, "--dry-run")
    assert (code, result["report"], result["accepted"]) == (0, None, 3)
    assert run_json("import_aging", bad, "--as-of", MAY, "--dry-run")[0] == 2
    assert not Report.objects.exists()
    assert stored_files() == before


@pytest.mark.parametrize(
    "args", [("--kind", "ledger"), ("--kind", "aged_table"), ("--mapping", "sap"), ("--user", "no")]
)
def test_what_cannot_be_done_is_refused_with_exit_2(good: str, args: tuple[str, str]) -> None:
    code, result = run_json("import_aging", good, "--as-of", MAY, *args)
    assert code == 2
    assert result["errors"][0]["row"] is None
    assert result["errors"][0]["message"]
    assert not Report.objects.exists()


def test_a_missing_file_and_a_file_that_is_no_table_are_refused_with_exit_2(tmp_path: Path) -> None:
    assert run_json("import_aging", str(tmp_path / "none.csv"), "--as-of", MAY)[0] == 2
    (tmp_path / "x.xlsx").write_bytes(b"PK\x03\x04 broken")
    code, result = run_json("import_aging", str(tmp_path / "x.xlsx"), "--as-of", MAY)
    assert (code, result["rows"], len(result["errors"])) == (2, 0, 1)


def test_the_same_file_is_refused_a_second_time_and_names_the_report(good: str, tmp_path: Path) -> None:
    run("import_aging", good, "--as-of", MAY)
    renamed = tmp_path / "renamed.csv"
    renamed.write_bytes(Path(good).read_bytes())
    for args in ((), ("--dry-run",)):
        code, result = run_json("import_aging", str(renamed), "--as-of", MAY, *args)
        assert code == 2
        assert "AR-2026-0001" in result["errors"][0]["message"]
    assert Report.objects.count() == 1


def test_the_same_file_for_another_date_is_taken_with_a_warning(good: str, bad: str) -> None:
    """Nothing is open for the date itself, so nothing is refused; but a month end is easily mistyped."""
    run("import_aging", good, "--as-of", MAY)
    code, result = run_json("import_aging", good, "--as-of", "2026-06-30", "--dry-run")
    (warning,) = result["warnings"]
    assert code == 0
    assert "as of 2026-05-31, as AR-2026-0001 (items.csv)" in warning
    assert warning in run("import_aging", good, "--as-of", "2026-06-30")[2]
    assert Report.objects.count() == 2
    assert run_json("import_aging", bad, "--as-of", "2026-06-30")[1]["warnings"] == []


def test_errors_above_the_limit_are_counted(tmp_path: Path, c1: Customer) -> None:
    """1,003 wrong rows: 1,000 errors are told, 3 are left off."""
    rows = [item(document=f"D{number}", amount="ten") for number in range(1003)]
    code, result = run_json("import_aging", str(csv_path(tmp_path, rows)), "--as-of", MAY)
    assert code == 2
    assert (len(result["errors"]), result["errors_left_off"], result["rejected"]) == (1000, 3, 1003)


def test_unknown_customers_are_errors_or_become_files(tmp_path: Path) -> None:
    path = str(csv_path(tmp_path, [item("N1", name="新公司")]))
    code, result = run_json("import_aging", path, "--as-of", MAY)
    assert (code, result["errors"][0]["value"]) == (2, "N1")
    assert not Customer.objects.exists()
    code, _result = run_json("import_aging", path, "--as-of", MAY, "--create-customers", "--dry-run")
    assert code == 0
    assert not Customer.objects.exists()
    code, _result = run_json("import_aging", path, "--as-of", MAY, "--create-customers")
    assert code == 0
    assert Customer.objects.get().name == "新公司"


def test_a_named_user_needs_the_role(good: str) -> None:
    create_user(Role.FINANCE_CLERK, username="lin")
    create_user(Role.LEGAL_AFFAIRS, username="wu")
    code, result = run_json("import_aging", good, "--as-of", MAY, "--user", "wu")
    assert code == 2
    assert "P3.4" in result["errors"][0]["message"]
    run("import_aging", good, "--as-of", MAY, "--user", "lin")
    report = Report.objects.get()
    assert report.uploaded_by == report.committed_by
    assert str(report.uploaded_by) == "Lin"


def test_json_is_alone_on_standard_output_and_messages_go_to_standard_error(
    good: str, tmp_path: Path
) -> None:
    code, out, err = run("import_aging", good, "--as-of", MAY, "--json")
    json.loads(out)
    assert (code, "Committed 3 rows as report AR-2026-0001." in err) == (0, True)
    corrected = csv_path(
        tmp_path, [item(amount="1.00", document_on="2026-06-09", due_on="2026-06-01")], name="b.csv"
    )
    code, out, err = run("import_aging", str(corrected), "--as-of", MAY)
    assert code == 0
    assert "It supersedes AR-2026-0001." in err
    assert "due date" in err
    assert out.split() == ["CNY", "1.00"]


def test_without_json_errors_are_told_in_words(bad: str) -> None:
    code, out, err = run("import_aging", bad, "--as-of", MAY)
    assert code == 2
    assert "Row 3" in err
    assert "1 of 2 rows have errors" in err
    assert out.split() == ["CNY", "100.00"]
    code, out, err = run("import_aging", "nothing.csv", "--as-of", MAY)
    assert (code, out) == (2, "")
    assert "nothing.csv" in err


def test_a_dry_run_is_told_in_words(good: str) -> None:
    assert "Dry run: all 3 rows are good." in run("import_aging", good, "--as-of", MAY, "--dry-run")[2]


def test_a_failing_import_keeps_neither_rows_nor_file(good: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = stored_files()

    def fail(*args: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(loading, "store_sums", fail)
    with pytest.raises(DatabaseError):
        run("import_aging", good, "--as-of", MAY)
    assert stored_files() == before


@pytest.mark.parametrize("day", ["2026-02-30", "31.05.2026"])
def test_a_date_that_is_none_is_not_taken(good: str, day: str) -> None:
    with pytest.raises(CommandError, match="as-of"):
        run("import_aging", good, "--as-of", day)


@pytest.mark.parametrize(
    ("day", "code"),
    [("1999-12-31", 2), ("2000-01-01", 0), ("2026-06-30", 0), ("2026-07-01", 2), ("2062-10-31", 2)],
)
def test_a_report_lies_neither_before_2000_nor_after_this_month(good: str, day: str, code: int) -> None:
    """It is 15 June 2026, as the command learns from the clock."""
    before = stored_files()
    with time_machine.travel(dt.datetime(2026, 6, 15, 12, tzinfo=dt.UTC)):
        found, result = run_json("import_aging", good, "--as-of", day)
        dry, _result = run_json("import_aging", good, "--as-of", day, "--dry-run")
    assert found == code
    if code:
        assert (dry, stored_files(), result["report"]) == (2, before, None)
        assert result["errors"][0]["message"] == "Enter a date from 2000-01-01 to 2026-06-30."


# aging_report ---------------------------------------------------------------------------------------------------


def test_the_report_has_exactly_these_keys_and_amounts_as_text(good: str) -> None:
    """INV-1 100.00 and B −30.50, both due on the as-of date: not due, netted 69.50."""
    run("import_aging", good, "--as-of", MAY)
    code, result = run_json("aging_report", "--as-of", MAY)
    assert code == 0
    assert list(result) == ["as_of", "buckets", "rows", "totals"]
    buckets = ["not_due", "1-30", "31-60", "61-90", "91-180", "181-365", ">365"]
    assert (result["as_of"], result["buckets"]) == (MAY, buckets)
    assert [list(row) for row in result["rows"]] == [["customer", "name", "currency", *buckets, "total"]] * 2
    nothing = dict.fromkeys(buckets[1:], "0.00")
    assert result["rows"][0] == {
        "customer": "C1", "name": "华瑞", "currency": "CNY", "not_due": "69.50", **nothing, "total": "69.50",
    }  # fmt: skip
    assert result["totals"] == {
        "CNY": {"not_due": "69.50", **nothing, "total": "69.50"},
        "USD": {"not_due": "100.00", **nothing, "total": "100.00"},
    }


def test_a_day_later_everything_is_a_day_older(good: str) -> None:
    run("import_aging", good, "--as-of", MAY)
    _code, result = run_json("aging_report", "--as-of", "2026-06-01")
    assert (result["as_of"], result["totals"]["CNY"]["not_due"], result["totals"]["CNY"]["1-30"]) == (
        "2026-06-01", "0.00", "69.50",
    )  # fmt: skip


def test_by_contract_and_by_item_name_what_they_list(good: str) -> None:
    run("import_aging", good, "--as-of", MAY)
    _code, by_contract = run_json("aging_report", "--as-of", MAY, "--by", "contract")
    assert list(by_contract["rows"][0])[:4] == ["customer", "name", "currency", "contract"]
    _code, by_item = run_json("aging_report", "--as-of", MAY, "--by", "item")
    assert [(row["document"], row["due_on"], row["days_past_due"], row["total"]) for row in by_item["rows"]] == [
        ("B", MAY, 0, "-30.50"), ("INV-1", MAY, 0, "100.00"), ("C", MAY, 0, "100.00"),
    ]  # fmt: skip
    assert by_contract["totals"] == by_item["totals"]


def test_an_item_without_a_document_date_has_none(tmp_path: Path, c1: Customer) -> None:
    run("import_aging", str(csv_path(tmp_path, [item(document_on="")])), "--as-of", MAY)
    _code, result = run_json("aging_report", "--as-of", MAY, "--by", "item")
    assert result["rows"][0]["document_on"] is None


def test_by_a_group_the_lines_come_to_the_same_totals(good: str) -> None:
    """Nobody manages C1 yet: one line for each currency, of no account manager."""
    run("import_aging", good, "--as-of", MAY)
    _code, by_customer = run_json("aging_report", "--as-of", MAY)
    _code, result = run_json("aging_report", "--as-of", MAY, "--by", "account_manager")
    assert [[*list(row.values())[:4], row["total"]] for row in result["rows"]] == [
        ["", "", 1, "CNY", "69.50"],
        ["", "", 1, "USD", "100.00"],
    ]
    assert result["totals"] == by_customer["totals"]


@pytest.mark.parametrize("by", ["customer", "contract", "item", "group", "service_type"])
def test_without_json_it_is_a_table_with_a_total_per_currency(good: str, by: str) -> None:
    run("import_aging", good, "--as-of", MAY)
    code, out, err = run("aging_report", "--as-of", MAY, "--by", by)
    assert code == 0
    assert "From report AR-2026-0001 as of 2026-05-31." in err
    header, *lines = out.splitlines()
    assert header.split()[-1] == "total"
    assert [line.split()[-1] for line in lines if line.startswith("Total")] == ["69.50", "100.00"]
    assert len({display_width(line) for line in (header, *lines)}) == 1


def display_width(text: str) -> int:
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def test_where_no_report_describes_the_date_it_says_so_with_exit_2(good: str) -> None:
    run("import_aging", good, "--as-of", MAY)
    for args in ((), ("--json",)):
        with pytest.raises(CommandError, match="No aging report has been committed") as refused:
            run("aging_report", "--as-of", "2026-05-30", *args)
        assert refused.value.returncode == 2


def test_a_later_report_does_not_change_an_earlier_date(good: str, tmp_path: Path) -> None:
    run("import_aging", good, "--as-of", MAY)
    before = run_json("aging_report", "--as-of", MAY)
    later = csv_path(tmp_path, [item(amount="1.00")], name="june.csv")
    run("import_aging", str(later), "--as-of", "2026-06-30")
    assert run_json("aging_report", "--as-of", MAY) == before
    assert dt.date.fromisoformat(before[1]["as_of"]) == dt.date(2026, 5, 31)
