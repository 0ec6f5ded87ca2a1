"""When jobs are due, what is caught up, what is late: exactly once per period, in order, whatever happened to beat."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from creditrisk.accounts.roles import Role
from creditrisk.business_days.calendar import BusinessCalendar
from creditrisk.exceptions import ConflictError, NotAllowedError
from creditrisk.jobs import schedule
from creditrisk.jobs.models import JobEvent, JobRun
from creditrisk.jobs.periods import Cadence
from creditrisk.jobs.schedule import Job, Missed, due_at, due_periods, job_named, next_due, register_job
from creditrisk.jobs.selectors import job_states, jobs_in_trouble, what_is_due
from creditrisk.jobs.services import (
    JobOutcome,
    _job_lock,
    ask_to_run_again,
    catch_up,
    note_progress,
    run_job,
)
from creditrisk.jobs.tasks import catch_up_job, run_asked_again
from tests.factories.people import create_user

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = BusinessCalendar()
SINCE = ("jobs", "0001_initial")
State = JobRun.State


def at(text: str) -> dt.datetime:
    """Return a moment of the company's clock: at("2026-10-01 08:00")."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


class Work:
    """The work of a made-up job: which periods were run, in order; those in `failing` fail."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.done: list[str] = []
        self.failing: set[str] = set()

    def run(self, period: str) -> JobRun:
        return run_job(job=self.code, period=period, work=lambda: self._outcome(period))

    def _outcome(self, period: str) -> JobOutcome:
        if period in self.failing:
            return JobOutcome({}, errors=("unit 7: broken",))
        self.done.append(period)
        return JobOutcome({"units": 1}, units_done=1)


@pytest.fixture(autouse=True)
def only_made_up_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "_jobs", {})


def made_up(work: Work, cadence: Cadence, due_on: schedule.DueOn, **more: Any) -> Job:
    job = Job(
        code=work.code,
        label=work.code,
        rhythm="now and then",
        cadence=cadence,
        since=SINCE,
        run=work.run,
        due_on=due_on,
        **more,
    )
    register_job(job)
    return job


def quarterly(**more: Any) -> tuple[Job, Work]:
    work = Work("quarters")
    more = {"missed": Missed.EACH} | more
    return made_up(work, Cadence.QUARTER, schedule.on_first_day_after_quarter, **more), work


def daily(**more: Any) -> tuple[Job, Work]:
    work = Work("days")
    return made_up(work, Cadence.DAY, schedule.on_its_day, **more), work


def monthly(**more: Any) -> tuple[Job, Work]:
    work = Work("months")
    more = {"missed": Missed.EACH} | more
    return made_up(work, Cadence.MONTH, schedule.on_first_business_day_after_month, **more), work


def installed(text: str) -> None:
    """Say that the product was installed at that moment of the company's clock."""
    MigrationRecorder.Migration.objects.filter(app=SINCE[0], name=SINCE[1]).update(applied=at(text))


# When a period is due


@pytest.mark.parametrize(
    ("month", "due_on"),
    [
        # 2026-10-01 to 08 are the National Day holidays, 2026-10-10 is worked though it is a Saturday.
        ("2026-09", dt.date(2026, 10, 8)),
        ("2026-10", dt.date(2026, 11, 2)),  # 1 November 2026 is a Sunday
        ("2026-12", dt.date(2027, 1, 4)),  # New Year's Day is a Friday
        ("2028-02", dt.date(2028, 3, 1)),  # after 29 February, a Wednesday
    ],
)
def test_the_month_is_summarised_on_the_first_business_day_after_it(month: str, due_on: dt.date) -> None:
    found = schedule.on_first_business_day_after_month(month, CALENDAR)
    assert found is not None
    assert found == due_on
    assert CALENDAR.is_business_day(found)


def test_an_exception_of_the_company_moves_the_day() -> None:
    closed = BusinessCalendar({dt.date(2026, 11, 2): False})
    assert schedule.on_first_business_day_after_month("2026-10", closed) == dt.date(2026, 11, 3)


