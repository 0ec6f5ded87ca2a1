"""The demo's log-ins for the log-in page, where the product runs as a demo."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from creditrisk.home.demo.people import demo_logins


def demo(_request: HttpRequest) -> dict[str, object]:
    """Return `demo_logins` as (user name, role label, password), empty outside of a demo."""
    if not settings.CREDITRISK_DEMO:
        return {}
    return {"demo_logins": SimpleLazyObject(demo_logins)}
