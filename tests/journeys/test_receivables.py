"""A finance clerk's file becomes the aging report, and the aging report becomes letters (P3.4, P5.2.2, P5.2.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
from django.core.management import call_command
from playwright.sync_api import expect

from customers.models import Customer, CustomerState
from receivables.models import DunningNotice, Report, ReportState, Stage
from tests.journeys.conftest import Person

pytestmark = [pytest.mark.journey, pytest.mark.no_cover, pytest.mark.usefixtures("company")]

Visit = Callable[..., Person]
AS_OF = dt.date(2026, 11, 20)
HEADERS = ("客户编码", "客户名称", "发票号", "发票日期", "到期日", "币种", "原币金额", "应收余额")


def _open_items(path: Path, customer: Customer, *, due_on: str) -> Path:
    """Write a file with one old item and one credit note; the title row and the total row are finance's habit."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("账龄")
        rows = (
            ("应收账款明细",),
            HEADERS,
            (customer.number, customer.name, "FP-1", "2026-09-01", due_on, "CNY", 1500.5, 1234.5),
            (customer.number, customer.name, "CN-1", "2026-10-01", "2026-10-31", "CNY", -34.5, -34.5),
            ("合计", "", "", "", "", "", 1466, 1200),
        )
        for index, row in enumerate(rows):
            sheet.write_row(index, 0, row)
    return path


def _upload(clerk: Person, path: Path) -> None:
    page = clerk.page
    clerk.open("/receivables/uploads/new/")
    page.locator("[name=file]").set_input_files(path)
    page.locator("[name=as_of]").fill(AS_OF.isoformat())
    page.get_by_role("button", name="Upload and check").click()
    page.wait_for_url("**/uploads/AR-*/")


def test_upload_preview_commit_aging_drill_down_download_letter(visit: Visit, tmp_path: Path) -> None:
    customer = Customer.objects.filter(state=CustomerState.ACTIVE, letter_language="zh-hans").exclude(
        finance_email=""
    )[0]
    clerk = visit("finance")
    page = clerk.page
    _upload(clerk, _open_items(tmp_path / "open items 11月.xlsx", customer, due_on="2026年10月20日"))
    main = page.locator("main")
    expect(main).to_contain_text("All 2 rows are good.")
    expect(main).to_contain_text("1,200.00")
    page.get_by_role("button", name="Commit").click()
    expect(main).to_contain_text("committed")
    report = Report.objects.get(as_of=AS_OF)
    assert report.state == ReportState.COMMITTED

    clerk.open(f"/receivables/aging/?as_of={AS_OF}")
    expect(main).to_contain_text(customer.name)
    expect(main).to_contain_text("1,234.50")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
        page.get_by_role("link", name="By customer (Excel)").click()
    assert download.value.suggested_filename.endswith(".xlsx")
    page.get_by_role("link", name=customer.name).click()
    expect(main).to_contain_text("FP-1")
    expect(main).to_contain_text("CN-1")

    call_command("run_dunning", "--on", "2026-11-24")
    notice = DunningNotice.objects.get(customer=customer, stage=Stage.DUNNING_LETTER)
    manager = visit(customer.service_manager.username)
    manager.open("/receivables/letters/")
    expect(manager.page.locator("main")).to_contain_text(notice.number)
    manager.page.get_by_role("row", name=notice.number).get_by_role("link").first.click()
    expect(manager.page.locator("main")).to_contain_text("FP-1")
    pdf = manager.page.request.get(f"{manager.address}/receivables/letters/{notice.pk}/pdf/")
    assert (pdf.status, pdf.headers["content-type"]) == (200, "application/pdf")
    assert pdf.body().startswith(b"%PDF")
    manager.open(f"/customers/{customer.number}/")
    expect(manager.page.locator("main")).to_contain_text(notice.number)
    assert clerk.complaints == []
    assert manager.complaints == []


def test_a_first_upload_from_log_in_to_committed_report_in_six_clicks(visit: Visit, tmp_path: Path) -> None:
    """What a clerk clicks: Uploads, Upload a report, the file, Upload and check, Commit. Nothing has to be typed."""
    customer = Customer.objects.filter(state=CustomerState.ACTIVE)[0]
    clerk = visit("finance")
    page, clicks = clerk.page, 0
    clerk.open("/")
    for name in ("Uploads", "Upload a report"):
        page.get_by_role("link", name=name, exact=True).first.click()
        clicks += 1
    page.locator("[name=file]").set_input_files(
        _open_items(tmp_path / "first.xlsx", customer, due_on="2026-10-20")
    )
    clicks += 1
    for name in ("Upload and check", "Commit"):
        page.get_by_role("button", name=name).click()
        clicks += 1
    expect(page.locator("main")).to_contain_text("is in force")
    assert clicks <= 6
    assert clerk.complaints == []


def test_columns_that_nobody_knows_are_chosen_beside_the_rows(visit: Visit, tmp_path: Path) -> None:
    """The customer, the document, the day and the amount are proposed by what stands in the columns."""
    customer = Customer.objects.filter(state=CustomerState.ACTIVE)[0]
    path = tmp_path / "liste.csv"
    rows = "".join(f"{customer.number};R-{number};{number + 13}.10.2026;1.234,50\n" for number in range(3))
    path.write_text(f"Kd;Beleg;Tag;Offen\n{rows}", encoding="utf-8")
    clerk = visit("finance")
    _upload(clerk, path)
    page, main = clerk.page, clerk.page.locator("main")
    page.get_by_role("link", name="Choose the columns").click()
    for index, field in enumerate(("customer_ref", "document", "due_on", "open_amount")):
        expect(page.locator(f"[name=column_{index}]")).to_have_value(field)
    page.get_by_role("button", name="Read the file this way").click()
    expect(main).to_contain_text("All 3 rows are good.")
    expect(main).to_contain_text("3,703.50")
    assert clerk.complaints == []


def test_a_wrong_row_is_shown_with_row_column_value_and_nothing_is_imported(
    visit: Visit, tmp_path: Path
) -> None:
    customer = Customer.objects.filter(state=CustomerState.ACTIVE)[0]
    clerk = visit("finance")
    _upload(clerk, _open_items(tmp_path / "wrong.xlsx", customer, due_on="31.02.2026"))
    main = clerk.page.locator("main")
    expect(main).to_contain_text("1 of 2 rows has an error: nothing was imported.")
    expect(main).to_contain_text("31.02.2026")
    expect(main).to_contain_text("到期日")
    assert not Report.objects.filter(as_of=AS_OF, state=ReportState.COMMITTED).exists()
    assert clerk.complaints == []
