"""The navigation shows each role what it works with, and marks the page it is on."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.test import RequestFactory

from creditrisk import context_processors
from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.context_processors import MENU, navigation
from tests.factories.people import create_user


@pytest.fixture(autouse=True)
def no_badges(settings: Any) -> None:
    settings.NAVIGATION_BADGES = {}


def person(*roles: str, superuser: bool = False, theme: str = "auto") -> User:
    user = User(username="somebody", is_superuser=superuser, theme=theme)
    user.__dict__["roles"] = frozenset(roles)
    user.__dict__["stands_in_for"] = ()
    return user


def context(user: Any, view_name: str = "", **cookies: str) -> dict[str, Any]:
    request = RequestFactory().get("/")
    request.user = user
    request.COOKIES |= cookies
    request.resolver_match = SimpleNamespace(view_name=view_name)  # type: ignore[assignment]
    return navigation(request)


def shown(*roles: str, **kwargs: Any) -> set[str]:
    sections = context(person(*roles, **kwargs))["nav_sections"]
    return {link.icon for section in sections for link in section.links}


def active(view_name: str) -> list[str]:
    sections = context(person("account_manager", "administrator"), view_name)["nav_sections"]
    return [link.icon for section in sections for link in section.links if link.active]


ICONS = {entry.icon: entry.url_name for section in MENU for entry in section.entries}
OPERATION = {"envelope-at", "clock-history"}


def test_every_role_is_known() -> None:
    assert {str(role) for role in Role} == context_processors.EVERYBODY


@pytest.mark.parametrize("role", [role.value for role in Role if role != Role.ADMINISTRATOR])
def test_every_business_role_sees_customers_reviews_and_receivables(role: str) -> None:
    assert {
        "buildings",
        "clipboard-check",
        "bar-chart-steps",
        "cloud-upload",
        "envelope-paper",
        "coin",
    } <= shown(role)


def test_administrator_alone_sees_no_customers() -> None:
    assert (
        shown("administrator")
        == {"house", "book", "inbox", "link-45deg", "gear", "people", "currency-exchange", "send", "pencil"}
        | OPERATION
    )


def test_portfolios_are_reassigned_by_heads_leaders_and_administrators() -> None:
    for role in ("department_manager", "group_leader", "deputy_leader", "administrator"):
        assert "people" in shown(role)
    for role in ("account_manager", "service_manager", "general_manager", "finance_clerk"):
        assert "people" not in shown(role)


@pytest.mark.parametrize("role", ["finance_clerk", "administrator", "account_manager"])
def test_everybody_has_an_inbox(role: str) -> None:
    """Anybody may be asked for an opinion, stand in for somebody, or get a copy to read."""
    assert "inbox" in shown(role)


def test_jobs_and_outbox_are_for_leaders_and_administrators() -> None:
    assert shown("group_leader") >= OPERATION
    assert shown("deputy_leader") >= OPERATION
    assert not shown("account_manager") & OPERATION


@pytest.mark.parametrize("role", ["service_manager", "finance_clerk"])
def test_who_looks_after_mails_finds_the_outbox_but_not_the_jobs(role: str) -> None:
    """A service manager sends his customers' mails again; finance posts letters that no mail took."""
    assert shown(role) & OPERATION == {"envelope-at"}


def test_managers_leaders_and_heads_have_a_work_list() -> None:
    for role in ("service_manager", "account_manager", "group_leader", "department_manager"):
        assert "telephone" in shown(role)
    for role in ("finance_clerk", "general_manager", "legal_affairs"):
        assert "telephone" not in shown(role)


def test_the_words_of_letters_are_for_leaders_and_administrators() -> None:
    for role in ("group_leader", "deputy_leader", "administrator"):
        assert "pencil" in shown(role)
    assert "pencil" not in shown("service_manager", "finance_clerk")
    assert active("receivables:letter_template_edit") == ["pencil"]


