"""Robots: who keeps them, that their secrets are seen nowhere, and who hears through which."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.audit.selectors import history_of
from creditrisk.exceptions import InvalidInputError, NotAllowedError
from creditrisk.notifications.models import OutboxMessage, Robot, RobotChoice
from creditrisk.notifications.services import choose_robot, save_robot
from tests.factories.people import create_user
from tests.factories.robots import SECRET, TOKEN, create_robot

NOW = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)
ADD = "admin:notifications_robot_add"
CHANGE = "admin:notifications_robot_change"

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client: Client) -> User:
    person = create_user(Role.ADMINISTRATOR)
    client.force_login(person)
    return person


def save(by: User, robot: Robot | None = None, **fields: Any) -> Robot:
    values = {
        "kind": "dingtalk",
        "name": "催收群",
        "is_active": True,
        "token": TOKEN,
        "signing_secret": SECRET,
    }
    return save_robot(robot=robot, by=by, now=NOW, **(values | fields))


def test_a_new_robot_and_secrets_that_stay_where_none_are_given(administrator: User) -> None:
    robot = save(administrator, name=" 催收群 ")
    assert (robot.name, robot.token, robot.signing_secret, robot.secrets_changed_at) == (
        "催收群",
        TOKEN,
        SECRET,
        NOW,
    )
    later = NOW + dt.timedelta(days=1)
    values = {"robot": robot, "kind": "dingtalk", "name": "群", "is_active": False, "by": administrator}
    kept = save_robot(**values, now=later)
    assert (kept.token, kept.signing_secret, kept.secrets_changed_at, kept.is_active) == (
        TOKEN,
        SECRET,
        NOW,
        False,
    )
    changed = save_robot(**values, token="another-token", now=later)
    assert (changed.token, changed.signing_secret, changed.secrets_changed_at) == (
        "another-token",
        SECRET,
        later,
    )
    signed = save_robot(**values, signing_secret="another-secret", now=NOW)
    assert (signed.token, signed.signing_secret) == ("another-token", "another-secret")


def test_a_token_is_for_one_host_alone(administrator: User) -> None:
    """A robot that becomes of another kind needs its own token; the old secrets never go to the other host."""
    robot = save(administrator)
    with pytest.raises(InvalidInputError) as refusal:
        save(administrator, robot, kind="feishu", token="", signing_secret="")
    assert refusal.value.code == "robot.token_missing"
    other = save(administrator, robot, kind="feishu", token="feishu-token", signing_secret="")
    assert (other.token, other.signing_secret) == ("feishu-token", "")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"token": ""}, "robot.token_missing"),
        ({"token": "https://oapi.dingtalk.com/robot/send?access_token=abcdefgh"}, "robot.secret"),
        ({"token": "short"}, "robot.secret"),
        ({"token": "a b c d e f g h"}, "robot.secret"),
        ({"token": "x" * 201}, "robot.secret"),
        ({"token": "abcdefgh\nHost: evil"}, "robot.secret"),
        ({"signing_secret": "geheimer Schlüssel"}, "robot.secret"),
        ({"kind": "wecom"}, "robot.signing"),
    ],
)
def test_what_is_no_robot(administrator: User, fields: dict[str, str], code: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        save(administrator, **fields)
    assert refusal.value.code == code
    assert not Robot.objects.exists()


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMINISTRATOR}))
def test_nobody_else_keeps_robots(role: Role) -> None:
    with pytest.raises(NotAllowedError):
        save(create_user(role))


def test_the_administration_writes_secrets_and_shows_none(client: Client, administrator: User) -> None:
    """Not in the form, the list, the administration's own log, nor in the history."""
    data = {"name": "群", "kind": "dingtalk", "token": TOKEN, "signing_secret": SECRET, "is_active": "on"}
    assert client.post(reverse(ADD), data).status_code == 302
    robot = Robot.objects.get()
    assert (robot.token, robot.signing_secret) == (TOKEN, SECRET)
    change = reverse(CHANGE, args=[robot.pk])
    assert client.post(change, data | {"token": "", "signing_secret": "", "name": "新群"}).status_code == 302
    robot.refresh_from_db()
    assert (robot.name, robot.token, robot.signing_secret) == ("新群", TOKEN, SECRET)
    pages = [
        client.get(change).content.decode(),
        client.get(reverse("admin:notifications_robot_changelist")).content.decode(),
        client.get(reverse("admin:notifications_robot_history", args=[robot.pk])).content.decode(),
        json.dumps(list(LogEntry.objects.values_list("change_message", "object_repr"))),
        str([(entry.kind, entry.changes) for entry in history_of(robot)]),
    ]
    for page in pages:
        assert TOKEN not in page
        assert SECRET not in page
    last = LogEntry.objects.first()
    assert last is not None
    assert "oken" not in last.change_message
    assert client.post(reverse("admin:notifications_robot_delete", args=[robot.pk])).status_code == 403


