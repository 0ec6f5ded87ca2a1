"""Half-yearly self-checks: opened once, answered into the performance log, moving along with the customer (P3.2.3)."""

from __future__ import annotations

import datetime as dt
import json
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.badges import badge_counts
from creditrisk.jobs.models import JobRun
from creditrisk.jobs.schedule import job_named
from creditrisk.notifications.models import Notification
from customers import services
from customers.models import Contract, ContractState, Customer, SelfCheck, SelfCheckState
from customers.services.self_check_job import JOB, catch_up_self_checks
from customers.tasks import catch_up_self_checks as beat
from tests.customers.contract_world import code_of, contract_of, customer_of, day
from tests.factories.people import Team, create_team, create_user, reload

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
JULY = day("2026-07-01")


def at(on: dt.date, clock: str = "09:00") -> dt.datetime:
    return dt.datetime.combine(on, dt.time.fromisoformat(clock), SHANGHAI)


def self_checks_waiting_for(person: User) -> int:
    return badge_counts(reload(person))["contracts:tasks"]


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def contract(team: Team) -> Contract:
    """Performed since 2026-02-01."""
    return contract_of(team, ContractState.PERFORMING, number="HT-1")


def ledger() -> dict[str, str]:
    return dict(JobRun.objects.filter(job=JOB).order_by("period").values_list("period", "state"))


# Opening


def test_one_task_for_each_contract_half_year_and_manager(team: Team, contract: Contract) -> None:
    run = services.open_self_checks(on=JULY)
    assert [(task.contract, task.role, task.person) for task in run.opened] == [
        ("HT-1", "account_manager", team.account_manager.username),
        ("HT-1", "service_manager", team.service_manager.username),
    ]
    assert set(SelfCheck.objects.values_list("period_starts_on", "period_ends_on", "opened_on")) == {
        (JULY, day("2026-12-31"), JULY)
    }
    for person in (team.account_manager, team.service_manager):
        assert "2026-12-31" in Notification.objects.get(user=person).title
        assert self_checks_waiting_for(person) == 1
    for again in (JULY, day("2026-12-31")):
        assert services.open_self_checks(on=again).opened == ()
    assert len(services.open_self_checks(on=day("2027-01-01")).opened) == 2
    assert SelfCheck.objects.count() == 4


@pytest.mark.parametrize("state", [state for state in ContractState if state != ContractState.PERFORMING])
def test_contracts_that_are_not_performed_are_not_checked(team: Team, state: ContractState) -> None:
    contract_of(team, state)
    assert services.open_self_checks(on=JULY).opened == ()


def test_the_first_whole_half_year_and_a_customer_without_a_service_manager(team: Team) -> None:
    customer = customer_of(team)
    customer.service_manager = None
    customer.save()
    for performing_on, number in (("2026-07-01", "first day"), ("2026-07-02", "second day")):
        contract_of(
            team, ContractState.PERFORMING, customer=customer, performing_on=day(performing_on), number=number
        )
    assert [task.contract for task in services.open_self_checks(on=JULY).opened] == ["first day"]


def test_a_dry_run_writes_nothing(contract: Contract) -> None:
    assert len(services.open_self_checks(on=JULY, dry_run=True).opened) == 2
    assert not SelfCheck.objects.exists()
    assert not Notification.objects.exists()


def test_what_a_killed_run_left_is_made_up_for(team: Team, contract: Contract) -> None:
    services.open_self_checks(on=JULY)
    # As if the run had died before the second person's transaction.
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM customers_selfcheck WHERE role = 'service_manager'")
    assert [task.role for task in services.open_self_checks(on=JULY).opened] == ["service_manager"]
    assert contract.self_checks.count() == 2


def test_tasks_move_along_with_the_customer(team: Team, contract: Contract) -> None:
    services.open_self_checks(on=JULY)
    successor = create_user(Role.SERVICE_MANAGER)
    Customer.objects.filter(pk=contract.customer_id).update(service_manager=successor)
    assert self_checks_waiting_for(team.service_manager) == 0
    assert self_checks_waiting_for(successor) == 1
    assert self_checks_waiting_for(create_user()) == 0
    task = SelfCheck.objects.get(role="service_manager")
    assert code_of(lambda: answer(task, team.service_manager)) == "self_check.not_asked"
    assert answer(task, successor).done_by == successor


# Answering


def answer(task: SelfCheck, by: Any, **changes: Any) -> SelfCheck:
    arguments: dict[str, Any] = {
        "is_as_contracted": True,
        "deviations": "",
        "next_action": "",
        "done_on": day("2026-08-01"),
    }
    return services.complete_self_check(self_check=task, by=by, **(arguments | changes))


def test_an_answer_enters_the_performance_log(team: Team, contract: Contract) -> None:
    services.open_self_checks(on=JULY)
    task = SelfCheck.objects.get(role="account_manager")
    for _ in range(2):
        task = answer(task, team.account_manager)
    assert (task.state, task.done_by, task.is_as_contracted) == ("done", team.account_manager, True)
    entry = contract.log_entries.get()
    assert (entry.kind, entry.text, entry.by) == ("self_check", "2026-07-01–2026-12-31", team.account_manager)
    assert task.entry == entry
    assert code_of(lambda: answer(task, team.account_manager, next_action="later")) == "self_check.not_open"