@pytest.mark.parametrize(
    ("quarter", "due_on"),
    [("2026Q3", dt.date(2026, 10, 1)), ("2026Q4", dt.date(2027, 1, 1)), ("2028Q1", dt.date(2028, 4, 1))],
)
def test_the_quarter_is_adjusted_on_the_first_day_of_the_next(quarter: str, due_on: dt.date) -> None:
    assert schedule.on_first_day_after_quarter(quarter, CALENDAR) == due_on


def test_a_business_day_job_has_no_work_on_a_holiday_and_works_on_a_make_up_saturday() -> None:
    assert schedule.on_business_days("2026-10-01", CALENDAR) is None
    assert schedule.on_business_days("2026-10-10", CALENDAR) == dt.date(2026, 10, 10)


def test_a_period_is_due_from_its_hour_in_the_company_s_time_zone() -> None:
    """09:00 in Shanghai is 01:00 UTC: at 00:59 UTC nothing is due yet."""
    job, _work = daily(not_before=lambda: dt.time(9))
    day = dt.date(2026, 11, 27)
    assert due_at(job, "2026-11-27", CALENDAR) == dt.datetime(2026, 11, 27, 1, tzinfo=dt.UTC)
    before = dt.datetime(2026, 11, 27, 0, 59, 59, tzinfo=dt.UTC)
    assert due_periods(job, since=day, now=before, calendar=CALENDAR) == []
    assert due_periods(
        job, since=day, now=dt.datetime(2026, 11, 27, 1, tzinfo=dt.UTC), calendar=CALENDAR
    ) == ["2026-11-27"]


def test_midnight_in_shanghai_is_the_day_before_in_utc() -> None:
    job, _work = daily()
    now = dt.datetime(2026, 11, 26, 16, 0, tzinfo=dt.UTC)
    assert due_periods(job, since=dt.date(2026, 11, 27), now=now, calendar=CALENDAR) == ["2026-11-27"]


def test_periods_due_since_a_day_include_the_one_that_ended_before_it() -> None:
    """Installed on 1 October: the third quarter is due that day; installed on the 2nd it is not made up for."""
    job, _work = quarterly()
    now = at("2027-01-01 00:00")
    due = due_periods(job, since=dt.date(2026, 10, 1), now=now, calendar=CALENDAR)
    assert due == ["2026Q3", "2026Q4"]
    due = due_periods(job, since=dt.date(2026, 10, 2), now=now, calendar=CALENDAR)
    assert due == ["2026Q4"]


def test_what_was_due_long_ago_is_not_made_up_for() -> None:
    job, _work = daily()
    now = at("2026-11-27 12:00")
    due = due_periods(job, since=dt.date(2020, 1, 1), now=now, calendar=CALENDAR)
    assert (due[0], len(due)) == ("2025-11-26", 367)


def test_the_next_period_is_known() -> None:
    job, _work = quarterly()
    assert next_due(job, now=at("2026-11-27 12:00"), calendar=CALENDAR) == ("2026Q4", at("2027-01-01 00:00"))
    job, _work = monthly()
    assert next_due(job, now=at("2026-11-02 00:00"), calendar=CALENDAR) == ("2026-11", at("2026-12-01 00:00"))
    assert next_due(job, now=at("2026-11-01 23:59"), calendar=CALENDAR) == ("2026-10", at("2026-11-02 00:00"))


def test_a_job_without_work_in_sight_has_no_next_period() -> None:
    job = made_up(Work("never"), Cadence.DAY, lambda _period, _calendar: None)
    assert next_due(job, now=at("2026-11-27 12:00"), calendar=CALENDAR) is None


# Catching up


