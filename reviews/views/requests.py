"""Who asks, and for which review: what is not visible is not found."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from creditrisk.accounts.requests import person_of
from creditrisk.exceptions import BusinessError, NotAllowedError
from reviews import selectors, services
from reviews.models import Review


def review_or_404(request: HttpRequest, number: str) -> Review:
    """Return a review that the person may see, with everything its page shows."""
    return get_object_or_404(selectors.review_for_page(person_of(request)), number=number)


def changing(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let only a POST through to a view that changes a review; whoever comes by a link is led to the review.

    That happens after a new log-in, or a switch of the language, on the answer to a POST.
    """

    @require_http_methods(["GET", "POST"])
    @wraps(view)
    def answer(request: HttpRequest, number: str, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "GET":
            return redirect(review_or_404(request, number))
        return view(request, number, *args, **kwargs)

    return answer


def acted(request: HttpRequest, review: Review, service: Callable[[], object], success: str) -> HttpResponse:
    """Do what a button asks for, tell the person what came of it, and lead to the review."""
    try:
        service()
    except BusinessError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, success)
    return redirect(review)


def hand_in(
    request: HttpRequest,
    review: Review,
    seen_form_version: int,
    *,
    incomplete: Callable[[services.IncompleteFormError], HttpResponse],
) -> HttpResponse:
    """Submit the form as it is stored and lead to the review; `incomplete` answers where something is missing."""
    try:
        done = services.submit_review(
            review=review, by=person_of(request), seen_form_version=seen_form_version, now=timezone.now()
        )
    except services.IncompleteFormError as missing:
        return incomplete(missing)
    except NotAllowedError as refused:
        messages.error(request, str(refused))
        return redirect(review)
    if done.repeated:
        messages.info(request, _("You have already submitted this review."))
    else:
        messages.success(
            request, _("Submitted: review %(number)s is in approval.") % {"number": review.number}
        )
    return redirect(review)
