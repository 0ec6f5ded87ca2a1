"""Who holds which role."""

from __future__ import annotations

from django.db.models import QuerySet

from creditrisk.accounts.models import User


def holders_of(role: str) -> QuerySet[User]:
    """Return the active people who hold `role`, by user name."""
    return User.objects.filter(is_active=True, role_assignments__role=role).order_by("username")
