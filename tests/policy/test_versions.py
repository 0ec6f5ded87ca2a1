"""Versions of the rule-book: published, in force from a date, never changed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from threading import Barrier, Thread

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.urls import reverse

from creditrisk.accounts.roles import Role
from creditrisk.exceptions import InvalidInputError, NotAllowedError
from creditrisk.policy.default import DEFAULT_POLICY
from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.selectors import policy_version_on
from creditrisk.policy.services import publish_policy
from tests.factories.people import create_team, create_user

TODAY = dt.date(2026, 6, 1)
STRICTER = replace(DEFAULT_POLICY, usual_payment_terms_days=(30,))


def publish(effective_on: dt.date, role: Role = Role.GROUP_LEADER) -> PolicyVersion:
    return publish_policy(
        policy=STRICTER, effective_on=effective_on, today=TODAY, by=create_user(role), note="30 days only"
    )


@pytest.mark.django_db
def test_default_is_published_by_migration() -> None:
    version = PolicyVersion.objects.get()
    assert (version.number, str(version)) == (1, "v1")
    assert version.policy == DEFAULT_POLICY
    assert policy_version_on(TODAY) == version


@pytest.mark.django_db
def test_days_before_the_first_version_follow_the_first() -> None:
    assert policy_version_on(dt.date(1999, 12, 31)).number == 1
    assert policy_version_on(dt.date(2000, 1, 1)).number == 1


@pytest.mark.django_db
def test_version_is_in_force_from_its_day() -> None:
    version = publish(dt.date(2026, 7, 1))
    assert version.number == 2
    assert version.policy == STRICTER
    assert policy_version_on(dt.date(2026, 6, 30)).number == 1
    assert policy_version_on(dt.date(2026, 7, 1)) == version
    assert policy_version_on(dt.date(2030, 1, 1)) == version


@pytest.mark.django_db
def test_of_two_versions_of_one_day_the_later_counts() -> None:
    publish(TODAY)
    assert publish(TODAY).number == 3
    assert policy_version_on(TODAY).number == 3


@pytest.mark.django_db
def test_later_version_with_an_earlier_day_ends_when_the_other_begins() -> None:
    publish(dt.date(2026, 9, 1))
    publish(dt.date(2026, 7, 1))
    assert policy_version_on(dt.date(2026, 8, 31)).number == 3
    assert policy_version_on(dt.date(2026, 9, 1)).number == 2


@pytest.mark.django_db
def test_nothing_is_published_for_the_past() -> None:
    with pytest.raises(InvalidInputError) as refused:
        publish(dt.date(2026, 5, 31))
    assert refused.value.code == "policy.in_the_past"
    assert publish(TODAY).pk


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_who_publishes(role: Role) -> None:
    if role in {Role.ADMINISTRATOR, Role.GROUP_LEADER}:
        assert publish(TODAY, role).published_by is not None
    else:
        with pytest.raises(NotAllowedError):
            publish(TODAY, role)
        assert PolicyVersion.objects.count() == 1


@pytest.mark.django_db
def test_published_version_is_final() -> None:
    version = publish(TODAY)
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        PolicyVersion.objects.filter(pk=version.pk).update(note="x")
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        version.delete()
    with (
        pytest.raises(ProgrammingError, match="Cannot update or delete"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE policy_policyversion SET data = '{}'")


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_publishers_at_once_get_two_numbers() -> None:
    leader = create_user(Role.GROUP_LEADER)
    barrier, numbers = Barrier(4), []

    def act() -> None:
        barrier.wait()
        version = publish_policy(policy=STRICTER, effective_on=TODAY, today=TODAY, by=leader, note="")
        numbers.append(version.number)
        connection.close()

    threads = [Thread(target=act) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == [2, 3, 4, 5]


# The page


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_everybody_reads_the_policy(role: Role) -> None:
    client = Client()
    client.force_login(create_team().holder(role))
    page = client.get(reverse("policy:current"))
    assert page.status_code == 200
    text = page.content.decode()
    for part in (
        "P5.2.3",
        "day 1 to 14",
        "from day 15 on",
        "31–60 days past due",
        "more than 365 days past due",
        "90–100",
        "below 60",
        "0.05 %",
        "20 %",
        "rounded down to 1,000.00",
        "Exposure, items past due and the end of the limit are not checked there yet",
        "at least 1 day early",
        "on time",
        "up to 15 days late",
        "30, 60 calendar days",
        "3–5 years",
        "later the actual business of the last 12 months",
        "more than 35 days old",
    ):
        assert part in text, part


@pytest.mark.django_db
def test_version_to_come_says_so() -> None:
    publish(dt.date(2099, 1, 1))
    client = Client()
    client.force_login(create_user())
    text = client.get(reverse("policy:version", args=[2])).content.decode()
    assert "This version is not in force today" in text
    assert "not in force today" not in client.get(reverse("policy:current")).content.decode()
    assert "30 days only" in text
    assert client.get(reverse("policy:version", args=[3])).status_code == 404


@pytest.mark.django_db
def test_policy_is_for_people_who_are_logged_in() -> None:
    assert Client().get(reverse("policy:current")).status_code == 302
