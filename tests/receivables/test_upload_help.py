"""What helps with a file that is not understood at once: columns, unknown names, wrong rows, a long check (P3.4)."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Sequence
from typing import Any

import openpyxl
import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import ConflictError, InvalidInputError, NotAllowedError
from customers.models import Customer
from receivables.models import ColumnMapping, OpenItem, Report, ReportState
from receivables.reading.choices import Choices
from receivables.reading.reader import read_report
from receivables.selectors.column_mappings import mapping_of
from receivables.selectors.unknown_customers import unknown_customers_of, with_suggestions
from receivables.services import column_choices, corrections, progress, uploads
from receivables.services.imports import import_report
from receivables.services.unknown_customers import CREATE, resolve_customers
from receivables.tasks import check_upload
from tests.factories.customers import create_active_customer
from tests.factories.people import create_user

pytestmark = pytest.mark.django_db
MAY = dt.date(2026, 5, 31)
TODAY = dt.date(2026, 11, 26)
HEAD = ("Customer No.", "Invoice No.", "Due date", "Open amount")
GERMAN = ("Kd.", "Beleg", "Fällig", "Offen")
CHOSEN = Choices(
    columns={"0": "customer_ref", "1": "document", "2": "due_on", "3": "open_amount"},
    header_row=1,
    day_order="dmy",
    decimal_mark=",",
)
Row = Sequence[str]


@pytest.fixture
def clerk() -> User:
    create_active_customer(number="C1", name="Shanghai First Trading Co., Ltd.")
    return create_user(Role.FINANCE_CLERK)


@pytest.fixture
def client(clerk: User) -> Client:
    client = Client()
    client.force_login(clerk)
    return client


def content(head: Row, rows: Iterable[Row]) -> bytes:
    return "\n".join(";".join(row) for row in [head, *rows]).encode()


def checked(
    clerk: User,
    head: Row,
    *rows: Row,
    as_of: dt.date = MAY,
    kind: str = "open_items",
    name: str = "liste.csv",
) -> Report:
    file = ContentFile(content(head, rows), name=name)
    report = uploads.upload_report(file=file, file_name=name, as_of=as_of, today=TODAY, kind=kind, by=clerk)
    return uploads.check_report(report=report, by=clerk)


def url(name: str, report: Report) -> str:
    return reverse(f"receivables:{name}", args=[report.number])


def text(response: Any) -> str:
    return str(response.content.decode())


# Columns


def test_columns_are_chosen_and_remembered_for_the_next_file(clerk: User) -> None:
    report = checked(clerk, GERMAN, ("C1", "I1", "03/04/2026", "1.234,50"))
    assert report.refusal["code"] == "no_header"
    report = column_choices.choose_reading(report=report, choices=CHOSEN, remember_as="German list", by=clerk)
    assert (report.state, report.totals) == (ReportState.CHECKED, {"CNY": "1234.50"})
    assert str(ColumnMapping.objects.get()) == "German list"
    later = checked(clerk, GERMAN, ("C1", "I2", "03/04/2026", "2,5"), as_of=dt.date(2026, 6, 30))
    assert (later.state, later.totals) == (ReportState.CHECKED, {"CNY": "2.50"})
    assert later.reading["day_order"] == "dmy"
    assert mapping_of(later) == ColumnMapping.objects.get()
    column_choices.forget_mapping(mapping=ColumnMapping.objects.get(), by=clerk)
    assert mapping_of(later) is None
    assert (
        checked(clerk, GERMAN, ("C1", "I3", "03/04/2026", "2,5"), as_of=dt.date(2026, 7, 31)).state
        == ReportState.REFUSED
    )


def test_the_same_shape_keeps_one_mapping_and_a_name_is_taken_once(clerk: User) -> None:
    report = checked(clerk, GERMAN, ("C1", "I1", "03/04/2026", "1.234,50"))
    for name in ("first", "second"):
        report = column_choices.choose_reading(report=report, choices=CHOSEN, remember_as=name, by=clerk)
    assert [mapping.name for mapping in ColumnMapping.objects.all()] == ["second"]
    other = checked(clerk, (*GERMAN, "Text"), ("C1", "I1", "03/04/2026", "1,50", "x"))
    with pytest.raises(InvalidInputError, match="choose another name"):
        column_choices.choose_reading(report=other, choices=CHOSEN, remember_as="second", by=clerk)


def test_a_choice_that_does_not_do_is_not_remembered(clerk: User) -> None:
    report = checked(clerk, GERMAN, ("C1", "I1", "03/04/2026", "1.234,50"))
    bad = Choices(columns={"0": "customer_ref"}, header_row=1)
    report = column_choices.choose_reading(report=report, choices=bad, remember_as="bad", by=clerk)
    assert report.refusal["code"] == "missing_columns"
    assert not ColumnMapping.objects.exists()
    with pytest.raises(InvalidInputError, match="files of this kind do not have"):
        column_choices.choose_reading(report=report, choices=Choices(columns={"0": "paid_on"}), by=clerk)


def test_the_same_file_uploaded_again_meanwhile_is_read_once(client: Client, clerk: User) -> None:
    """Both were refused, so both were taken; the columns of one are chosen, then those of the other."""
    row = ("C1", "I1", "03/04/2026", "1.234,50")
    first, second = checked(clerk, GERMAN, row), checked(clerk, GERMAN, row)
    second = column_choices.choose_reading(report=second, choices=CHOSEN, by=clerk)
    assert second.state == ReportState.CHECKED
    with pytest.raises(InvalidInputError, match=f"This file waits already, as {second.number}"):
        column_choices.choose_reading(report=first, choices=CHOSEN, by=clerk)
    again = column_choices.choose_reading(report=second, choices=CHOSEN, by=clerk)
    assert again.state == ReportState.CHECKED
    fields = {
        "header_row": "1",
        "encoding": "utf-8",
        "remember_as": "",
        "day_order": "dmy",
        "decimal_mark": ",",
    }
    fields |= {f"column_{index}": field for index, field in CHOSEN.columns.items()}
    assert "This file waits already" in text(client.post(url("upload_columns", first), fields))


def test_columns_are_chosen_by_finance_and_before_the_commit(clerk: User) -> None:
    report = checked(clerk, HEAD, ("C1", "I1", "2026-04-03", "1"))
    with pytest.raises(NotAllowedError):
        column_choices.choose_reading(report=report, choices=CHOSEN, by=create_user(Role.ACCOUNT_MANAGER))
    with pytest.raises(NotAllowedError):
        column_choices.forget_mapping(mapping=ColumnMapping(pk=1), by=create_user(Role.ACCOUNT_MANAGER))
    uploads.commit_report(report=report, by=clerk)
    with pytest.raises(ConflictError):
        column_choices.choose_reading(report=report, choices=CHOSEN, by=clerk)


def test_a_checked_file_is_read_another_way_and_committed_so(clerk: User) -> None:
    head = (*HEAD, "Invoice amount")
    report = checked(clerk, head, ("C1", "I1", "2026-04-03", "1", "5"))
    swapped = Choices(
        columns={"0": "customer_ref", "1": "document", "2": "due_on", "4": "open_amount"}, header_row=1
    )
    report = column_choices.choose_reading(report=report, choices=swapped, by=clerk)
    uploads.commit_report(report=report, by=clerk)
    assert [item.open_amount for item in OpenItem.objects.all()] == [5]


def test_a_mapping_is_named_on_the_command_line(clerk: User, tmp_path: Any) -> None:
    from django.core.management import call_command

    report = checked(clerk, GERMAN, ("C1", "I1", "03/04/2026", "1.234,50"))
    column_choices.choose_reading(report=report, choices=CHOSEN, remember_as="German list", by=clerk)
    path = tmp_path / "x.csv"
    path.write_bytes(content(GERMAN, [("C1", "I9", "03/04/2026", "7,50")]))
    call_command("import_aging", str(path), "--as-of", "2026-06-30", "--mapping", "German list")
    assert OpenItem.objects.get().open_amount * 2 == 15
    for mapping, kind in (("nobody", "open_items"), ("German list", "ledger")):
        with pytest.raises(SystemExit) as stop:
            call_command(
                "import_aging", str(path), "--as-of", "2026-06-30", "--mapping", mapping, "--kind", kind
            )
        assert stop.value.code == 2


def test_the_page_shows_the_rows_and_takes_the_choice(client: Client, clerk: User) -> None:
    report = checked(clerk, GERMAN, ("C1", "I1", "03/04/2026", "1.234,50"))
    assert url("upload_columns", report) in text(client.get(url("upload_detail", report)))
    page = text(client.get(url("upload_columns", report)))
    assert "Fällig" in page
    assert "1.234,50" in page
    fields = {
        "header_row": "1",
        "encoding": "utf-8",
        "day_order": "dmy",
        "decimal_mark": ",",
        "remember_as": "G",
    }
    fields |= {f"column_{index}": field for index, field in enumerate(CHOSEN.columns.values())}
    response = client.post(url("upload_columns", report), fields)
    assert response.status_code == 302
    report.refresh_from_db()
    assert report.state == ReportState.CHECKED
    page = text(client.get(url("upload_columns", report)))
    assert '<option value="due_on" selected>' in page
    response = client.post(url("upload_columns", report), fields | {"column_0": "nonsense"})
    assert response.status_code == 200
    response = client.post(url("upload_columns", report), fields | {"column_9": "x"})
    assert "does not have" in text(response)


def test_the_page_tells_the_mapping_and_forgets_it(client: Client, clerk: User) -> None:
    first = checked(clerk, GERMAN, ("C1", "I1", "03/04/2026", "1,50"))
    column_choices.choose_reading(report=first, choices=CHOSEN, remember_as="G", by=clerk)
    later = checked(clerk, GERMAN, ("C1", "I2", "03/04/2026", "2,5"), as_of=dt.date(2026, 6, 30))
    page = text(client.get(later.get_absolute_url()))
    assert "Read by the mapping “G”" in page
    assert "day first" in page
    assert client.post(url("upload_forget", later)).status_code == 302
    assert "Read by the mapping" not in text(client.get(later.get_absolute_url()))
    assert client.post(url("upload_forget", later)).status_code == 302


def test_the_page_shows_another_sheet_row_and_encoding(client: Client, clerk: User) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Cover"
    book.active.append(["Nothing here"])
    sheet = book.create_sheet("Data")
    for row in (["Title"], list(GERMAN), ["C1", "I1", "2026-04-03", 12.5]):
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    report = uploads.upload_report(
        file=ContentFile(file.getvalue(), name="x.xlsx"), file_name="x.xlsx", as_of=MAY, today=TODAY, by=clerk
    )
    report = uploads.check_report(report=report, by=clerk)
    assert report.refusal["code"] == "no_header"
    page = text(client.get(url("upload_columns", report), {"sheet": "Data", "header_row": "2"}))
    assert "Beleg" in page
    fields = {"sheet": "Data", "header_row": "2", "day_order": "", "decimal_mark": "", "remember_as": ""}
    fields |= {f"column_{index}": field for index, field in enumerate(CHOSEN.columns.values())}
    assert client.post(url("upload_columns", report), fields).status_code == 302
    report.refresh_from_db()
    assert report.totals == {"CNY": "12.50"}
    mojibake = checked(clerk, ("客户",), ("甲",))
    Report.objects.filter(pk=mojibake.pk).update(state=ReportState.REFUSED)
    assert "甲" in text(client.get(url("upload_columns", mojibake), {"encoding": "utf-8"}))
    refused = client.get(url("upload_columns", mojibake), {"encoding": "utf-16-le"})
    assert refused.status_code == 200


def test_a_file_that_cannot_be_opened_has_no_columns_to_choose(client: Client, clerk: User) -> None:
    file = ContentFile(b"<html>log in</html>", name="x.xlsx")
    report = uploads.upload_report(file=file, file_name="x.xlsx", as_of=MAY, today=TODAY, by=clerk)
    uploads.check_report(report=report, by=clerk)
    with pytest.raises(InvalidInputError) as refused:
        column_choices.preview_of(report, choices=Choices())
    assert "web page" in str(refused.value)
    assert "web page" in text(client.get(url("upload_columns", report)))


def test_a_remembered_name_that_is_taken_is_said_beside_the_field(client: Client, clerk: User) -> None:
    first = checked(clerk, GERMAN, ("C1", "I1", "03/04/2026", "1,50"))
    column_choices.choose_reading(report=first, choices=CHOSEN, remember_as="G", by=clerk)
    other = checked(clerk, (*GERMAN, "Text"), ("C1", "I1", "03/04/2026", "1,50", "x"))
    fields = {
        "header_row": "1",
        "encoding": "utf-8",
        "day_order": "dmy",
        "decimal_mark": ",",
        "remember_as": "G",
    }
    fields |= {f"column_{index}": field for index, field in enumerate([*CHOSEN.columns.values(), ""])}
    assert "choose another name" in text(client.post(url("upload_columns", other), fields))


# Unknown customers


def test_an_unknown_name_becomes_an_alias_or_a_file(clerk: User) -> None:
    rows = [("Shanghai First Trading", "I1", "2026-04-03", "1"), ("Shanghai First Trading", "I2", "2026-04-03", "1"),
            ("N7", "I3", "2026-04-03", "1"), ("C1", "I4", "2026-04-03", "1")]  # fmt: skip
    report = checked(clerk, HEAD, *rows)
    unknown = with_suggestions(unknown_customers_of(report))
    assert [(one.ref, one.row, one.rows, [c.number for c in one.suggestions]) for one in unknown] == [
        ("Shanghai First Trading", 2, 2, ["C1"]),
        ("N7", 4, 1, []),
    ]
    report = resolve_customers(
        report=report, decisions={"Shanghai First Trading": "C1", "N7": CREATE}, by=clerk
    )
    assert report.state == ReportState.CHECKED
    assert Customer.objects.get(number="N7").is_onboarded
    uploads.commit_report(report=report, by=clerk)
    assert sorted(OpenItem.objects.values_list("customer__number", flat=True)) == ["C1", "C1", "C1", "N7"]


@pytest.mark.parametrize(
    ("decisions", "message"),
    [({}, "at least one"), ({"N8": CREATE}, "not unknown"), ({"N7": "C99"}, "No customer has the number")],
)
def test_decisions_that_cannot_be(clerk: User, decisions: dict[str, str], message: str) -> None:
    report = checked(clerk, HEAD, ("N7", "I3", "2026-04-03", "1"))
    with pytest.raises(InvalidInputError, match=message):
        resolve_customers(report=report, decisions=decisions, by=clerk)
    assert report.state == ReportState.REFUSED


def test_only_finance_resolves_and_only_a_refused_upload(clerk: User) -> None:
    report = checked(clerk, HEAD, ("C1", "I3", "2026-04-03", "1"))
    with pytest.raises(NotAllowedError):
        resolve_customers(report=report, decisions={"N7": CREATE}, by=create_user(Role.ACCOUNT_MANAGER))
    with pytest.raises(ConflictError):
        resolve_customers(report=report, decisions={"N7": CREATE}, by=clerk)


def test_the_page_asks_whom_each_name_means(client: Client, clerk: User) -> None:
    report = checked(
        clerk, HEAD, ("Shanghai First Trading", "I1", "2026-04-03", "1"), ("N7", "I3", "2026-04-03", "1")
    )
    page = text(client.get(url("upload_detail", report)))
    assert "alias of" in page
    fields = {"decision_0": "C1", "number_0": "", "decision_1": "", "number_1": "C1"}
    assert client.post(url("upload_customers", report), fields).status_code == 302
    report.refresh_from_db()
    assert report.state == ReportState.CHECKED


# Wrong rows


def rows_of(response: Any) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    return [
        tuple(cell if cell is not None else "" for cell in row)
        for row in book.active.iter_rows(values_only=True)
    ]


def xlsx(rows: Iterable[Sequence[Any]]) -> SimpleUploadedFile:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return SimpleUploadedFile("corrected.xlsx", file.getvalue())


WRONG = [
    ("C1", "I1", "2026-04-03", "1"),
    ("C1", "I2", "2026-02-31", "2"),
    ("C1", "-I3", "2026-04-03", "x"),
    ("合计", "", "", "6"),
]


def test_wrong_rows_are_downloaded_corrected_and_go_back_into_their_place(
    client: Client, clerk: User
) -> None:
    report = checked(clerk, HEAD, *WRONG)
    assert report.rejected == 2
    wrong = rows_of(client.get(url("upload_rows", report)))
    assert wrong[0] == ("Row", *HEAD, "What to do")
    assert [row[:5] for row in wrong[1:]] == [
        ("3", "C1", "I2", "2026-02-31", "2"),
        ("4", "C1", "'-I3", "2026-04-03", "x"),
    ]
    assert "31" in wrong[1][5]
    whole = rows_of(client.get(url("upload_rows", report) + "?whole=1"))
    assert len(whole) == 5
    assert whole[1][-1] == ""
    corrected = [wrong[0], (*wrong[1][:3], "2026-02-28", *wrong[1][4:]), (*wrong[2][:4], "3", wrong[2][5])]
    response = client.post(url("upload_correct", report), {"file": xlsx(corrected)})
    assert response.status_code == 302
    new = Report.objects.exclude(pk=report.pk).get()
    report.refresh_from_db()
    assert (report.state, new.corrects, new.state) == (ReportState.DISCARDED, report, ReportState.CHECKED)
    assert new.totals == {"CNY": "6.00"}
    assert new.reading["total_rows"][0]["agrees"]
    assert new.file_name == "liste-corrected.csv"
    assert report.number in text(client.get(new.get_absolute_url()))
    uploads.commit_report(report=new, by=clerk)
    assert sorted(OpenItem.objects.values_list("document", flat=True)) == ["-I3", "I1", "I2"]


def test_one_of_two_wrong_rows_corrected_leaves_the_other(clerk: User) -> None:
    report = checked(clerk, HEAD, *WRONG)
    blank = ("",) * 6
    given = ContentFile(
        content(("Row", *HEAD, "?"), [("3", "C1", "I2", "2026-02-28", "2", ""), blank, blank])
    )
    new = corrections.correct_rows(report=report, file=given, by=clerk)
    assert (new.state, new.rejected) == (ReportState.REFUSED, 1)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("Row", *HEAD), (2, "C1", "I1", "2026-04-03", 1)], "not the number of a row with an error"),
        ([("Row", *HEAD), ("x", "C1", "I1", "2026-04-03", 1)], "not the number of a row with an error"),
        ([("Row", *HEAD), ("", "", "", "", "")], "no corrected rows"),
    ],
)
def test_corrections_that_are_none(clerk: User, rows: list[tuple[Any, ...]], message: str) -> None:
    report = checked(clerk, HEAD, *WRONG)
    with pytest.raises(InvalidInputError, match=message):
        corrections.correct_rows(report=report, file=ContentFile(xlsx(rows).read(), name="x.xlsx"), by=clerk)
    assert Report.objects.get().state == ReportState.REFUSED


def test_a_file_of_corrections_that_cannot_be_read(clerk: User, client: Client) -> None:
    report = checked(clerk, HEAD, *WRONG)
    with pytest.raises(InvalidInputError, match="web page"):
        corrections.correct_rows(report=report, file=ContentFile(b"<html></html>", name="x.xlsx"), by=clerk)
    assert client.post(url("upload_correct", report), {}).status_code >= 400


def test_only_finance_corrects_and_only_wrong_rows(clerk: User, client: Client) -> None:
    good = checked(clerk, HEAD, ("C1", "I1", "2026-04-03", "1"))
    file = ContentFile(b"x", name="x.csv")
    with pytest.raises(NotAllowedError):
        corrections.correct_rows(report=good, file=file, by=create_user(Role.ACCOUNT_MANAGER))
    with pytest.raises(ConflictError):
        corrections.correct_rows(report=good, file=file, by=clerk)
    assert client.get(url("upload_rows", good)).status_code == 404


# A long check


def test_a_check_tells_how_far_it_is_and_is_stopped(clerk: User, monkeypatch: pytest.MonkeyPatch) -> None:
    file = ContentFile(content(HEAD, [("C1", "I1", "2026-04-03", "1")]), name="x.csv")
    report = uploads.upload_report(file=file, file_name="x.csv", as_of=MAY, today=TODAY, by=clerk)
    told: list[int] = []
    monkeypatch.setattr(uploads, "note_progress", lambda _report, pct: told.append(pct))
    uploads.check_report(report=report, by=clerk)
    assert told[-1] == progress.STORING_PCT
    monkeypatch.undo()
    progress.note_progress(report, 40)
    assert progress.progress_of(report) == 40
    progress.ask_to_stop(report)
    with pytest.raises(progress.CheckStopped):
        progress.note_progress(report, 41)
    progress.forget_progress(report)
    assert progress.progress_of(report) == 0


def test_a_stopped_check_discards_the_upload(clerk: User) -> None:
    file = ContentFile(content(HEAD, [("C1", "I1", "2026-04-03", "1")]), name="x.csv")
    report = uploads.upload_report(file=file, file_name="x.csv", as_of=MAY, today=TODAY, by=clerk)
    progress.ask_to_stop(report)
    report = uploads.check_report(report=report, by=clerk, announce=True)
    assert report.state == ReportState.DISCARDED
    assert not clerk.notifications.exists() if hasattr(clerk, "notifications") else True
    assert progress.progress_of(report) == 0


def test_the_child_is_ended_when_its_reading_is_stopped(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from receivables.reading import reader

    monkeypatch.setattr(reader, "_PAUSE", 0.01)
    path = tmp_path / "x.csv"
    path.write_bytes(content(HEAD, [("C1", f"I{number}", "2026-04-03", "1") for number in range(20_000)]))
    told: list[int] = []

    def stop(pct: int) -> None:
        told.append(pct)
        raise progress.CheckStopped

    with pytest.raises(progress.CheckStopped):
        read_report(path, file_name="x", default_currency="CNY", as_of=MAY, on_progress=stop)
    assert told == [0]
    heard: list[int] = []
    report = read_report(path, file_name="x", default_currency="CNY", as_of=MAY, on_progress=heard.append)
    assert report.rows == 20_000
    assert sorted(heard) == heard


# What a checked file changes


def test_a_checked_file_is_compared_with_the_report_before(
    client: Client, clerk: User, tmp_path: Any
) -> None:
    """April: I1 100, I2 50, credit -10. May: I1 60 (40 paid), I2 gone (50 paid), I3 new 30, the credit grown to -15:
    150 − 10 + 30 − 90 − 5 = 75."""
    path = tmp_path / "april.csv"
    path.write_bytes(
        content(
            HEAD,
            [
                ("C1", "I1", "2026-04-03", "100"),
                ("C1", "I2", "2026-04-03", "50"),
                ("C1", "CN", "2026-04-03", "-10"),
            ],
        )
    )
    import_report(path=path, file_name="a.csv", as_of=dt.date(2026, 4, 30), today=TODAY, by=None)
    report = checked(
        clerk,
        HEAD,
        ("C1", "I1", "2026-04-03", "60"),
        ("C1", "I3", "2026-06-03", "30"),
        ("C1", "CN", "2026-04-03", "-15"),
    )
    (bridge,) = report.reading["difference"]["bridges"]
    assert bridge == {
        "currency": "CNY", "opening_amount": "140.00", "invoiced_amount": "30.00", "paid_amount": "90.00",
        "other_amount": "-5.00", "closing_amount": "75.00",
    }  # fmt: skip
    assert [(one["change"], one["items"], one["amount"]) for one in report.reading["difference"]["changes"]] == [
        ("new", 1, "30.00"), ("paid", 1, "-50.00"), ("part_paid", 2, "-45.00"),
    ]  # fmt: skip
    page = text(client.get(report.get_absolute_url()))
    assert "Since the report before" in page
    assert "paid or credited" in page


# Long files


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The uploads that were left to the worker."""
    queued: list[int] = []
    monkeypatch.setattr(check_upload, "delay", queued.append)
    return queued


