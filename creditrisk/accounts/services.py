"""What people may change about themselves and, as administrators, about others."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import RoleAssignment, User
from creditrisk.accounts.roles import Role
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import NotAllowedError


@transaction.atomic
def set_language(*, user: User, language: str) -> None:
    """Keep `language` (a code of settings.LANGUAGES) as this person's choice on every device."""
    with acting(user):
        User.objects.filter(pk=user.pk).update(language=language)


@transaction.atomic
def set_theme(*, user: User, theme: str) -> None:
    """Keep `theme` (a value of User.Theme) as this person's choice on every device."""
    with acting(user):
        User.objects.filter(pk=user.pk).update(theme=theme)


@transaction.atomic
def update_profile(*, user: User, phone: str, mails_wanted: bool, digest_wanted: bool) -> None:
    """Keep what a person may say about himself: his phone, whether he wants e-mails, and among them the morning's."""
    with acting(user):
        User.objects.filter(pk=user.pk).update(
            phone=phone, mails_wanted=mails_wanted, digest_wanted=digest_wanted
        )


def assignment_refusal(*, user: User, by: User) -> NotAllowedError | None:
    """Return why `by` may not change the roles of `user`: no administrator, or his own roles; None where he
    may."""
    if not by.has_role(Role.ADMINISTRATOR):
        return NotAllowedError("roles.not_allowed", _("Only an administrator assigns roles."))
    if by.pk == user.pk:
        return NotAllowedError("roles.self", _("Nobody changes his own roles: ask another administrator."))
    return None


def _require_may_assign(*, user: User, by: User) -> None:
    if refusal := assignment_refusal(user=user, by=by):
        raise refusal


@transaction.atomic
def assign_role(*, user: User, role: str, by: User) -> RoleAssignment:
    """Give `role` to `user`; giving it twice changes nothing. Raises NotAllowedError (see
    `assignment_refusal`)."""
    User.objects.select_for_update().get(pk=user.pk)
    _require_may_assign(user=user, by=by)
    with acting(by):
        return RoleAssignment.objects.get_or_create(user=user, role=Role(role))[0]


@transaction.atomic
def remove_role(*, user: User, role: str, by: User) -> None:
    """Take `role` from `user`. Raises NotAllowedError (see `assignment_refusal`).

    An administrator always remains: nobody takes the role from himself.
    """
    User.objects.select_for_update().get(pk=user.pk)
    _require_may_assign(user=user, by=by)
    with acting(by):
        RoleAssignment.objects.filter(user=user, role=role).delete()


@transaction.atomic
def set_active(*, user: User, is_active: bool, by: User) -> User:
    """Let `user` log in or no longer; return him. Deactivating ends his sessions for good: reactivated, he
    logs in anew.

    Raises NotAllowedError unless `by` is an administrator and somebody else.
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    if not by.has_role(Role.ADMINISTRATOR):
        raise NotAllowedError(
            "users.not_allowed", _("Only an administrator activates and deactivates people.")
        )
    if by.pk == user.pk:
        raise NotAllowedError("users.self", _("Nobody deactivates himself: ask another administrator."))
    if locked.is_active != is_active:
        locked.is_active = is_active
        locked.session_epoch += 1
        with acting(by):
            locked.save()
    return locked


@transaction.atomic
def reset_second_factor(*, user: User, by: User) -> User:
    """Remove the second factors of `user`, who lost his phone; return him. His sessions end: he logs in with his
    password and sets up a new one. Without a second factor nothing changes.

    Raises NotAllowedError unless `by` is an administrator and somebody else.
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    if not by.has_role(Role.ADMINISTRATOR):
        raise NotAllowedError("second_factor.not_allowed", _("Only an administrator resets a second factor."))
    if by.pk == user.pk:
        raise NotAllowedError(
            "second_factor.self", _("Nobody resets his own second factor: ask another administrator.")
        )
    removed, _rows = Authenticator.objects.filter(user=locked).delete()
    if removed:
        locked.session_epoch += 1
        with acting(by):
            locked.save()
    return locked
