"""The initiator urges those who are to decide, at most once a day for each step."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from creditrisk.exceptions import BusinessError, ConflictError, NotAllowedError
from creditrisk.notifications.models import Notification
from reviews import services
from reviews.models import Review, Urging
from tests.factories.people import Team
from tests.factories.reviews import (
    NOW,
    approve_all,
    approve_as,
    create_annual_submitted,
    create_approved,
    create_draft,
    create_submitted,
)

pytestmark = pytest.mark.django_db


def urge(review: Review, *, by: object = None, now: dt.datetime = NOW) -> list[Urging]:
    return services.urge_deciders(review=review, by=by or review.initiator, now=now)  # type: ignore[arg-type]


def test_who_is_to_decide_is_reminded(team: Team) -> None:
    review = create_submitted(team)
    before = Notification.objects.filter(user=team.service_manager).count()
    (urging,) = urge(review)
    assert (urging.urged_on, urging.by) == (dt.date(2026, 3, 2), team.account_manager)
    notes = Notification.objects.filter(user=team.service_manager)
    assert notes.count() == before + 1
    assert notes.filter(title__startswith=f"{team.account_manager} asks for your decision").exists()


def test_once_a_day_for_each_step(team: Team) -> None:
    """The company's day ends at 16:00 UTC: 15:59 is the same day as 09:30, 16:00 the next."""
    review = create_submitted(team)
    urge(review)
    with pytest.raises(ConflictError) as raised:
        urge(review, now=NOW.replace(hour=15, minute=59))
    assert raised.value.code == "review.urged_today"
    approve_as(team, review, "service_manager")
    assert [urging.step.role for urging in urge(review)] == ["department_manager"]
    assert len(urge(review, now=NOW.replace(hour=16, minute=0))) == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Urging.objects.create(
            step=Urging.objects.all()[0].step, by=team.account_manager, urged_on=NOW.date(), urged_at=NOW
        )


def test_all_open_steps_of_a_parallel_stage_are_urged(team: Team) -> None:
    review = approve_all(team, create_annual_submitted(team), up_to="legal_affairs")
    assert len(urge(review)) == 3


@pytest.mark.parametrize("by", ["service_manager", "group_leader", "administrator"])
def test_only_the_initiator_urges(team: Team, by: str) -> None:
    with pytest.raises(NotAllowedError) as raised:
        urge(create_submitted(team), by=team.holder(by))
    assert raised.value.code == "review.not_initiator"


def test_nothing_waits_for_anybody_before_submission_and_after_the_end(team: Team) -> None:
    for review, code in (
        (create_draft(team), "review.not_in_approval"),
        (create_approved(team), "review.ended"),
    ):
        with pytest.raises(BusinessError) as raised:
            urge(review)
        assert raised.value.code == code


def test_the_button_is_on_the_initiators_page_alone(team: Team) -> None:
    review, address = create_submitted(team), ""
    address = reverse("reviews:urge", args=[review.number])
    for person, shown in ((team.account_manager, True), (team.service_manager, False)):
        client = Client()
        client.force_login(person)
        assert (address in client.get(review.get_absolute_url()).content.decode()) == shown
        answer = client.post(address, follow=True)
        told = [str(message) for message in answer.context["messages"]]
        assert told == [
            "They have been asked for their decision."
            if shown
            else "Only the initiator urges those who are to decide his review."
        ]
