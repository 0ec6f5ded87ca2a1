"""The upload pages, through the real middleware."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from kombu.exceptions import OperationalError as BrokerError

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import ConflictError
from receivables import tasks
from receivables.forms.uploads import UploadForm, usual_as_of
from receivables.models import Report, ReportState
from receivables.services import uploads
from tests.factories.customers import create_active_customer
from tests.factories.people import create_user
from tests.factories.reports import create_report
from tests.receivables.files import Row, csv_bytes, item

pytestmark = pytest.mark.django_db
LIST, NEW = "/receivables/uploads/", "/receivables/uploads/new/"
MAY = "2026-05-31"
MAX_QUERIES = 13


@pytest.fixture
def clerk() -> User:
    create_active_customer(number="C1")
    return create_user(Role.FINANCE_CLERK)


@pytest.fixture
def client(clerk: User) -> Client:
    return as_(clerk)


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


def fields(*rows: Row, name: str = "items.csv", **more: Any) -> dict[str, Any]:
    file = SimpleUploadedFile(name, csv_bytes(rows), "text/csv")
    return {"file": file, "kind": "open_items", "as_of": MAY, "submission_key": str(uuid4()), **more}


def url(name: str, report: Report) -> str:
    return reverse(f"receivables:{name}", args=[report.number])


def uploaded(client: Client, *rows: Row, **more: Any) -> Report:
    """Return the report of a file sent by the form."""
    response = client.post(NEW, fields(*rows, **more))
    assert response.status_code == 302, text(response)
    return Report.objects.get(number=response["Location"].rstrip("/").rsplit("/", 1)[-1])


# The form -------------------------------------------------------------------------------------------------------


def test_a_small_file_is_checked_at_once_and_its_preview_shown(client: Client) -> None:
    report = uploaded(client, item(), item(document="B", amount="-30.50"))
    assert report.state == ReportState.CHECKED
    page = text(client.get(url("upload_detail", report)))
    for shown in (
        "All 2 rows are good.",
        "69.50",
        "INV-1",
        "Invoice No.",
        "utf-8",
        "items.csv",
        "Commit",
        "Discard",
    ):
        assert shown in page


def test_what_is_missing_or_wrong_is_said_beside_the_field(client: Client) -> None:
    for more in (
        {"as_of": ""},
        {"as_of": "2026-02-30"},
        {"as_of": "1999-12-31"},
        {"as_of": "2099-01-01"},
        {"x": "1"},
    ):
        response = client.post(NEW, fields(item(), **more))
        assert response.status_code == 200
        assert "data-error-summary" in text(response)
    assert "data-error-summary" in text(
        client.post(NEW, {"kind": "open_items", "as_of": MAY, "submission_key": str(uuid4())})
    )
    assert not Report.objects.exists()


def test_the_same_file_again_is_refused_and_names_the_report(client: Client) -> None:
    report = uploaded(client, item())
    page = text(client.post(NEW, fields(item(), name="renamed.csv")))
    assert report.number in page
    assert Report.objects.count() == 1


def test_the_same_file_for_another_date_is_taken_with_a_warning(client: Client) -> None:
    """The preview names the other upload; once committed, the date was meant."""
    first = uploaded(client, item())
    assert "is the date right?" not in text(client.get(first.get_absolute_url()))
    second = uploaded(client, item(), as_of="2026-04-30")
    preview = text(client.get(second.get_absolute_url()))
    assert f"as of {MAY}, as {first.number} (items.csv): is the date right?" in preview
    client.post(f"{second.get_absolute_url()}commit/")
    assert "is the date right?" not in text(client.get(second.get_absolute_url()))


def test_a_form_sent_twice_leads_to_the_same_page(client: Client) -> None:
    key = str(uuid4())
    first, second = (client.post(NEW, fields(item(), submission_key=key)) for _click in (1, 2))
    assert first["Location"] == second["Location"]
    assert Report.objects.count() == 1


def test_a_file_announced_as_too_large_is_refused_unread(client: Client, settings: Any) -> None:
    settings.CREDITRISK_REPORT_MAX_BYTES = 10
    response = client.post(NEW, fields(item()), CONTENT_LENGTH=10 + settings.CREDITRISK_FORM_MAX_BYTES + 1)
    assert response.status_code == 413
    assert not Report.objects.exists()
    assert "larger than" in text(client.post(NEW, fields(item())))


def test_the_form_needs_its_token(clerk: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(clerk)
    assert strict.post(NEW, fields(item())).status_code == 403


@pytest.mark.parametrize(
    ("today", "as_of"),
    [("2026-06-15", "2026-05-31"), ("2026-06-30", "2026-06-30"), ("2026-03-01", "2026-02-28")],
)
def test_the_form_proposes_the_month_end_finance_probably_reports(today: str, as_of: str) -> None:
    assert usual_as_of(dt.date.fromisoformat(today)).isoformat() == as_of


@pytest.mark.parametrize(
    ("day", "valid"),
    [("2026-06-30", True), ("2026-07-01", False), ("2000-01-01", True), ("1999-12-31", False)],
)
def test_a_date_of_this_month_is_taken_and_one_of_the_next_is_not(day: str, *, valid: bool) -> None:
    data = {"kind": "open_items", "as_of": day, "submission_key": str(uuid4())}
    form = UploadForm(data, {"file": SimpleUploadedFile("a.csv", b"x")}, today=dt.date(2026, 6, 15))
    assert form.is_valid() == valid
    if not valid:
        (error,) = form.errors.as_data()["as_of"]
        assert (error.code, error.messages) == (
            "report.date",
            ["Enter a date from 2000-01-01 to 2026-06-30."],
        )


def test_a_large_file_is_left_to_the_worker_and_the_page_waits(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(uploads, "CHECK_AT_ONCE_BYTES", 10)
    monkeypatch.setattr(tasks.check_upload, "delay", sent.append)
    report = uploaded(client, item())
    assert (sent, report.state) == ([report.pk], ReportState.UPLOADED)
    page = text(client.get(url("upload_detail", report)))
    assert "being checked" in page
    assert url("upload_progress", report) in page
    assert "0 %" in text(client.get(url("upload_progress", report)))
    tasks.check_upload(report.pk)
    assert client.get(url("upload_progress", report))["HX-Refresh"] == "true"


def test_without_a_broker_the_upload_is_kept_and_found_later(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault 12: Redis down when the form is sent."""

    def no_broker(*_args: object) -> None:
        raise BrokerError

    monkeypatch.setattr(uploads, "CHECK_AT_ONCE_BYTES", 10)
    monkeypatch.setattr(tasks.check_upload, "delay", no_broker)
    report = uploaded(client, item())
    with time_machine.travel(report.uploaded_at + dt.timedelta(minutes=2), tick=False):
        tasks.check_waiting_uploads()
    report.refresh_from_db()
    assert report.state == ReportState.CHECKED


