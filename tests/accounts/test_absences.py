"""A role-holder appoints a deputy for a period (P3): who may, for which days, and the page."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from creditrisk.absences import services
from creditrisk.accounts.models import Absence, User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import BusinessError, ConflictError, NotAllowedError
from creditrisk.notifications.models import Notification
from tests.factories.people import create_user, reload

pytestmark = pytest.mark.django_db

MONDAY = dt.date(2026, 3, 2)
FRIDAY = dt.date(2026, 3, 6)
DAY = dt.timedelta(days=1)


@pytest.fixture
def leader() -> User:
    return create_user(Role.GROUP_LEADER, name="Lin Wei")


@pytest.fixture
def colleague() -> User:
    return create_user(Role.DEPUTY_LEADER, name="He Ping")


def appoint(person: User, deputy: User, **given: Any) -> Absence:
    return services.appoint_deputy(
        **{
            "person": person,
            "deputy": deputy,
            "starts_on": MONDAY,
            "ends_on": FRIDAY,
            "by": person,
            "today": MONDAY,
            **given,
        }
    )


def test_the_deputy_stands_in_from_the_first_to_the_last_day(leader: User, colleague: User) -> None:
    appoint(leader, colleague)
    days = [MONDAY - DAY, MONDAY, FRIDAY, FRIDAY + DAY]
    assert [colleague.stands_in_on(day) for day in days] == [(), (leader,), (leader,), ()]
    assert leader.stands_in_on(MONDAY) == ()
    with time_machine.travel(dt.datetime(2026, 3, 3, 4, tzinfo=dt.UTC)):
        assert reload(colleague).stands_in_for == (leader,)


def test_who_left_is_stood_in_for_no_more_and_who_lost_his_roles_stands_in_for_nobody(
    leader: User, colleague: User
) -> None:
    appoint(leader, colleague)
    leader.is_active = False
    leader.save()
    assert colleague.stands_in_on(MONDAY) == ()
    leader.is_active = True
    leader.save()
    colleague.role_assignments.all().delete()
    assert reload(colleague).stands_in_on(MONDAY) == ()


def test_the_deputy_is_told_at_the_beginning_and_at_the_end(leader: User, colleague: User) -> None:
    absence = appoint(leader, colleague)
    services.end_absence(absence=absence, by=leader, today=FRIDAY)
    told = Notification.objects.filter(user=colleague).order_by("pk").values_list("title", flat=True)
    assert list(told) == [
        "You stand in for Lin Wei from 2026-03-02 to 2026-03-06.",
        "You no longer stand in for Lin Wei.",
    ]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"ends_on": MONDAY - DAY}, "absence.reversed"),
        ({"today": FRIDAY + DAY}, "absence.past"),
        ({"today": FRIDAY}, None),
        ({"ends_on": MONDAY}, None),
    ],
)
def test_the_days_of_an_absence(
    leader: User, colleague: User, given: dict[str, Any], code: str | None
) -> None:
    if code is None:
        assert appoint(leader, colleague, **given).pk
        return
    with pytest.raises(BusinessError) as raised:
        appoint(leader, colleague, **given)
    assert raised.value.code == code
    assert not Absence.objects.exists()


def test_nobody_has_two_absences_on_one_day(leader: User, colleague: User) -> None:
    appoint(leader, colleague)
    with pytest.raises(ConflictError) as raised:
        appoint(leader, colleague, starts_on=FRIDAY, ends_on=FRIDAY + DAY)
    assert str(raised.value) == "There is an absence from 2026-03-02 to 2026-03-06 already: end it first."
    assert appoint(leader, colleague, starts_on=FRIDAY + DAY, ends_on=FRIDAY + DAY).pk


def test_who_cannot_be_a_deputy(leader: User, colleague: User) -> None:
    gone = create_user(Role.ACCOUNT_MANAGER, is_active=False)
    away = create_user(Role.ACCOUNT_MANAGER)
    appoint(away, colleague, starts_on=FRIDAY, ends_on=FRIDAY)
    for person, code in (
        (leader, "absence.self"),
        (gone, "absence.no_role"),
        (create_user(), "absence.no_role"),
        (away, "absence.deputy_away"),
    ):
        with pytest.raises(BusinessError) as raised:
            appoint(leader, person)
        assert raised.value.code == code


def test_an_administrator_enters_the_absence_of_who_fell_ill(leader: User, colleague: User) -> None:
    administrator = create_user(Role.ADMINISTRATOR)
    absence = appoint(leader, colleague, by=administrator)
    assert absence.entered_by == administrator
    for by in (colleague, create_user(Role.GROUP_LEADER)):
        with pytest.raises(NotAllowedError):
            appoint(leader, colleague, starts_on=FRIDAY + DAY, ends_on=FRIDAY + DAY, by=by)
        with pytest.raises(NotAllowedError):
            services.end_absence(absence=absence, by=by, today=MONDAY)
    assert services.end_absence(absence=absence, by=administrator, today=FRIDAY)


@pytest.mark.parametrize(
    ("today", "last_day"),
    [(MONDAY - DAY, None), (MONDAY, None), (MONDAY + DAY, MONDAY), (FRIDAY, FRIDAY - DAY)],
)
def test_coming_back_earlier(leader: User, colleague: User, today: dt.date, last_day: dt.date | None) -> None:
    """From the day of the end on the deputy decides no more: the day before was the last."""
    absence = appoint(leader, colleague, today=MONDAY - DAY)
    ended = services.end_absence(absence=absence, by=leader, today=today)
    assert (ended and ended.ends_on) == last_day
    assert colleague.stands_in_on(today) == ()


def test_what_is_over_is_not_ended_again(leader: User, colleague: User) -> None:
    absence = appoint(leader, colleague)
    with pytest.raises(ConflictError):
        services.end_absence(absence=absence, by=leader, today=FRIDAY + DAY)
    services.end_absence(absence=absence, by=leader, today=MONDAY)
    with pytest.raises(ConflictError):
        services.end_absence(absence=absence, by=leader, today=MONDAY)


def test_the_database_refuses_what_no_absence_can_be(leader: User, colleague: User) -> None:
    for person, deputy, ends_on in ((leader, leader, FRIDAY), (leader, colleague, MONDAY - DAY)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Absence.objects.create(
                person=person, deputy=deputy, starts_on=MONDAY, ends_on=ends_on, entered_by=person
            )


# The page ---------------------------------------------------------------------------------------


def post(user: User, **data: Any) -> Any:
    client = Client()
    client.force_login(user)
    with time_machine.travel(dt.datetime(2026, 3, 2, 4, tzinfo=dt.UTC)):
        return client.post("/absences/", {"starts_on": MONDAY, "ends_on": FRIDAY, **data}, follow=True)


def test_a_person_enters_and_ends_his_absence_on_the_page(leader: User, colleague: User) -> None:
    page = post(leader, deputy=colleague.pk).content.decode()
    absence = Absence.objects.get()
    assert (absence.person, absence.deputy, absence.entered_by) == (leader, colleague, leader)
    assert "He Ping stands in." in page
    client = Client()
    client.force_login(colleague)
    with time_machine.travel(dt.datetime(2026, 3, 3, 4, tzinfo=dt.UTC)):
        assert (
            "You stand in for Lin Wei from 2026-03-02 to 2026-03-06"
            in client.get("/absences/").content.decode()
        )
        assert client.post(f"/absences/{absence.pk}/end/").status_code == 404
        client.force_login(leader)
        assert client.post(f"/absences/{absence.pk}/end/", follow=True).status_code == 200
    absence.refresh_from_db()
    assert absence.ends_on == MONDAY


def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(leader: User, colleague: User) -> None:
    answer = post(leader, deputy=colleague.pk, ends_on=MONDAY - DAY)
    assert answer.context["form"].errors == {"ends_on": ["The last day must not come before the first."]}
    assert f'<option value="{colleague.pk}" selected>' in answer.content.decode()
    assert (
        "person"
        in post(leader, deputy=colleague.pk, person=colleague.pk).context["form"].errors["__all__"][0]
    )


def test_an_administrator_chooses_who_is_away(leader: User, colleague: User) -> None:
    administrator = create_user(Role.ADMINISTRATOR)
    post(administrator, person=leader.pk, deputy=colleague.pk)
    assert Absence.objects.get().person == leader
    client = Client()
    client.force_login(administrator)
    with time_machine.travel(dt.datetime(2026, 3, 2, 4, tzinfo=dt.UTC)):
        assert "Lin Wei" in client.get("/absences/").content.decode()


def test_the_page_costs_the_same_however_many_absences_there_are(
    colleague: User,
) -> None:
    administrator = create_user(Role.ADMINISTRATOR)
    client = Client()
    client.force_login(administrator)
    counts = []
    for more in (1, 4):
        for _number in range(more):
            appoint(create_user(Role.ACCOUNT_MANAGER), colleague)
        with CaptureQueriesContext(connection) as queries:
            client.get("/absences/")
        counts.append(len(queries))
    assert counts[0] == counts[1]
