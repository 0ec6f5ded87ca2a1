"""Lists, totals and downloads name only the customers their reader may see (P3)."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from creditrisk.accounts.roles import Role
from tests.security.routes import SEES_CUSTOMER, SEES_MAIL, decides
from tests.security.world import FLAGGED, ROLE_LESS, STEP_ROLES, World

pytestmark = [pytest.mark.django_db, pytest.mark.no_cover]  # what they reach is tested in detail elsewhere
READERS = (*(role.value for role in Role), ROLE_LESS, FLAGGED)


def text_of(response: Any) -> str:
    """Return all the text of a page or workbook."""
    assert response.status_code == 200, response.status_code
    content = response.getvalue()
    if "spreadsheet" not in response["Content-Type"]:
        return str(content.decode())
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return "\n".join(
        str(cell)
        for name in workbook.sheet_names
        for row in workbook.get_sheet_by_name(name).to_python()
        for cell in row
    )


def told(world: World, reader: str, address: str, marks: dict[str, str]) -> set[str]:
    """Return the scopes whose mark stands on the page."""
    text = text_of(world.client(reader).get(address))
    return {scope for scope, mark in marks.items() if mark in text}


def seeing(people: Any, reader: str) -> set[str]:
    return {scope for scope, who in people.items() if reader in who}


def numbers(world: World, thing: str) -> dict[str, str]:
    return {
        name: getattr(scope, thing).number for name, scope in world.scopes.items() if thing in scope.things
    }


@pytest.mark.parametrize("reader", READERS)
def test_customer_lists(world: World, reader: str) -> None:
    """With a marker that only the scope's customer carries, on every page that lists customers."""
    marks = numbers(world, "customer")
    everyone = seeing(SEES_CUSTOMER, reader)
    for page in (
        "customers:list",
        "customers:export",
        "receivables:aging",
        "receivables:letter_list",
        "receivables:damages_list",
        "receivables:aging_export",
    ):
        assert told(world, reader, f"{reverse(page)}?per_page=200", marks) == everyone, page
    for page in ("receivables:work_list", "receivables:contact_list"):
        assert told(world, reader, f"{reverse(page)}?person=all", marks) == everyone, page
    assert told(world, reader, reverse("receivables:promise_list"), numbers(world, "promise")) == everyone
    for page in ("portfolio:visit_list", "portfolio:confirmation_list"):
        assert told(world, reader, f"{reverse(page)}?standing=all", marks) == everyone, page
    handed_over = numbers(world, "unreviewed")
    assert told(world, reader, reverse("portfolio:handover_list"), handed_over) == everyone
    for by in ("contract", "item"):
        address = f"{reverse('receivables:aging_export')}?by={by}"
        assert told(world, reader, address, marks) == everyone, by
    assert told(world, reader, reverse("home:start"), marks) <= everyone


@pytest.mark.parametrize("reader", READERS)
def test_search_finds_nothing_foreign(world: World, reader: str) -> None:
    everyone = seeing(SEES_CUSTOMER, reader)
    for scope, number in numbers(world, "customer").items():
        found = {scope} if scope in everyone else set()
        link = {scope: f'href="{reverse("customers:detail", args=[number])}"'}
        assert told(world, reader, f"{reverse('customers:list')}?q={number}", link) == found
        items = f"{reverse('receivables:aging_export')}?by=item&q={number}"
        assert told(world, reader, items, {scope: f"INV-{number}"}) == found


@pytest.mark.parametrize("reader", READERS)
def test_qualifications_that_end(world: World, reader: str) -> None:
    marks = {scope: f"LICENCE-{scope}" for scope in world.scopes}
    assert told(world, reader, reverse("customers:qualification_list"), marks) == seeing(
        SEES_CUSTOMER, reader
    )


@pytest.mark.parametrize("reader", READERS)
def test_review_lists(world: World, reader: str) -> None:
    marks = numbers(world, "returned")
    assert told(world, reader, reverse("reviews:list"), marks) == seeing(SEES_CUSTOMER, reader) & set(marks)
    drafts = numbers(world, "draft")
    own = {"own"} if reader == Role.ACCOUNT_MANAGER.value else set()
    assert told(world, reader, reverse("reviews:list"), drafts) == own


