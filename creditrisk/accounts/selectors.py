"""Who holds which role."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import F, QuerySet

from creditrisk.accounts.models import Absence, User
from creditrisk.accounts.roles import Role


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


def people_with(*roles: str) -> QuerySet[User]:
    """Return the active people who hold one or more of `roles`, each once, by user name."""
    people = User.objects.filter(is_active=True, role_assignments__role__in=roles)
    return people.distinct().order_by("username")


def people_at_work() -> QuerySet[User]:
    """Return the active people who hold any role, by user name."""
    return User.objects.filter(is_active=True, role_assignments__isnull=False).distinct().order_by("username")


def absences_shown_to(person: User) -> QuerySet[Absence]:
    """Return the absences that `person` may end: his own, as administrator everybody's; the latest first."""
    absences = Absence.objects.select_related("person", "deputy", "entered_by")
    return absences if person.has_role(Role.ADMINISTRATOR) else absences.filter(person=person)


def deputies_of(people: Iterable[User], *, day: dt.date) -> dict[int, list[User]]:
    """Return for each of `people` who is away on `day` (by primary key) the people at work who stand in for him. One
    query, and one more for their roles.
    """
    absences = Absence.objects.filter(person__in=list(people), starts_on__lte=day, ends_on__gte=day)
    found: dict[int, list[User]] = {}
    for absence in absences.select_related("deputy").prefetch_related("deputy__role_assignments"):
        if absence.deputy.roles:
            found.setdefault(absence.person_id, []).append(absence.deputy)
    return found