@pytest.mark.django_db
def test_every_quarter_that_was_missed_is_run_once_and_in_order() -> None:
    """The system was down from February to the end of the year: three quarters have passed."""
    job, work = quarterly()
    work.run("2025Q4")
    runs = catch_up(job, now=at("2026-12-31 23:59"))
    assert work.done == ["2025Q4", "2026Q1", "2026Q2", "2026Q3"]
    assert [run.period for run in runs] == ["2026Q1", "2026Q2", "2026Q3"]
    assert catch_up(job, now=at("2026-12-31 23:59")) == []
    catch_up(job, now=at("2027-01-01 00:00"))
    assert work.done[-1] == "2026Q4"
    assert len(work.done) == len(set(work.done)) == 5


@pytest.mark.django_db
def test_a_quarter_that_fails_holds_up_the_later_ones() -> None:
    job, work = quarterly()
    work.run("2025Q4")
    work.failing = {"2026Q2"}
    runs = catch_up(job, now=at("2026-11-27 09:00"))
    assert [(run.period, run.state) for run in runs] == [("2026Q1", State.DONE), ("2026Q2", State.FAILED)]
    work.failing = set()
    catch_up(job, now=at("2026-11-27 09:10"))
    assert work.done == ["2025Q4", "2026Q1", "2026Q2", "2026Q3"]


@pytest.mark.django_db
def test_days_that_were_missed_are_covered_by_the_last_one() -> None:
    job, work = daily()
    work.run("2026-11-20")
    catch_up(job, now=at("2026-11-27 09:00"))
    assert work.done == ["2026-11-20", "2026-11-27"]
    covered = JobRun.objects.filter(state=State.COVERED).order_by("period")
    assert [run.period for run in covered] == [f"2026-11-{day}" for day in range(21, 27)]
    assert catch_up(job, now=at("2026-11-27 09:10")) == []


@pytest.mark.django_db
def test_where_the_last_day_fails_nothing_is_covered() -> None:
    job, work = daily()
    work.run("2026-11-25")
    work.failing = {"2026-11-27"}
    catch_up(job, now=at("2026-11-27 09:00"))
    assert not JobRun.objects.filter(state=State.COVERED).exists()


@pytest.mark.django_db
def test_yesterday_s_morning_mail_is_dropped() -> None:
    job, work = daily(missed=Missed.DROPPED)
    work.run("2026-11-20")
    catch_up(job, now=at("2026-11-27 09:00"))
    assert work.done == ["2026-11-20", "2026-11-27"]
    assert catch_up(job, now=at("2026-11-27 09:10")) == []
    assert work.done == ["2026-11-20", "2026-11-27"]
    assert JobRun.objects.count() == 2


@pytest.mark.django_db
def test_a_job_that_never_ran_starts_with_the_first_period_due_after_the_installation() -> None:
    installed("2026-10-15 12:00")
    job, work = quarterly()
    catch_up(job, now=at("2026-12-31 12:00"))
    assert work.done == []
    catch_up(job, now=at("2027-01-01 00:00"))
    assert work.done == ["2026Q4"]


@pytest.mark.django_db
def test_a_job_whose_migration_was_never_applied_does_not_run() -> None:
    work = Work("later")
    job = Job(
        code=work.code,
        label="later",
        rhythm="",
        cadence=Cadence.DAY,
        since=("jobs", "9999_none"),
        run=work.run,
        due_on=schedule.on_its_day,
    )
    assert catch_up(job, now=at("2026-11-27 12:00")) == []


@pytest.mark.django_db
def test_a_clock_set_back_runs_nothing_twice_and_one_set_forward_leaves_nothing_out() -> None:
    """The clock jumped to next year and back: the quarter that it ran then is not run again when it comes."""
    job, work = quarterly()
    work.run("2026Q2")
    catch_up(job, now=at("2027-01-02 00:00"))
    assert work.done == ["2026Q2", "2026Q3", "2026Q4"]
    assert catch_up(job, now=at("2026-11-27 12:00")) == []
    assert catch_up(job, now=at("2027-01-01 00:00")) == []
    assert what_is_due(job, now=at("2026-11-27 12:00")).waiting == ()


