"""Who may use the Django admin: the administrator role, and nobody by a flag alone."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role


class RoleBackend(ModelBackend):
    """Holders of the administrator role have every model permission; each ModelAdmin narrows it to what may
    be edited."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return isinstance(user_obj, User) and user_obj.is_active and user_obj.has_role(Role.ADMINISTRATOR)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return self.has_perm(user_obj, app_label)
