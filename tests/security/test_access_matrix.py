"""Every address × every person × own, department and foreign objects gets what P3 allows; nothing else moves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.security.routes import GROUP_LEADER, ROUTES, Route, Rule
from tests.security.world import ANONYMOUS, FLAGGED, INACTIVE, PEOPLE, ROLE_LESS, World, fingerprint

pytestmark = [pytest.mark.django_db, pytest.mark.no_cover]  # what they reach is tested in detail elsewhere
OTHERS = ("account/", "admin/")
"""allauth's and the Django admin's own addresses: see `test_library_pages`."""


def product_routes(
    resolver: URLResolver | None = None, path: str = "", space: str = ""
) -> Iterator[tuple[str, str]]:
    """Yield name and pattern of every address of the product."""
    for entry in (resolver or get_resolver()).url_patterns:
        pattern = path + str(entry.pattern)
        if isinstance(entry, URLResolver):
            if pattern not in OTHERS:
                yield from product_routes(entry, pattern, f"{entry.namespace}:" if entry.namespace else space)
        else:
            assert isinstance(entry, URLPattern)
            assert entry.name, f"{pattern} has no name"
            yield f"{space}{entry.name}", pattern


def test_the_table_covers_every_address() -> None:
    resolved = set(product_routes())
    listed = {(route.name, route.pattern) for route in ROUTES}
    print(f"routes covered {len(resolved & listed)}/{len(resolved)} from the URL resolver")
    assert resolved - listed == set(), "not in tests/security/routes.py"
    assert listed - resolved == set(), "no longer an address"


def visitors(scope: str) -> tuple[str, ...]:
    """Return who tries the objects of a scope; only those without a role have lost anything."""
    return (ROLE_LESS, FLAGGED) if scope == "lost" else PEOPLE


def expected(rule: Rule, person: str, scope: str) -> int:
    if person in (ANONYMOUS, INACTIVE):
        return rule.good if rule.is_open else 302
    return rule.status(person, scope)


def is_let_in(rule: Rule, person: str, scope: str) -> bool:
    if person in (ANONYMOUS, INACTIVE):
        return rule.is_open
    return person in rule.may[scope]


def visit(world: World, route: Route, rule: Rule, person: str, scope: str, method: str) -> Iterator[str]:
    """Yield what is wrong in one cell of the matrix; the world is afterwards as it was before."""
    cell = f"{person} {method.upper()} {scope or '-'}"
    with transaction.atomic():
        address = route.address(world, scope, person)
        data = rule.data(world, scope, person) if rule.data else {}
        before = fingerprint()
        response = getattr(world.client(person), method)(address, data)
        if response.streaming:
            response.getvalue()
        after = fingerprint()
        transaction.set_rollback(True)
    status = expected(rule, person, scope)
    if response.status_code != status:
        yield f"{cell}: {response.status_code}, not {status}"
    sent_away = response.status_code == 302 and person in (ANONYMOUS, INACTIVE) and not rule.is_open
    if sent_away and not response["Location"].startswith(reverse("account_login")):
        yield f"{cell}: sent to {response['Location']}, not to log in"
    if response.status_code in (400, 403, 409) and not told_why(response):
        yield f"{cell}: refused without a reason"
    changed = sorted(table for table in after if after[table] != before.get(table))
    let_in = is_let_in(rule, person, scope)
    if changed and not (let_in and rule.changes and (method == "post" or route.name == "notifications:open")):
        yield f"{cell}: changed {', '.join(changed)}"
    if method == "post" and rule.changes and let_in and not changed and person not in (ANONYMOUS, INACTIVE):
        yield f"{cell}: was let in and nothing changed"


def told_why(response: Any) -> bool:
    """Return whether a refusal is a page of ours that says why, or data that does."""
    if response["Content-Type"] == "application/json":
        return bool(response.json()["message"])
    return "text/html" in response["Content-Type"] and b"<h1" in response.content


def test_every_method(world: World) -> None:
    """What is not in the table is not allowed: 405 for every other method."""
    wrong = []
    for route in ROUTES:
        scope = route.scopes[0]
        with transaction.atomic():
            address = route.address(world, scope, GROUP_LEADER)
            client = world.client(GROUP_LEADER)
            methods = {"get": route.get, "post": route.post, "put": None, "patch": None, "delete": None}
            for method, rule in methods.items():
                if rule is None and method not in ALLOWED[route.pattern]:
                    status = getattr(client, method)(address).status_code
                    wrong += [f"{route} {method}: {status}"] * (status != 405)
            transaction.set_rollback(True)
    assert wrong == []


ALLOWED: dict[str, set[str]] = {}
for _route in ROUTES:
    ALLOWED.setdefault(_route.pattern, set()).update(
        method for method in ("get", "post") if getattr(_route, method) is not None
    )


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_access(world: World, route: Route) -> None:
    wrong = []
    for scope in route.scopes:
        for person in visitors(scope):
            for method, rule in (("get", route.get), ("post", route.post)):
                if rule is not None:
                    wrong += visit(world, route, rule, person, scope, method)
    assert not wrong, "\n".join(wrong)
