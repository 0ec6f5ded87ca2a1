"""People for tests: real rows with unique names, as small as the model allows."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from django.conf import settings
from django.test import Client

from creditrisk.accounts.models import Department, RoleAssignment, User
from creditrisk.accounts.roles import Role

PASSWORD = "correct horse battery staple"
"""The password of every person made with `password=PASSWORD`; without one nobody can log in by the form."""

_numbers = count(1)


def create_department(*, code: str = "", name: str = "", head: User | None = None) -> Department:
    """Return a department; its code and name are made up where they are not given."""
    number = next(_numbers)
    return Department.objects.create(
        code=code or f"D{number}", name=name or f"Department {number}", head=head
    )


def create_user(
    *roles: Role | str,
    username: str = "",
    name: str = "",
    department: Department | None = None,
    password: str | None = None,
    email: str = "",
    language: str = "",
    is_active: bool = True,
    is_superuser: bool = False,
) -> User:
    """Return an active person who holds `roles`.

    Give a password only where the test logs in by the form: hashing is slow on purpose.
    """
    username = username or f"{roles[0] if roles else 'person'}{next(_numbers)}"
    user = User(
        username=username,
        name=name or username.capitalize(),
        department=department,
        email=email,
        language=language,
        is_active=is_active,
        is_superuser=is_superuser,
        is_staff=is_superuser,
    )
    if password is None:
        user.set_unusable_password()
    else:
        user.set_password(password)
    user.save()
    RoleAssignment.objects.bulk_create(RoleAssignment(user=user, role=Role(role)) for role in roles)
    return user


def session_of(user: User) -> str:
    """Return the key of a session in which the person is logged in."""
    client = Client()
    client.force_login(user)
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


def reload(user: User) -> User:
    """Return the person as the next request would read him: `roles` are cached on the instance."""
    return User.objects.get(pk=user.pk)


@dataclass(frozen=True)
class Team:
    """One person for each role of P3; `department_manager` leads `market`, the department of AM and CSM."""

    market: Department
    group_leader: User
    deputy_leader: User
    account_manager: User
    service_manager: User
    department_manager: User
    legal_affairs: User
    general_management: User
    planning_finance: User
    general_manager: User
    finance_clerk: User
    administrator: User

    def holder(self, role: Role | str) -> User:
        """Return the person who holds `role`."""
        holder: User = getattr(self, Role(role).value)
        return holder


def create_team() -> Team:
    """Return a team with one holder for each role."""
    head = create_user(Role.DEPARTMENT_MANAGER)
    market = create_department(head=head)
    head.department = market
    head.save()
    in_market = {Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER}
    others = {
        role.value: create_user(role, department=market if role in in_market else None)
        for role in Role
        if role is not Role.DEPARTMENT_MANAGER
    }
    return Team(market=market, department_manager=head, **others)