@pytest.mark.django_db
def test_periods_before_the_first_settled_one_are_not_made_up_for() -> None:
    installed("2026-01-01 00:00")
    job, work = monthly()
    work.run("2026-08")
    catch_up(job, now=at("2026-11-27 12:00"))
    assert work.done == ["2026-08", "2026-09", "2026-10"]


@pytest.mark.django_db
def test_an_older_day_is_never_run_after_a_newer_one() -> None:
    """Today's run was made by hand, and the process ended before it covered the days before: they are covered now."""
    job, work = daily()
    work.run("2026-11-24")
    work.run("2026-11-27")
    assert catch_up(job, now=at("2026-11-27 09:00")) == []
    assert work.done == ["2026-11-24", "2026-11-27"]
    assert JobRun.objects.filter(state=State.COVERED).count() == 2


@pytest.mark.django_db
def test_a_quarter_that_nobody_could_work_on_is_covered_by_the_next() -> None:
    """There never was a report of the second quarter: once the third is done, nothing waits for it any more."""
    job, work = quarterly(is_possible=lambda period: period != "2026Q2")
    work.run("2026Q1")
    assert catch_up(job, now=at("2026-09-30 09:00")) == []
    assert state_of(job, "2026-09-30 09:00").is_blocked
    catch_up(job, now=at("2026-10-01 09:00"))
    assert work.done == ["2026Q1", "2026Q3"]
    catch_up(job, now=at("2026-10-01 09:10"))
    assert JobRun.objects.get(period="2026Q2").state == State.COVERED
    assert state_of(job, "2026-10-02 09:00").waiting == ()


@pytest.mark.django_db
def test_a_failed_quarter_stays_red_while_the_next_has_nothing_to_work_on() -> None:
    job, work = quarterly(is_possible=lambda period: period < "2026Q4")
    work.run("2026Q2")
    work.failing = {"2026Q3"}
    work.run("2026Q3")
    state = state_of(job, "2027-01-02 09:00")
    assert (state.waiting, state.trouble, state.is_blocked) == (("2026Q3", "2026Q4"), "failed", False)


@pytest.mark.django_db
def test_a_job_that_knows_better_makes_up_for_missed_days_itself() -> None:
    job, work = daily(catch_up=lambda now: [work.run(f"{now:%Y-%m-%d}"), work.run("2026-06-30")])
    assert [run.period for run in catch_up(job, now=at("2026-07-03 09:00"))] == ["2026-07-03", "2026-06-30"]


@pytest.mark.django_db
def test_what_cannot_be_worked_on_waits() -> None:
    job, work = daily(is_possible=lambda period: period >= "2026-11-26")
    work.run("2026-11-24")
    assert catch_up(job, now=at("2026-11-25 09:00")) == []
    assert what_is_due(job, now=at("2026-11-25 09:00")).waiting == ("2026-11-25",)
    catch_up(job, now=at("2026-11-26 09:00"))
    assert work.done == ["2026-11-24", "2026-11-26"]


@pytest.mark.django_db
def test_over_three_years_every_period_is_run_exactly_once() -> None:
    """Woken on every tenth day only, from 2025-12-31 to 2028-12-31: 36 months (the last is due in 2029) and 12 quarters
    less the last one each, in order, over a leap year."""
    months, month_work = monthly()
    quarters, quarter_work = quarterly()
    month_work.run("2025-11")
    quarter_work.run("2025Q3")
    moment = at("2025-12-31 08:00")
    while moment <= at("2028-12-31 23:59"):
        catch_up(months, now=moment)
        catch_up(quarters, now=moment)
        moment += dt.timedelta(days=10)
    expected = [f"{year}-{month:02d}" for year in (2026, 2027, 2028) for month in range(1, 13)]
    assert month_work.done == ["2025-11", "2025-12", *expected[:-1]]
    expected = [f"{year}Q{quarter}" for year in (2026, 2027, 2028) for quarter in range(1, 5)]
    assert quarter_work.done == ["2025Q3", "2025Q4", *expected[:-1]]