def test_a_long_file_is_read_again_by_the_worker(
    client: Client, clerk: User, queued: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Columns, the customers of unknown names, corrected rows, a second check: none of them holds up the page."""
    german = checked(clerk, GERMAN, ("C1", "I1", "03/04/2026", "1.234,50"))
    unknown = checked(clerk, HEAD, ("N7", "I2", "2026-04-03", "1"))
    again = checked(clerk, HEAD, ("C9", "I3", "2026-04-03", "1"))
    wrong = checked(clerk, HEAD, *WRONG)
    rows = rows_of(client.get(url("upload_rows", wrong)))
    corrected = [rows[0], (*rows[1][:3], "2026-02-28", *rows[1][4:]), (*rows[2][:4], "3", rows[2][5])]
    monkeypatch.setattr(uploads, "CHECK_AT_ONCE_BYTES", 0)
    fields = {"header_row": "1", "encoding": "utf-8", "remember_as": "German list",
              "day_order": "dmy", "decimal_mark": ","}  # fmt: skip
    fields |= {f"column_{index}": field for index, field in CHOSEN.columns.items()}
    client.post(url("upload_columns", german), fields)
    client.post(url("upload_customers", unknown), {"decision_0": CREATE, "number_0": ""})
    client.post(url("upload_check", again), {"create_customers": "on"})
    client.post(url("upload_correct", wrong), {"file": xlsx(corrected)})
    merged = Report.objects.get(corrects=wrong)
    waiting = [german, unknown, again, merged]
    assert queued == [report.pk for report in waiting]
    for report in waiting:
        report.refresh_from_db()
        assert (report.state, report.refusal, report.reading) == (ReportState.UPLOADED, {}, {})
        assert not report.row_errors.exists()
        check_upload(report.pk)
        report.refresh_from_db()
        assert report.state == ReportState.CHECKED
    assert german.totals == {"CNY": "1234.50"}
    monkeypatch.undo()
    later = checked(clerk, GERMAN, ("C1", "I2", "03/04/2026", "2,5"), as_of=dt.date(2026, 6, 30))
    assert mapping_of(later) == ColumnMapping.objects.get(name="German list")
