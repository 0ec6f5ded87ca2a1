"""Every page, on a phone and a desktop, in English and Chinese: no sideways scrolling, no console or CSP error.

The list comes from the URL resolver by way of the security tests: an address that is in neither of the two lists
below fails the run. Nobody clicks here: each page is opened directly by somebody who may see it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from receivables.models import Report
from receivables.services.uploads import check_report, commit_report, upload_report
from tests.journeys.conftest import DESKTOP, PHONE, Person
from tests.security.routes import (
    ACCOUNT_MANAGER,
    FINANCE,
    GROUP_LEADER,
    ROUTES,
    SERVICE_MANAGER,
)
from tests.security.test_access_matrix import product_routes
from tests.security.world import PEOPLE, ROLE_LESS, World, create_world, report_file

pytestmark = [pytest.mark.journey, pytest.mark.no_cover]  # what they reach is tested in detail elsewhere

Visit = Callable[..., Person]
VISITS = (("en", (DESKTOP, PHONE)), ("zh-hans", (PHONE,)))
"""The first width is that of the window when a page is opened; then the window becomes as wide as the next one."""

NO_PAGES = {
    *("home:health", "home:health_of_jobs"),
    *("notifications:outbox_attachment", "reviews:attachment", "receivables:upload_file", "customers:scan"),
    *("receivables:upload_errors", "receivables:aging_export", "receivables:letter_pdf", "customers:export"),
    *("contracts:file", "portfolio:visit_file", "customers:import_errors", "customers:duplicates"),
    *("customers:dossier", "home:counts", "reviews:panel", "reviews:print", "reviews:report_workbook"),
    *("reviews:attachment_preview", "receivables:upload_progress", "receivables:upload_rows"),
    *("receivables:aging_items", "receivables:compare_export", "receivables:classified_export"),
    "supervision:simulation_progress",
    *(
        "receivables:statement_pdf",
        "receivables:statement_workbook",
        "receivables:proposal_file",
        "receivables:damages_pdf",
        "receivables:letter_print_file",
    ),
}
"""What answers a GET with something else than a page: a state, a part of a page, or a file to keep."""
SCROLLS = "[document.documentElement, ...document.querySelectorAll('.table-frame')]"


@dataclass(frozen=True)
class Stop:
    """One page to open: where, as whom, and the status it answers with."""

    path: str
    person: str
    status: int = 200


@pytest.fixture
def world(transactional_db: None) -> World:
    """The company of the security tests, stored for good so that the live server finds it."""
    return create_world()


def pages_of_routes(world: World) -> Iterator[Stop]:
    """Yield a page for every address that has one, with an object of the first scope; as its usual reader."""
    for route in ROUTES:
        if route.get is None or route.get.good != 200 or route.name in NO_PAGES:
            continue
        scope = next((scope for scope in route.scopes if route.get.may[scope]), None)
        if scope is not None:
            may = route.get.may[scope]
            person = next(person for person in (GROUP_LEADER, *PEOPLE) if person in may)
            yield Stop(route.address(world, scope, person), person)


def further_pages(world: World) -> Iterator[Stop]:
    """Yield what one address shows besides: other tabs, states, choices, people, and refusals."""
    own = world.scopes["own"]
    for person in PEOPLE[:-2]:
        yield Stop(reverse("home:start"), person)
    for tab in ("todo", "score", "done", "started"):
        for person in (ACCOUNT_MANAGER, SERVICE_MANAGER):
            yield Stop(f"{reverse('reviews:inbox')}?tab={tab}", person)
    for role in ("service_manager", "department_manager", "general_manager"):
        yield Stop(reverse("reviews:detail", args=[getattr(own, f"at_{role}").number]), role)
    yield Stop(f"{reverse('reviews:list')}?state=approved", GROUP_LEADER)
    yield Stop(reverse("receivables:work_list"), SERVICE_MANAGER)
    superseded = superseded_report(world)
    aging = reverse("receivables:aging")
    customer = reverse("receivables:aging_customer", args=[own.customer.number])
    for path in (aging, customer):
        for query in (
            "credits=netted",
            "as_of=2026-03-15",
            "as_of=2020-01-31",
            f"report={superseded.number}",
        ):
            yield Stop(f"{path}?{query}", GROUP_LEADER)
    clerk = min(FINANCE)
    for report in (*world.reports.values(), superseded, unreadable_report(world)):
        yield Stop(report.get_absolute_url(), clerk)
    yield Stop(reverse("customers:detail", args=[own.suspended.number]), GROUP_LEADER)
    yield Stop(reverse("customers:detail", args=[own.prospect.number]), ACCOUNT_MANAGER)
    yield Stop(reverse("customers:list") + "?q=nobody", GROUP_LEADER)
    yield Stop(reverse("customers:list"), ROLE_LESS)
    yield Stop(reverse("customers:stop", args=[own.customer.number]), ACCOUNT_MANAGER, 403)
    yield Stop(reverse("jobs:list"), ACCOUNT_MANAGER, 403)
    yield Stop(reverse("customers:detail", args=["NOBODY"]), GROUP_LEADER, 404)
    yield Stop("/nothing/", GROUP_LEADER, 404)


def superseded_report(world: World) -> Report:
    """Return the committed report after a corrected one has taken its place."""
    report = world.reports["committed"]
    corrected = checked(
        world, report_file({world.scopes["own"].customer.number: "更正"}, as_of=report.as_of), report
    )
    commit_report(report=corrected, by=world.team.finance_clerk)
    return Report.objects.get(pk=report.pk)


def unreadable_report(world: World) -> Report:
    """Return an upload that was refused as a whole."""
    return checked(world, b"PK\x03\x04 broken", world.reports["uploaded"])


def checked(world: World, content: bytes, other: Report) -> Report:
    """Return a file as it stands after its check, as of the date of `other`."""
    report = upload_report(
        file=ContentFile(content, name="aging.csv"),
        file_name="aging.csv",
        as_of=other.as_of,
        by=world.team.finance_clerk,
        today=timezone.localdate(),
    )
    return check_report(report=report, by=world.team.finance_clerk)


def test_the_list_of_pages_leaves_no_address_out() -> None:
    """Those that answer no GET with 200 are in the access matrix, with what they do answer."""
    without = {route.name for route in ROUTES if route.get is None or route.get.good != 200}
    opened = {
        route.name for route in ROUTES
        if route.get is not None and route.get.good == 200 and any(route.get.may.values())
    }  # fmt: skip
    assert {name for name, _pattern in product_routes()} == opened | without
    assert opened >= NO_PAGES


@dataclass
class Tour:
    """Opens pages in one language at some widths, one browser context per person, and notes what is wrong."""

    browser: Browser
    address: str
    world: World
    language: str
    viewports: tuple[dict[str, int], ...]
    screenshots: Path | None

    def __post_init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.contexts: list[BrowserContext] = []
        self.complaints: list[str] = []
        self.shot = 0

    def page_of(self, person: str) -> Page:
        if person not in self.pages:
            context = self.browser.new_context(viewport=self.viewports[0], locale="en-US")  # type: ignore[arg-type]
            cookies = {settings.LANGUAGE_COOKIE_NAME: self.language}
            if person in self.world.sessions:
                cookies[settings.SESSION_COOKIE_NAME] = self.world.sessions[person]
            context.add_cookies([
                {"name": name, "value": value, "url": self.address} for name, value in cookies.items()
            ])  # fmt: skip
            self.contexts.append(context)
            page = context.new_page()
            page.on(
                "console",
                lambda said: (
                    said.type in {"error", "warning"}
                    and self.complaints.append(f"{said.text} ({said.location['url']})")
                ),
            )
            page.on("pageerror", lambda error: self.complaints.append(str(error)))
            self.pages[person] = page
        return self.pages[person]

    def open(self, stop: Stop, scrolling: str = SCROLLS) -> Iterator[str]:
        """Yield what is wrong with one page."""
        page = self.page_of(stop.person)
        self.complaints.clear()
        if len(self.viewports) > 1:
            page.set_viewport_size(self.viewports[0])  # type: ignore[arg-type]
        response = page.goto(self.address + stop.path)
        assert response is not None
        cell = f"{stop.path} as {stop.person} in {self.language}"
        if response.status != stop.status:
            yield f"{cell}: {response.status}, not {stop.status}"
        if page.locator("html").get_attribute("lang") != self.language:
            yield f"{cell}: is in another language"
        for viewport in self.viewports:
            if viewport is not self.viewports[0]:
                page.set_viewport_size(viewport)  # type: ignore[arg-type]
            if page.evaluate(f"{scrolling}.some(part => part.scrollWidth > part.clientWidth)"):
                yield f"{cell}: scrolls sideways at {viewport['width']} px"
            self._take_a_picture(page, viewport["width"])
        for complaint in self.complaints:
            # Chromium reports the status of the page itself in the console, too.
            if stop.status == 200 or f"status of {stop.status}" not in complaint:
                yield f"{cell}: {complaint}"

    def _take_a_picture(self, page: Page, width: int) -> None:
        if self.screenshots:
            self.shot += 1
            name = f"{self.language}-{width}-{self.shot:03}.png"
            page.screenshot(path=self.screenshots / name, full_page=True)

    def end(self) -> None:
        for context in self.contexts:
            context.close()


@pytest.fixture
def tour(
    browser: Browser, live_server: object, world: World, screenshots: Path | None
) -> Iterator[Callable[..., Tour]]:
    """Return a function that starts a tour: tour("en", (DESKTOP, PHONE))."""
    tours: list[Tour] = []

    def start(language: str, viewports: tuple[dict[str, int], ...]) -> Tour:
        tours.append(Tour(browser, live_server.url, world, language, viewports, screenshots))  # type: ignore[attr-defined]
        return tours[-1]

    yield start
    for each in tours:
        each.end()


def test_no_page_scrolls_sideways_or_complains(tour: Callable[..., Tour], world: World) -> None:
    stops = list(dict.fromkeys([*pages_of_routes(world), *further_pages(world)]))
    wrong = []
    for language, viewports in VISITS:
        visitor = tour(language, viewports)
        for stop in stops:
            wrong += visitor.open(stop)
    assert not wrong, "\n".join(wrong)


@pytest.mark.usefixtures("company")
def test_language_and_appearance_switch_anywhere_and_stay(visit: Visit) -> None:
    person = visit()
    page = person.page
    person.open("/account/login/")
    _switch(person, "language", "zh-hans")
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    expect(page.locator("main, body").first).to_contain_text("登录")
    person.log_in("vp")
    for language, inbox in (("zh-hans", "待办"), ("zh-hant", "待辦"), ("en", "Inbox")):
        person.open("/customers/")
        _switch(person, "language", language)
        expect(page.locator("html")).to_have_attribute("lang", language)
        assert page.url.endswith("/customers/")
        person.open("/")
        expect(page.locator("body")).to_contain_text(inbox)
    _switch(person, "theme", "dark")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    person.open("/customers/")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    assert person.complaints == []


def _switch(person: Person, name: str, value: str) -> None:
    button = person.page.locator(f"button[name={name}][value={value}]").first
    if not button.is_visible():
        person.page.locator(f".dropdown:has(button[name={name}][value={value}]) > button").first.click()
    with person.page.expect_navigation():
        button.click()
