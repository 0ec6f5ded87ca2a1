"""Uploads: taken in, checked, committed or discarded (P3.4; fault 23: the same file twice, renamed, corrected)."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import BusinessError, ConflictError, InvalidInputError, NotAllowedError
from creditrisk.notifications.models import Notification
from customers.models import Customer, CustomerState
from receivables import permissions
from receivables.models import AgingSum, OpenItem, Report, ReportState, RowError
from receivables.selectors import reading_record
from receivables.services import loading, uploads
from receivables.services.new_report import shown_name
from receivables.tasks import check_upload, check_waiting_uploads
from tests.factories.customers import create_active_customer
from tests.factories.people import create_user
from tests.receivables.files import HEADER, Row, csv_bytes, csv_file, item

pytestmark = pytest.mark.django_db
MAY = dt.date(2026, 5, 31)
JUNE = dt.date(2026, 6, 30)


@pytest.fixture
def clerk() -> User:
    return create_user(Role.FINANCE_CLERK)


@pytest.fixture
def c1() -> Customer:
    return create_active_customer(number="C1", name="华瑞（上海）有限公司", name_en="Huarui Ltd")


def take_in(clerk: User, *rows: Row, as_of: dt.date = MAY, **options: Any) -> Report:
    """Return an upload of these rows, not yet checked."""
    options = {"file_name": "items.csv", "today": as_of} | options
    return uploads.upload_report(file=csv_file(rows), as_of=as_of, by=clerk, **options)


def checked(clerk: User, *rows: Row, **options: Any) -> Report:
    """Return an upload of these rows after its check."""
    return uploads.check_report(report=take_in(clerk, *rows, **options), by=clerk)


def committed(clerk: User, *rows: Row, **options: Any) -> Report:
    """Return a committed report of these rows."""
    return uploads.commit_report(report=checked(clerk, *rows, **options), by=clerk)


def messages_of(report: Report) -> list[tuple[int, str, str, str]]:
    return list(report.row_errors.values_list("row", "column", "value", "code"))


# Taking in ------------------------------------------------------------------------------------------------------


def test_an_upload_is_kept_with_its_hash_under_a_number_of_its_year(clerk: User) -> None:
    first = take_in(clerk, item(), file_name="May.csv")
    second = take_in(clerk, item(amount="2"), file_name="May 2.csv")
    assert [first.number, second.number] == ["AR-2026-0001", "AR-2026-0002"]
    assert (first.state, first.file_name, first.uploaded_by) == (ReportState.UPLOADED, "May.csv", clerk)
    with first.file.open("rb") as file:
        assert file.read() == csv_bytes([item()])
    assert "May" not in first.file.name
    assert first.file_size_bytes == len(csv_bytes([item()]))


@pytest.mark.parametrize("role", Role)
def test_finance_alone_uploads(role: Role) -> None:
    person = create_user(role)
    if role in (Role.FINANCE_CLERK, Role.PLANNING_FINANCE):
        assert take_in(person, item()).uploaded_by == person
    else:
        with pytest.raises(NotAllowedError, match="Only finance clerks"):
            take_in(person, item())


def test_a_file_of_just_the_limit_is_taken_and_one_byte_more_is_not(clerk: User, settings: Any) -> None:
    settings.CREDITRISK_REPORT_MAX_BYTES = len(csv_bytes([item()]))
    take_in(clerk, item())
    settings.CREDITRISK_REPORT_MAX_BYTES -= 1
    with pytest.raises(InvalidInputError) as refused:
        take_in(clerk, item(), as_of=JUNE)
    assert refused.value.code == "report.too_large"


def test_a_form_sent_twice_is_one_upload(clerk: User) -> None:
    key = "6f1e2b4c-3f43-4b0e-9d1d-0d7c8f6f0a11"
    first = take_in(clerk, item(), submission_key=key)
    again = take_in(clerk, item(), submission_key=key)
    assert again == first
    assert take_in(clerk, item(amount="7"), submission_key=None) != first


@pytest.mark.parametrize("commit", [False, True])
def test_the_same_bytes_for_the_same_date_are_refused_whatever_their_name(
    clerk: User, c1: Customer, *, commit: bool
) -> None:
    first = (committed if commit else checked)(clerk, item(), file_name="a.csv")
    with pytest.raises(InvalidInputError, match=f"{first.number} .a.csv.") as refused:
        take_in(clerk, item(), file_name="renamed.csv")
    assert refused.value.code == "report.duplicate"
    assert take_in(clerk, item(), as_of=JUNE).state == ReportState.UPLOADED


def test_a_discarded_refused_or_superseded_file_may_come_again(clerk: User, c1: Customer) -> None:
    discarded = uploads.discard_report(report=checked(clerk, item()), by=clerk)
    refused = checked(clerk, item("C9"), as_of=JUNE)
    superseded = committed(clerk, item())
    committed(clerk, item(amount="1.00"))
    for report, row in ((discarded, item()), (refused, item("C9")), (superseded, item())):
        again = take_in(clerk, row, as_of=report.as_of)
        assert again.sha256 == report.sha256
        uploads.discard_report(report=again, by=clerk)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\账龄.xlsx", "账龄.xlsx"),
        ("a\r\nSet-Cookie: x.csv", "aSet-Cookie: x.csv"),
        ("invoice\u202excod.csv", "invoicexcod.csv"),
        ("nul\x00.csv", "nul.csv"),
        ("\u200b", "unnamed"),
        ("x" * 300 + ".csv", "x" * 196 + ".csv"),
    ],
)
def test_a_file_name_is_shown_without_what_deceives(given: str, shown: str) -> None:
    """Fault 36: path parts, right-to-left override, line breaks, NUL."""
    assert shown_name(given) == shown


def test_a_file_is_not_kept_when_its_row_is_not(clerk: User, monkeypatch: pytest.MonkeyPatch) -> None:
    stored: list[str] = []

    def fail(report: Report, *args: object, **kwargs: object) -> None:
        stored.append(report.file.name)
        assert default_storage.exists(stored[0])
        raise DatabaseError

    monkeypatch.setattr(Report, "save", fail)
    with pytest.raises(DatabaseError):
        take_in(clerk, item())
    assert not default_storage.exists(stored[0])


# Checking -------------------------------------------------------------------------------------------------------


def test_a_good_file_is_checked_and_nothing_of_it_is_in_force(clerk: User, c1: Customer) -> None:
    """100.00 − 30.50 = 69.50 CNY, and 5.00 USD beside it."""
    report = checked(
        clerk,
        item(document="A", amount="100.00"),
        item(document="B", amount="-30.50"),
        item(document="C", amount="5.00", currency="USD"),
    )
    assert (report.state, report.rows, report.accepted, report.rejected) == (ReportState.CHECKED, 3, 3, 0)
    assert report.totals == {"CNY": "69.50", "USD": "5.00"}
    assert dict(reading_record.columns_of(report))["due date"] == "Due date"
    assert [row.open_amount for row in reading_record.sample_of(report)] == [
        Decimal("100.00"),
        Decimal("-30.50"),
        Decimal("5.00"),
    ]
    assert not OpenItem.objects.exists()
    assert not AgingSum.objects.exists()


def test_the_files_own_total_rows_are_compared(clerk: User, c1: Customer) -> None:
    rows = [item(document="A", amount="60.00"), item(document="B", amount="40.00")]
    report = checked(clerk, *rows, ("", "合计", "", "", "", "", "99.00"))
    total = reading_record.stated_totals_of(report)[0]
    assert (total.stated_amount, total.computed_amount, total.agrees) == (
        Decimal("99"),
        Decimal("100"),
        False,
    )
    assert report.rows == 2


def test_one_wrong_row_refuses_the_whole_file_with_row_column_and_value(clerk: User, c1: Customer) -> None:
    report = checked(clerk, item(document="A"), item(document="B", due_on="2026-02-31"))
    assert (report.state, report.rows, report.accepted, report.rejected) == (ReportState.REFUSED, 2, 1, 1)
    assert [error[:3] for error in messages_of(report)] == [(3, "Due date", "2026-02-31")]
    assert report.totals == {"CNY": "100.00"}
    assert not report.lines
    assert not OpenItem.objects.exists()


def test_a_file_that_is_no_table_is_refused_with_the_reason_in_the_readers_language(clerk: User) -> None:
    report = uploads.upload_report(
        file=ContentFile(b"\x89PNG\r\n\x1a\n" + b"\x00" * 64),
        file_name="x.xlsx",
        as_of=MAY,
        today=MAY,
        by=clerk,
    )
    refused = uploads.check_report(report=report, by=clerk)
    assert refused.state == ReportState.REFUSED
    assert reading_record.refusal_text_of(refused)
    assert not messages_of(refused)


def test_an_unread_report_has_no_refusal_and_no_reading(clerk: User) -> None:
    report = take_in(clerk, item())
    assert reading_record.refusal_text_of(report) == ""
    assert reading_record.warnings_of(report) == []
    assert reading_record.columns_of(report) == []
    assert reading_record.sample_of(report) == []


@pytest.mark.parametrize(
    ("as_of", "taken"),
    [("1999-12-31", False), ("2000-01-01", True), ("2026-06-30", True), ("2026-07-01", False)],
)
def test_a_report_lies_neither_before_2000_nor_after_this_month(
    clerk: User, as_of: str, *, taken: bool
) -> None:
    """It is 1 June 2026: the month end that is to come may be named already."""
    day = dt.date.fromisoformat(as_of)
    if taken:
        assert take_in(clerk, item(), as_of=day, today=dt.date(2026, 6, 1)).as_of == day
        return
    for language, words in (("en", "2000-01-01 to 2026-06-30"), ("zh-hans", "2000-01-01 至 2026-06-30")):
        with override(language), pytest.raises(InvalidInputError) as refusal:
            take_in(clerk, item(), as_of=day, today=dt.date(2026, 6, 1))
        assert refusal.value.code == "report.date"
        assert words in str(refusal.value)
    assert not Report.objects.exists()


def test_warnings_are_kept_for_the_page(clerk: User, c1: Customer) -> None:
    report = checked(clerk, item(document_on="2026-06-15", due_on="2026-06-01"))
    assert any("due date" in warning for warning in reading_record.warnings_of(report))


def test_the_errors_kept_are_bounded_and_all_are_counted(
    clerk: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [item("C9", document=f"D{number}") for number in range(1_200)]
    report = checked(clerk, *rows)
    assert (report.rejected, report.reading["error_count"]) == (1_200, 1_200)
    assert RowError.objects.filter(report=report).count() == 1_000


def test_checking_twice_is_checking_once(clerk: User, c1: Customer) -> None:
    report = checked(clerk, item())
    read = Report.objects.get(pk=report.pk).reading
    assert uploads.check_report(report=report, by=clerk).reading == read
    assert uploads.check_report(report=checked(clerk, item("C9")), by=clerk).state == ReportState.REFUSED


def test_only_finance_checks_and_checks_again(clerk: User) -> None:
    report = take_in(clerk, item())
    outsider = create_user(Role.GROUP_LEADER)
    with pytest.raises(NotAllowedError):
        uploads.check_report(report=report, by=outsider)
    with pytest.raises(NotAllowedError):
        uploads.recheck_report(report=report, create_customers=True, by=outsider)


def test_an_unknown_customer_is_an_error_of_every_one_of_his_rows(clerk: User, c1: Customer) -> None:
    report = checked(clerk, item("C1"), item("C7", "B"), item("C8", "C"), item("C7", "D"))
    assert messages_of(report) == [
        (3, HEADER[0], "C7", "unknown_customer"),
        (4, HEADER[0], "C8", "unknown_customer"),
        (5, HEADER[0], "C7", "unknown_customer"),
    ]
    assert (report.accepted, report.rejected) == (1, 3)


def test_a_refused_file_is_checked_again_after_the_customer_file_was_opened(clerk: User) -> None:
    report = checked(clerk, item("C7"))
    assert report.state == ReportState.REFUSED
    create_active_customer(number="C7")
    again = uploads.recheck_report(report=report, create_customers=False, by=clerk)
    assert again.state == ReportState.CHECKED
    assert not messages_of(again)
    with pytest.raises(ConflictError, match="refused"):
        uploads.recheck_report(report=again, create_customers=False, by=clerk)


def test_a_refused_file_is_not_checked_again_beside_its_twin(clerk: User) -> None:
    report = checked(clerk, item("C7"))
    take_in(clerk, item("C7"))
    with pytest.raises(InvalidInputError, match="waits already"):
        uploads.recheck_report(report=report, create_customers=True, by=clerk)


def test_the_uploader_is_told_when_the_worker_has_checked_his_file(clerk: User, c1: Customer) -> None:
    good, bad = take_in(clerk, item()), take_in(clerk, item("C9"))
    check_upload(good.pk)
    check_upload(bad.pk)
    titles = list(Notification.objects.filter(user=clerk).order_by("pk").values_list("title", flat=True))
    assert titles == [
        f"{good.number} is checked and waits for you to commit it.",
        f"{bad.number} has errors: nothing was imported.",
    ]


def test_nobody_is_told_of_an_upload_without_uploader(c1: Customer, clerk: User) -> None:
    report = take_in(clerk, item())
    Report.objects.filter(pk=report.pk).update(uploaded_by=None)
    assert uploads.check_report(report=report, by=None, announce=True).state == ReportState.CHECKED
    assert not Notification.objects.exists()


def test_an_upload_whose_task_was_lost_is_found_by_the_schedule(clerk: User, c1: Customer) -> None:
    """Fault 12: the broker was down when the form was sent."""
    lost, fresh = take_in(clerk, item()), take_in(clerk, item(amount="2"))
    Report.objects.filter(pk=lost.pk).update(uploaded_at=lost.uploaded_at - dt.timedelta(minutes=2))
    check_waiting_uploads()
    lost.refresh_from_db()
    fresh.refresh_from_db()
    assert (lost.state, fresh.state) == (ReportState.CHECKED, ReportState.UPLOADED)


# Customers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ref",
    [
        "C1",
        "Ｃ１",
        " C1 ",
        "91310000MA1K3XYZ0A",
        "91310000ma1k3xyz0a",
        "华瑞（上海）有限公司",
        "华瑞(上海) 有限公司",
        "HUARUI LTD",
    ],
)
def test_a_customer_is_found_by_number_then_credit_code_then_exact_name(clerk: User, ref: str) -> None:
    customer = create_active_customer(
        number="C1", name="华瑞（上海）有限公司", name_en="Huarui Ltd", uscc="91310000MA1K3XYZ0A"
    )
    report = committed(clerk, item(ref))
    assert report.items.get().customer == customer


def test_a_number_goes_before_the_name_of_another_customer(clerk: User) -> None:
    mine = create_active_customer(number="Galaxy", name="银河")
    create_active_customer(number="C2", name="Galaxy")
    assert committed(clerk, item("Galaxy")).items.get().customer == mine


def test_the_name_column_helps_where_the_number_is_not_ours(clerk: User, c1: Customer) -> None:
    report = checked(clerk, item("ERP-77", name="Huarui Ltd"))
    assert report.reading["matched_by_name"] == 1
    assert uploads.commit_report(report=report, by=clerk).items.get().customer == c1


def test_a_name_that_two_customers_carry_is_an_error(clerk: User) -> None:
    create_active_customer(number="C1", name="华瑞")
    create_active_customer(number="C2", name="华 瑞")
    assert messages_of(checked(clerk, item("华瑞"))) == [(2, HEADER[0], "华瑞", "ambiguous_customer")]


def test_one_customer_under_two_names_may_not_have_the_same_item_twice(clerk: User, c1: Customer) -> None:
    report = checked(clerk, item("C1"), item("Huarui Ltd"), item("Huarui Ltd", "INV-2"))
    assert messages_of(report) == [(3, HEADER[0], "Huarui Ltd", "customer_item_twice")]
    assert "row 2" in str(uploads_error_text(report))


def uploads_error_text(report: Report) -> str:
    from receivables.row_errors import error_text

    error = report.row_errors.get()
    return error_text(error)


def test_unknown_customers_are_created_at_commit_and_await_their_first_review(clerk: User) -> None:
    report = checked(
        clerk,
        item("N1", "A", name="新公司"),
        item("N1", "B", name="新公司"),
        item("N2", "C", currency="USD"),
        create_customers=True,
    )
    assert report.reading["new_customers"] == [["N1", "新公司"], ["N2", "N2"]]
    assert not Customer.objects.exists()
    uploads.commit_report(report=report, by=clerk)
    n1, n2 = Customer.objects.order_by("number")
    assert (n1.name, n1.state, n1.is_onboarded, n1.reviewed_on) == (
        "新公司",
        CustomerState.ACTIVE,
        True,
        None,
    )
    assert (n2.name, n1.currency, n2.currency) == ("N2", "CNY", "USD")
    assert list(report.items.order_by("row_number").values_list("customer", flat=True)) == [
        n1.pk,
        n1.pk,
        n2.pk,
    ]


@pytest.mark.parametrize(("ref", "name"), [("A/B", ""), ("new", ""), ("9" * 31, ""), ("N1", "长" * 201)])
def test_what_cannot_be_a_customer_is_not_created(clerk: User, ref: str, name: str) -> None:
    report = checked(clerk, item(ref, name=name), create_customers=True)
    assert report.state == ReportState.REFUSED
    assert not Customer.objects.exists()


def test_the_check_costs_the_same_queries_for_one_customer_and_for_three_hundred(clerk: User) -> None:
    for number in range(300):
        create_active_customer(number=f"C{number}")
    few = take_in(clerk, item("C1"))
    many = take_in(clerk, *(item(f"C{number}") for number in range(300)))
    counts = []
    for report in (few, many):
        with CaptureQueriesContext(connection) as queries:
            uploads.check_report(report=report, by=clerk)
        counts.append(len(queries))
    assert counts[0] == counts[1]


# Committing -----------------------------------------------------------------------------------------------------


def test_a_commit_loads_every_row_exactly(clerk: User, c1: Customer) -> None:
    header = (*HEADER, "Amount", "Contract No.", "Remarks")
    text = 'a,b "quoted" \\N \\. ; 注'
    rows = [
        (*item(document="A", amount="9999999999999.99"), "10000000000000.00", "HT-1", text),
        (*item(document="B", amount="-0.01", document_on=""), "-5.00", "", ""),
    ]
    report = uploads.upload_report(
        file=csv_file(rows, header=header), file_name="x.csv", as_of=MAY, today=MAY, by=clerk
    )
    uploads.check_report(report=report, by=clerk)
    uploads.commit_report(report=report, by=clerk)
    first, second = report.items.order_by("row_number")
    assert (first.row_number, first.document, first.contract_number, first.description) == (
        2,
        "A",
        "HT-1",
        text,
    )
    assert (first.amount, first.open_amount) == (Decimal("10000000000000.00"), Decimal("9999999999999.99"))
    assert (first.document_on, first.due_on) == (dt.date(2026, 5, 1), dt.date(2026, 5, 31))
    assert (second.document_on, second.amount, second.open_amount) == (
        None,
        Decimal("-5.00"),
        Decimal("-0.01"),
    )
    assert (second.contract_number, second.description) == ("", "")


def test_a_commit_names_its_policy_its_person_and_its_time(clerk: User, c1: Customer) -> None:
    report = committed(clerk, item())
    assert (report.state, report.committed_by) == (ReportState.COMMITTED, clerk)
    assert report.policy_version is not None
    assert report.policy_version.number == 1
    assert report.committed_at is not None


def test_committing_twice_is_committing_once(clerk: User, c1: Customer) -> None:
    report = committed(clerk, item())
    assert uploads.commit_report(report=report, by=clerk) == report
    assert report.items.count() == 1


def test_a_corrected_report_supersedes_and_the_old_one_stays_readable(clerk: User, c1: Customer) -> None:
    old = committed(clerk, item(amount="100.00"))
    new = committed(clerk, item(amount="90.00"))
    old.refresh_from_db()
    assert (old.state, new.state, new.supersedes) == (ReportState.SUPERSEDED, ReportState.COMMITTED, old)
    assert old.items.get().open_amount == Decimal("100.00")
    assert old.aging_sums.get().total_amount == Decimal("100.00")


def test_a_report_as_of_another_date_supersedes_nothing(clerk: User, c1: Customer) -> None:
    may = committed(clerk, item())
    june = committed(clerk, item(), as_of=JUNE)
    may.refresh_from_db()
    assert (may.state, june.supersedes) == (ReportState.COMMITTED, None)


def test_a_failing_commit_leaves_nothing_behind(
    clerk: User, c1: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = committed(clerk, item(amount="1.00"))
    report = checked(clerk, item("N1"), create_customers=True)

    def fail(*args: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(loading, "store_sums", fail)
    with pytest.raises(DatabaseError), transaction.atomic():
        uploads.commit_report(report=report, by=clerk)
    old.refresh_from_db()
    report.refresh_from_db()
    assert (old.state, report.state) == (ReportState.COMMITTED, ReportState.CHECKED)
    assert not report.items.exists()
    assert not Customer.objects.filter(number="N1").exists()


def test_checked_rows_that_were_changed_in_the_storage_are_not_committed(clerk: User, c1: Customer) -> None:
    report = checked(clerk, item())
    default_storage.delete(report.lines.name)
    default_storage.save(report.lines.name, ContentFile(b"other rows"))
    with pytest.raises(ConflictError, match="damaged"):
        uploads.commit_report(report=report, by=clerk)


def test_a_customer_who_became_ambiguous_since_the_check_stops_the_commit(clerk: User, c1: Customer) -> None:
    report = checked(clerk, item("Huarui Ltd"))
    create_active_customer(number="C2", name="HUARUI LTD")
    with pytest.raises(ConflictError, match="changed since the check"):
        uploads.commit_report(report=report, by=clerk)


def test_the_checked_rows_are_removed_once_they_are_loaded_and_the_file_stays(
    clerk: User, c1: Customer, django_capture_on_commit_callbacks: Any
) -> None:
    report = checked(clerk, item())
    name = report.lines.name
    assert default_storage.exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        uploads.commit_report(report=report, by=clerk)
    assert not default_storage.exists(name)
    assert default_storage.exists(report.file.name)


def test_the_database_refuses_to_change_items_sums_and_to_delete_reports(clerk: User, c1: Customer) -> None:
    report = committed(clerk, item())
    for query in (report.items.all(), report.aging_sums.all(), report.aging_totals.all()):
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            query.update(currency="USD")
    with (
        pytest.raises(DatabaseError, match="Cannot delete"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM receivables_report WHERE id = %s", [report.pk])


def test_a_customer_with_items_cannot_be_deleted(clerk: User, c1: Customer) -> None:
    """Neither items nor their sums hold a checked key: the file itself refuses."""
    committed(clerk, item())
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match="Cannot delete"):
        cursor.execute("DELETE FROM customers_customer WHERE id = %s", [c1.pk])


def test_the_history_names_who_uploaded_and_who_committed(clerk: User, c1: Customer) -> None:
    report = committed(clerk, item())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.state, c.metadata FROM receivables_reportevent e JOIN pghistory_context c"
            " ON c.id = e.pgh_context_id WHERE e.pgh_obj_id = %s ORDER BY e.pgh_id",
            [report.pk],
        )
        rows = cursor.fetchall()
    states = [state for state, _metadata in rows]
    assert states == ["uploaded", "checked", "committed"]
    assert {
        json.loads(metadata)["user"] if isinstance(metadata, str) else metadata["user"]
        for _s, metadata in rows
    } == {clerk.pk}


# Discarding -----------------------------------------------------------------------------------------------------


def test_discarding_twice_is_discarding_once_and_the_file_stays(clerk: User, c1: Customer) -> None:
    report = checked(clerk, item())
    uploads.discard_report(report=report, by=clerk)
    report = uploads.discard_report(report=report, by=clerk)
    assert report.state == ReportState.DISCARDED
    assert default_storage.exists(report.file.name)


# States and roles -----------------------------------------------------------------------------------------------

COMMIT_CODES = {
    ReportState.UPLOADED: "report.not_checked",
    ReportState.CHECKED: None,
    ReportState.REFUSED: "report.refused",
    ReportState.COMMITTED: "report.committed",
    ReportState.SUPERSEDED: "report.superseded",
    ReportState.DISCARDED: "report.discarded",
}
DISCARD_CODES = {
    ReportState.UPLOADED: None,
    ReportState.CHECKED: None,
    ReportState.REFUSED: None,
    ReportState.COMMITTED: "report.committed",
    ReportState.SUPERSEDED: "report.superseded",
    ReportState.DISCARDED: "report.discarded",
}


def code_of(refusal: BusinessError | None) -> str | None:
    return refusal.code if refusal else None


@pytest.mark.parametrize("state", ReportState)
@pytest.mark.parametrize("role", Role)
def test_what_may_be_done_in_every_state_by_every_role(role: Role, state: ReportState) -> None:
    person, report = create_user(role), Report(state=state)
    if role in permissions.UPLOADERS:
        expected = (COMMIT_CODES[state], DISCARD_CODES[state])
    else:
        expected = ("report.upload_not_allowed",) * 2
    found = (permissions.commit_refusal(person, report), permissions.discard_refusal(person, report))
    assert tuple(map(code_of, found)) == expected


@pytest.mark.parametrize(
    "state", [ReportState.UPLOADED, ReportState.REFUSED, ReportState.DISCARDED, ReportState.SUPERSEDED]
)
def test_only_a_checked_upload_is_committed(clerk: User, state: ReportState) -> None:
    report = take_in(clerk, item("C9"))
    if state == ReportState.REFUSED:
        uploads.check_report(report=report, by=clerk)
    elif state == ReportState.DISCARDED:
        uploads.discard_report(report=report, by=clerk)
    elif state == ReportState.SUPERSEDED:
        create_active_customer(number="C9")
        uploads.check_report(report=report, by=clerk)
        uploads.commit_report(report=report, by=clerk)
        committed(clerk, item("C9", amount="1"))
    with pytest.raises(ConflictError) as refused:
        uploads.commit_report(report=report, by=clerk)
    assert refused.value.code == COMMIT_CODES[state]


def test_a_committed_report_is_not_discarded(clerk: User, c1: Customer) -> None:
    with pytest.raises(ConflictError, match="supersedes"):
        uploads.discard_report(report=committed(clerk, item()), by=clerk)


def test_who_lost_the_role_no_longer_commits_or_discards(clerk: User, c1: Customer) -> None:
    report = checked(clerk, item())
    clerk.role_assignments.all().delete()
    former = User.objects.get(pk=clerk.pk)
    for act in (uploads.commit_report, uploads.discard_report):
        with pytest.raises(NotAllowedError):
            act(report=report, by=former)
