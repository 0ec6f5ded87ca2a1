"""The year's annual reviews as a whole (P3.2.6, P4.2, P3.1 f): launched, reminded of, followed, levels re-confirmed."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.business_days.calendar import BusinessCalendar
from creditrisk.exceptions import BusinessError
from creditrisk.jobs import units
from creditrisk.jobs.models import JobRun
from creditrisk.jobs.schedule import job_named
from creditrisk.jobs.services import catch_up
from creditrisk.notifications.models import Notification
from creditrisk.policy.default import DEFAULT_POLICY
from customers.models import Customer, CustomerState
from reviews import services
from reviews.annual_cycle import launch_day, reminder_days, year_end_day
from reviews.annual_progress import ProgressRow, annual_progress, customers_to_assess, unfinished_of
from reviews.models import Review, ReviewState, ServiceLevelConfirmation
from reviews.services import annual, annual_job
from tests.factories.customers import create_active_customer, create_contract
from tests.factories.people import Team, create_user
from tests.factories.reports import Line, create_report, store_sums
from tests.factories.reviews import (
    NOW,
    TODAY,
    approve_all,
    approve_as,
    create_annual_approved,
    create_annual_submitted,
    create_reviewed,
    score_as,
    submit,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
RULES = DEFAULT_POLICY.review_cycle
CALENDAR = BusinessCalendar()
YEAR = TODAY.year


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


_days = count()


def with_business(customer: Customer, as_of: dt.date | None = None) -> Customer:
    """Put the customer into a report as of a day, or of one of the year's that has none yet."""
    as_of = as_of or dt.date(YEAR, 1, 2) + dt.timedelta(days=next(_days))
    store_sums(create_report(as_of=as_of, lines=[Line(customer, as_of)]))
    return customer


# The days


def test_reviews_are_launched_on_the_first_of_december() -> None:
    assert launch_day(2026, RULES) == dt.date(2026, 12, 1)


def test_reminders_come_two_and_four_weeks_later_on_business_days() -> None:
    """2026-12-15 is a Tuesday, 2026-12-29 too; in 2024 the 15th and the 29th are Sundays: the Mondays after."""
    assert reminder_days(2026, RULES, CALENDAR) == [dt.date(2026, 12, 15), dt.date(2026, 12, 29)]
    assert reminder_days(2024, RULES, CALENDAR) == [dt.date(2024, 12, 16), dt.date(2024, 12, 30)]


def test_what_is_missing_is_told_on_the_first_business_day_of_the_next_year() -> None:
    assert year_end_day(2026, CALENDAR) == dt.date(2027, 1, 4)
    assert year_end_day(2024, CALENDAR) == dt.date(2025, 1, 2)


def test_no_reminder_lies_on_or_after_the_year_s_account() -> None:
    late = replace(RULES, annual_reminder_days=(14, 34, 60))
    # 1 December and 34 days are 4 January, the day of the account itself.
    assert reminder_days(2026, late, CALENDAR) == [dt.date(2026, 12, 15)]


def test_two_reminders_that_fall_on_one_business_day_are_one() -> None:
    # 2026-12-19 and 20 are a weekend: both are spoken of on Monday the 21st.
    weekend = replace(RULES, annual_reminder_days=(18, 19))
    assert reminder_days(2026, weekend, CALENDAR) == [dt.date(2026, 12, 21)]


@pytest.mark.parametrize("days", [(28, 14), (14, 14), (0, 14)])
def test_reminders_that_do_not_rise_are_no_policy(days: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="annual_reminder_days"):
        replace(RULES, annual_reminder_days=days)


# Who is assessed


@pytest.mark.django_db
def test_business_in_the_year_is_a_report_of_it_or_a_contract_that_ran_in_it(team: Team) -> None:
    """Reports as of the first and the last day of the year count, those of the days beside them do not; so do contracts
    that had not ended before the year and were signed in it at the latest."""
    expected = {
        with_business(create_reviewed(team), dt.date(2026, 1, 1)).number,
        with_business(create_reviewed(team), dt.date(2026, 12, 31)).number,
    }
    with_business(create_reviewed(team), dt.date(2025, 12, 31))
    with_business(create_reviewed(team), dt.date(2027, 1, 1))
    create_reviewed(team)
    for signed_on, ended_on, counts in (
        (dt.date(2020, 1, 1), None, True),
        (dt.date(2020, 1, 1), dt.date(2025, 12, 31), False),
        (dt.date(2020, 1, 1), dt.date(2026, 1, 1), True),
        (dt.date(2026, 12, 31), None, True),
        (dt.date(2027, 1, 1), None, False),
    ):
        customer = create_reviewed(team)
        more = {"state": "finished", "ended_on": ended_on} if ended_on else {}
        create_contract(customer=customer, handler=team.account_manager, signed_on=signed_on, **more)
        if counts:
            expected.add(customer.number)
    found = customers_to_assess(2026).values_list("number", flat=True)
    assert set(found) == expected


