"""The administrator drafts another policy, simulates it and publishes it; everybody reads what changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from creditrisk.dates import local_today
from creditrisk.policy.models import PolicyDraft, PolicyVersion
from supervision.models import PolicySimulation
from supervision.simulated_parts import past_quarters
from tests.factories.customers import create_active_customer
from tests.factories.reports import Line, create_report
from tests.journeys.conftest import PHONE, Person

pytestmark = [pytest.mark.journey, pytest.mark.no_cover, pytest.mark.usefixtures("company")]

Visit = Callable[..., Person]


def late_by_three_days() -> None:
    """A report of the last quarter in which a customer is three days late: a letter by the rules in force."""
    (quarter,) = past_quarters(local_today(), 1)
    as_of = quarter.last_on - dt.timedelta(days=15)
    create_report(as_of=as_of, lines=[Line(create_active_customer(), as_of - dt.timedelta(days=3), "900.00")])


def test_drafted_simulated_published_and_read(visit: Visit) -> None:
    late_by_three_days()
    admin = visit("admin")
    page = admin.page
    admin.open("/policy/")
    page.get_by_role("link", name="Drafts").click()
    page.get_by_role("link", name="New draft").click()
    page.locator("[name=title]").fill("Letters from day 6")
    page.get_by_role("button", name="Begin the draft").click()

    day = page.locator("[name=dunning__stages__dunning_letter__from_day]")
    day.fill("0")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[data-error-summary]")).to_contain_text(
        "must not come before the due date has passed"
    )
    day.fill("6")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("The draft is saved.")
    expect(page.locator("main")).to_contain_text("Dunning letter: first day after the due date")
    draft = PolicyDraft.objects.get(title="Letters from day 6")
    assert page.url.endswith(f"/policy/drafts/{draft.pk}/")

    page.locator("[name=quarters]").select_option("1")
    page.get_by_role("button", name="Simulate").click()
    expect(page.locator("main")).to_contain_text("Who would be treated otherwise")
    simulation = PolicySimulation.objects.get(draft=draft)
    changed = {part["code"]: part["changed"] for part in simulation.result}
    assert (simulation.state, changed["dunning"] >= 1) == ("done", True)
    expect(page.locator("main")).to_contain_text("not named here")  # an administrator sees no customers
    page.get_by_role("link", name="To the draft").click()
    expect(page.locator("#simulation")).to_contain_text("treated otherwise")

    page.get_by_role("link", name="Publish").click()
    expect(page.locator("#simulation")).to_contain_text("treated otherwise")
    page.locator("[name=note]").fill("No letters for small delays")
    page.get_by_role("button", name="Publish").click()
    expect(page.locator("main")).to_contain_text("Published as version 2 of the policy")
    expect(page.locator("#dunning")).to_contain_text("day 6 to 14")
    assert PolicyVersion.objects.get(number=2).policy.dunning.stages[0].to_day == 5

    csm = visit("csm", viewport=PHONE)
    csm.open("/policy/")
    expect(csm.page.locator("#versions")).to_contain_text("No letters for small delays")
    csm.page.get_by_role("link", name="Versions", exact=True).click()
    csm.page.get_by_role("button", name="Compare").click()
    expect(csm.page.locator("main")).to_contain_text("From version 1 to version 2")
    expect(csm.page.locator("ins").first).to_have_text("6")
    assert not csm.scrolls_sideways()
    csm.open("/messages/")
    expect(csm.page.locator("main")).to_contain_text("Version 2 of the policy was published")
    assert csm.complaints == []
    # The form that was refused is a 400, which the browser reports by itself.
    assert [one for one in admin.complaints if "400" not in one] == []