REVIEWS = ("draft", *(f"at_{role}" for role in STEP_ROLES), "returned", "approved")


def in_tab(world: World, reader: str, tab: str) -> set[tuple[str, str]]:
    """Return which reviews (kind, scope) a tab of the inbox lists."""
    address = f"{reverse('reviews:inbox')}?tab={tab}"
    text = text_of(world.client(reader).get(address))
    return {
        (thing, scope)
        for thing in REVIEWS
        for scope, number in numbers(world, thing).items()
        if number in text
    }


@pytest.mark.parametrize("reader", READERS)
def test_the_inbox_holds_exactly_what_its_reader_has_to_do_has_done_and_has_started(
    world: World, reader: str
) -> None:
    """To do: the reviews at his step. Done: those that were further on, and what the service manager returned.
    Started: an account manager's own, whatever became of them.
    """
    signs = seeing(decides(reader), reader) if reader in STEP_ROLES else set()
    later = STEP_ROLES[STEP_ROLES.index(reader) + 1 :] if signs else ()
    done = [*(f"at_{role}" for role in later), "approved"]
    if reader == Role.SERVICE_MANAGER.value:
        done.append("returned")
    assert in_tab(world, reader, "todo") == {(f"at_{reader}", scope) for scope in signs}
    assert in_tab(world, reader, "done") == {(thing, scope) for thing in done for scope in signs}
    own = REVIEWS if reader == Role.ACCOUNT_MANAGER.value else ()
    assert in_tab(world, reader, "started") == {(thing, "own") for thing in own}


@pytest.mark.parametrize("reader", READERS)
def test_contract_lists(world: World, reader: str) -> None:
    everyone = seeing(SEES_CUSTOMER, reader)
    for page, thing in (("list", "performing"), ("dispute_list", "dispute"), ("override_list", "override")):
        links = {
            name: f'href="{getattr(scope, thing).get_absolute_url()}"' for name, scope in world.scopes.items()
        }
        assert told(world, reader, reverse(f"contracts:{page}"), links) == everyone, page
    links = {name: f'href="{scope.self_check.get_absolute_url()}"' for name, scope in world.scopes.items()}
    asked = {"own"} if reader == Role.SERVICE_MANAGER.value else set()
    assert told(world, reader, reverse("contracts:tasks"), links) == asked


@pytest.mark.parametrize("reader", READERS)
def test_outbox(world: World, reader: str) -> None:
    marks = {
        name: f'href="{reverse("notifications:outbox_message", args=[scope.mail.pk])}"'
        for name, scope in world.scopes.items()
    }
    assert told(world, reader, reverse("notifications:outbox"), marks) == seeing(SEES_MAIL, reader)


@pytest.mark.parametrize("reader", READERS)
def test_uploads_are_listed_for_supervisors_alone(world: World, reader: str) -> None:
    """P3.4: a report holds the rows of all customers."""
    marks = {state: f'href="{report.get_absolute_url()}"' for state, report in world.reports.items()}
    sees = reader in SEES_CUSTOMER["foreign"]
    assert told(world, reader, reverse("receivables:upload_list"), marks) == (set(marks) if sees else set())


@pytest.mark.parametrize("reader", READERS)
def test_an_export_of_one_customer_is_his_alone(world: World, reader: str) -> None:
    marks = numbers(world, "customer")
    for scope, number in marks.items():
        response = world.client(reader).get(
            f"{reverse('receivables:aging_export')}?customer={number}&by=item"
        )
        if scope in seeing(SEES_CUSTOMER, reader):
            text = text_of(response)
            assert {name for name, mark in marks.items() if mark in text} == {scope}
        else:
            assert response.status_code == 404


def test_figures_of_foreign_customers_are_in_no_total(world: World) -> None:
    """Four portfolios of 100.00 each: an account manager's total is 100.00, the leader's 400.00."""
    pages = {
        reader: text_of(world.client(reader).get(reverse("receivables:aging")))
        for reader in (Role.ACCOUNT_MANAGER.value, Role.GROUP_LEADER.value)
    }
    assert "400.00" in pages[Role.GROUP_LEADER.value]
    assert "100.00" in pages[Role.ACCOUNT_MANAGER.value]
    assert not any(other in pages[Role.ACCOUNT_MANAGER.value] for other in ("200.00", "300.00", "400.00"))
