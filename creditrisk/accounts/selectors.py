"""Who holds which role."""

from __future__ import annotations

from django.db.models import F, QuerySet

from creditrisk.accounts.models import User


def holders_by_role(*roles: str) -> dict[str, list[User]]:
    """Return the active people who hold each of `roles`, by user name, with their names. One query for all roles."""
    people = User.objects.filter(is_active=True, role_assignments__role__in=roles).order_by("username")
    people = people.only("username", "name")
    found: dict[str, list[User]] = {role: [] for role in roles}
    for person in people.annotate(held_role=F("role_assignments__role")):
        found[person.held_role].append(person)
    return found


def holders_of(role: str) -> QuerySet[User]:
    """Return the active people who hold `role`, by user name."""
    return User.objects.filter(is_active=True, role_assignments__role=role).order_by("username")
