"""People: rights follow from roles, and from nothing else."""

from __future__ import annotations

import os
from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.db import IntegrityError, transaction

from creditrisk.accounts.models import Department, User
from creditrisk.accounts.roles import Role
from creditrisk.accounts.selectors import holders_of, people_with
from tests.factories.people import PASSWORD, create_department, create_team, create_user, reload

pytestmark = pytest.mark.django_db


def test_roles_are_those_held_now() -> None:
    user = create_user(Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER)
    assert user.roles == {"account_manager", "service_manager"}
    assert user.has_role(Role.SERVICE_MANAGER, Role.GENERAL_MANAGER)
    assert not user.has_role(Role.GENERAL_MANAGER)
    assert not user.has_role()
    assert user.role_labels == ["Account manager", "Customer service manager"]
    user.is_active = False
    user.save()
    assert reload(user).roles == frozenset()


def test_a_person_is_called_by_his_name() -> None:
    user = create_user(username="lilei", name="李雷")
    assert (str(user), user.get_full_name(), user.get_short_name()) == ("李雷",) * 3
    user.name = ""
    assert str(user) == "lilei"
    assert str(user.role_assignments.create(role=Role.GROUP_LEADER)) == "lilei: Group leader (Marketing VP)"
    assert str(create_department(name="市场部")) == "市场部"


def test_holders_of_a_role_are_active() -> None:
    holder = create_user(Role.LEGAL_AFFAIRS)
    create_user(Role.LEGAL_AFFAIRS, is_active=False)
    create_user(Role.GENERAL_MANAGER)
    assert list(holders_of(Role.LEGAL_AFFAIRS)) == [holder]


def test_holders_of_several_roles_are_each_one_person() -> None:
    both = create_user(Role.DEPUTY_LEADER, Role.GROUP_LEADER, username="b")
    one = create_user(Role.GROUP_LEADER, username="a")
    create_user(Role.GROUP_LEADER, is_active=False)
    create_user(Role.GENERAL_MANAGER)
    assert list(people_with(Role.GROUP_LEADER, Role.DEPUTY_LEADER)) == [one, both]


@pytest.mark.parametrize("role", list(Role))
def test_only_administrators_have_rights_in_the_admin(role: Role) -> None:
    holder = create_team().holder(role)
    is_administrator = role is Role.ADMINISTRATOR
    assert holder.has_perm("accounts.change_user") == is_administrator
    assert holder.has_perms(["accounts.change_user"]) == is_administrator
    assert holder.has_module_perms("accounts") == is_administrator


def test_superuser_flag_gives_no_right() -> None:
    user = create_user(Role.ACCOUNT_MANAGER, is_superuser=True)
    assert not user.has_perm("accounts.change_user")
    assert not user.has_module_perms("accounts")
    assert user.get_all_permissions() == user.get_user_permissions() == user.get_group_permissions() == set()


def test_createsuperuser_makes_an_administrator_who_can_log_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    arguments = ["--noinput", "--username=chief", "--name=Chief", "--email=chief@example.com"]
    call_command("createsuperuser", *arguments, stdout=StringIO())
    chief = User.objects.get()
    assert chief.roles == {"administrator"}
    assert chief.has_perm("accounts.add_user")
    assert authenticate(None, username="chief", password=PASSWORD) == chief


def test_ordinary_person_gets_no_role() -> None:
    assert User.objects.create_user("somebody", password=PASSWORD).roles == frozenset()


def test_names_differ_in_more_than_capitals() -> None:
    create_user(username="LiLei")
    with pytest.raises(IntegrityError), transaction.atomic():
        create_user(username="lilei")


def test_a_role_is_held_once() -> None:
    user = create_user(Role.ACCOUNT_MANAGER)
    with pytest.raises(IntegrityError), transaction.atomic():
        user.role_assignments.create(role=Role.ACCOUNT_MANAGER)


def test_department_outlives_its_head_only_by_name() -> None:
    head = create_user(Role.DEPARTMENT_MANAGER)
    department = create_department(head=head)
    head.role_assignments.all().delete()
    head.delete()
    assert Department.objects.get(pk=department.pk).head is None
