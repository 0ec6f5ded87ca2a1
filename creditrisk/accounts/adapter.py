"""allauth: accounts are made by the administrator, and a log-in brings the person's language along."""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal.ratelimit import get_ip
from django.http import HttpRequest

from creditrisk.accounts.middleware import SESSION_LANGUAGE
from creditrisk.accounts.models import User
from creditrisk.accounts.services import set_language

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """No sign-up, throttling that does not lock the victim out, and the person's own language."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: User) -> Any:
        result = super().login(request, user)
        if user.language:
            request.session[SESSION_LANGUAGE] = user.language
        elif chosen := request.session.get(SESSION_LANGUAGE):
            set_language(
                user=user, language=chosen
            )  # what he chose before the first log-in: his mails follow
        return result

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # Failed log-ins count for a name *and* where they come from: who guesses at somebody's password shuts
        # out himself, not him.
        key: str = super()._get_login_attempts_cache_key(request, **credentials)
        return f"{get_ip(request)}:{key}"

    def set_password(self, user: User, password: str) -> None:
        # The password is not in the history; the epoch is, so the change is on record. It ends all sessions.
        user.session_epoch += 1
        super().set_password(user, password)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        # These mails carry links that change a password: they bypass the outbox, which others read.
        # The answer must not depend on the mail server, or it would tell whether an account exists.
        try:
            super().send_mail(template_prefix, email, context)
        except OSError:
            logger.exception("The mail %s could not be sent.", template_prefix)