def test_the_dashboard_is_for_who_supervises() -> None:
    for role in (
        "group_leader",
        "deputy_leader",
        "general_management",
        "planning_finance",
        "department_manager",
    ):
        assert "speedometer2" in shown(role)
    for role in ("account_manager", "service_manager", "administrator"):
        assert "speedometer2" not in shown(role)
    assert "person-badge" in shown("account_manager")


def test_superuser_flag_alone_shows_nothing() -> None:
    assert shown(superuser=True) == set()


def test_person_without_roles_sees_nothing() -> None:
    assert shown() == set()


@pytest.mark.parametrize(
    ("view_name", "icon"),
    [
        ("reviews:inbox", "inbox"),
        ("reviews:detail", "clipboard-check"),
        ("customers:create", "buildings"),
        ("receivables:aging", "bar-chart-steps"),
        ("receivables:aging_customer", "bar-chart-steps"),
        ("receivables:upload_preview", "cloud-upload"),
        ("receivables:letter_detail", "envelope-paper"),
        ("receivables:work_list", "telephone"),
        ("receivables:contact_create", "telephone"),
        ("receivables:promise_detail", "hourglass-split"),
        ("receivables:dunning_terms", "send"),
        ("receivables:proposal_detail", "flag"),
        ("receivables:damages_customer", "coin"),
        ("receivables:dunning_status", "send"),
        ("notifications:outbox", "envelope-at"),
        ("supervision:self_checks", "person-badge"),
        ("supervision:point_note", "journal-text"),
        ("supervision:follow_up_done", "calendar3"),
    ],
)
def test_the_entry_of_the_page_is_marked(view_name: str, icon: str) -> None:
    assert active(view_name) == [icon]


def test_pages_outside_the_menu_mark_nothing() -> None:
    assert active("accounts:profile") == []


@pytest.mark.django_db
def test_badges_count_what_the_functions_named_in_settings_return_in_one_query(
    settings: Any, django_assert_num_queries: Any
) -> None:
    """3 people with a, 2 of them with b as well: 3 + 2 for the inbox, 3 unread."""
    for username in ("a", "ab", "b-a"):
        create_user(username=username)
    settings.NAVIGATION_BADGES = {
        "reviews:inbox": f"{__name__}.two_kinds",
        "notifications:list": f"{__name__}.one_kind",
        "contracts:tasks": f"{__name__}.nothing",
    }
    found = context(person("account_manager"))
    with django_assert_num_queries(1):
        links = [link for section in found["nav_sections"] for link in section.links]
        assert [link.badge for link in links if link.badge] == [5]
        assert found["unread_count"] == 3


def one_kind(_user: User) -> QuerySet[User]:
    return User.objects.filter(username__contains="a")


def two_kinds(user: User) -> list[QuerySet[User]]:
    return [one_kind(user), User.objects.filter(username__contains="b")]


def nothing(_user: User) -> QuerySet[User]:
    return User.objects.none()


def test_phone_has_at_most_four_tabs() -> None:
    tabs = context(person(*(str(role) for role in Role)))["nav_tabs"]
    assert [link.icon for link in tabs] == ["house", "inbox", "buildings", "bar-chart-steps"]


def test_visitor_has_no_navigation_and_no_count() -> None:
    found = context(AnonymousUser())
    assert list(found["nav_sections"]) == []
    assert found["unread_count"] == 0


def test_theme_is_the_persons_else_the_devices() -> None:
    assert context(person(theme="dark"), theme="light")["theme"] == "dark"
    assert context(AnonymousUser(), theme="dark")["theme"] == "dark"
    assert context(AnonymousUser())["theme"] == "auto"
    assert context(AnonymousUser(), theme='"><script>')["theme"] == "auto"


def test_request_without_a_user_is_survived() -> None:
    """Error pages may be rendered before the authentication middleware ran."""
    found = navigation(RequestFactory().get("/"))
    assert list(found["nav_sections"]) == []