def test_a_check_that_another_request_does_is_waited_for(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(**_kwargs: object) -> None:
        raise ConflictError("report.busy", "busy")

    with monkeypatch.context() as patch:
        patch.setattr(uploads, "check_report", busy)
        report = uploaded(client, item())
        tasks.check_upload(report.pk)
    assert report.state == ReportState.UPLOADED
    assert "being checked" in text(client.get(url("upload_detail", report)))


# What can be done with an upload --------------------------------------------------------------------------------


def test_commit_puts_the_report_in_force(client: Client) -> None:
    report = uploaded(client, item())
    response = client.post(url("upload_commit", report), follow=True)
    assert "is in force" in text(response)
    report.refresh_from_db()
    assert report.state == ReportState.COMMITTED
    assert "Superseded" not in text(response)
    corrected = uploaded(client, item(amount="1.00"))
    assert f"supersedes report {report.number}" in text(client.get(url("upload_detail", corrected)))
    client.post(url("upload_commit", corrected))
    assert "Superseded by" in text(client.get(url("upload_detail", report)))
    assert report.number in text(client.get(url("upload_detail", corrected)))


def test_discard(client: Client) -> None:
    report = uploaded(client, item())
    assert "is discarded" in text(client.post(url("upload_discard", report), follow=True))
    assert client.post(url("upload_commit", report)).status_code == 409


def test_a_refused_file_shows_its_errors_and_cannot_be_committed(client: Client) -> None:
    report = uploaded(client, item(), item(document="B", amount="ten"), item("C9", "D"))
    page = text(client.get(url("upload_detail", report)))
    for shown in ("2 of 3 rows have errors", "“ten”", "C9", "Check again", "Create unknown customers"):
        assert shown in page
    assert client.post(url("upload_commit", report)).status_code == 409
    download = client.get(url("upload_errors", report))
    assert download["Content-Disposition"] == f'attachment; filename="{report.number}-errors.xlsx"'
    assert b"".join(download.streaming_content)[:2] == b"PK"


def test_a_refused_file_is_checked_again_with_unknown_customers_created(client: Client) -> None:
    report = uploaded(client, item("C9"))
    assert client.post(url("upload_check", report), {"x": "1"}).status_code == 400
    page = text(client.post(url("upload_check", report), {"create_customers": "on"}, follow=True))
    assert "1 customer is unknown; the commit opens his file." in page
    assert client.post(url("upload_check", report), {}).status_code == 409
    page = text(client.post(url("upload_commit", report), follow=True))
    assert "was opened with this report" in page


def test_a_file_that_cannot_be_read_is_refused_with_the_reason(client: Client) -> None:
    file = SimpleUploadedFile("x.xlsx", b"%PDF-1.7 nothing")
    response = client.post(
        NEW, {"file": file, "kind": "open_items", "as_of": MAY, "submission_key": str(uuid4())}, follow=True
    )
    assert "The file was refused. Nothing was imported." in text(response)


def test_the_file_comes_back_as_a_download_under_its_cleaned_name(client: Client) -> None:
    report = uploaded(client, item(), name="账龄<b>.csv")
    response = client.get(url("upload_file", report))
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Content-Type"] == "application/octet-stream"
    assert b"".join(response.streaming_content) == csv_bytes([item()])
    assert "账龄&lt;b&gt;.csv" in text(client.get(url("upload_detail", report)))


def test_warnings_total_rows_and_names_are_shown(client: Client) -> None:
    create_active_customer(number="C2", name="Orient")
    total = ("", "Total", "", "", "", "", "999.00")
    report = uploaded(client, item("ERP-1", name="Orient", document_on="2026-06-09"), total)
    page = text(client.get(url("upload_detail", report)))
    for shown in ("Please look at this", "999.00", "1 customer was recognised by name"):
        assert shown in page


# Who, and how many queries --------------------------------------------------------------------------------------

SEE_UPLOADS = set(Role) - {
    Role.ACCOUNT_MANAGER,
    Role.SERVICE_MANAGER,
    Role.DEPARTMENT_MANAGER,
    Role.ADMINISTRATOR,
}
PAGES = ("upload_detail", "upload_errors", "upload_file", "upload_progress")
ACTIONS = ("upload_check", "upload_commit", "upload_discard")


@pytest.mark.parametrize("role", Role)
def test_every_page_and_action_for_every_role(client: Client, role: Role) -> None:
    report = uploaded(client, item("C9"))
    person = as_(create_user(role))
    sees, acts = role in SEE_UPLOADS, role in (Role.FINANCE_CLERK, Role.PLANNING_FINANCE)
    assert (report.number in text(person.get(LIST))) == sees
    assert person.get(NEW).status_code == (200 if acts else 403)
    for name in PAGES:
        response = person.get(url(name, report))
        assert response.status_code == (200 if sees else 404)
        response.getvalue()
    for name in ACTIONS:
        expected = {True: (302, 409), False: (403,)}[acts] if sees else (404,)
        assert person.post(url(name, report)).status_code in expected
        assert person.get(url(name, report)).status_code == 405
    report.refresh_from_db()
    assert (report.state == ReportState.DISCARDED) == acts


def test_who_may_not_upload_sees_why_the_button_is_disabled(client: Client) -> None:
    report = uploaded(client, item())
    leader = as_(create_user(Role.GROUP_LEADER))
    for page in (LIST, url("upload_detail", report)):
        assert "Only finance clerks" in text(leader.get(page))


def test_strangers_are_sent_to_the_log_in(client: Client) -> None:
    report = uploaded(client, item())
    for page in (LIST, NEW, url("upload_detail", report), url("upload_file", report)):
        assert Client().get(page).status_code == 302


def test_the_list_costs_the_same_for_one_upload_and_for_forty(client: Client) -> None:
    counts = []
    for total in (1, 40):
        while Report.objects.count() < total:
            create_report(as_of=dt.date(2026, 1, 1) + dt.timedelta(days=Report.objects.count()))
        client.get(LIST)
        with CaptureQueriesContext(connection) as queries:
            assert f"of {total}" in text(client.get(LIST)) or total == 1
        counts.append(len(queries))
    assert counts[0] == counts[1] <= MAX_QUERIES


@pytest.mark.parametrize("sort", ["-as_of", "state", "file_name", "uploaded_by", "uploaded_by__password"])
def test_the_list_is_sorted_by_its_columns_alone(client: Client, sort: str) -> None:
    uploaded(client, item())
    assert client.get(LIST, {"sort": sort}).status_code == 200


def test_a_page_of_errors_costs_the_same_for_one_and_for_forty(client: Client) -> None:
    counts = []
    for size in (1, 40):
        report = uploaded(client, *(item("C9", document=f"{size}-{n}") for n in range(size)))
        client.get(url("upload_detail", report))
        with CaptureQueriesContext(connection) as queries:
            client.get(url("upload_detail", report))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= MAX_QUERIES