# How a job stands


@pytest.mark.django_db
def test_a_job_is_late_after_its_grace_and_not_before() -> None:
    installed("2026-01-01 00:00")
    job, work = daily(not_before=lambda: dt.time(8), grace=dt.timedelta(hours=2))
    work.run("2026-11-26")
    assert state_of(job, "2026-11-27 07:59").waiting == ()
    due = state_of(job, "2026-11-27 09:59:59")
    assert (due.waiting, due.trouble) == (("2026-11-27",), "")
    late = state_of(job, "2026-11-27 10:00")
    assert (late.trouble, late.late_since) == ("late", at("2026-11-27 08:00"))
    work.run("2026-11-27")
    done = state_of(job, "2026-11-27 10:00")
    assert (done.trouble, done.waiting, done.next_period) == ("", (), "2026-11-28")
    assert done.last is not None
    assert done.last.period == "2026-11-27"


@pytest.mark.django_db
def test_a_product_installed_in_the_afternoon_is_not_late_at_once() -> None:
    installed("2026-11-27 15:00")
    job, _work = daily(not_before=lambda: dt.time(8))
    assert state_of(job, "2026-11-27 15:01").trouble == ""
    assert state_of(job, "2026-11-27 17:00").trouble == "late"


@pytest.mark.django_db
def test_earlier_days_that_were_dropped_or_are_to_be_covered_make_nobody_late() -> None:
    installed("2026-01-01 00:00")
    _job, work = daily()
    work.run("2026-11-20")
    work.run("2026-11-27")
    for missed in (Missed.DROPPED, Missed.COVERED):
        job, _work = daily(missed=missed)
        assert state_of(job, "2026-11-27 23:00").trouble == ""


@pytest.mark.django_db
def test_a_failed_run_and_an_interrupted_one_are_trouble_at_once() -> None:
    job, work = quarterly()
    work.run("2026Q2")
    work.failing = {"2026Q3"}
    work.run("2026Q3")
    assert state_of(job, "2026-10-01 00:10").trouble == "failed"
    JobRun.objects.filter(period="2026Q3").update(state=State.RUNNING, finished_at=None)
    assert state_of(job, "2026-10-01 00:10").trouble == "interrupted"
    with _job_lock("quarters") as held:
        assert held
        at_work = state_of(job, "2026-10-01 00:10")
        assert (at_work.trouble, at_work.is_at_work) == ("", True)


@pytest.mark.django_db
def test_a_job_with_nothing_to_work_on_is_blocked_and_not_late() -> None:
    installed("2026-01-01 00:00")
    job, _work = daily(is_possible=lambda _period: False)
    state = state_of(job, "2026-11-27 23:00")
    assert (state.is_blocked, state.trouble) == (True, "")


@pytest.mark.django_db
def test_what_there_is_nothing_to_work_on_for_is_trouble_after_its_patience() -> None:
    installed("2026-01-01 00:00")
    JobRun.objects.create(job="quarters", period="2026Q2", state="done", finished_at=at("2026-07-01 00:00"))
    job, _work = quarterly(is_possible=lambda _period: False, patience=dt.timedelta(days=30))
    patient = state_of(job, "2026-10-30 23:59")
    assert (patient.is_blocked, patient.trouble) == (True, "")
    starved = state_of(job, "2026-10-31 00:00")
    assert (starved.is_blocked, starved.trouble) == (True, "starved")
    assert starved.late_since == at("2026-10-01 00:00")


