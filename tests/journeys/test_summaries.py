"""A customer service manager analyses and signs his monthly summary; the deputy leader reads it (P3.2.5)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from supervision.models import MonthlySummary
from tests.journeys.conftest import PHONE, Person

pytestmark = [pytest.mark.journey, pytest.mark.no_cover]  # what they reach is tested in detail elsewhere

ANALYSIS = "逾期集中在两家客户,本月上门拜访。"


@pytest.mark.usefixtures("company")
def test_a_manager_signs_his_summary_and_the_deputy_reads_it(visit: Callable[..., Person]) -> None:
    csm = visit("csm")
    link = csm.page.get_by_role("link", name="Monthly summaries")
    expect(link).to_contain_text("1")
    link.click()
    csm.page.get_by_role("link", name="waits for the analysis").click()
    expect(csm.page.locator("h1")).to_have_text("Monthly summary 2026-10")
    expect(csm.page.get_by_role("img", name="From month end to month end, CNY")).to_be_visible()
    csm.page.get_by_label("Your analysis").fill(ANALYSIS)
    expect(csm.page.locator("[data-autosave-told]")).to_contain_text("Saved at")
    csm.page.reload()
    expect(csm.page.get_by_label("Your analysis")).to_have_value(ANALYSIS)
    csm.page.get_by_role("button", name="Sign off").click()
    csm.page.locator("#confirm-dialog [data-confirm-ok]").click()
    expect(csm.page.locator(".analysis-text")).to_have_text(ANALYSIS)
    expect(csm.page.get_by_role("link", name="Monthly summaries").first).not_to_contain_text("1")
    with csm.page.expect_download() as excel:
        csm.page.get_by_role("link", name="Excel").click()
    assert excel.value.suggested_filename == "summary-2026-10-csm.xlsx"

    deputy = visit("deputy", viewport=PHONE)
    summary = MonthlySummary.objects.get(month="2026-10-01", service_manager__username="csm")
    deputy.open(summary.get_absolute_url())
    expect(deputy.page.locator(".analysis-text")).to_have_text(ANALYSIS)
    assert not deputy.scrolls_sideways()
    deputy.page.locator("#key_figures").get_by_role("link", name="Receivables", exact=True).first.click()
    expect(deputy.page.locator("h1")).to_contain_text("Aging")
    assert csm.complaints == []
    assert deputy.complaints == []
