"""What every request goes through: a refusal that no view caught becomes a page with its reason, not a server error;
what a page asks several times is asked once.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from creditrisk.exceptions import BusinessError, ConflictError, NotAllowedError
from creditrisk.memo import answers_kept

READS = ("GET", "HEAD")


class BusinessErrorMiddleware:
    """409 for a conflict, 403 for what is not allowed, 400 for other refusals; each shows the translated reason."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, BusinessError):
            return None
        status = (
            409
            if isinstance(exception, ConflictError)
            else 403
            if isinstance(exception, NotAllowedError)
            else 400
        )
        return render(
            request, "refused.html", {"reason": str(exception), "code": exception.code}, status=status
        )


class AnswersKeptMiddleware:
    """Keeps the answers of selectors marked `asked_once` for the length of a request that only reads."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in READS:
            return self.get_response(request)
        with answers_kept():
            return self.get_response(request)
