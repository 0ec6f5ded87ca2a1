"""Two people at once on one report, one date or one file: always one consistent outcome (faults 16, 17, 23)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection, transaction

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import BusinessError, ConflictError
from receivables.models import OpenItem, Report, ReportState
from receivables.services import uploads
from tests.factories.customers import create_active_customer
from tests.factories.people import create_user
from tests.receivables.files import csv_file, item

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]
MAY = dt.date(2026, 5, 31)
ROUNDS = 10


@pytest.fixture
def clerk() -> User:
    create_active_customer(number="C1")
    return create_user(Role.FINANCE_CLERK)


def at_once(*acts: Callable[[], Report]) -> list[Report | BusinessError]:
    """Run all of `acts` at the same moment, each on its own connection; return what each gave or was refused."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Report]) -> Report | BusinessError:
        try:
            start.wait(10)
            return act()
        except BusinessError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result(60) for future in [pool.submit(run, act) for act in acts]]


def checked(clerk: User, amount: str) -> Report:
    report = uploads.upload_report(
        file=csv_file([item(amount=amount)]), file_name="x.csv", as_of=MAY, today=MAY, by=clerk
    )
    return uploads.check_report(report=report, by=clerk)


def test_two_commits_of_one_date_leave_one_in_force_and_one_superseded(clerk: User) -> None:
    for number in range(ROUNDS):
        first, second = (checked(clerk, f"{number * 2 + part + 1}.00") for part in (0, 1))
        outcomes = at_once(
            lambda report=first: uploads.commit_report(report=report, by=clerk),  # type: ignore[misc]
            lambda report=second: uploads.commit_report(report=report, by=clerk),  # type: ignore[misc]
        )
        assert all(isinstance(outcome, Report) for outcome in outcomes)
        in_force = Report.objects.get(state=ReportState.COMMITTED)
        assert in_force in (first, second)
        other = first if in_force == second else second
        assert in_force.supersedes == other
        assert other.items.count() == in_force.items.count() == 1


def test_a_double_click_on_commit_loads_the_report_once(clerk: User) -> None:
    for number in range(ROUNDS):
        report = checked(clerk, f"{number + 1}.00")
        outcomes = at_once(*[lambda: uploads.commit_report(report=report, by=clerk)] * 3)  # noqa: B023
        assert any(isinstance(outcome, Report) for outcome in outcomes)
        assert {outcome.code for outcome in outcomes if isinstance(outcome, BusinessError)} <= {"report.busy"}
        assert OpenItem.objects.filter(report=report).count() == 1


def test_a_double_click_on_upload_is_one_upload(clerk: User) -> None:
    for number in range(ROUNDS):
        key = uuid4()

        def upload() -> Report:
            file = csv_file([item(amount=f"{number + 1}.00")])  # noqa: B023
            return uploads.upload_report(
                file=file,
                file_name="x.csv",
                as_of=MAY,
                today=MAY,
                by=clerk,
                submission_key=key,  # noqa: B023
            )

        outcomes = at_once(upload, upload)
        assert outcomes[0] == outcomes[1]
        assert Report.objects.filter(submission_key=key).count() == 1


def test_the_same_file_from_two_forms_is_taken_once(clerk: User) -> None:
    for number in range(ROUNDS):

        def upload() -> Report:
            file = csv_file([item(amount=f"{number + 1}.00")])  # noqa: B023
            return uploads.upload_report(file=file, file_name="x.csv", as_of=MAY, today=MAY, by=clerk)

        outcomes = at_once(upload, upload)
        refused = [outcome for outcome in outcomes if isinstance(outcome, BusinessError)]
        assert [refusal.code for refusal in refused] == ["report.duplicate"]
    numbers = list(Report.objects.order_by("pk").values_list("number", flat=True))
    assert numbers == [f"AR-2026-{number + 1:04d}" for number in range(ROUNDS)]


def test_commit_against_discard_ends_in_one_of_the_two(clerk: User) -> None:
    for number in range(ROUNDS):
        report = checked(clerk, f"{number + 1}.00")
        at_once(
            lambda: uploads.commit_report(report=report, by=clerk),  # noqa: B023
            lambda: uploads.discard_report(report=report, by=clerk),  # noqa: B023
        )
        report.refresh_from_db()
        assert report.state in (ReportState.COMMITTED, ReportState.DISCARDED)
        assert report.items.count() == (1 if report.state == ReportState.COMMITTED else 0)


def test_whoever_comes_during_a_check_is_told_at_once(clerk: User) -> None:
    report = checked(clerk, "1.00")
    with transaction.atomic():
        Report.objects.select_for_update().get(pk=report.pk)
        outcomes = at_once(
            lambda: uploads.commit_report(report=report, by=clerk),
            lambda: uploads.discard_report(report=report, by=clerk),
        )
    assert [outcome.code for outcome in outcomes if isinstance(outcome, ConflictError)] == [
        "report.busy"
    ] * 2, outcomes
