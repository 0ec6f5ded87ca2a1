"""What every page's frame needs: navigation by role, theme, languages, unread messages."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.badges import badge_counts
from creditrisk.dates import local_today
from creditrisk.policy.selectors import policy_version_on

LEADERS = frozenset({"group_leader", "deputy_leader"})
ADMINISTRATOR = frozenset({"administrator"})
MANAGERS = frozenset({"account_manager", "service_manager"})
OVERRIDERS = LEADERS | {"account_manager", "general_manager"}
APPROVERS = LEADERS | {
    "account_manager",
    "service_manager",
    "department_manager",
    "legal_affairs",
    "general_management",
    "planning_finance",
    "general_manager",
}
BUSINESS = APPROVERS | {"finance_clerk"}
EVERYBODY = BUSINESS | ADMINISTRATOR


@dataclass(frozen=True)
class Entry:
    """One line of the navigation: shown to `roles`, active on views whose names start as in `covers`."""

    label: str | Promise
    url_name: str
    icon: str
    roles: frozenset[str]
    covers: tuple[str, ...]
    tab: bool = False


@dataclass(frozen=True)
class Section:
    """A group of entries; the first has no label."""

    label: str | Promise
    entries: tuple[Entry, ...]


MENU = (
    Section(
        "",
        (
            Entry(_("Start"), "home:start", "house", EVERYBODY, ("home:",), tab=True),
            Entry(_("Inbox"), "reviews:inbox", "inbox", EVERYBODY, ("reviews:inbox",), tab=True),
        ),
    ),
    Section(
        _("Credit"),
        (
            Entry(_("Customers"), "customers:list", "buildings", BUSINESS, ("customers:",), tab=True),
            Entry(_("Contracts"), "contracts:list", "file-earmark-text", BUSINESS, ("contracts:",)),
            Entry(_("My tasks"), "contracts:tasks", "list-check", MANAGERS, ("contracts:task",)),
            Entry(
                _("Disputes"),
                "contracts:dispute_list",
                "chat-left-text",
                BUSINESS,
                ("contracts:dispute", "receivables:dispute"),
            ),
            Entry(_("Overrides"), "contracts:override_list", "key", OVERRIDERS, ("contracts:override",)),
            Entry(_("Visits"), "portfolio:visit_list", "geo-alt", BUSINESS, ("portfolio:",)),
            Entry(
                _("Qualifications"),
                "customers:qualification_list",
                "patch-check",
                BUSINESS,
                ("customers:qualification_list",),
            ),
            Entry(_("Reviews"), "reviews:list", "clipboard-check", BUSINESS, ("reviews:",)),
            Entry(
                _("Grade adjustments"),
                "reviews:adjustment_list",
                "star",
                BUSINESS,
                ("reviews:adjustment",),
            ),
            Entry(_("Policy"), "policy:current", "book", EVERYBODY, ("policy:", "supervision:simulation")),
        ),
    ),
    Section(
        _("Receivables"),
        (
            Entry(
                _("Work list"),
                "receivables:work_list",
                "telephone",
                MANAGERS | LEADERS | {"department_manager"},
                ("receivables:work", "receivables:contact"),
            ),
            Entry(
                _("Aging report"),
                "receivables:aging",
                "bar-chart-steps",
                BUSINESS,
                ("receivables:",),
                tab=True,
            ),
            Entry(_("Uploads"), "receivables:upload_list", "cloud-upload", BUSINESS, ("receivables:upload",)),
            Entry(
                _("Classified detail"),
                "receivables:classified_list",
                "list-check",
                (BUSINESS - MANAGERS - {"department_manager"}) | {"service_manager"},
                ("receivables:classified",),
            ),
            Entry(
                _("Statements"),
                "receivables:statement_list",
                "file-earmark-text",
                BUSINESS,
                ("receivables:statement",),
            ),
            Entry(
                _("Exchange rates"),
                "exchange_rates:rates",
                "currency-exchange",
                BUSINESS | ADMINISTRATOR,
                ("exchange_rates:",),
            ),
            Entry(
                _("Dunning"),
                "receivables:dunning",
                "send",
                BUSINESS | ADMINISTRATOR,
                ("receivables:dunning", "receivables:forfeiture"),
            ),
            Entry(
                _("Proposals"),
                "receivables:proposal_list",
                "flag",
                BUSINESS,
                ("receivables:proposal",),
            ),
            Entry(
                _("Letters"), "receivables:letter_list", "envelope-paper", BUSINESS, ("receivables:letter",)
            ),
            Entry(
                _("Promises to pay"),
                "receivables:promise_list",
                "hourglass-split",
                BUSINESS,
                ("receivables:promise",),
            ),
            Entry(
                _("Letter templates"),
                "receivables:letter_template_list",
                "pencil",
                LEADERS | ADMINISTRATOR,
                ("receivables:letter_template",),
            ),
            Entry(
                _("Liquidated damages"),
                "receivables:damages_list",
                "coin",
                BUSINESS,
                ("receivables:damages",),
            ),
            Entry(
                _("Effectiveness"),
                "receivables:effectiveness",
                "graph-up-arrow",
                BUSINESS - {"account_manager", "legal_affairs", "general_management"},
                ("receivables:effectiveness",),
            ),
        ),
    ),
    Section(
        _("Operation"),
        (
            Entry(
                _("Mail outbox"),
                "notifications:outbox",
                "envelope-at",
                LEADERS | ADMINISTRATOR | {"service_manager", "finance_clerk"},
                ("notifications:outbox",),
            ),
            Entry(
                _("Reassign customers"),
                "portfolio:reassign_people",
                "people",
                LEADERS | ADMINISTRATOR | {"department_manager"},
                ("portfolio:reassign",),
            ),
            Entry(_("Merge files"), "customers:merge", "link-45deg", ADMINISTRATOR, ("customers:merge",)),
            Entry(_("Jobs"), "jobs:list", "clock-history", LEADERS | ADMINISTRATOR, ("jobs:",)),
            Entry(_("Administration"), "admin:index", "gear", ADMINISTRATOR, ("admin:",)),
        ),
    ),
)


@dataclass(frozen=True)
class Link:
    """An entry as one user sees it on one page."""

    label: str | Promise
    url: str
    icon: str
    active: bool
    badge: int
    tab: bool


@dataclass(frozen=True)
class LinkSection:
    """A section as one user sees it on one page."""

    label: str | Promise
    links: tuple[Link, ...]


def _active_entry(view_name: str) -> Entry | None:
    """Return the entry with the longest prefix of the view's name, or None."""
    matches = [
        (len(prefix), entry)
        for section in MENU
        for entry in section.entries
        for prefix in entry.covers
        if view_name.startswith(prefix)
    ]
    return max(matches, key=lambda match: match[0])[1] if matches else None


