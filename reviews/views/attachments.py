"""Files of a review: attached by a POST of their own, so that a failed form never loses them; served as
downloads only.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from creditrisk.accounts.requests import person_of
from creditrisk.exceptions import InvalidInputError
from creditrisk.request_size import takes_files
from creditrisk.stored_files import download_response, preview_response, require_file_size
from reviews import services
from reviews.forms import AttachmentForm
from reviews.models import Attachment, Review
from reviews.views.requests import changing, review_or_404


@changing
@takes_files("CREDITRISK_ATTACHMENTS_AT_ONCE_MAX_BYTES")
def attach(request: HttpRequest, number: str) -> HttpResponse:
    """Attach one or several files; those that are refused do not keep the others out."""
    review = review_or_404(request, number)
    form = AttachmentForm(request.POST, request.FILES)
    if not form.is_valid():
        problems = [str(error) for errors in form.errors.values() for error in errors]
        return _answer(request, review, problems)
    problems = []
    for file in form.cleaned_data["documents"]:
        try:
            _attach_one(request, review, file, form.cleaned_data["category"], form.cleaned_data["item"])
        except InvalidInputError as refused:
            problems.append(f"{file.name}: {refused}")
    return _answer(request, review, problems, added=len(form.cleaned_data["documents"]) - len(problems))


def _attach_one(
    request: HttpRequest, review: Review, file: UploadedFile[bytes], category: str, item: str
) -> None:
    require_file_size(file.size or 0)
    services.add_attachment(
        review=review,
        by=person_of(request),
        name=file.name or "",
        content=file.read(),
        category=category,
        item=item,
    )


@changing
def remove(request: HttpRequest, number: str, attachment_id: int) -> HttpResponse:
    """Take a file off the form."""
    review = review_or_404(request, number)
    attachment = get_object_or_404(review.attachments, pk=attachment_id)
    services.remove_attachment(attachment=attachment, by=person_of(request), now=timezone.now())
    return _answer(request, review, [], removed=attachment.name)


def _answer(
    request: HttpRequest, review: Review, problems: list[str], *, added: int = 0, removed: str = ""
) -> HttpResponse:
    if getattr(request, "htmx", False):
        context: dict[str, Any] = {
            "review": review_or_404(request, review.number),
            "problems": problems,
            "may_attach": True,
            "is_fragment": True,
        }
        return render(request, "reviews/_attachments.html", context)
    for problem in problems:
        messages.error(request, problem)
    if added:
        text = ngettext("%(count)s file attached.", "%(count)s files attached.", added)
        messages.success(request, text % {"count": added})
    if removed:
        messages.success(request, _("%(name)s removed.") % {"name": removed})
    return redirect(f"{reverse('reviews:edit', args=[review.number])}#attachments")


@require_GET
def download(request: HttpRequest, number: str, attachment_id: int) -> HttpResponse | FileResponse:
    """Send a file, or an earlier version of one, as a download, never to be shown by the browser, and never from
    anybody's cache.
    """
    return download_response(_shown_file(request, number, attachment_id))


@require_GET
def preview(request: HttpRequest, number: str, attachment_id: int) -> HttpResponse | FileResponse:
    """Send an image or a PDF for a frame of our own page; any other file is not found."""
    attachment = _shown_file(request, number, attachment_id)
    if not attachment.is_shown_inline:
        raise Http404
    return preview_response(attachment)


def _shown_file(request: HttpRequest, number: str, attachment_id: int) -> Attachment:
    review = review_or_404(request, number)
    for file in (*review.attachments.all(), *review.earlier_files):  # type: ignore[attr-defined]
        if file.pk == attachment_id:
            found: Attachment = file
            return found
    raise Http404
