"""Files that people hand in and get back: checked by their content, stored under the server's own names, sent as
downloads only.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.exceptions import BusinessError, InvalidInputError
from creditrisk.file_content import display_name, file_type

MEGABYTE = 1024 * 1024

NamedContents = Sequence[tuple[str, bytes]]
"""Files that somebody hands in, as (name, content)."""


class StoredFile(models.Model):
    """One file. `size_bytes` and `sha256` are of the stored bytes; `content_type` is what the content is, not its
    name. A model adds `file` with a path that owes nothing to the name (see `server_path`).
    """

    name = models.CharField(gettext_lazy("file name"), max_length=200)
    size_bytes = models.PositiveBigIntegerField(gettext_lazy("size"))
    content_type = models.CharField(gettext_lazy("type"), max_length=100)
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=gettext_lazy("uploaded by")
    )
    uploaded_at = models.DateTimeField(gettext_lazy("uploaded at"), auto_now_add=True)

    class Meta:
        abstract = True


def server_path(folder: str, owner: Any) -> str:
    """Return a path in `folder` for a file of `owner` (a primary key): nothing of it comes from a person."""
    return f"{folder}/{owner}/{uuid4().hex}"


def require_file_size(size_bytes: int) -> None:
    """Raise InvalidInputError for a file that is empty or larger than the setting allows, before it is read."""
    limit = settings.CREDITRISK_ATTACHMENT_MAX_BYTES
    if size_bytes > limit:
        reason = _("This file is too large: at most %(megabytes)s MB.")
        raise InvalidInputError("attachment.too_large", reason % {"megabytes": limit // MEGABYTE})
    if size_bytes == 0:
        raise InvalidInputError("attachment.empty", _("This file is empty."))


def describe_file(*, name: str, content: bytes) -> dict[str, Any]:
    """Return the values of a `StoredFile` for what a person handed in under `name`.

    Raises InvalidInputError where the file is too large, empty or of a type that is not allowed.
    """
    require_file_size(len(content))
    found = file_type(content)
    return {
        "name": display_name(name, found),
        "size_bytes": len(content),
        "content_type": found.mime,
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def read_contents(files: Iterable[UploadedFile[bytes]]) -> list[tuple[str, bytes]]:
    """Return uploaded files as (name, content). Raises InvalidInputError, with its name, for one that is too large,
    before it is read."""
    contents = []
    for file in files:
        with _named(file.name or ""):
            require_file_size(file.size or 0)
        contents.append((file.name or "", file.read()))
    return contents


def new_files(
    files: NamedContents, *, known: set[tuple[str, str]], too_many: InvalidInputError
) -> list[tuple[dict[str, Any], bytes]]:
    """Return what `describe_file` says of each of `files`, and its content, without those that are `known` by name and
    fingerprint already: the same file twice is kept once.

    Raises InvalidInputError, with its name, for the first that is not kept; `too_many` for one more than the setting
    allows, the known ones counted.
    """
    seen, found = set(known), []
    for name, content in files:
        with _named(name):
            described = describe_file(name=name, content=content)
        key = (described["name"], described["sha256"])
        if key in seen:
            continue
        seen.add(key)
        if len(seen) > settings.CREDITRISK_ATTACHMENTS_MAX_COUNT:
            raise too_many
        found.append((described, content))
    return found


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Put the name of the file before what is said against it."""
    try:
        yield
    except InvalidInputError as refusal:
        raise InvalidInputError(refusal.code, f"{name}: {refusal}") from refusal


def store_content(stored: Any, content: bytes) -> None:
    """Write the bytes of an unsaved `StoredFile` to its `file`. A rollback after this leaves an unnamed file that
    nothing points to: it shows nowhere.
    """
    stored.file.save(stored.name, ContentFile(content), save=False)


def issued_content(file: FieldFile, *, sha256: str) -> bytes | None:
    """Return a file byte by byte as it was issued; None where it is gone or differs from its fingerprint."""
    try:
        with file.open("rb") as stored:
            content: bytes = stored.read()
    except (OSError, ValueError):
        return None
    return content if hashlib.sha256(content).hexdigest() == sha256 else None


@contextmanager
def on_disk(file: File[bytes]) -> Iterator[Path]:
    """Yield the path of a copy of what a person handed in, for readers that open files themselves; gone afterwards."""
    with tempfile.NamedTemporaryFile(prefix="creditrisk-copy-") as copy:
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        yield Path(copy.name)


def pdf_response(pdf: bytes, *, name: str) -> HttpResponse:
    """Return a PDF of ours for a tab of its own. Nothing in it may load anything or run."""
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response


def download_response(stored: Any) -> FileResponse:
    """Return the file as a download, never to be shown by the browser, and never from anybody's cache.

    The caller has checked the permission. Raises BusinessError where the file is gone.
    """
    response = _response(stored, as_attachment=True)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def preview_response(stored: Any) -> FileResponse:
    """Return an image or a PDF for a frame of our own page, never from anybody's cache. Nothing in it may load anything
    or run as ours: its type is what the content is, and the browser must not guess another.

    The caller has checked the permission and the type. Raises BusinessError where the file is gone.
    """
    response = _response(stored, as_attachment=False)
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    )
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _response(stored: Any, *, as_attachment: bool) -> FileResponse:
    try:
        file = stored.file.open("rb")
    except FileNotFoundError:
        raise BusinessError(
            "attachment.lost", _("This file is missing on the server: tell an administrator.")
        ) from None
    response = FileResponse(
        file, as_attachment=as_attachment, filename=stored.name, content_type=stored.content_type
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
