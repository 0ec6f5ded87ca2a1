"""Logging in: throttled without locking anybody out, with and without Redis; sessions that begin and end."""

from __future__ import annotations

import smtplib
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.urls import reverse

from creditrisk.accounts import services
from creditrisk.accounts.adapter import AccountAdapter
from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.cache import RedisOrMemoryCache
from tests.factories.people import PASSWORD, create_user, reload

pytestmark = pytest.mark.django_db
ATTACKER = "203.0.113.9"
VICTIM = "198.51.100.7"


@pytest.fixture(autouse=True)
def _fresh_throttles(settings: Any) -> None:
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher"
    ]  # a test hashes up to forty times
    cache.clear()


@pytest.fixture
def person() -> User:
    return create_user(Role.ACCOUNT_MANAGER, username="lilei", password=PASSWORD, email="lilei@example.com")


def log_in(username: str = "lilei", password: str = PASSWORD, address: str = VICTIM, **kwargs: Any) -> Client:
    client: Client = kwargs.pop("client", None) or Client()
    client.post(reverse("account_login"), {"login": username, "password": password}, REMOTE_ADDR=address)
    return client


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("username", ["lilei", "LiLei", " lilei ", "LILEI"])
def test_capitals_and_blanks_in_the_name_do_not_matter(person: User, username: str) -> None:
    assert is_in(log_in(username))


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("lilei", "wrong"),
        ("lilei", PASSWORD.upper()),
        ("lilei", f"{PASSWORD} "),
        ("nobody", PASSWORD),
        ("", ""),
    ],
)
def test_wrong_name_or_password(person: User, username: str, password: str) -> None:
    assert not is_in(log_in(username, password))


def test_unknown_name_and_wrong_password_are_told_the_same(person: User) -> None:
    answers = set()
    for name in ("lilei", "nobody"):
        response = Client().post(reverse("account_login"), {"login": name, "password": "wrong"})
        errors = response.context["form"].errors
        assert errors
        answers.add(str(errors))
    assert len(answers) == 1


def test_inactive_person_stays_outside(person: User) -> None:
    User.objects.update(is_active=False)
    assert not is_in(log_in())


def test_person_without_password_stays_outside() -> None:
    create_user(Role.ACCOUNT_MANAGER, username="lilei")
    assert not is_in(log_in(password=""))
    assert not is_in(log_in(password="!"))


def test_guessing_is_throttled_and_the_victim_is_not_locked_out(person: User) -> None:
    """Five wrong passwords in five minutes for one name from one address; a sixth try fails, right or not."""
    for _ in range(5):
        assert not is_in(log_in(password="wrong", address=ATTACKER))
    assert not is_in(log_in(address=ATTACKER))
    assert is_in(log_in(address=VICTIM))


def test_guessing_names_is_throttled_by_address(person: User) -> None:
    """Ten wrong log-ins a minute from one address, whatever the names."""
    for index in range(10):
        log_in(f"somebody{index}", "wrong", address=ATTACKER)
    assert not is_in(log_in(address=ATTACKER))
    assert is_in(log_in(address=VICTIM))


def test_good_log_ins_are_not_counted_as_failures(person: User) -> None:
    for _ in range(12):
        assert is_in(log_in())


@pytest.fixture
def _redis_down(settings: Any) -> Any:
    default = settings.CACHES["default"]
    settings.CACHES = {"default": default | {"LOCATION": "redis://127.0.0.1:1/0"}}


@pytest.mark.usefixtures("_redis_down")
def test_without_redis_people_log_in_and_guessing_is_still_throttled(person: User) -> None:
    assert is_in(log_in())
    for _ in range(5):
        log_in(password="wrong", address=ATTACKER)
    assert not is_in(log_in(address=ATTACKER))
    assert is_in(log_in(address=VICTIM))


def test_log_in_gives_a_new_session(person: User) -> None:
    """Session fixation: what a stranger planted before the log-in is worth nothing after it."""
    client = Client()
    client.post(reverse("accounts:set_language"), {"language": "zh-hans", "next": "/"})
    planted = client.session.session_key
    assert planted
    assert is_in(log_in(client=client))
    assert client.session.session_key != planted
    stranger = Client()
    stranger.cookies["sessionid"] = planted
    assert not is_in(stranger)


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_log_in_redirects_to_no_foreign_address(person: User, target: str) -> None:
    response = Client().post(
        reverse("account_login"), {"login": "lilei", "password": PASSWORD, "next": target}, REMOTE_ADDR=VICTIM
    )
    assert response["Location"] == reverse("home:start")


