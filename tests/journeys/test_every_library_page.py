"""No page of allauth and of the Django admin scrolls sideways or complains: the tour of `test_every_page`, in a file of
its own so that both run at the same time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.contrib import admin
from django.urls import reverse

from tests.journeys.conftest import DESKTOP, PHONE
from tests.journeys.test_every_page import (  # noqa: F401 - fixtures
    SCROLLS,
    Stop,
    Tour,
    tour,
    world,
)
from tests.security.routes import ADMINISTRATOR, GROUP_LEADER
from tests.security.test_library_pages import library_routes
from tests.security.world import ANONYMOUS, World

pytestmark = [pytest.mark.journey, pytest.mark.no_cover]  # what they reach is tested in detail elsewhere

LIBRARY_VISITS = (("en", (DESKTOP, PHONE)),)
BODY_SCROLLS = "[document.documentElement]"
"""In the administration a wide table may scroll inside its own frame."""


def library_pages(company: World) -> Iterator[Stop]:
    """Yield the pages of allauth and of the Django admin: lists, forms to add, and one object of each kind."""
    for name, path in library_routes("account/"):
        for person in (ANONYMOUS, GROUP_LEADER):
            status = company.client(person).get(path).status_code
            if status == 200 and name not in {"account_logout"}:
                yield Stop(path, person)
    client = company.client(ADMINISTRATOR)
    yield Stop(reverse("admin:index"), ADMINISTRATOR)
    for model in admin.site._registry:
        info = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield Stop(reverse(f"{info}_changelist"), ADMINISTRATOR)
        if client.get(reverse(f"{info}_add")).status_code == 200:
            yield Stop(reverse(f"{info}_add"), ADMINISTRATOR)
        if (instance := model._default_manager.first()) is not None:
            yield Stop(reverse(f"{info}_change", args=[instance.pk]), ADMINISTRATOR)


def test_no_page_of_the_libraries_scrolls_sideways_or_complains(
    tour: Callable[..., Tour],  # noqa: F811
    world: World,  # noqa: F811
) -> None:
    stops = list(library_pages(world))
    opened = {stop.path for stop in stops}
    assert {reverse("account_login"), reverse("mfa_index"), reverse("admin:index")} <= opened
    assert {reverse("admin:accounts_user_add"), reverse("admin:customers_customer_changelist")} <= opened
    wrong = []
    for language, viewports in LIBRARY_VISITS:
        visitor = tour(language, viewports)
        for stop in stops:
            in_admin = stop.path.startswith("/admin/")
            wrong += visitor.open(stop, BODY_SCROLLS if in_admin else SCROLLS)
    assert not wrong, "\n".join(wrong)
