"""Who asks, and for which review: what is not visible is not found."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from creditrisk.accounts.models import User
from reviews import selectors
from reviews.models import Review


def person_of(request: HttpRequest) -> User:
    """Return the logged-in person."""
    assert isinstance(request.user, User)  # the log-in middleware lets nobody else through
    return request.user


def review_or_404(request: HttpRequest, number: str) -> Review:
    """Return a review that the person may see, with everything its page shows."""
    return get_object_or_404(selectors.review_for_page(person_of(request)), number=number)