def test_log_in_redirects_to_the_page_asked_for(person: User) -> None:
    data = {"login": "lilei", "password": PASSWORD, "next": reverse("policy:current")}
    response = Client().post(reverse("account_login"), data, REMOTE_ADDR=VICTIM)
    assert response["Location"] == reverse("policy:current")


def test_deactivating_ends_the_sessions_for_good(person: User) -> None:
    client = log_in()
    page = reverse("policy:current")
    assert client.get(page).status_code == 200
    administrator = create_user(Role.ADMINISTRATOR)
    services.set_active(user=person, is_active=False, by=administrator)
    assert client.get(page).status_code == 302
    services.set_active(user=person, is_active=True, by=administrator)
    assert client.get(page).status_code == 302
    assert is_in(log_in())


def test_changing_the_password_ends_other_sessions_and_is_on_record(person: User) -> None:
    here, elsewhere = log_in(), log_in()
    new = "another correct horse"
    data = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert here.post(reverse("account_change_password"), data).status_code == 302
    page = reverse("policy:current")
    assert here.get(page).status_code == 200
    assert elsewhere.get(page).status_code == 302
    assert reload(person).session_epoch == 2


def test_nobody_signs_up_by_himself() -> None:
    data = {"username": "mallory", "password1": PASSWORD, "password2": PASSWORD}
    Client().post(reverse("account_signup"), data)
    assert not User.objects.exists()


def test_password_reset_answers_the_same_for_everybody(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [
        Client().post(reverse("account_reset_password"), {"email": email}, REMOTE_ADDR=VICTIM)
        for email in ("lilei@example.com", "nobody@example.com")
    ]
    assert len({(answer.status_code, answer["Location"]) for answer in answers}) == 1
    assert [message.to for message in mail.outbox][:1] == [["lilei@example.com"]]

    def refuse(*_args: Any, **_kwargs: Any) -> int:
        raise smtplib.SMTPServerDisconnected

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    answer = Client().post(
        reverse("account_reset_password"), {"email": "lilei@example.com"}, REMOTE_ADDR=VICTIM
    )
    assert answer.status_code == 302


def test_language_of_the_person_comes_with_the_log_in(person: User) -> None:
    User.objects.update(language="zh-hant")
    client = log_in()
    assert client.get(reverse("policy:current"))["Content-Language"] == "zh-hant"


def test_language_chosen_before_the_first_log_in_is_kept(person: User) -> None:
    client = Client()
    client.post(reverse("accounts:set_language"), {"language": "zh-hans", "next": "/"})
    log_in(client=client)
    assert reload(person).language == "zh-hans"


def test_throttles_count_by_name_and_address(person: User) -> None:
    adapter = AccountAdapter()
    requests = [RequestFactory().post("/", REMOTE_ADDR=address) for address in (ATTACKER, VICTIM)]
    keys = [adapter._get_login_attempts_cache_key(request, username="LiLei") for request in requests]
    assert len(set(keys)) == 2
    assert all(key.endswith("lilei") for key in keys)


def test_cache_is_in_memory_while_redis_is_down_and_comes_back(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("creditrisk.cache.RETRY_SECONDS", 0)
    broken = RedisOrMemoryCache("redis://127.0.0.1:1/0", {"KEY_PREFIX": "broken"})
    broken.set("a", "in memory")
    assert broken.get("a") == "in memory"
    assert broken.add("a", "again") is False
    assert broken.delete("a") is True
    working = RedisOrMemoryCache(settings.REDIS_URL, {"KEY_PREFIX": "working"})
    working.set("a", "in Redis")
    working._left_alone_until = float("inf")
    assert working.get("a") is None
    working._left_alone_until = 0
    assert working.get("a") == "in Redis"


def test_redis_is_left_alone_for_a_while_after_it_failed(caplog: pytest.LogCaptureFixture) -> None:
    broken = RedisOrMemoryCache("redis://127.0.0.1:1/0", {})
    for _ in range(5):
        broken.get("a")
    assert len(caplog.records) == 1
