"""The log-in library's pages look native: in the frame, with our forms, clean under the security policy."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.architecture.test_templates import Reader
from tests.factories.people import PASSWORD, create_user

pytestmark = pytest.mark.django_db

FOR_VISITORS = [
    "/account/login/",
    "/account/password/reset/",
    "/account/password/reset/done/",
    "/account/signup/",
]
FOR_PEOPLE = [
    "/account/password/change/",
    "/account/logout/",
    "/account/email/",
    "/account/2fa/",
    "/account/2fa/totp/activate/",
    "/account/reauthenticate/",
]


@pytest.fixture
def person(client: Client) -> Client:
    """Return a client of an account manager who has just logged in by the form (some pages ask for that)."""
    user = create_user("account_manager", password=PASSWORD, email="am@example.com")
    answer = client.post("/account/login/", {"login": user.username, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def assert_native(html: str) -> None:
    assert Reader(html).forbidden == []
    assert 'href="/static/css/app.css"' in html
    unstyled = [tag for tag in re.findall(r"<(?:input|select|textarea)\b[^>]*>", html) if not is_styled(tag)]
    assert unstyled == []


def is_styled(tag: str) -> bool:
    return 'type="hidden"' in tag or re.search(r'class="[^"]*form-', tag) is not None


@pytest.mark.parametrize("address", FOR_VISITORS)
def test_page_for_visitors_is_native(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert_native(answer.content.decode())
    assert 'class="sidebar' not in answer.content.decode()


@pytest.mark.parametrize("address", FOR_PEOPLE)
def test_page_for_people_is_native_and_in_the_frame(person: Client, address: str) -> None:
    answer = person.get(address, follow=True)
    assert answer.status_code == 200
    assert_native(answer.content.decode())


@pytest.mark.parametrize("address", ["/account/password/change/", "/account/2fa/"])
def test_account_pages_have_the_navigation(person: Client, address: str) -> None:
    assert 'class="sidebar' in person.get(address).content.decode()


def test_wrong_password_is_refused_on_the_page(client: Client) -> None:
    create_user("account_manager", username="am", password=PASSWORD)
    answer = client.post("/account/login/", {"login": "am", "password": "wrong"})
    assert answer.status_code == 200
    assert "data-error-summary" in answer.content.decode()


def test_nobody_signs_up_by_himself(client: Client) -> None:
    assert "<form" not in main_of(client.get("/account/signup/").content.decode())
    assert "/account/signup/" not in client.get("/account/login/").content.decode()


def main_of(html: str) -> str:
    return html[html.index("<main") : html.index("</main>")]


def test_log_in_page_offers_people_only_in_a_demo(client: Client) -> None:
    assert "data-demo-username" not in client.get("/account/login/").content.decode()


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_log_in_page_speaks_the_chosen_language(client: Client, language: str) -> None:
    client.post("/me/language/", {"language": language, "next": "/account/login/"})
    assert f'<html lang="{language}"' in client.get("/account/login/").content.decode()
