"""What higher apps add to the customer's page without customers importing them.

An app registers in its `AppConfig.ready`:

    from customers.panels import register_panel

    def ready(self) -> None:
        register_panel("reviews", review_panel, position=10)

    def review_panel(*, customer: Customer, user: User) -> Panel | None:
        return Panel(_("Reviews"), "reviews/_customer_panel.html", {"reviews": ...})

A panel is a card of the page: its title, and a template (without the card around it) with its context. An
action is a button of the page's head; with a `refusal` it is shown disabled, with the reason. Both get what
`visible_to(user)` lets through already; None leaves the panel or action out. Each may cost the page a
constant number of queries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.utils.functional import Promise

from creditrisk.accounts.models import User
from customers.models import Customer


@dataclass(frozen=True)
class Panel:
    """A card of the customer's page. `is_flush`: the template is a table that fills the card."""

    title: str | Promise
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    is_flush: bool = False


class Reason(Protocol):
    """Why something cannot be done: a BusinessError, or an app's own refusal."""

    @property
    def code(self) -> str: ...

    @property
    def message(self) -> str | Promise: ...


@dataclass(frozen=True)
class PageAction:
    """A link in the head of the customer's page; a `refusal` shows it disabled, with the reason."""

    label: str | Promise
    url: str
    icon: str
    refusal: Reason | None = None
    is_primary: bool = False


class PanelBuilder(Protocol):
    """Makes a panel for one customer as one person may see it."""

    def __call__(self, *, customer: Customer, user: User) -> Panel | None: ...


class ActionBuilder(Protocol):
    """Makes an action for one customer and one person."""

    def __call__(self, *, customer: Customer, user: User) -> PageAction | None: ...


_panels: dict[str, tuple[int, PanelBuilder]] = {}
_actions: dict[str, tuple[int, ActionBuilder]] = {}


def register_panel(key: str, build: PanelBuilder, *, position: int) -> None:
    """Show a panel on every customer's page, in the order of `position`; the same key again replaces it."""
    _panels[key] = (position, build)


def register_action(key: str, build: ActionBuilder, *, position: int) -> None:
    """Show an action on every customer's page, in the order of `position`; the same key again replaces it."""
    _actions[key] = (position, build)


def panels_for(*, customer: Customer, user: User) -> list[Panel]:
    """Return the panels of the customer's page in order."""
    built = (
        build(customer=customer, user=user) for _position, build in sorted(_panels.values(), key=_position_of)
    )
    return [panel for panel in built if panel is not None]


def actions_for(*, customer: Customer, user: User) -> list[PageAction]:
    """Return the actions of the customer's page in order."""
    built = (
        build(customer=customer, user=user)
        for _position, build in sorted(_actions.values(), key=_position_of)
    )
    return [action for action in built if action is not None]


def _position_of(entry: tuple[int, Any]) -> int:
    return entry[0]