@pytest.mark.django_db
def test_the_states_cost_the_same_queries_however_long_the_ledger_is(
    django_assert_num_queries: Any,
) -> None:
    job, work = daily()
    work.run("2026-11-26")
    _other, other_work = monthly()
    other_work.run("2026-10")
    with django_assert_num_queries(4):
        job_states(at("2026-11-27 12:00"))
    first = dt.date(2026, 1, 1)
    JobRun.objects.bulk_create(
        JobRun(
            job=job.code,
            period=str(first + dt.timedelta(days=day)),
            state=State.COVERED,
            finished_at=at("2026-11-27 12:00"),
        )
        for day in range(300)
    )
    with django_assert_num_queries(4):
        job_states(at("2026-11-27 12:00"))


def state_of(job: Job, moment: str) -> Any:
    return next(state for state in job_states(at(moment)) if state.job.code == job.code)


# The log, and running again


@pytest.mark.django_db
def test_the_log_tells_every_attempt() -> None:
    _job, work = quarterly()
    work.failing = {"2026Q3"}
    run = work.run("2026Q3")
    work.failing = set()
    work.run("2026Q3")
    told = [(event.kind, event.units_done, event.units_failed, event.error) for event in run.log.all()]
    assert told == [
        ("started", None, None, ""),
        ("failed", 0, 1, "unit 7: broken"),
        ("started", None, None, ""),
        ("done", 1, 0, ""),
    ]


@pytest.mark.django_db
def test_progress_is_shown_while_a_run_is_at_work() -> None:
    seen = []

    def work() -> JobOutcome:
        note_progress(job="sweeping", period="1", units_done=40)
        seen.append(JobRun.objects.get().units_done)
        return JobOutcome({}, units_done=100)

    run = run_job(job="sweeping", period="1", work=work)
    assert (seen, run.units_done) == ([40], 100)
    note_progress(job="sweeping", period="1", units_done=3)
    assert JobRun.objects.get().units_done == 100


@pytest.mark.django_db
def test_a_failed_run_is_run_again_when_somebody_asks() -> None:
    _job, work = quarterly()
    admin = create_user(Role.ADMINISTRATOR)
    work.failing = {"2026Q3"}
    run = work.run("2026Q3")
    work.failing = set()
    now = at("2026-11-27 12:00")
    asked = ask_to_run_again(run=run, by=admin, now=now)
    again = ask_to_run_again(run=run, by=admin, now=now + dt.timedelta(seconds=1))
    assert (asked.asked_at, again.asked_at, again.asked_by) == (now, now, admin)
    assert work.done == []
    run_asked_again()
    assert work.done == ["2026Q3"]
    run.refresh_from_db()
    assert (run.state, run.asked_at, run.asked_by, run.attempts) == (State.DONE, None, None, 2)
    assert [event.kind for event in run.log.all()] == ["started", "failed", "asked", "started", "done"]
    assert run.log.get(kind=JobEvent.Kind.ASKED).by == admin
    run_asked_again()
    assert work.done == ["2026Q3"]


@pytest.mark.django_db
def test_a_request_that_cannot_be_met_does_not_hold_up_the_others() -> None:
    _job, work = quarterly()
    admin, now = create_user(Role.ADMINISTRATOR), at("2026-11-27 12:00")
    work.failing = {"2026Q3"}
    good = work.run("2026Q3")

    def broken(_period: str) -> JobRun:
        raise ValueError("nobody is reminded on that day")

    register_job(replace(job_named("quarters"), code="broken", run=broken))  # type: ignore[type-var]
    bad = run_job(job="broken", period="2026Q1", work=lambda: JobOutcome({}, errors=("x",)))
    ask_to_run_again(run=bad, by=admin, now=now)
    ask_to_run_again(run=good, by=admin, now=now + dt.timedelta(minutes=1))
    work.failing = set()
    run_asked_again()
    assert work.done == ["2026Q3"]
    bad.refresh_from_db()
    assert (bad.state, bad.asked_at) == (State.FAILED, None)
    assert bad.log.last().error == "ValueError: nobody is reminded on that day"


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_administrators_and_leaders_may_ask(role: Role) -> None:
    _job, work = quarterly()
    work.failing = {"2026Q3"}
    run = work.run("2026Q3")
    person = create_user(role)
    if role in {Role.ADMINISTRATOR, Role.GROUP_LEADER, Role.DEPUTY_LEADER}:
        assert ask_to_run_again(run=run, by=person, now=at("2026-11-27 12:00")).asked_by == person
    else:
        assert refusal_code(run, person) == "jobs.not_allowed"


