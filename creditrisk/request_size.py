"""How large the body of a request may be: known from its view, asked before a byte of it is read (CSRF reads it).

A view that takes files says so: `@takes_files("CREDITRISK_REPORT_MAX_BYTES")`. Every other address takes a form.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

View = TypeVar("View", bound=Callable[..., Any])
TOO_LARGE = 413
CHUNK_BYTES = 64 * 1024


def takes_files(setting: str) -> Callable[[View], View]:
    """Return a decorator for a view whose requests carry files: at most as many bytes as `setting` says, beside the
    form around them. Decorators outside of it keep it, if they use `functools.wraps`.
    """

    def declare(view: View) -> View:
        view.files_max_bytes_setting = setting  # type: ignore[attr-defined]
        return view

    return declare


def body_max_bytes(view: Callable[..., Any]) -> int:
    """Return how many bytes the body of a request to `view` may have."""
    setting = getattr(view, "files_max_bytes_setting", None)
    files_bytes: int = getattr(settings, setting) if setting else 0
    return settings.CREDITRISK_FORM_MAX_BYTES + files_bytes


class RequestSizeMiddleware:
    """413 for a body larger than its address takes. Stands before whatever reads the body, CSRF above all."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], *_arguments: object
    ) -> HttpResponse | None:
        limit = body_max_bytes(view)
        if announced_bytes(request) > limit or not _take_unannounced(request, limit):
            return render(request, "413.html", status=TOO_LARGE)
        return None


def announced_bytes(request: HttpRequest) -> int:
    """Return the length of the body as its sender states it; 0 where he does not."""
    try:
        return max(0, int(request.META.get("CONTENT_LENGTH") or 0))
    except ValueError:
        return 0


def _take_unannounced(request: HttpRequest, limit: int) -> bool:
    """Return whether a body without a stated length (sent in chunks) keeps to the limit, and make it readable:
    Django alone takes such a body for empty.

    Only where the server ends the stream by itself; elsewhere nobody reads it, and it harms nobody.
    """
    if request.META.get("CONTENT_LENGTH") or not request.META.get("wsgi.input_terminated"):
        return True
    if "chunked" not in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        return True
    assert isinstance(request, WSGIRequest)
    body = tempfile.SpooledTemporaryFile(max_size=settings.FILE_UPLOAD_MAX_MEMORY_SIZE)  # noqa: SIM115  read by the view
    size_bytes = 0
    while chunk := request.META["wsgi.input"].read(CHUNK_BYTES):
        size_bytes += len(chunk)
        if size_bytes > limit:
            body.close()
            return False
        body.write(chunk)
    body.seek(0)
    request.META["CONTENT_LENGTH"] = str(size_bytes)
    request._stream = body  # type: ignore[assignment]
    return True
