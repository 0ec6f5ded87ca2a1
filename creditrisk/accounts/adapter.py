"""allauth: accounts are made by the administrator, and a log-in brings the person's language along."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from creditrisk.accounts.middleware import SESSION_LANGUAGE
from creditrisk.accounts.models import User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: User) -> Any:
        result = super().login(request, user)
        if user.language:
            request.session[SESSION_LANGUAGE] = user.language
        return result