@pytest.mark.django_db
def test_who_was_never_reviewed_or_is_closed_is_not_assessed(team: Team) -> None:
    with_business(create_reviewed(team, state=CustomerState.CLOSED))
    with_business(create_active_customer(reviewed_on=None))
    suspended = with_business(
        create_reviewed(team, state=CustomerState.SUSPENDED, state_reason="owes too much")
    )
    assert list(customers_to_assess(2026)) == [suspended]


@pytest.mark.django_db
def test_the_launch_starts_those_with_business_once(team: Team) -> None:
    customer = with_business(create_reviewed(team))
    create_reviewed(team)
    unmanaged = with_business(create_reviewed(team, account_manager=None))
    run = annual_job.launch_once("2026")
    assert (run.state, run.units_done) == ("done", 1)
    assert run.result == {"started": 1, "left_out": {unmanaged.number: "annual.no_account_manager"}}
    assert Review.objects.get().customer == customer
    annual_job.launch_once("2026")
    assert Review.objects.count() == 1


@pytest.mark.django_db
def test_one_customers_error_does_not_stop_the_launch(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """The third of five fails: the others are launched, he is named, and run again it is his turn. What a person had
    started by hand counts as well: it is the year's."""
    customers = [with_business(create_reviewed(team)) for _number in range(5)]
    services.start_annual_review(customer=customers[0], by=team.service_manager, year=YEAR, now=NOW)
    facts, bad = annual.annual_facts, customers[2]

    def fails_for_one(given: list[Customer], **more: Any) -> Any:
        if bad in given:
            raise ValueError("broken")
        return facts(given, **more)

    with monkeypatch.context() as patched:
        patched.setattr(annual, "annual_facts", fails_for_one)
        patched.setattr(units.logger, "exception", lambda *_: None)
        run = annual_job.launch_once(str(YEAR))
    assert (run.state, run.units_done, run.units_failed) == ("failed", 4, 1)
    assert run.error == f"customer {bad.number}: ValueError: broken"
    assert not Review.objects.filter(customer=bad).exists()
    again = annual_job.launch_once(str(YEAR))
    assert (again.state, again.units_done, again.units_failed) == ("done", 5, 0)
    assert Review.objects.filter(customer=bad).count() == 1
    assert Review.objects.count() == 5


@pytest.mark.django_db
def test_the_schedule_launches_from_the_first_of_the_month_of_the_policy(team: Team) -> None:
    with_business(create_reviewed(team))
    job = job_named(annual_job.JOB)
    assert job is not None
    JobRun.objects.create(job=job.code, period="2025", state="done", finished_at=at("2025-12-01 00:10"))
    assert catch_up(job, now=at("2026-11-30 23:59")) == []
    with time_machine.travel(at("2026-12-01 00:00"), tick=False):
        assert [run.period for run in catch_up(job, now=at("2026-12-01 00:00"))] == ["2026"]
    assert Review.objects.get().year == 2026


# How far they are


@pytest.mark.django_db
def test_the_board_counts_by_service_manager(team: Team) -> None:
    """One of each standing for the team's service manager; a rejected review is as if it had not been started."""
    with_business(create_reviewed(team))
    scoring = with_business(create_reviewed(team))
    services.start_annual_review(customer=scoring, by=team.service_manager, year=YEAR, now=NOW)
    with_business(create_annual_submitted(team).customer)
    with_business(create_annual_approved(team).customer)
    rejected = create_annual_submitted(team)
    with_business(rejected.customer)
    Review.objects.filter(pk=rejected.pk).update(state=ReviewState.REJECTED, ended_at=NOW)
    nobodys = with_business(create_reviewed(team, service_manager=None))
    progress = annual_progress(YEAR, everybody=True)
    own, unmanaged = progress.rows
    assert own.person == team.service_manager
    assert (own.not_started, own.scoring, own.in_approval, own.done) == (2, 1, 1, 1)
    assert (own.total, own.missing, own.done_pct) == (5, 4, 20)
    assert (unmanaged.person, unmanaged.total) == (None, 1)
    assert (progress.total.total, progress.total.missing) == (6, 5)
    assert [row.total for row in annual_progress(YEAR, user=team.service_manager).rows] == [5]
    assert annual_progress(YEAR, user=team.legal_affairs).total.total == 6
    assert nobodys.service_manager is None


def test_nearly_all_is_not_all() -> None:
    assert ProgressRow(None, Counter(done=999, scoring=1)).done_pct == 99
    assert ProgressRow(None, Counter(done=3)).done_pct == 100
    assert ProgressRow(None).done_pct == 0


@pytest.mark.django_db
def test_a_corrected_review_stays_done_while_it_is_written_anew(team: Team) -> None:
    review = create_annual_approved(team)
    with_business(review.customer)
    services.correct_annual_review(review=review, by=team.service_manager, now=NOW)
    (customer,) = customers_to_assess(YEAR)
    assert customer.standing == "done"


@pytest.mark.django_db
def test_those_are_reminded_for_whom_something_waits(team: Team) -> None:
    """The service manager: one review to start, one to score, which he also has to hand in, and one that is scored and
    waits to be handed in: 3. The account manager: the scores of the first."""
    with_business(create_reviewed(team))
    unscored = with_business(create_reviewed(team))
    services.start_annual_review(customer=unscored, by=team.service_manager, year=YEAR, now=NOW)
    scored = with_business(create_reviewed(team))
    draft = services.start_annual_review(customer=scored, by=team.service_manager, year=YEAR, now=NOW).review
    score_as(team, draft, "account_manager")
    score_as(team, draft, "service_manager")
    with_business(create_annual_approved(team).customer)
    assert dict(unfinished_of(YEAR)) == {team.account_manager: 1, team.service_manager: 3}


@pytest.mark.django_db
def test_who_left_is_not_reminded(team: Team) -> None:
    with_business(create_reviewed(team))
    User.objects.filter(pk=team.service_manager.pk).update(is_active=False)
    assert list(unfinished_of(YEAR)) == []


def reminders() -> list[tuple[str, str]]:
    found = Notification.objects.filter(url__contains="annual-reviews").order_by("user__username", "pk")
    return [(row.user.username, str(row.title)) for row in found]


@pytest.mark.django_db
def test_reminders_are_sent_once_and_the_leaders_hear_at_the_end(team: Team) -> None:
    with_business(create_reviewed(team))
    on = dt.date(2026, 12, 15)
    assert annual_job.remind_once(on=on, calendar=CALENDAR).result == {
        "year": 2026,
        "told": [team.service_manager.username],
        "missing": 0,
    }
    annual_job.remind_once(on=on, calendar=CALENDAR)
    assert reminders() == [(team.service_manager.username, "1 annual review of 2026 waits for you.")]
    annual_job.remind_once(on=dt.date(2027, 1, 4), calendar=CALENDAR)
    leaders = {team.group_leader.username, team.deputy_leader.username}
    told = {who for who, text in reminders() if "no finished annual review" in text}
    assert told == leaders


@pytest.mark.django_db
def test_where_all_is_done_the_leaders_hear_nothing(team: Team) -> None:
    with_business(create_annual_approved(team).customer)
    assert annual_job.remind_once(on=dt.date(2027, 1, 4), calendar=CALENDAR).result == {
        "year": 2026,
        "told": [],
        "missing": 0,
    }
    assert reminders() == []


@pytest.mark.django_db
def test_on_other_days_nobody_is_reminded() -> None:
    assert annual_job.remind_on("2026-12-14", CALENDAR) is None
    assert annual_job.remind_on("2026-12-15", CALENDAR) == dt.date(2026, 12, 15)
    assert annual_job.remind_on("2027-01-04", CALENDAR) == dt.date(2027, 1, 4)
    with pytest.raises(ValueError):
        annual_job.remind_once(on=dt.date(2026, 12, 14), calendar=CALENDAR)


@pytest.mark.django_db
def test_the_schedule_reminds_on_the_day(team: Team) -> None:
    with_business(create_reviewed(team))
    job = job_named(annual_job.REMINDERS)
    assert job is not None
    JobRun.objects.create(job=job.code, period="2026-12-01", state="done", finished_at=NOW)
    assert catch_up(job, now=at("2026-12-15 06:59")) == []
    assert [run.period for run in catch_up(job, now=at("2026-12-15 07:00"))] == ["2026-12-15"]


# The leader's sitting


def confirm(team: Team, review: Review, level: str, reason: str = "", by: User | None = None) -> Any:
    return services.reconfirm_service_level(
        review=review, level=level, reason=reason, by=by or team.group_leader, now=NOW
    )


def code_of(call: Any, *arguments: Any, **more: Any) -> str:
    with pytest.raises(BusinessError) as refused:
        call(*arguments, **more)
    return refused.value.code


@pytest.mark.django_db
def test_after_the_approval_a_level_counts_at_once(team: Team) -> None:
    review = create_annual_approved(team)
    assert not confirm(team, review, "priority", "pays early").repeated
    customer = Customer.objects.get(pk=review.customer_id)
    assert (customer.service_level, customer.service_level_reason) == ("priority", "pays early")
    kept = ServiceLevelConfirmation.objects.get(review=review)
    assert (kept.old, kept.level, kept.reason, kept.confirmed_by) == (
        "standard",
        "priority",
        "pays early",
        team.group_leader,
    )
    assert confirm(team, review, "priority", "pays early").repeated
    assert confirm(team, review, "priority").repeated
    assert Customer.objects.get(pk=customer.pk).version == customer.version


@pytest.mark.django_db
def test_a_level_that_was_changed_on_the_file_since_is_set_again(team: Team) -> None:
    review = create_annual_approved(team)
    confirm(team, review, "priority", "pays early")
    Customer.objects.filter(pk=review.customer_id).update(service_level="standard")
    assert not confirm(team, review, "priority", "pays early after all").repeated
    assert Customer.objects.get(pk=review.customer_id).service_level == "priority"


@pytest.mark.django_db
def test_the_present_level_needs_no_reason_and_changes_nothing_on_the_file(team: Team) -> None:
    review = create_annual_approved(team)
    before = Customer.objects.get(pk=review.customer_id)
    ServiceLevelConfirmation.objects.all().delete()
    confirm(team, review, "standard")
    after = Customer.objects.get(pk=review.customer_id)
    assert (after.version, after.service_level) == (before.version, "standard")
    kept = ServiceLevelConfirmation.objects.get()
    assert (kept.old, kept.level, kept.reason) == ("standard", "standard", "")


@pytest.mark.django_db
def test_while_a_review_is_in_approval_the_level_waits_for_the_last_approval(team: Team) -> None:
    review = create_annual_submitted(team)
    confirm(team, review, "limited", "quarrels over every invoice")
    assert Customer.objects.get(pk=review.customer_id).service_level == "standard"
    approve_all(team, review)
    customer = Customer.objects.get(pk=review.customer_id)
    assert (customer.service_level, customer.service_level_reason) == (
        "limited",
        "quarrels over every invoice",
    )
    kept = ServiceLevelConfirmation.objects.get()
    assert (kept.old, kept.level) == ("standard", "limited")


@pytest.mark.django_db
def test_what_he_says_with_his_approval_counts_more(team: Team) -> None:
    review = create_annual_submitted(team)
    confirm(team, review, "limited", "quarrels")
    approve_all(team, review, up_to="group_leader")
    approve_as(team, review, "group_leader", service_level="priority", service_level_reason="settled since")
    approve_all(team, review)
    assert Customer.objects.get(pk=review.customer_id).service_level == "priority"
    assert ServiceLevelConfirmation.objects.get().reason == "settled since"


@pytest.mark.django_db
def test_who_may_not_and_what_cannot_be_confirmed(team: Team) -> None:
    review = create_annual_approved(team)
    for role in Role:
        if role != Role.GROUP_LEADER:
            person = create_user(role)
            assert code_of(confirm, team, review, "priority", "x", by=person) == "service_level.role"
    assert code_of(confirm, team, review, "priority") == "service_level.reason_missing"
    assert code_of(confirm, team, review, "priority", "   ") == "service_level.reason_missing"
    assert code_of(confirm, team, review, "golden", "x") == "service_level.unknown"
    draft = create_reviewed(team)
    started = services.start_annual_review(customer=draft, by=team.service_manager, year=YEAR, now=NOW).review
    assert code_of(confirm, team, started, "priority", "x") == "service_level.no_review"
    again = services.correct_annual_review(review=review, by=team.service_manager, now=NOW).review
    score_as(team, again, "account_manager")
    score_as(team, again, "service_manager")
    approve_all(team, submit(again))
    assert code_of(confirm, team, review, "priority", "x") == "service_level.overtaken"


# Pages


@pytest.mark.django_db
def test_the_board_leads_to_what_is_missing(team: Team, client: Client) -> None:
    customer = with_business(create_reviewed(team))
    done = with_business(create_annual_approved(team).customer)
    client.force_login(team.service_manager)
    with time_machine.travel(NOW, tick=False):
        board = client.get("/reviews/annual-reviews/").content.decode()
        assert f"manager={team.service_manager.pk}&amp;standing=not_started" in board
        missing = client.get("/reviews/annual-reviews/missing/").content.decode()
        assert customer.number in missing
        assert done.number not in missing
        only_done = client.get("/reviews/annual-reviews/missing/?standing=done").content.decode()
        assert done.number in only_done
        assert customer.number not in only_done
        unknown_year = client.get("/reviews/annual-reviews/?year=1999").content.decode()
        assert f"Annual reviews {YEAR}" in unknown_year
        client.force_login(team.administrator)
        assert client.get("/reviews/annual-reviews/").status_code == 403
        assert client.get("/reviews/annual-reviews/missing/").status_code == 403


@pytest.mark.django_db
def test_the_pages_cost_the_same_queries_however_many_customers(
    team: Team, client: Client, django_assert_max_num_queries: Any
) -> None:
    for _number in range(12):
        with_business(create_annual_submitted(team).customer)
    client.force_login(team.group_leader)
    with time_machine.travel(NOW, tick=False):
        for path in ("", "missing/", "service-levels/"):
            with django_assert_max_num_queries(13):
                assert client.get(f"/reviews/annual-reviews/{path}").status_code == 200


@pytest.mark.django_db
def test_a_sitting_confirms_the_ticked_ones_and_tells_which_it_could_not(team: Team, client: Client) -> None:
    first, second, third = (create_annual_approved(team) for _number in range(3))
    ServiceLevelConfirmation.objects.all().delete()
    client.force_login(team.group_leader)
    posted = {
        "chosen": [first.pk, second.pk],
        f"level-{first.pk}": "standard",
        f"reason-{first.pk}": "",
        f"level-{second.pk}": "priority",
        f"reason-{second.pk}": "",
        f"level-{third.pk}": "limited",
        f"reason-{third.pk}": "not ticked",
    }
    with time_machine.travel(NOW, tick=False):
        page = client.post("/reviews/annual-reviews/service-levels/", posted)
        assert page.status_code == 200
        html = page.content.decode()
        assert "1 service level confirmed." in html
        assert "Say why you give another service level (P3.1 f)." in html
        assert set(ServiceLevelConfirmation.objects.values_list("review", flat=True)) == {first.pk}
        posted |= {"chosen": [second.pk], f"reason-{second.pk}": "pays early"}
        assert client.post("/reviews/annual-reviews/service-levels/", posted).status_code == 302
    assert Customer.objects.get(pk=second.customer_id).service_level == "priority"
    assert Customer.objects.get(pk=third.customer_id).service_level == "standard"


@pytest.mark.django_db
def test_a_sitting_refuses_what_it_does_not_know(team: Team, client: Client) -> None:
    review = create_annual_approved(team)
    client.force_login(team.group_leader)
    address = "/reviews/annual-reviews/service-levels/"
    good = {"chosen": [review.pk], f"level-{review.pk}": "standard"}
    for bad in (
        {**good, "chosen": []},
        {**good, f"level-{review.pk}": "golden"},
        {**good, "state": "approved"},
        {**good, f"reason-{review.pk}": "x" * 501},
    ):
        page = client.post(address, bad)
        assert page.status_code == 200
        assert 'role="alert"' in page.content.decode()
    client.force_login(team.deputy_leader)
    assert client.post(address, good).status_code == 403
