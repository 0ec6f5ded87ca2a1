"""Who asks, and for which review: what is not visible is not found."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from creditrisk.accounts.requests import person_of
from reviews import selectors
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
