"""Dunning as a job: once a day from eight o'clock, missed days made up for by one run, the command and the schedule."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import threading
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection

from creditrisk.exceptions import ConflictError
from creditrisk.jobs.models import JobRun
from customers.models import Customer
from receivables.models import DunningNotice
from receivables.services.dunning_job import catch_up_dunning
from receivables.tasks import catch_up_dunning as beat
from tests.factories.customers import create_active_customer
from tests.factories.reports import Line, create_report

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = dt.timedelta(days=1)
MONDAY = dt.date(2026, 11, 23)


def at(day: dt.date, clock: str = "09:00") -> dt.datetime:
    """Return that moment in the company's time zone."""
    return dt.datetime.combine(day, dt.time.fromisoformat(clock), SHANGHAI)


def debtor(**fields: Any) -> Customer:
    return create_active_customer(**({"finance_email": "a@customer.example"} | fields))


def owing(due_on: dt.date, as_of: dt.date | None = None) -> Customer:
    """Return a customer who owes one item due on `due_on`."""
    customer = debtor()
    create_report(as_of=as_of or due_on - 10 * DAY, lines=[Line(customer, due_on, document="I")])
    return customer


def ledger() -> dict[str, str]:
    return dict(JobRun.objects.filter(job="dunning").order_by("period").values_list("period", "state"))


@pytest.mark.django_db
def test_before_eight_nothing_is_run_and_from_eight_once() -> None:
    owing(MONDAY)
    assert catch_up_dunning(now=at(MONDAY, "07:59")) is None
    assert ledger() == {}
    run = catch_up_dunning(now=at(MONDAY, "08:00"))
    assert run is not None
    assert (run.state, run.units_done) == ("done", 1)
    assert run.result == {
        "counts": {"letters": 0, "reminders": 1, "deposits": 0, "suspended": 0},
        "warnings": [],
    }
    for clock in ("08:10", "12:00", "23:59"):
        assert catch_up_dunning(now=at(MONDAY, clock)) is None
    assert ledger() == {"2026-11-23": "done"}
    assert DunningNotice.objects.count() == 1


@pytest.mark.django_db
def test_the_hour_is_a_setting(settings: Any) -> None:
    owing(MONDAY)
    settings.CREDITRISK_DUNNING_NOT_BEFORE = dt.time(6, 30)
    assert catch_up_dunning(now=at(MONDAY, "06:29")) is None
    assert catch_up_dunning(now=at(MONDAY, "06:30")) is not None


@pytest.mark.django_db
def test_the_day_is_the_company_s_not_the_server_s() -> None:
    """00:30 UTC on 24 November is 08:30 in Shanghai; 23:59 UTC on the 23rd is 07:59 there, and too early."""
    owing(MONDAY)
    assert catch_up_dunning(now=dt.datetime(2026, 11, 23, 23, 59, tzinfo=dt.UTC)) is None
    catch_up_dunning(now=dt.datetime(2026, 11, 24, 0, 30, tzinfo=dt.UTC))
    assert ledger() == {"2026-11-24": "done"}
    assert DunningNotice.objects.get().issued_on == dt.date(2026, 11, 24)


@pytest.mark.django_db
def test_without_a_report_the_day_stays_open_until_one_is_uploaded() -> None:
    create_report(as_of=MONDAY + DAY)
    assert catch_up_dunning(now=at(MONDAY)) is None
    assert ledger() == {}
    owing(MONDAY)
    assert catch_up_dunning(now=at(MONDAY, "15:00")) is not None
    assert ledger() == {"2026-11-23": "done"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("last", "today"),
    [
        (dt.date(2026, 11, 13), dt.date(2026, 11, 23)),
        (dt.date(2026, 1, 31), dt.date(2026, 2, 1)),
        (dt.date(2026, 2, 28), dt.date(2026, 3, 1)),
        (dt.date(2028, 2, 28), dt.date(2028, 3, 1)),
        (dt.date(2026, 12, 31), dt.date(2027, 1, 1)),
        (dt.date(2026, 1, 1), dt.date(2026, 11, 23)),
    ],
)
def test_days_that_were_missed_are_covered_by_one_run_for_today(last: dt.date, today: dt.date) -> None:
    """The item fell due two days ago: one letter now, no reminder for the days that have passed."""
    owing(today - 2 * DAY, as_of=last)
    JobRun.objects.create(job="dunning", period=str(last), state="done", finished_at=at(last))
    with time_machine.travel(at(today), tick=False):
        beat()
        beat()
    missed = [last + offset * DAY for offset in range(1, (today - last).days)]
    assert ledger() == {str(last): "done", str(today): "done"} | {str(day): "covered" for day in missed}
    assert list(DunningNotice.objects.values_list("stage", "issued_on")) == [("dunning_letter", today)]


