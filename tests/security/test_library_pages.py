"""The pages of allauth and of the Django admin: who gets in, and that nobody gets an error page of ours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from creditrisk.accounts.roles import Role
from tests.security.routes import ADMINISTRATOR, GROUP_LEADER
from tests.security.world import ANONYMOUS, FLAGGED, INACTIVE, PEOPLE, ROLE_LESS, World

pytestmark = [pytest.mark.django_db, pytest.mark.no_cover]  # what they reach is tested in detail elsewhere
OPEN = {
    "account_login",
    "account_logout",
    "account_inactive",
    "account_reset_password",
    "account_reset_password_done",
}
"""What a stranger may open; the rest of allauth either asks for a log-in, a key, or is switched off."""


def library_routes(space: str) -> Iterator[tuple[str, str]]:
    """Yield name and path of the addresses under `space` that take no argument."""

    def walk(resolver: URLResolver, path: str) -> Iterator[tuple[str, str]]:
        for entry in resolver.url_patterns:
            pattern = path + str(entry.pattern)
            if isinstance(entry, URLResolver):
                yield from walk(entry, pattern)
            elif isinstance(entry, URLPattern) and "<" not in pattern and "(?P" not in pattern:
                yield str(entry.name), "/" + pattern.lstrip("^").rstrip("$")

    for entry in get_resolver().url_patterns:
        if isinstance(entry, URLResolver) and str(entry.pattern) == space:
            yield from walk(entry, space)


ADMIN = sorted(path for _name, path in library_routes("admin/"))
ACCOUNT = sorted(library_routes("account/"))


@pytest.mark.parametrize("path", ADMIN)
def test_the_administration_is_for_administrators(world: World, path: str) -> None:
    """The flags of Django open nothing; signed-in people are refused, strangers sent to the one log-in page."""
    if path == "/admin/logout/":
        return  # for everybody, by POST
    for person in PEOPLE:
        response = world.client(person).get(path, follow=True)
        last = response.redirect_chain[-1][0] if response.redirect_chain else path
        if person in (ANONYMOUS, INACTIVE):
            assert last.startswith(reverse("account_login")), (person, last)
        elif person != ADMINISTRATOR:
            assert response.status_code == 403 or not last.startswith("/admin/"), (person, last)


def test_every_list_of_the_administration_opens(world: World) -> None:
    client = world.client(ADMINISTRATOR)
    assert client.get(reverse("admin:index")).status_code == 200
    for model in admin.site._registry:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        assert client.get(address, follow=True).status_code == 200, address


def test_the_administration_changes_no_business_data(world: World) -> None:
    """An administrator keeps people, rules and reference data: records of the business are for looking at."""
    kept = {"accounts.user", "accounts.department", "policy.policyversion", "customers.customer", "mfa.authenticator",
            "socialaccount.socialapp", "socialaccount.socialaccount", "company.company",
            "customers.industry", "notifications.robot"}  # fmt: skip
    client = world.client(ADMINISTRATOR)
    for model in admin.site._registry:
        if model._meta.label_lower in kept:
            continue
        info = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert client.get(reverse(f"{info}_add")).status_code == 403, info
        instance = model._default_manager.first()
        if instance is not None:
            assert client.post(reverse(f"{info}_change", args=[instance.pk]), {}).status_code == 403, info
            assert (
                client.post(reverse(f"{info}_delete", args=[instance.pk]), {"post": "yes"}).status_code == 403
            ), info


@pytest.mark.parametrize(("name", "path"), ACCOUNT)
def test_account_pages(world: World, name: str, path: str) -> None:
    for person in (ANONYMOUS, INACTIVE, ROLE_LESS, FLAGGED, GROUP_LEADER, ADMINISTRATOR):
        response = world.client(person).get(path)
        assert response.status_code < 500, (person, response.status_code)
        if person in (ANONYMOUS, INACTIVE) and response.status_code == 200:
            assert name in OPEN or b"login" in response.content, f"{name} is open to strangers"


def test_nobody_signs_up(world: World) -> None:
    client = world.client(ANONYMOUS)
    data = {"username": "mallory", "password1": "Long enough 42", "password2": "Long enough 42"}
    assert client.post("/account/signup/", data).status_code in (200, 404)
    assert not type(world.people[GROUP_LEADER]).objects.filter(username="mallory").exists()


@pytest.mark.parametrize("role", list(Role))
def test_nobody_gives_himself_a_role(world: World, role: Role) -> None:
    """Faults 41: not through the profile, and not through the administration's page of himself."""
    person = world.people[ADMINISTRATOR]
    client = world.client(ADMINISTRATOR)
    client.post(
        reverse("accounts:profile"), {"phone": "1", "role": role.value, "roles": role.value, "is_staff": "on"}
    )
    client.post(
        reverse("admin:accounts_user_change", args=[person.pk]),
        {
            "username": person.username, "name": person.name, "email": person.email, "is_active": "on",
            "mails_wanted": "on", "theme": "auto", "role_assignments-TOTAL_FORMS": "2",
            "role_assignments-INITIAL_FORMS": "1", "role_assignments-MIN_NUM_FORMS": "0",
            "role_assignments-MAX_NUM_FORMS": "1000",
            "role_assignments-0-id": person.role_assignments.get().pk, "role_assignments-0-user": person.pk,
            "role_assignments-0-role": ADMINISTRATOR,
            "role_assignments-1-user": person.pk, "role_assignments-1-role": role.value,
        },
    )  # fmt: skip
    assert set(person.role_assignments.values_list("role", flat=True)) == {ADMINISTRATOR}