def test_deviations_and_what_is_done_about_them(team: Team, contract: Contract) -> None:
    services.open_self_checks(on=JULY)
    task = SelfCheck.objects.get(role="service_manager")
    for changes in (
        {},
        {"deviations": "late"},
        {"next_action": "call"},
        {"deviations": " ", "next_action": " "},
    ):
        assert code_of(
            lambda changes=changes: answer(task, team.service_manager, is_as_contracted=False, **changes)  # type: ignore[misc]
        ) == ("self_check.deviations_missing")
    assert code_of(lambda: answer(task, team.account_manager)) == "self_check.not_asked"
    answer(task, team.service_manager, is_as_contracted=False, deviations=" late ", next_action=" call ")
    assert contract.log_entries.get().text == "2026-07-01–2026-12-31\nlate\n→ call"


def test_the_database_wants_an_answer_of_what_is_done(contract: Contract) -> None:
    services.open_self_checks(on=JULY)
    with pytest.raises(IntegrityError, match="self_check_done_with_answer"), transaction.atomic():
        SelfCheck.objects.update(state=SelfCheckState.DONE)


@pytest.mark.parametrize(("today", "is_overdue"), [("2026-12-31", False), ("2027-01-01", True)])
def test_overdue_after_its_period(contract: Contract, today: str, is_overdue: bool) -> None:
    services.open_self_checks(on=JULY)
    assert SelfCheck.objects.all()[0].is_overdue(day(today)) == is_overdue


# The job


def test_once_a_day(contract: Contract) -> None:
    assert [run.units_done for run in catch_up_self_checks(now=at(JULY))] == [2]
    assert catch_up_self_checks(now=at(JULY, "23:59")) == []
    assert ledger() == {"2026-07-01": "done"}
    assert job_named(JOB) is not None


def test_missed_days_are_covered_and_a_missed_half_year_is_made_up_for(
    team: Team, contract: Contract
) -> None:
    """Down from 29 June 2026 to 2 January 2027: the whole second half-year of 2026 was missed."""
    Contract.objects.filter(pk=contract.pk).update(
        performing_on=day("2025-12-01"), signed_on=day("2025-12-01")
    )
    JobRun.objects.create(job=JOB, period="2026-06-28", state="done", finished_at=at(JULY))
    runs = catch_up_self_checks(now=at(day("2027-01-02")))
    assert [(run.period, run.units_done) for run in runs] == [
        ("2026-06-30", 2),
        ("2026-12-31", 2),
        ("2027-01-02", 2),
    ]
    assert set(SelfCheck.objects.values_list("period_starts_on", flat=True)) == {
        day("2026-01-01"),
        JULY,
        day("2027-01-01"),
    }
    assert len(ledger()) == 189  # 28 June to 2 January: 3 + 184 + 2
    assert catch_up_self_checks(now=at(day("2027-01-02"), "10:00")) == []


def test_the_schedule_wakes_it(contract: Contract, settings: Any) -> None:
    assert "customers.tasks.catch_up_self_checks" in {
        entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()
    }
    with time_machine.travel(at(JULY), tick=False):
        beat()
        beat()
    assert ledger() == {"2026-07-01": "done"}


def test_another_process_at_work_is_left_alone(contract: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    from creditrisk.exceptions import ConflictError
    from customers.services import self_check_job

    def busy(**_arguments: object) -> None:
        raise ConflictError("job.running", "busy")

    monkeypatch.setattr(self_check_job, "run_job", busy)
    with time_machine.travel(at(JULY), tick=False):
        beat()
    assert not SelfCheck.objects.exists()


# The command


def run_command(*arguments: str) -> Any:
    out = StringIO()
    with time_machine.travel(at(day("2026-07-02")), tick=False):
        call_command("open_self_checks", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_says_what_was_opened_and_again(team: Team, contract: Contract) -> None:
    dry = json.loads(run_command("--on", "2026-07-01", "--dry-run", "--json"))
    assert not SelfCheck.objects.exists()
    first = json.loads(run_command("--on", "2026-07-01", "--json"))
    assert first == dry == json.loads(run_command("--on", "2026-07-01", "--json"))
    assert first["on"] == "2026-07-01"
    assert first["period"] == {"from": "2026-07-01", "to": "2026-12-31"}
    assert first["opened"][0] == {
        "contract": "HT-1",
        "customer": contract.customer.number,
        "role": "account_manager",
        "person": team.account_manager.username,
        "due_on": "2026-12-31",
    }
    Customer.objects.update(account_manager=None)
    assert json.loads(run_command("--on", "2026-07-01", "--json"))["opened"][0]["person"] == ""


def test_the_command_for_people(contract: Contract, capsys: pytest.CaptureFixture[str]) -> None:
    assert "HT-1" in run_command("--on", "2026-07-01")
    assert run_command("--on", "2026-07-02") == ""
    assert "Nothing was to be opened." in capsys.readouterr().err


def test_the_command_refuses_days_to_come_and_a_busy_job(
    contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CommandError) as refused:
        run_command("--on", "2026-07-03")
    assert refused.value.returncode == 2
    from creditrisk.exceptions import ConflictError
    from customers.management.commands import open_self_checks as command

    def busy(**_arguments: object) -> None:
        raise ConflictError("job.running", "busy")

    monkeypatch.setattr(command, "open_self_checks_once", busy)
    with pytest.raises(CommandError, match="busy"):
        run_command("--on", "2026-07-01")
