"""The start page of each role, and the health of the system."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from creditrisk.accounts.requests import person_of
from creditrisk.badges import badge_counts
from creditrisk.dates import local_today
from creditrisk.home.selectors import start_page


@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """What waits for this person today."""
    return render(
        request, "home/start.html", {"start": start_page(user=person_of(request), today=local_today())}
    )


@never_cache
@require_GET
def counts(request: HttpRequest) -> JsonResponse:
    """How much waits behind each address of the navigation: an open page asks now and then, so its counts stay true."""
    found = badge_counts(person_of(request))
    return JsonResponse({reverse(name): found[name] for name in settings.NAVIGATION_BADGES})


@login_not_required
@never_cache
@require_GET
def health(request: HttpRequest) -> JsonResponse:
    """Whether the database and the broker answer: 200 where both do, else 503. Nothing else is told to strangers."""
    states = {"database": _database_answers(), "broker": _broker_answers()}
    return JsonResponse(
        {name: "ok" if good else "down" for name, good in states.items()},
        status=200 if all(states.values()) else 503,
    )


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _broker_answers() -> bool:
    # Not through the cache, which goes on in memory without it.
    client = Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=2, retry=Retry(NoBackoff(), 0)
    )
    try:
        return bool(client.ping())
    except (RedisError, OSError):
        return False
    finally:
        client.close()