def _view_name(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""


def _sections(request: HttpRequest, badges: Counter[str]) -> list[LinkSection]:
    user = _user(request)
    if user is None:
        return []
    active = _active_entry(_view_name(request))
    sections = []
    for section in MENU:
        links = tuple(
            Link(
                label=entry.label,
                url=reverse(entry.url_name),
                icon=entry.icon,
                active=entry is active,
                badge=badges[entry.url_name],
                tab=entry.tab,
            )
            for entry in section.entries
            if entry.roles & user.roles
        )
        if links:
            sections.append(LinkSection(section.label, links))
    return sections


def _key(request: HttpRequest, badges: Counter[str]) -> str:
    """Return what decides how the navigation looks, beside the language: roles, the page's entry, the counts."""
    user, active = _user(request), _active_entry(_view_name(request))
    return f"{sorted(user.roles) if user else ''}|{active and active.url_name}|{sorted(badges.items())}"


def _user(request: HttpRequest) -> User | None:
    """Return the logged-in user, or None (error pages may be rendered before the user is known)."""
    user = getattr(request, "user", None)
    return user if isinstance(user, User) else None


def _cookie_theme(request: HttpRequest) -> str:
    chosen = request.COOKIES.get(settings.THEME_COOKIE_NAME, "")
    return chosen if chosen in User.Theme.values else User.Theme.AUTO.value


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's context; what needs the database is computed only when a page shows it."""
    user = _user(request)
    badges: Any = SimpleLazyObject(lambda: badge_counts(user) if user else Counter())
    sections: Any = SimpleLazyObject(lambda: _sections(request, badges))
    return {
        "nav_key": SimpleLazyObject(lambda: _key(request, badges)),
        "nav_sections": sections,
        "nav_tabs": SimpleLazyObject(
            lambda: [link for part in sections for link in part.links if link.tab][:4]
        ),
        "unread_count": SimpleLazyObject(lambda: badges["notifications:list"]),
        "policy_version": SimpleLazyObject(lambda: policy_version_on(local_today())),
        "theme": user.theme if user else _cookie_theme(request),
        "theme_choices": (
            ("light", _("Light"), "sun"),
            ("dark", _("Dark"), "moon-stars"),
            ("auto", _("As the device"), "circle-half"),
        ),
        "language_choices": settings.LANGUAGES,
    }
