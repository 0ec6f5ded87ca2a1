"""Language, appearance and profile."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from tests.factories.people import create_department, create_user, reload

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return create_user(Role.ACCOUNT_MANAGER, name="李雷", department=create_department(name="市场部"))


@pytest.fixture
def client(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def switch(client: Client, language: str, target: str = "/policy/") -> Any:
    return client.post(reverse("accounts:set_language"), {"language": language, "next": target})


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_switching_the_language(client: Client, person: User, language: str) -> None:
    response = switch(client, language)
    assert response["Location"] == "/policy/"
    assert client.get("/policy/")["Content-Language"] == language
    assert reload(person).language == language


def test_language_of_a_stranger_is_this_devices(db: None) -> None:
    client = Client()
    switch(client, "zh-hans", reverse("account_login"))
    page = client.get(reverse("account_login"))
    assert page["Content-Language"] == "zh-hans"
    assert 'lang="zh-hans"' in page.content.decode()
    cookie = client.cookies["django_language"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("zh-hans", True, "Lax")


@pytest.mark.parametrize("language", ["", "xx", "zh-cn", "en' OR 1=1"])
def test_unknown_language_changes_nothing(client: Client, person: User, language: str) -> None:
    assert switch(client, language).status_code == 400
    assert reload(person).language == ""


@pytest.mark.parametrize(
    ("wanted", "language"),
    [("zh-CN,zh;q=0.9", "zh-hans"), ("zh-TW", "zh-hant"), ("fr", "en"), ("en-GB", "en"), ("", "en")],
)
def test_language_the_browser_asks_for(wanted: str, language: str) -> None:
    page = Client().get(reverse("account_login"), headers={"accept-language": wanted})
    assert page["Content-Language"] == language
    assert "Accept-Language" in page["Vary"]


def test_device_cookie_that_names_no_language_is_ignored() -> None:
    client = Client()
    client.cookies["django_language"] = "../../etc/passwd"
    assert client.get(reverse("account_login"))["Content-Language"] == "en"


@pytest.mark.parametrize("url", ["accounts:set_language", "accounts:set_theme"])
@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil", ""]
)
def test_switches_lead_to_no_foreign_address(client: Client, url: str, target: str) -> None:
    data = {"language": "en"} if url.endswith("language") else {"theme": "dark"}
    assert client.post(reverse(url), data | {"next": target})["Location"] == "/"


@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
def test_switching_the_appearance(client: Client, person: User, theme: str) -> None:
    response = client.post(reverse("accounts:set_theme"), {"theme": theme, "next": "/policy/"})
    assert response["Location"] == "/policy/"
    assert client.cookies["theme"].value == theme
    assert reload(person).theme == theme
    assert f'data-theme="{theme}"' in client.get("/policy/").content.decode()


def test_stranger_switches_the_appearance_of_his_device(db: None) -> None:
    client = Client()
    assert client.post(reverse("accounts:set_theme"), {"theme": "dark"}).status_code == 302
    assert client.cookies["theme"].value == "dark"


def test_unknown_appearance_changes_nothing(client: Client, person: User) -> None:
    assert client.post(reverse("accounts:set_theme"), {"theme": "pink"}).status_code == 400
    assert reload(person).theme == "auto"


@pytest.mark.parametrize("url", ["accounts:set_language", "accounts:set_theme"])
def test_switches_need_a_post_with_its_token(url: str) -> None:
    assert Client().get(reverse(url)).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(reverse(url), {"language": "en", "theme": "dark"}).status_code == 403


def test_profile_shows_who_one_is(client: Client) -> None:
    page = client.get(reverse("accounts:profile")).content.decode()
    for part in (
        "李雷",
        "市场部",
        "Account manager",
        reverse("account_change_password"),
        reverse("mfa_index"),
    ):
        assert part in page


def test_profile_without_roles_and_department() -> None:
    client = Client()
    client.force_login(create_user())
    assert "You hold no role yet." in client.get(reverse("accounts:profile")).content.decode()


def test_changing_the_profile(client: Client, person: User) -> None:
    response = client.post(reverse("accounts:profile"), {"phone": "021 5555", "mails_wanted": ""})
    assert response["Location"] == reverse("accounts:profile")
    person = reload(person)
    assert (person.phone, person.mails_wanted) == ("021 5555", False)


@pytest.mark.parametrize("field", ["is_superuser", "is_staff", "username", "department", "roles", "email"])
def test_profile_refuses_what_one_may_not_change(client: Client, person: User, field: str) -> None:
    before = User.objects.values().get()
    response = client.post(reverse("accounts:profile"), {"phone": "1", field: "1"})
    assert response.status_code == 200
    assert User.objects.values().get() == before


def test_profile_is_for_people_who_are_logged_in(db: None) -> None:
    assert Client().get(reverse("accounts:profile")).status_code == 302
