"""Changing people: oneself, and as an administrator others."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from creditrisk.accounts import services
from creditrisk.accounts.models import RoleAssignment, User
from creditrisk.accounts.roles import Role
from creditrisk.audit.selectors import history_of
from creditrisk.exceptions import NotAllowedError
from tests.factories.people import Team, create_team, create_user, reload

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator() -> User:
    return create_user(Role.ADMINISTRATOR, name="管理员")


def test_language_theme_and_profile_are_kept_and_on_record() -> None:
    user = create_user(language="en")
    services.set_language(user=user, language="zh-hant")
    services.set_theme(user=user, theme="dark")
    services.update_profile(user=user, phone="021", mails_wanted=False, digest_wanted=False)
    user.refresh_from_db()
    assert (user.language, user.theme, user.phone, user.mails_wanted) == ("zh-hant", "dark", "021", False)
    changed = [change.field for entry in history_of(user)[:3] for change in entry.changes]
    assert set(changed) == {"language", "theme", "phone", "mails_wanted", "digest_wanted"}
    assert {entry.person for entry in history_of(user)[:3]} == {str(user)}


def test_administrator_assigns_and_removes_roles(administrator: User) -> None:
    user = create_user()
    given = services.assign_role(user=user, role=Role.LEGAL_AFFAIRS, by=administrator)
    assert services.assign_role(user=user, role="legal_affairs", by=administrator) == given
    assert reload(user).roles == {"legal_affairs"}
    assert history_of(given)[0].person == "管理员"
    services.remove_role(user=user, role=Role.LEGAL_AFFAIRS, by=administrator)
    services.remove_role(user=user, role=Role.LEGAL_AFFAIRS, by=administrator)
    assert reload(user).roles == frozenset()
    assert history_of(given)[0].kind == "delete"


def test_unknown_role_is_refused(administrator: User) -> None:
    with pytest.raises(ValueError, match="emperor"):
        services.assign_role(user=create_user(), role="emperor", by=administrator)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("act", [services.assign_role, services.remove_role])
def test_nobody_changes_his_own_roles(role: Role, act: Callable[..., object]) -> None:
    holder = create_team().holder(role)
    before = RoleAssignment.objects.count()
    with pytest.raises(NotAllowedError) as refused:
        act(user=holder, role=Role.ADMINISTRATOR, by=holder)
    assert refused.value.code == ("roles.self" if role is Role.ADMINISTRATOR else "roles.not_allowed")
    assert RoleAssignment.objects.count() == before


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_others_assign_no_roles(role: Role) -> None:
    team: Team = create_team()
    with pytest.raises(NotAllowedError):
        services.assign_role(user=create_user(), role=Role.GENERAL_MANAGER, by=team.holder(role))


def test_deactivating_and_activating(administrator: User) -> None:
    user = create_user(Role.ACCOUNT_MANAGER)
    hashes = [user.get_session_auth_hash()]
    for is_active in (False, False, True):
        changed = services.set_active(user=user, is_active=is_active, by=administrator)
        assert changed.is_active == is_active
        hashes.append(changed.get_session_auth_hash())
    # Twice deactivated is once; the sessions of before never come back.
    assert hashes[1] == hashes[2]
    assert len(set(hashes)) == 3


def test_nobody_deactivates_himself(administrator: User) -> None:
    with pytest.raises(NotAllowedError) as refused:
        services.set_active(user=administrator, is_active=False, by=administrator)
    assert refused.value.code == "users.self"
    assert reload(administrator).is_active


def test_others_deactivate_nobody(administrator: User) -> None:
    with pytest.raises(NotAllowedError) as refused:
        services.set_active(user=administrator, is_active=False, by=create_user(Role.GENERAL_MANAGER))
    assert refused.value.code == "users.not_allowed"