@pytest.mark.parametrize(
    "fields",
    [{"token": ""}, {"name": ""}, {"name": "taken"}, {"kind": "pigeon"}, {"token": "https://x.example/"}],
)
def test_the_administration_says_what_is_wrong(
    client: Client, administrator: User, fields: dict[str, str]
) -> None:
    create_robot(name="taken")
    data = {"name": "群", "kind": "wecom", "token": TOKEN, "signing_secret": "", "is_active": "on"}
    response = client.post(reverse(ADD), data | fields)
    assert response.status_code == 200
    assert "errorlist" in response.content.decode() or "is-invalid" in response.content.decode()
    assert Robot.objects.count() == 1


def test_the_database_refuses_messages_that_are_of_no_robot_or_to_customers() -> None:
    robot = create_robot()
    for fields in (
        {"channel": "wecom"},
        {"robot": robot},
        {"channel": "wecom", "robot": robot, "customer_number": "C1"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            OutboxMessage.objects.create(key="k", subject="s", body="b", **fields)


# Choosing one


@pytest.mark.parametrize(
    "mention", ["", "13800138000", "+86-13800138000", "zhao.min@corp", "ou_7d8a6e6df7621556"]
)
def test_a_person_chooses_a_robot_and_how_it_names_him(mention: str) -> None:
    person, robot = create_user(), create_robot()
    for _twice in range(2):
        choose_robot(user=person, robot=robot, mention=f" {mention} ")
    choice = RobotChoice.objects.get()
    assert (choice.user, choice.robot, choice.mention) == (person, robot, mention)
    assert choose_robot(user=person, robot=None, mention="") is None
    assert not RobotChoice.objects.exists()


@pytest.mark.parametrize("mention", ["all", "@ALL", "a b", '"><at user_id="all">', "x" * 65, "用户"])
def test_nobody_calls_a_whole_group(mention: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        choose_robot(user=create_user(), robot=create_robot(), mention=mention)
    assert refusal.value.code == "robot.mention"


def test_a_robot_that_is_switched_off_is_chosen_by_nobody() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        choose_robot(user=create_user(), robot=create_robot(is_active=False), mention="")
    assert refusal.value.code == "robot.switched_off"


def test_the_account_page(client: Client) -> None:
    person = create_user()
    client.force_login(person)
    page, choose = reverse("accounts:profile"), reverse("notifications:choose_robot")
    assert "No robot is set up yet" in client.get(page).content.decode()
    robot, off = create_robot(name="Group <A>"), create_robot("feishu", is_active=False, name="Off")
    html = client.get(page).content.decode()
    assert "Group &lt;A&gt; (WeCom)" in html
    assert "Off" not in html
    assert client.post(choose, {"robot": robot.pk, "mention": "zhao"})["Location"] == page
    html = client.get(page).content.decode()
    assert f'<option value="{robot.pk}" selected' in html
    assert 'value="zhao"' in html
    for data in (
        {"robot": robot.pk, "mention": "all"},
        {"robot": off.pk, "mention": ""},
        {"robot": robot.pk, "mention": "", "user": "1"},
    ):
        assert client.post(choose, data).status_code == 400
    choice = RobotChoice.objects.get()
    assert (choice.robot, choice.mention, str(choice)) == (robot, "zhao", f"{person}: Group <A> (WeCom)")
    assert client.post(choose, {"robot": "", "mention": ""}).status_code == 302
    assert not RobotChoice.objects.exists()
