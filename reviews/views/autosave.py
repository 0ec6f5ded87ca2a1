"""Saving a draft while it is written: what is valid of it, and in so many words what is not."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from creditrisk.accounts.requests import person_of
from creditrisk.exceptions import BusinessError, ConflictError
from reviews import services
from reviews.forms import RemarksForm
from reviews.models import Review, ReviewKind
from reviews.views.form import answers_form
from reviews.views.requests import changing, review_or_404

CONFLICT, NOT_ALLOWED, BAD_REQUEST = 409, 403, 400


@changing
def autosave(request: HttpRequest, number: str) -> HttpResponse:
    """Save what is valid of the form, and answer with its version now and when that was; 409 where somebody else has
    changed it meanwhile.

    JSON: `form_version`, `saved_at` (HH:MM:SS in the company's time zone) and `invalid` (field → reason), else
    `message`.
    """
    review = review_or_404(request, number)
    try:
        done = (
            _save_remarks(request, review)
            if review.kind == ReviewKind.ANNUAL
            else _save_answers(request, review)
        )
    except BusinessError as refused:
        status = CONFLICT if isinstance(refused, ConflictError) else NOT_ALLOWED
        return JsonResponse({"message": str(refused)}, status=status)
    if done is None:
        text = _("The page was not complete. Load it anew.")
        return JsonResponse({"message": text}, status=BAD_REQUEST)
    saved, invalid = done
    now = f"{timezone.localtime():%H:%M:%S}"
    return JsonResponse({"form_version": saved.form_version, "saved_at": now, "invalid": invalid})


Saved = tuple[Review, dict[str, str]]


def _save_answers(request: HttpRequest, review: Review) -> Saved | None:
    form = answers_form(review, request)
    form.is_valid()
    if "seen_form_version" not in form.cleaned_data:
        return None
    done = services.save_form(
        review=review,
        by=person_of(request),
        answers=form.valid_answers,
        seen_form_version=form.cleaned_data["seen_form_version"],
    )
    return done.review, {name: str(errors[0]) for name, errors in form.errors.items()}


def _save_remarks(request: HttpRequest, review: Review) -> Saved | None:
    form = RemarksForm(request.POST)
    if not form.is_valid():
        return None
    return services.save_remarks(review=review, by=person_of(request), **form.cleaned_data).review, {}