def refusal_code(run: JobRun, person: Any, now: str = "2026-11-27 12:00") -> str:
    with pytest.raises(NotAllowedError) as refused:
        ask_to_run_again(run=run, by=person, now=at(now))
    return refused.value.code


@pytest.mark.django_db
def test_what_is_done_at_work_unknown_or_overtaken_is_not_run_again() -> None:
    admin = create_user(Role.ADMINISTRATOR)
    _job, work = quarterly()
    assert refusal_code(work.run("2026Q2"), admin) == "jobs.settled"
    JobRun.objects.filter(period="2026Q2").update(state=State.RUNNING, finished_at=None)
    with _job_lock("quarters"):
        assert refusal_code(JobRun.objects.get(period="2026Q2"), admin) == "jobs.at_work"
    assert ask_to_run_again(run=JobRun.objects.get(period="2026Q2"), by=admin, now=at("2026-11-27 12:00"))
    gone = run_job(job="gone", period="1", work=lambda: JobOutcome({}, errors=("x",)))
    assert refusal_code(gone, admin) == "jobs.unknown"
    _job, day_work = daily(not_before=lambda: dt.time(8))
    day_work.failing = {"2026-11-26"}
    yesterday = day_work.run("2026-11-26")
    assert refusal_code(yesterday, admin, "2026-11-27 08:00") == "jobs.later_period"
    assert ask_to_run_again(run=yesterday, by=admin, now=at("2026-11-27 07:59")).asked_by == admin


# What beat wakes, and the command


@pytest.mark.django_db
def test_beat_wakes_the_job_by_its_code() -> None:
    job, work = daily()
    work.run("2026-11-26")
    with time_machine.travel(at("2026-11-27 12:00"), tick=False):
        catch_up_job(job.code)
        catch_up_job(job.code)
        catch_up_job("nobody's")
    assert work.done == ["2026-11-26", "2026-11-27"]


@pytest.mark.django_db(transaction=True)
def test_two_beats_do_the_work_once() -> None:
    job, work = daily()
    work.run("2026-11-26")
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext('creditrisk.job'), hashtext('days'))")
            with time_machine.travel(at("2026-11-27 12:00"), tick=False):
                catch_up_job(job.code)
            with pytest.raises(ConflictError):
                catch_up(job, now=at("2026-11-27 12:00"))
            JobRun.objects.filter(period="2026-11-26").update(
                state=State.FAILED, asked_at=at("2026-11-26 12:00"), asked_by=create_user(Role.ADMINISTRATOR)
            )
            run_asked_again()
        assert work.done == ["2026-11-26"]
    finally:
        other.close()


