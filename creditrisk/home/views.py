"""The start page of each role, and the health of the system."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
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
from creditrisk.jobs.selectors import jobs_in_trouble


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
    """Whether the database and the broker answer: 200 where both do, else 503; and whether a job is late. Nothing else
    is told to strangers."""
    states = {"database": _database_answers(), "broker": _broker_answers()}
    told = {name: "ok" if good else "down" for name, good in states.items()}
    if states["database"] and _jobs_told() != "ok":
        told["jobs"] = "late"
    return JsonResponse(told, status=200 if all(states.values()) else 503)


@login_not_required
@never_cache
@require_GET
def health_of_jobs(_request: HttpRequest) -> JsonResponse:
    """Whether every job ran that should have: 200, else 503. Apart from `health`, by which a server is taken out of
    service: a late job is no reason for that. Which job it is, the page of jobs tells.
    """
    told = _jobs_told() if _database_answers() else "unknown"
    return JsonResponse({"jobs": told}, status=200 if told == "ok" else 503)


def _jobs_told() -> str:
    return "late" if jobs_in_trouble(timezone.now()) else "ok"


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
