"""Who asks."""

from __future__ import annotations

from django.http import HttpRequest

from creditrisk.accounts.models import User


def person_of(request: HttpRequest) -> User:
    """Return the logged-in person."""
    assert isinstance(request.user, User)  # the log-in middleware lets nobody else through
    return request.user
