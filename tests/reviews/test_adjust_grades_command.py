"""adjust_grades: what it prints, and how it ends."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from creditrisk.jobs import units
from creditrisk.jobs.models import JobRun
from reviews.models import GradeAdjustment
from reviews.services import adjustments as service
from reviews.services.adjustment_decisions import confirm_adjustment
from tests.factories.people import Team
from tests.factories.reports import create_report
from tests.reviews.adjustment_world import NOW, SEPTEMBER, create_scored, of, overdue, paid_on_time

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> tuple[str, str]:
    """Return what is printed on standard output and standard error."""
    out, errors = StringIO(), StringIO()
    with time_machine.travel(NOW, tick=False):
        call_command("adjust_grades", *arguments, stdout=out, stderr=errors)
    return out.getvalue(), errors.getvalue()


@pytest.mark.parametrize("dry_run", [True, False])
def test_the_changes_as_json(team: Team, dry_run: bool) -> None:
    """Exactly the keys that other tools rely on; a dry run prints the same and writes nothing. What was confirmed since
    is still told as the rule gave it."""
    down, up = create_scored(team), create_scored(team, grade="C", score="75", answers="CD")
    create_scored(team)
    paid_on_time(up)
    create_report(as_of=SEPTEMBER, lines=[overdue(down, 20)])
    arguments = ["--quarter", "2026Q3", "--json", *(["--dry-run"] if dry_run else [])]
    printed = json.loads(run(*arguments)[0])
    assert list(printed) == ["changes"]
    first, second = printed["changes"]
    assert list(first) == ["customer", "old", "new", "score_old", "score_new", "reasons", "effective"]
    assert [first[key] for key in ("customer", "old", "new", "score_old", "score_new", "effective")] == [
        down.number, "B", "C", 85.0, 75.0, "at_once",
    ]  # fmt: skip
    assert {"clause": "P5.2.2 (1)", "fact": "average_days_late", "value": "CNY 20.00"} in first["reasons"]
    assert (second["customer"], second["new"], second["effective"]) == (up.number, "B", "awaits_confirmation")
    assert GradeAdjustment.objects.count() == (0 if dry_run else 3)
    assert JobRun.objects.count() == (0 if dry_run else 1)
    if not dry_run:
        confirm_adjustment(adjustment=of(up), by=team.deputy_leader, now=NOW)
    assert json.loads(run(*arguments)[0]) == printed


def test_the_changes_as_text(team: Team) -> None:
    customer = create_scored(team)
    create_report(as_of=SEPTEMBER, lines=[overdue(customer, 20)])
    out, errors = run("--quarter", "2026Q3")
    assert f"{customer.number:<20}B → C  85.0 → 75.0     at_once" in out
    assert "applied: 1" in errors


def test_no_change_and_an_old_report_are_told(team: Team) -> None:
    create_report(as_of=SEPTEMBER.replace(month=8, day=1))
    out, errors = run("--quarter", "2026Q3")
    assert out == ""
    assert "is 60 days older than the quarter's end" in errors
    assert "No grade changes." in errors


@pytest.mark.parametrize("quarter", ["2026Q5", "2026-3", ""])
def test_a_quarter_that_is_none(quarter: str) -> None:
    with pytest.raises(CommandError, match="written like 2026Q3"):
        run("--quarter", quarter)


@pytest.mark.parametrize(
    ("quarter", "text"), [("2026Q4", "is not over"), ("2026Q3", "No committed aging report")]
)
@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_a_refusal_writes_nothing_and_ends_with_2(quarter: str, text: str, more: list[str]) -> None:
    with pytest.raises(CommandError, match=text) as refused:
        run("--quarter", quarter, *more)
    assert refused.value.returncode == 2
    assert not JobRun.objects.exists()


def test_a_failure_ends_with_1(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    create_scored(team)
    create_report(as_of=SEPTEMBER)

    def broken(*_arguments: Any) -> None:
        raise ValueError("broken")

    monkeypatch.setattr(service, "adjust_grade", broken)
    monkeypatch.setattr(units.logger, "exception", lambda *_: None)
    with pytest.raises(SystemExit) as ended:
        run("--quarter", "2026Q3", "--json")
    assert ended.value.code == 1