def told(*arguments: str) -> Any:
    out = StringIO()
    call_command("jobs", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.mark.django_db
def test_the_command_tells_how_the_jobs_stand() -> None:
    installed("2026-01-01 00:00")
    _job, work = daily(not_before=lambda: dt.time(8))
    work.run("2026-11-26")
    with time_machine.travel(at("2026-11-27 12:00"), tick=False):
        (job,) = told("status")["jobs"]
        with pytest.raises(SystemExit) as ended:
            call_command("jobs", "status", "--fail", stdout=StringIO())
    assert ended.value.code == 1
    assert {name: job[name] for name in ("job", "trouble", "waiting", "late_since", "next_period")} == {
        "job": "days",
        "trouble": "late",
        "waiting": ["2026-11-27"],
        "late_since": "2026-11-27T08:00:00+08:00",
        "next_period": "2026-11-28",
    }
    assert (job["last"]["period"], job["last"]["state"]) == ("2026-11-26", "done")


@pytest.mark.django_db
def test_the_command_catches_up_and_runs_one_period() -> None:
    _job, work = quarterly()
    assert told("run", "quarters", "2026Q1")["runs"][0]["state"] == "done"
    with time_machine.travel(at("2026-11-27 12:00"), tick=False):
        assert [run["period"] for run in told("catch-up")["runs"]] == ["2026Q2", "2026Q3"]
        assert told("catch-up", "quarters") == {"runs": []}
        work.failing = {"2025Q4"}
        with pytest.raises(SystemExit) as ended:
            call_command("jobs", "run", "quarters", "2025Q4", stdout=StringIO())
    assert ended.value.code == 1
    assert work.done == ["2026Q1", "2026Q2", "2026Q3"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "sweeping", "2026Q1"), "There is no job “sweeping”. There are: quarters."),
        (("run", "quarters", "2026-01"), "“2026-01” is no period of this job (quarter)."),
        (("run", "quarters", "2099Q1"), "The period 2099Q1 is not due."),
        (("catch-up", "sweeping"), "There is no job “sweeping”. There are: quarters."),
    ],
)
def test_what_the_command_cannot_do_it_refuses(arguments: tuple[str, ...], message: str) -> None:
    quarterly()
    with pytest.raises(CommandError) as refused:
        call_command("jobs", *arguments)
    assert (refused.value.returncode, str(refused.value)) == (2, message)


# Where trouble is shown


@pytest.mark.django_db
def test_trouble_is_red_on_the_start_page_of_who_answers_for_it_and_in_the_health_check(
    client: Client,
) -> None:
    installed("2026-01-01 00:00")
    _job, work = daily()
    work.run("2026-11-25")
    with time_machine.travel(at("2026-11-26 12:00"), tick=False):
        assert len(jobs_in_trouble(at("2026-11-26 12:00"))) == 1
        health = client.get("/health/jobs/")
        assert (health.status_code, health.json()) == (503, {"jobs": "late"})
        whole = client.get("/health/")
        assert (whole.status_code, whole.json()["jobs"]) == (200, "late")
        for role, is_told in (
            (Role.ADMINISTRATOR, True),
            (Role.GROUP_LEADER, True),
            (Role.LEGAL_AFFAIRS, False),
        ):
            client.force_login(create_user(role))
            assert ('id="jobs-in-trouble"' in client.get("/").content.decode()) is is_told
        client.force_login(create_user(Role.ADMINISTRATOR))
        assert "late: it should have run" in client.get("/jobs/").content.decode()
        work.run("2026-11-26")
        health = client.get("/health/jobs/")
        assert (health.status_code, health.json()) == (200, {"jobs": "ok"})
        assert 'id="jobs-in-trouble"' not in client.get("/").content.decode()


@pytest.mark.django_db
def test_the_page_of_a_run_tells_its_log_and_runs_it_again(client: Client) -> None:
    _job, work = quarterly()
    work.failing = {"2026Q3"}
    run = work.run("2026Q3")
    client.force_login(create_user(Role.ADMINISTRATOR))
    html = client.get(run.get_absolute_url()).content.decode()
    assert "unit 7: broken" in html
    assert "Run again" in html
    with time_machine.travel(at("2026-11-27 12:00"), tick=False):
        assert client.post(f"{run.get_absolute_url()}again/").status_code == 302
    assert "It is run again within a minute." in client.get(run.get_absolute_url()).content.decode()
    work.failing = set()
    run_asked_again()
    assert "This period is done" in client.get(run.get_absolute_url()).content.decode()
    assert client.get("/jobs/quarters/2031Q1/").status_code == 404
    client.force_login(create_user(Role.LEGAL_AFFAIRS))
    assert client.get(run.get_absolute_url()).status_code == 403
    assert client.post(f"{run.get_absolute_url()}again/").status_code == 403