@pytest.mark.django_db
def test_a_kill_between_the_run_and_covering_the_days_before_is_made_up_for() -> None:
    owing(MONDAY)
    for day in (MONDAY - 3 * DAY, MONDAY):
        JobRun.objects.create(job="dunning", period=str(day), state="done", finished_at=at(day))
    catch_up_dunning(now=at(MONDAY))
    assert ledger() == {
        "2026-11-20": "done",
        "2026-11-21": "covered",
        "2026-11-22": "covered",
        "2026-11-23": "done",
    }
    assert not DunningNotice.objects.exists()


@pytest.mark.django_db
def test_a_run_that_failed_for_a_customer_is_tried_again_and_covers_nothing_until_it_is_done() -> None:
    customer = owing(MONDAY)
    JobRun.objects.create(job="dunning", period="2026-11-21", state="done", finished_at=at(MONDAY))
    Customer.objects.filter(pk=customer.pk).update(letter_language="xx")
    run = catch_up_dunning(now=at(MONDAY))
    assert run is not None
    assert (run.state, run.units_failed) == ("failed", 1)
    assert ledger() == {"2026-11-21": "done", "2026-11-23": "failed"}
    Customer.objects.filter(pk=customer.pk).update(letter_language="en")
    catch_up_dunning(now=at(MONDAY, "09:10"))
    assert ledger() == {"2026-11-21": "done", "2026-11-22": "covered", "2026-11-23": "done"}
    assert DunningNotice.objects.count() == 1


@pytest.mark.django_db
def test_a_clock_that_was_set_back_dunns_nobody_twice() -> None:
    owing(MONDAY)
    catch_up_dunning(now=at(MONDAY + DAY))
    catch_up_dunning(now=at(MONDAY))
    catch_up_dunning(now=at(MONDAY + DAY, "09:10"))
    assert list(DunningNotice.objects.values_list("stage", flat=True)) == ["dunning_letter"]


