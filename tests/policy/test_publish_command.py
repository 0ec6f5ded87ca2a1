"""publish_policy on the command line: settings changed by their path, checked as a whole, published once."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.selectors import policy_version_on
from tests.factories.people import create_user

pytestmark = pytest.mark.django_db
ON = "2100-01-01"


@pytest.fixture
def admin() -> User:
    return create_user(Role.ADMINISTRATOR, username="root")


def publish(*arguments: str, by: str = "root", on: str = ON) -> None:
    call_command("publish_policy", "--effective-on", on, "--by", by, *arguments)


def refused(*arguments: str, **options: Any) -> str:
    before = PolicyVersion.objects.count()
    with pytest.raises(CommandError) as error:
        publish(*arguments, **options)
    assert error.value.returncode == 2
    assert PolicyVersion.objects.count() == before
    return str(error.value)


def test_settings_are_changed_by_their_path_and_nothing_else(
    admin: User, capsys: pytest.CaptureFixture[str]
) -> None:
    before = policy_version_on(dt.date(2099, 12, 31)).policy
    publish(
        "--set", "dunning.stages.final_demand.release=by_person",
        "--set", "dunning.minimum_amount=100.00",
        "--set", "grade_bands.D.limit_factor=0.1",
        "--note", "looked at first",
        "--json",
    )  # fmt: skip
    told = json.loads(capsys.readouterr().out)
    assert told["changes"][0] == {
        "path": "dunning.stages.final_demand.release",
        "old": "automatic",
        "new": "by_person",
    }
    version = policy_version_on(dt.date(2100, 1, 1))
    assert (version.number, version.published_by, version.note) == (told["version"], admin, "looked at first")
    after = version.policy
    assert [stage.release for stage in after.dunning.stages] == ["automatic", "automatic", "by_person"]
    assert (str(after.dunning.minimum_amount), str(after.band("D").limit_factor)) == ("100.00", "0.1")
    assert after.criteria == before.criteria
    assert policy_version_on(dt.date(2099, 12, 31)).policy == before


@pytest.mark.usefixtures("admin")
def test_a_dry_run_shows_and_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    before = PolicyVersion.objects.count()
    publish("--set", "dunning.stages.0.from_day=-10", "--dry-run")
    assert capsys.readouterr().out == "dunning.stages.0.from_day: -7 → -10\n"
    assert PolicyVersion.objects.count() == before


@pytest.mark.usefixtures("admin")
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("dunning.nothing=1", "no setting"),
        ("nothing.at.all=1", "no setting"),
        ("dunning.stages.threat.release=by_person", "no setting"),
        ("dunning.minimum_amount", "no setting"),
        ("dunning.minimum_amount.deep=1", "no setting"),
        ("dunning.minimum_amount=-1", "no sound policy"),
        ("dunning.stages.1.from_day=0", "no sound policy"),
        ("dunning.forfeiture=never", "no sound policy"),
    ],
)
def test_what_is_no_setting_or_no_sound_policy_is_refused(change: str, told: str) -> None:
    assert told in refused("--set", change)


def test_who_may_not_publish_and_days_that_are_past(admin: User) -> None:
    create_user(Role.SERVICE_MANAGER, username="csm")
    change = ("--set", "dunning.letter_interval_days=7")
    assert "There is no user" in refused(*change, by="nobody")
    assert "administrator or the group leader" in refused(*change, by="csm")
    assert "past" in refused(*change, on="2001-01-01")
