"""What people may change about themselves and, as administrators, about others."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import RoleAssignment, User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import NotAllowedError


@transaction.atomic
def set_language(*, user: User, language: str) -> None:
    """Keep `language` (a code of settings.LANGUAGES) as this person's choice on every device."""
    User.objects.filter(pk=user.pk).update(language=language)


@transaction.atomic
def set_theme(*, user: User, theme: str) -> None:
    """Keep `theme` (a value of User.Theme) as this person's choice on every device."""
    User.objects.filter(pk=user.pk).update(theme=theme)


def require_may_assign_roles(*, user: User, by: User) -> None:
    """Raise NotAllowedError unless `by` is an administrator who changes the roles of somebody else."""
    if not by.has_role(Role.ADMINISTRATOR):
        raise NotAllowedError("roles.not_allowed", _("Only an administrator assigns roles."))
    if by.pk == user.pk:
        raise NotAllowedError("roles.self", _("Nobody changes his own roles: ask another administrator."))


@transaction.atomic
def assign_role(*, user: User, role: str, by: User) -> RoleAssignment:
    """Give `role` to `user`; giving it twice changes nothing. Raises NotAllowedError (see above)."""
    User.objects.select_for_update().get(pk=user.pk)
    require_may_assign_roles(user=user, by=by)
    return RoleAssignment.objects.get_or_create(user=user, role=Role(role))[0]


@transaction.atomic
def remove_role(*, user: User, role: str, by: User) -> None:
    """Take `role` from `user`. Raises NotAllowedError (see above)."""
    User.objects.select_for_update().get(pk=user.pk)
    require_may_assign_roles(user=user, by=by)
    RoleAssignment.objects.filter(user=user, role=role).delete()
