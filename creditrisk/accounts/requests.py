"""Who asks, and for what."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from creditrisk.accounts.models import User


def person_of(request: HttpRequest) -> User:
    """Return the logged-in person."""
    assert isinstance(request.user, User)  # the log-in middleware lets nobody else through
    return request.user


def changing(
    find: Callable[[HttpRequest, Any], Model], *, key: str = "pk"
) -> Callable[..., Callable[..., HttpResponse]]:
    """Return a decorator for views that change what `find` finds by the `key` of the address: it hands the view what
    was found, and lets only a POST through. Whoever comes by a link (after a new log-in, say) is led to its page."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @require_http_methods(["GET", "POST"])
        @wraps(view)
        def answer(request: HttpRequest, **address: Any) -> HttpResponse:
            found: Any = find(request, address.pop(key))
            return redirect(found) if request.method == "GET" else view(request, found, **address)

        return answer

    return decorate