@pytest.mark.django_db
def test_a_run_for_a_day_to_come_does_not_hold_up_today() -> None:
    owing(MONDAY)
    JobRun.objects.create(job="dunning", period="2027-06-01", state="done", finished_at=at(MONDAY))
    assert catch_up_dunning(now=at(MONDAY)) is not None


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_are_one_run() -> None:
    create_report(as_of=MONDAY, lines=[Line(debtor(), MONDAY) for _number in range(15)])
    barrier = threading.Barrier(2)
    failures: list[Exception] = []

    def fire() -> None:
        try:
            barrier.wait(20)
            beat()
        except Exception as error:  # noqa: BLE001
            failures.append(error)
        finally:
            connection.close()

    with time_machine.travel(at(MONDAY), tick=True):
        threads = [threading.Thread(target=fire) for _beat in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert failures == []
    run = JobRun.objects.get()
    assert (run.state, run.attempts, run.units_done) == ("done", 1, 15)
    assert DunningNotice.objects.count() == 15


def command(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """Run the command; return what it wrote to standard output and to standard error."""
    call_command("run_dunning", *arguments)
    captured = capsys.readouterr()
    return captured.out, captured.err


@pytest.mark.django_db
def test_the_command_runs_a_day_once_and_prints_it_again(capsys: pytest.CaptureFixture[str]) -> None:
    customer = owing(MONDAY)
    out, _err = command("--on", "2026-11-24", "--json", capsys=capsys)
    told = json.loads(out)
    assert list(told) == ["letters", "reminders", "deposits", "suspended"]
    assert [letter["customer"] for letter in told["letters"]] == [customer.number]
    again, _err = command("--on", "2026-11-24", "--json", capsys=capsys)
    assert json.loads(again) == told
    assert ledger() == {"2026-11-24": "done"}
    assert JobRun.objects.get().attempts == 1
    assert DunningNotice.objects.count() == 1


@pytest.mark.django_db
def test_a_dry_run_of_the_command_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    owing(MONDAY)
    out, _err = command("--on", "2026-11-24", "--dry-run", "--json", capsys=capsys)
    assert len(json.loads(out)["letters"]) == 1
    assert ledger() == {}
    assert not DunningNotice.objects.exists()


@pytest.mark.django_db
def test_without_json_the_command_speaks_to_people(capsys: pytest.CaptureFixture[str]) -> None:
    customer = owing(MONDAY)
    out, err = command("--on", "2026-11-24", capsys=capsys)
    assert customer.number in out
    assert "dunning_letter" in out
    assert "100.00" in out
    assert err == ""
    out, err = command("--on", "2026-11-22", "--dry-run", capsys=capsys)
    assert (out, "Nothing was due." in err) == ("", True)


@pytest.mark.django_db
def test_the_command_tells_who_was_suspended(capsys: pytest.CaptureFixture[str]) -> None:
    customer = owing(MONDAY)
    command("--on", "2026-11-24", capsys=capsys)
    notice = DunningNotice.objects.get()
    assert notice.message is not None
    notice.message.state = "sent"
    notice.message.sent_at = at(MONDAY + DAY)
    notice.message.save()
    out, _err = command("--on", "2026-12-08", capsys=capsys)
    assert f"Cooperation with {customer.number} has stopped." in out


@pytest.mark.django_db
def test_warnings_and_days_to_come_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    owing(MONDAY, as_of=MONDAY - 100 * DAY)
    with time_machine.travel(at(MONDAY)):
        out, err = command("--on", "2026-11-24", "--json", capsys=capsys)
    assert len(json.loads(out)["letters"]) == 1
    assert "still to come" in err
    assert "101 days before" in err
    warning = {"code": "report_stale", "as_of": "2026-08-15", "age_days": 101}
    assert JobRun.objects.get().result["warnings"] == [warning]
    with time_machine.travel(at(MONDAY + DAY)):
        _out, err = command("--on", "2026-11-24", "--json", capsys=capsys)
    assert "still to come" not in err
    assert "101 days before" in err


@pytest.mark.django_db
@pytest.mark.parametrize("option", [[], ["--dry-run"]])
def test_without_a_report_the_command_refuses_with_2(option: list[str]) -> None:
    with pytest.raises(CommandError) as refusal:
        call_command("run_dunning", "--on", "2026-11-24", *option)
    assert refusal.value.returncode == 2
    assert ledger() == {}


@pytest.mark.django_db
def test_customers_for_whom_it_failed_make_the_command_end_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    bad = owing(MONDAY)
    Customer.objects.filter(pk=bad.pk).update(letter_language="xx")
    with pytest.raises(SystemExit) as ended:
        call_command("run_dunning", "--on", "2026-11-24", "--json")
    assert ended.value.code == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out)["letters"] == []
    assert "KeyError" in captured.err


@pytest.mark.django_db
def test_a_run_in_another_process_is_a_conflict_the_schedule_does_not_mind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from receivables.services import dunning_job

    def busy(**_arguments: Any) -> None:
        raise ConflictError("job.running", "busy")

    owing(MONDAY)
    monkeypatch.setattr(dunning_job, "run_job", busy)
    with pytest.raises(CommandError) as refusal:
        call_command("run_dunning", "--on", "2026-11-24")
    assert refusal.value.returncode == 2
    with time_machine.travel(at(MONDAY)):
        beat()
    assert ledger() == {}


@pytest.mark.parametrize("arguments", [[], ["--on", "24.11.2026"], ["--on", "2026-02-30"]])
def test_a_day_that_is_none_is_refused(arguments: list[str]) -> None:
    told = subprocess.run(
        [sys.executable, "manage.py", "run_dunning", *arguments],
        cwd=django_settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.returncode == 2
    assert "--on" in told.stderr
    assert told.stdout == ""
