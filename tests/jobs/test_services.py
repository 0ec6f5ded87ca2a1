"""The ledger of jobs: once per period, again after a failure, one process at a time, missed days made up for."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection

from creditrisk.exceptions import ConflictError
from creditrisk.jobs.models import JobRun
from creditrisk.jobs.selectors import job_runs, jobs_at_work
from creditrisk.jobs.services import JobOutcome, cover_periods, missed_days, run_job

JOB = "sweeping"
State = JobRun.State


def counted(outcomes: list[JobOutcome | Exception]) -> Callable[[], JobOutcome]:
    """Return a job that goes through `outcomes`, one a call."""

    def work() -> JobOutcome:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return work


def settle(*periods: str, state: str = State.DONE) -> None:
    finished_at = None if state == State.RUNNING else dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    for period in periods:
        JobRun.objects.create(job=JOB, period=period, state=state, finished_at=finished_at)


@pytest.mark.django_db
def test_a_period_is_run_once_and_its_result_is_kept() -> None:
    outcomes: list[JobOutcome | Exception] = [JobOutcome({"swept": 3}, units_done=3)]
    first = run_job(job=JOB, period="2026-11-24", work=counted(outcomes))
    second = run_job(job=JOB, period="2026-11-24", work=counted(outcomes))
    assert (first.state, first.units_done, first.units_failed, first.attempts) == (State.DONE, 3, 0, 1)
    assert second.pk == first.pk
    assert second.result == {"swept": 3}
    assert first.duration is not None


@pytest.mark.django_db
def test_periods_and_jobs_are_apart() -> None:
    for job, period in (("a", "1"), ("a", "2"), ("b", "1")):
        run_job(job=job, period=period, work=lambda: JobOutcome({}))
    assert job_runs().count() == 3


@pytest.mark.django_db
def test_an_error_is_recorded_and_the_next_call_tries_again() -> None:
    work = counted([ValueError("no broom"), JobOutcome({}, units_done=1)])
    with pytest.raises(ValueError, match="no broom"):
        run_job(job=JOB, period="1", work=work)
    run = JobRun.objects.get()
    assert (run.state, run.error) == (State.FAILED, "ValueError: no broom")
    assert run.finished_at is not None
    again = run_job(job=JOB, period="1", work=work)
    assert (again.state, again.error, again.attempts) == (State.DONE, "", 2)


@pytest.mark.django_db
def test_a_unit_that_failed_makes_the_run_failed_with_the_result_of_the_others() -> None:
    work = counted(
        [JobOutcome({"swept": 2}, units_done=2, errors=("room 3", "room 4")), JobOutcome({"swept": 4})]
    )
    run = run_job(job=JOB, period="1", work=work)
    assert (run.state, run.units_done, run.units_failed) == (State.FAILED, 2, 2)
    assert run.error == "room 3\nroom 4"
    assert run.result == {"swept": 2}
    assert run_job(job=JOB, period="1", work=work).state == State.DONE


@pytest.mark.django_db
def test_a_run_that_was_killed_is_done_by_the_next_call() -> None:
    settle("1", state=State.RUNNING)
    assert run_job(job=JOB, period="1", work=lambda: JobOutcome({})).state == State.DONE


@pytest.mark.django_db
def test_a_covered_period_is_not_run() -> None:
    settle("1", state=State.COVERED)
    run = run_job(job=JOB, period="1", work=counted([ValueError("not again")]))
    assert run.state == State.COVERED
    assert run.duration is None


@pytest.mark.django_db(transaction=True)
def test_two_processes_never_run_a_job_at_once_and_the_lock_is_seen() -> None:
    entered, leave, told = threading.Event(), threading.Event(), []

    def slow() -> JobOutcome:
        entered.set()
        leave.wait(10)
        return JobOutcome({}, units_done=1)

    def first() -> None:
        run_job(job=JOB, period="1", work=slow)
        connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert entered.wait(10)
    try:
        run_job(job=JOB, period="2", work=counted([]))
    except ConflictError as error:
        told.append(error.code)
    told.append(jobs_at_work() == {JOB})
    run_job(job="other", period="1", work=lambda: JobOutcome({}))
    leave.set()
    thread.join(10)
    assert told == ["job.running", True]
    assert jobs_at_work() == frozenset()
    assert list(JobRun.objects.values_list("job", "state").order_by("job")) == [
        ("other", "done"),
        (JOB, "done"),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_dead_process_holds_no_lock_and_its_run_shows_as_interrupted() -> None:
    settle("1", state=State.RUNNING)
    assert jobs_at_work() == frozenset()


@pytest.mark.django_db(transaction=True)
def test_a_database_that_goes_away_in_a_run_is_the_error_that_is_told() -> None:
    """PostgreSQL ends our session in the middle: the row stays `running`, the next call does the work."""

    def work() -> JobOutcome:
        with psycopg.connect(**_address()) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [_backend()])
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return JobOutcome({})

    with pytest.raises(DatabaseError):
        run_job(job=JOB, period="1", work=work)
    connection.close()
    assert JobRun.objects.get().state == State.RUNNING
    assert run_job(job=JOB, period="1", work=lambda: JobOutcome({})).state == State.DONE


def _address() -> dict[str, Any]:
    settings = connection.get_connection_params()
    return {
        name: settings[name] for name in ("dbname", "user", "password", "host", "port") if name in settings
    }


def _backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("settled", "today", "expected"),
    [
        ((), "2026-11-24", ["2026-11-24"]),
        (("2026-11-23",), "2026-11-24", ["2026-11-24"]),
        (("2026-11-24",), "2026-11-24", []),
        (("2026-11-20",), "2026-11-24", ["2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24"]),
        (("2026-02-27",), "2026-03-01", ["2026-02-28", "2026-03-01"]),
        (("2028-02-28",), "2028-03-01", ["2028-02-29", "2028-03-01"]),
        (("2026-12-31",), "2027-01-01", ["2027-01-01"]),
        (("2026-11-20", "2026-11-22"), "2026-11-23", ["2026-11-21", "2026-11-23"]),
        # A run asked for by hand for a day to come, and a clock set back, say nothing about today.
        (("2027-01-01",), "2026-11-24", ["2026-11-24"]),
        (("2026-11-23", "2026-11-25"), "2026-11-24", ["2026-11-24"]),
    ],
)
def test_missed_days(settled: tuple[str, ...], today: str, expected: list[str]) -> None:
    settle(*settled)
    day = dt.date.fromisoformat(today)
    found = missed_days(job=JOB, first_on=day - dt.timedelta(days=366), today=day)
    assert [missed.isoformat() for missed in found] == expected


@pytest.mark.django_db
def test_missed_days_go_back_no_further_than_asked() -> None:
    settle("2026-01-01")
    today = dt.date(2026, 11, 24)
    assert missed_days(job=JOB, first_on=dt.date(2026, 11, 23), today=today) == [dt.date(2026, 11, 23), today]


@pytest.mark.django_db
def test_a_failed_day_is_a_missed_day_and_other_jobs_do_not_count() -> None:
    settle("2026-11-22")
    settle("2026-11-23", state=State.FAILED)
    JobRun.objects.create(
        job="other", period="2026-11-24", state=State.DONE, finished_at=dt.datetime.now(dt.UTC)
    )
    today = dt.date(2026, 11, 24)
    assert missed_days(job=JOB, first_on=dt.date(2026, 1, 1), today=today) == [dt.date(2026, 11, 23), today]


@pytest.mark.django_db
def test_missed_periods_are_covered_failed_and_killed_ones_too_and_settled_ones_stay() -> None:
    settle("1", state=State.FAILED)
    settle("2", state=State.RUNNING)
    settle("3")
    run = run_job(job=JOB, period="5", work=lambda: JobOutcome({}))
    for _twice in range(2):
        cover_periods(job=JOB, periods=["1", "2", "3", "4"], by=run)
    rows = dict(JobRun.objects.values_list("period", "state"))
    assert rows == {"1": "covered", "2": "covered", "3": "done", "4": "covered", "5": "done"}
    assert JobRun.objects.get(period="4").result == {"covered_by": "5"}


def test_a_run_names_itself() -> None:
    assert str(JobRun(job="dunning", period="2026-11-24")) == "dunning 2026-11-24"
