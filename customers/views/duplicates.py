"""Likely duplicates of a new customer, shown while his names are typed and when the form comes back."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from creditrisk.accounts.models import User
from creditrisk.accounts.requests import person_of
from creditrisk.dates import local_today
from creditrisk.exceptions import require
from creditrisk.policy.selectors import policy_version_on
from customers import permissions
from customers.duplicates import Duplicates, likely_duplicates
from customers.master_data import NAME_FIELDS

TYPED_MAX_LENGTH = 200
"""No name is longer; an address may be."""


@require_GET
def duplicates(request: HttpRequest) -> HttpResponse:
    """The customers that what was typed so far is likely to repeat: a piece of the page."""
    person = person_of(request)
    require(permissions.create_refusal(person))
    return render(
        request, "customers/_duplicates.html", {"duplicates": typed_duplicates(request.GET, person)}
    )


def typed_duplicates(typed: Mapping[str, str], person: User) -> Duplicates:
    """Return the likely duplicates of the names and code that stand in a form."""
    return likely_duplicates(
        names=[typed.get(field, "")[:TYPED_MAX_LENGTH] for field in NAME_FIELDS],
        uscc=typed.get("uscc", "")[:TYPED_MAX_LENGTH],
        user=person,
        rules=policy_version_on(local_today()).policy.duplicates,
    )
