"""Confirming customer files (P4.3), and the job that asks for it."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError, transaction

from creditrisk.accounts.roles import Role
from creditrisk.audit.selectors import history_of
from creditrisk.exceptions import ConflictError, InvalidInputError, NotAllowedError
from creditrisk.jobs.models import JobRun
from creditrisk.notifications.models import Notification
from customers import tasks
from customers.file_confirmation import snapshot_hash
from customers.models import Customer, CustomerState, FileConfirmation, FileSection
from customers.services import (
    ask_confirmations,
    catch_up_confirmations,
    confirm_file,
    confirmation_job,
    update_customer,
)
from customers.services.confirmation_job import confirmations_to_ask
from tests.factories.customers import create_active_customer
from tests.factories.people import Team, create_team, create_user
from tests.factories.visits import NOW, TODAY, create_customer_of, days

pytestmark = pytest.mark.django_db
ALL = tuple(FileSection.values)


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return create_customer_of(team, bank_account="6222 0000 1111", finance_contact="张三")


def confirm(customer: Customer, by: Any, *sections: str, **fields: Any) -> FileConfirmation:
    values: dict[str, Any] = {"version": 1, "now": NOW}
    return confirm_file(customer=customer, sections=sections or ALL, by=by, **(values | fields))


def confirmed_on(customer: Customer) -> dt.date | None:
    return Customer.objects.get(pk=customer.pk).confirmed_on


def test_the_whole_file(team: Team, customer: Customer) -> None:
    made = confirm(customer, team.service_manager, note="  电话核实 ")
    stored = FileConfirmation.objects.get()
    assert (stored.sections, stored.note, stored.confirmed_on) == (list(ALL), "电话核实", TODAY)
    assert (stored.confirmed_by, stored.confirmed_at, stored.file_version) == (team.service_manager, NOW, 1)
    assert stored.snapshot["bank"] == {"bank_name": "", "bank_account": "6222 0000 1111"}
    assert stored.snapshot["contacts"]["finance_contact"] == "张三"
    assert stored.snapshot["portfolio"]["account_manager"] == team.account_manager.username
    assert stored.snapshot_sha256 == snapshot_hash(stored.snapshot) == made.snapshot_sha256
    assert stored.policy_version.number == 1
    assert confirmed_on(customer) == TODAY
    assert Customer.objects.get().version == 1  # the file itself did not change
    assert history_of(Customer.objects.get())[0].person == str(team.service_manager)
    assert stored.section_labels == ["Master data", "Contacts", "Bank", "Portfolio"]
    assert str(stored) == f"{customer.pk} 2026-11-24"


def test_each_person_confirms_what_he_knows(team: Team, customer: Customer) -> None:
    """The file counts as confirmed since its oldest section was: 10 days ago, then today."""
    confirm(customer, team.account_manager, "master_data", "contacts", now=NOW - days(10))
    assert confirmed_on(customer) is None
    confirm(customer, team.service_manager, "portfolio", "bank")
    assert confirmed_on(customer) == TODAY - days(10)
    confirm(customer, team.service_manager, "contacts", "master_data")
    assert confirmed_on(customer) == TODAY
    assert set(FileConfirmation.objects.first().snapshot) == {"contacts", "master_data"}  # type: ignore[union-attr]


def test_nobody_confirms_what_he_has_not_seen(team: Team, customer: Customer) -> None:
    update_customer(customer=customer, data={"address": "新址"}, version=1, by=team.account_manager)
    with pytest.raises(ConflictError) as refused:
        confirm(customer, team.service_manager, version=1)
    assert refused.value.code == "customer.changed"
    assert "新址" in str(refused.value)
    assert confirm(customer, team.service_manager, version=2).file_version == 2


def test_the_second_click_confirms_once(team: Team, customer: Customer) -> None:
    key = uuid4()
    first = confirm(customer, team.service_manager, submission_key=key)
    assert confirm(customer, team.service_manager, submission_key=key) == first
    assert FileConfirmation.objects.count() == 1


@pytest.mark.parametrize("sections", [("nonsense",), ("",)])
def test_a_section_is_needed(team: Team, customer: Customer, sections: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInputError) as refused:
        confirm(customer, team.service_manager, *sections)
    assert refused.value.code == "confirmation.nothing"


def test_only_those_who_manage_the_customer_confirm(team: Team, customer: Customer) -> None:
    for by in (team.department_manager, team.group_leader, team.administrator):
        with pytest.raises(NotAllowedError) as refused:
            confirm(customer, by)
        assert refused.value.code == "confirmation.not_allowed"
    with pytest.raises(NotAllowedError) as refused:
        confirm(create_customer_of(team, state=CustomerState.CLOSED), team.account_manager)
    assert refused.value.code == "customer.closed"


def test_confirmations_are_final(team: Team, customer: Customer) -> None:
    made = confirm(customer, team.service_manager)
    for change in (lambda: FileConfirmation.objects.update(note="x"), made.delete):
        with pytest.raises(ProgrammingError), transaction.atomic():
            change()  # type: ignore[operator]
    values = {
        name: getattr(made, name)
        for name in (
            "customer",
            "confirmed_on",
            "confirmed_at",
            "confirmed_by",
            "file_version",
            "snapshot",
            "snapshot_sha256",
            "policy_version",
        )
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        FileConfirmation.objects.create(sections=[], **values)


# The job


def due_on(team: Team, day: dt.date, **fields: Any) -> Customer:
    """Return a customer whose file is due on `day` (six months after it was confirmed; no review)."""
    values: dict[str, Any] = {
        "account_manager": team.account_manager,
        "service_manager": team.service_manager,
        "reviewed_on": None,
        "confirmed_on": dt.date(day.year - 1, day.month + 6, day.day)
        if day.month <= 6
        else dt.date(day.year, day.month - 6, day.day),
    }
    return create_active_customer(**(values | fields))


def test_both_managers_are_asked_once_for_all_their_files(team: Team) -> None:
    """On 24 Nov 2026, with 30 days of notice: due up to 24 Dec. One overdue, one due, one later, one closed."""
    late = due_on(team, dt.date(2026, 11, 23))
    soon = due_on(team, dt.date(2026, 12, 24), service_manager=None)
    due_on(team, dt.date(2026, 12, 25))
    due_on(team, dt.date(2026, 11, 1), state=CustomerState.CLOSED)
    nobody = due_on(team, dt.date(2026, 11, 20), account_manager=None, service_manager=None)
    gone = create_user(Role.ACCOUNT_MANAGER, is_active=False)
    lost = create_user()
    nobodys = due_on(team, dt.date(2026, 11, 21), account_manager=gone, service_manager=lost)
    run = ask_confirmations(on=TODAY)
    assert (run.period, run.state, run.units_done) == ("2026-11", "done", 2)
    assert run.result == confirmations_to_ask(on=TODAY).as_json()
    asked = {digest["person"]: digest for digest in run.result["asked"]}
    assert asked[team.account_manager.username] == {
        "person": team.account_manager.username,
        "overdue": 1,
        "files": [
            {"customer": late.number, "due_on": "2026-11-23"},
            {"customer": soon.number, "due_on": "2026-12-24"},
        ],
    }
    assert [file["customer"] for file in asked[team.service_manager.username]["files"]] == [late.number]
    assert run.result["unassigned"] == [nobody.number, nobodys.number]
    titles = {note.user: note.title for note in Notification.objects.all()}
    assert titles == {
        team.account_manager: "2 customer files ask to be confirmed. 1 of them is overdue.",
        team.service_manager: "1 customer file asks to be confirmed. 1 of them is overdue.",
    }
    again = ask_confirmations(on=dt.date(2026, 11, 30))
    assert again == run
    assert Notification.objects.count() == 2


def test_who_is_in_time_is_not_called_overdue(team: Team) -> None:
    due_on(team, TODAY)
    ask_confirmations(on=TODAY)
    assert {note.title for note in Notification.objects.all()} == {"1 customer file asks to be confirmed."}


def test_after_a_kill_only_those_are_told_who_were_not(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    due_on(team, TODAY)
    tell, told = confirmation_job._tell, []

    def killed(digest: Any, *, on: dt.date) -> None:
        if told:
            raise RuntimeError("killed")
        told.append(digest)
        tell(digest, on=on)

    monkeypatch.setattr(confirmation_job, "_tell", killed)
    with pytest.raises(RuntimeError):
        ask_confirmations(on=TODAY)
    assert JobRun.objects.get().state == "failed"
    monkeypatch.setattr(confirmation_job, "_tell", tell)
    assert ask_confirmations(on=TODAY + days(1)).state == "done"
    assert Notification.objects.count() == 2


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"{text}+08:00")


def test_catching_up_once_a_month(team: Team) -> None:
    """Down from August to October: November asks once, and the months between are covered."""
    customer = due_on(team, dt.date(2026, 9, 1))
    assert catch_up_confirmations(now=at("2026-07-01T00:00")) is not None  # the first run covers nothing
    assert catch_up_confirmations(now=at("2026-07-31T23:59")) is None
    run = catch_up_confirmations(now=at("2026-11-01T00:00"))
    assert run is not None
    assert run.period == "2026-11"
    assert dict(JobRun.objects.values_list("period", "state")) == {
        "2026-07": "done",
        "2026-08": "covered",
        "2026-09": "covered",
        "2026-10": "covered",
        "2026-11": "done",
    }
    assert run.result["asked"][0]["files"] == [{"customer": customer.number, "due_on": "2026-09-01"}]


def test_a_month_that_failed_is_tried_again(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    catch_up_confirmations(now=at("2026-09-01T00:00"))
    monkeypatch.setattr(
        confirmation_job, "_ask", lambda _on: confirmation_job.JobOutcome({}, errors=("no mail",))
    )
    run = catch_up_confirmations(now=at("2026-11-01T00:00"))
    assert run is not None
    assert run.state == "failed"
    assert not JobRun.objects.filter(period="2026-10").exists()
    monkeypatch.undo()
    run = catch_up_confirmations(now=at("2026-11-02T00:00"))
    assert run is not None
    assert run.state == "done"
    assert JobRun.objects.get(period="2026-10").state == "covered"


def test_the_clock_set_back_says_nothing_about_months_to_come(team: Team) -> None:
    ask_confirmations(on=dt.date(2027, 5, 1))
    run = catch_up_confirmations(now=at("2026-11-01T00:00"))
    assert run is not None
    assert set(JobRun.objects.values_list("period", flat=True)) == {"2026-11", "2027-05"}


def test_the_schedule_wakes_it(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    with time_machine.travel(at("2026-11-24T08:00"), tick=False):
        tasks.catch_up_confirmations()
    assert JobRun.objects.get().period == "2026-11"

    def busy(**_arguments: object) -> None:
        raise ConflictError("job.running", "busy")

    monkeypatch.setattr(confirmation_job, "catch_up_confirmations", busy)
    tasks.catch_up_confirmations()


# The command


def command(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("ask_confirmations", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_command_shows_first_and_asks_then(team: Team) -> None:
    customer = due_on(team, TODAY, service_manager=None)
    nobody = due_on(team, TODAY, account_manager=None, service_manager=None)
    shown, _err = command("--on", "2026-11-24", "--dry-run", "--json")
    assert not JobRun.objects.exists()
    assert not Notification.objects.exists()
    asked, _err = command("--on", "2026-11-24", "--json")
    assert json.loads(shown) == json.loads(asked)
    assert json.loads(asked)["period"] == "2026-11"
    assert Notification.objects.count() == 1
    text, err = command("--on", "2026-11-24")
    assert team.account_manager.username in text
    assert customer.number in text
    assert nobody.number in err


def test_command_with_nothing_to_ask_or_covered(team: Team) -> None:
    assert command("--on", "2026-11-24") == ("", "No file asks to be confirmed.\n")
    JobRun.objects.filter(period="2026-11").update(
        period="2026-10", state="covered", result={"covered_by": "2026-11"}
    )
    assert command("--on", "2026-10-24") == ("", "Asked for with 2026-11.\n")


def test_command_refuses_while_it_runs_elsewhere(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(**_arguments: object) -> None:
        raise ConflictError("job.running", "busy")

    monkeypatch.setattr("customers.management.commands.ask_confirmations.ask_confirmations", busy)
    with pytest.raises(CommandError) as refused:
        command("--on", "2026-11-24")
    assert refused.value.returncode == 2


def test_a_file_of_a_manager_without_a_role_is_asked_of_the_other(team: Team) -> None:
    customer = due_on(replace(team, account_manager=create_user()), TODAY)
    [digest] = confirmations_to_ask(on=TODAY).digests
    assert digest.person == team.service_manager
    assert digest.files == ((customer.number, TODAY),)
