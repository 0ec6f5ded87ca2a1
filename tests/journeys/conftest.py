"""A real browser against the running product with a small demo company. A missing browser fails the run."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from creditrisk.accounts.models import User
from creditrisk.home.demo.load import load_demo
from creditrisk.home.demo.people import DEMO_PASSWORD
from tests.factories.people import session_of

CANDIDATES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


def browser_path() -> str | None:
    """Return the browser named by CREDITRISK_CHROMIUM or found in PATH; None for Playwright's own download."""
    named = os.environ.get("CREDITRISK_CHROMIUM")
    return named or next((path for name in CANDIDATES if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser_path(), args=FLAGS)
        yield chromium
        chromium.close()


@dataclass
class Person:
    """Somebody at his browser. `complaints` are errors of the console, the CSP and failed requests."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        response = self.page.goto(self.address + path)
        assert response is not None
        assert response.status == 200, f"{path}: {response.status}"

    def log_in(self, username: str) -> None:
        self.page.goto(f"{self.address}/account/login/")
        self.page.locator("input[name=login]").fill(username)
        self.page.locator("input[name=password]").fill(DEMO_PASSWORD)
        self.page.locator("form input[name=password]").press("Enter")
        self.page.wait_for_url(f"{self.address}/")

    def scrolls_sideways(self) -> bool:
        """Return whether the page, or a table in it, is wider than its window."""
        wider: bool = self.page.evaluate(
            "[document.documentElement, ...document.querySelectorAll('.table-frame')]"
            ".some(part => part.scrollWidth > part.clientWidth)"
        )
        return wider


@pytest.fixture
def visit(browser: Browser, live_server: object) -> Iterator[Callable[..., Person]]:
    """Return a function that sits somebody down at a fresh browser, logged in: visit("am", viewport=PHONE)."""
    contexts: list[BrowserContext] = []

    def sit_down(username: str | None = None, *, viewport: dict[str, int] = DESKTOP) -> Person:
        context = browser.new_context(viewport=viewport, accept_downloads=True, locale="en-US")  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        contexts.append(context)
        person = Person(context.new_page(), live_server.url)  # type: ignore[attr-defined]

        def on_console(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"}:
                person.complaints.append(f"{message.text} ({person.page.url})")

        person.page.on("console", on_console)
        person.page.on("pageerror", lambda error: person.complaints.append(str(error)))
        if username:
            session = session_of(User.objects.get(username=username))
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": person.address}]
            )
            person.open("/")
        return person

    yield sit_down
    for context in contexts:
        context.close()


@pytest.fixture
def screenshots() -> Path | None:
    """Return the folder named by CREDITRISK_SCREENSHOTS for looking at the pages by eye; None where it is unset."""
    named = os.environ.get("CREDITRISK_SCREENSHOTS")
    return Path(named) if named else None


PLAN = (("draft", 0), ("in_approval", 5), ("returned", 1), ("approved", 7))
LAST = dt.date(2026, 10, 31)
TODAY = dt.date(2026, 11, 24)


@pytest.fixture
def company(transactional_db: None) -> None:
    """A small demo company: 12 old customers with two monthly reports, 4 with a review in some state."""
    load_demo(last=LAST, today=TODAY, count=16, months=2, plan=PLAN)
