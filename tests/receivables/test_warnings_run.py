"""A day's run of early warnings on PostgreSQL (P5.1): what each kind reads, and what becomes of cases."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from io import StringIO
from threading import Thread
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from creditrisk.accounts.roles import Role
from creditrisk.dates import add_months, end_of_month
from creditrisk.exceptions import ConflictError
from creditrisk.jobs.models import JobRun
from creditrisk.notifications.models import Notification
from creditrisk.policy.default import DEFAULT_POLICY
from creditrisk.policy.selectors import policy_version_on
from customers.models import CaseEntry, ContractDispute, Customer, CustomerState, EntryKind, WarningCase
from customers.services import FoundWarning, close_case, escalate_overdue, raise_cases
from receivables.models import Promise, PromiseState, Report
from receivables.selectors import warnings as selectors
from receivables.selectors.warnings import basis_on, chunks, warnings_of
from receivables.services import warnings as service
from receivables.services.report_flows import store_flows
from receivables.services.warning_job import raise_warnings_once
from receivables.services.warnings import raise_warnings, simulated_warnings
from receivables.warnings import RaisedWarning
from tests.factories.customers import (
    create_contract,
    create_customer,
    create_grade_change,
    create_qualification,
)
from tests.factories.people import Team, create_team, create_user
from tests.factories.reports import Line, create_report, store_sums
from tests.factories.visits import create_customer_of, done
from tests.factories.warnings import create_case

pytestmark = pytest.mark.django_db
ON = dt.date(2026, 11, 27)
NOW = dt.datetime(2026, 11, 27, 2, tzinfo=dt.UTC)
OCTOBER = dt.date(2026, 10, 31)
LATER = ON + dt.timedelta(days=30)


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    """A customer whose file is confirmed: nothing warns of him by itself."""
    return quiet_customer(team)


def quiet_customer(team: Team, **fields: Any) -> Customer:
    return create_customer_of(team, **{"confirmed_on": ON, **fields})


def found(*, on: dt.date = ON, policy: Any = DEFAULT_POLICY) -> list[RaisedWarning]:
    basis = basis_on(on=on, policy=policy)
    store_flows(basis.seen)
    return [warning for part in chunks() for _pk, warning in warnings_of(part, basis=basis)]


def kinds(**asked: Any) -> list[str]:
    return [warning.kind for warning in found(**asked)]


# What each kind reads -------------------------------------------------------------------------------------------------


def test_nothing_warns_of_a_quiet_customer(customer: Customer) -> None:
    assert found() == []


def listed(customer: Customer, document_on: dt.date, as_of: dt.date = OCTOBER) -> None:
    create_report(as_of=as_of, lines=[Line(customer, document_on + dt.timedelta(days=30), "100.00")])


@pytest.mark.parametrize(("age", "warns"), [(59, False), (60, True)])
def test_churn_reads_the_newest_document(customer: Customer, age: int, warns: bool) -> None:
    listed(customer, ON - dt.timedelta(days=age))
    assert ("churn" in kinds()) is warns


def test_a_contract_signed_since_is_business(team: Team, customer: Customer) -> None:
    listed(customer, ON - dt.timedelta(days=80))
    create_contract(customer=customer, handler=team.account_manager, signed_on=ON - dt.timedelta(days=59))
    assert "churn" not in kinds()


@pytest.mark.parametrize("state", [CustomerState.PROSPECT, CustomerState.SUSPENDED, CustomerState.CLOSED])
def test_only_an_active_customer_can_leave(team: Team, state: CustomerState) -> None:
    other = quiet_customer(team, state=state, state_reason="停止")
    listed(other, ON - dt.timedelta(days=80))
    assert kinds() == []


def test_a_customer_on_watch_can_leave(team: Team) -> None:
    listed(quiet_customer(team, state=CustomerState.WATCH), ON - dt.timedelta(days=80))
    assert kinds() == ["churn"]


def test_nobody_leaves_while_the_latest_report_is_older_than_sixty_days(customer: Customer) -> None:
    """As of 2026-09-28, 60 days before: read. On the day after it is too old."""
    listed(customer, dt.date(2026, 8, 1), as_of=dt.date(2026, 9, 28))
    assert "churn" in kinds()
    assert "churn" not in kinds(on=ON + dt.timedelta(days=1))


@pytest.mark.parametrize(
    ("document_on", "warns"), [(dt.date(2026, 9, 1), False), (dt.date(2026, 8, 31), True)]
)
def test_who_just_bought_when_the_latest_report_was_made_is_given_the_benefit(
    customer: Customer, document_on: dt.date, warns: bool
) -> None:
    """Reports come at month ends. On 31 October the latest is of 30 September: who bought on 1 September may have
    bought on 1 October, which no report shows yet. Who had bought nothing for 30 days by then is told of."""
    listed(customer, document_on, as_of=dt.date(2026, 9, 30))
    assert ("churn" in kinds(on=dt.date(2026, 10, 31))) is warns


def test_without_a_report_nobody_is_said_to_leave(team: Team, customer: Customer) -> None:
    create_contract(customer=customer, handler=team.account_manager, signed_on=ON - dt.timedelta(days=300))
    assert "churn" not in kinds()


def test_who_has_been_gone_for_longer_than_we_compare_is_still_found(customer: Customer) -> None:
    """His last document is of 2025-05-01, listed in June 2025; the baseline of November 2026 reaches back to August
    2025."""
    listed(customer, dt.date(2025, 5, 1), as_of=dt.date(2025, 6, 30))
    create_report(as_of=dt.date(2025, 7, 31))
    create_report(as_of=OCTOBER)
    (warning,) = found()
    assert warning.numbers["last_business_on"].value == dt.date(2025, 5, 1)


def monthly(customer: Customer, *amounts: str) -> None:
    """Give a customer one document a month, on the tenth, the last in October, each paid within the month after."""
    for back, amount in enumerate(reversed(amounts)):
        as_of = end_of_month(add_months(OCTOBER, -back))
        due_on = as_of.replace(day=10) + dt.timedelta(days=30)
        create_report(as_of=as_of, lines=[Line(customer, due_on, amount)] if Decimal(amount) else [])


@pytest.mark.parametrize(("october", "warns"), [("150.00", False), ("150.01", True), ("49.99", True)])
def test_volume_compares_the_finished_month_with_the_six_before(
    customer: Customer, october: str, warns: bool
) -> None:
    monthly(customer, *["100.00"] * 6, october)
    assert ("volume_anomaly" in kinds()) is warns


def test_months_before_the_first_business_are_no_history(customer: Customer) -> None:
    """Two empty reports, then four months of business before October: four months of history, mean 100, and 300 is
    200 % above. One month less is too little."""
    monthly(customer, "0", "0", "100.00", "100.00", "100.00", "100.00", "300.00")
    (warning,) = found()
    assert warning.numbers["history_months"].value == 4
    assert warning.severity == 200


def test_three_months_of_history_are_too_few(customer: Customer) -> None:
    monthly(customer, "0", "0", "0", "100.00", "100.00", "100.00", "300.00")
    assert kinds() == []


def test_a_month_without_its_report_is_not_compared(customer: Customer) -> None:
    """In the first days of December no report shows the whole of November: nobody has fallen."""
    monthly(customer, *["100.00"] * 7)
    assert "volume_anomaly" not in kinds(on=dt.date(2026, 12, 3))


def paid_late(customer: Customer, *, recently: int) -> None:
    """Ten days late in the baseline, `recently` days late after it: open at one month's end, gone at the next."""
    for as_of, late in ((dt.date(2026, 4, 30), 10), (dt.date(2026, 9, 30), recently)):
        due_on = as_of + dt.timedelta(days=1 - late)
        create_report(as_of=as_of, lines=[Line(customer, due_on, "100.00")])
        create_report(as_of=add_months(as_of, 1))


@pytest.mark.parametrize(("recently", "warns"), [(24, False), (25, True)])
def test_repayment_compares_the_last_ninety_days_with_the_year_before(
    team: Team, recently: int, warns: bool
) -> None:
    customer = quiet_customer(team, state=CustomerState.SUSPENDED, state_reason="逾期")
    paid_late(customer, recently=recently)
    assert kinds() == (["repayment_anomaly"] if warns else [])
    if warns:
        (warning,) = found()
        assert [point.label for point in warning.series] == ["2026-05-30", "2026-10-30"]


def test_a_prospect_repays_nothing(team: Team) -> None:
    paid_late(quiet_customer(team, state=CustomerState.PROSPECT), recently=60)
    assert kinds() == []


def promised(
    customer: Customer, team: Team, state: str, decided_on: dt.date | None, *, known_on: dt.date | None = None
) -> None:
    report = create_report(as_of=decided_on or OCTOBER)
    loaded_at = dt.datetime.combine(known_on or report.as_of, dt.time(4), dt.UTC)  # noon in Shanghai
    Report.objects.filter(pk=report.pk).update(committed_at=loaded_at)
    Promise.objects.create(
        number=f"PP-{Promise.objects.count()}", customer=customer, currency="CNY", amount=Decimal(100),
        state=state, made_on=dt.date(2026, 9, 1), last_due_on=dt.date(2026, 9, 30), recorded_by=team.service_manager,
        decided_on=decided_on, decided_by=report if decided_on else None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("state", "decided_on", "warns"),
    [
        (PromiseState.BROKEN, ON, True),
        (PromiseState.PARTLY, ON - dt.timedelta(days=30), True),
        (PromiseState.BROKEN, ON - dt.timedelta(days=31), False),
        (PromiseState.BROKEN, ON + dt.timedelta(days=1), False),
        (PromiseState.KEPT, ON, False),
        (PromiseState.OPEN, None, False),
    ],
)
def test_promises_that_reports_decided_against_him(
    team: Team, customer: Customer, state: str, decided_on: dt.date | None, warns: bool
) -> None:
    promised(customer, team, state, decided_on)
    assert ("broken_promise" in kinds()) is warns


@pytest.mark.parametrize(("days", "warns"), [(0, True), (30, True), (31, False)])
def test_a_promise_of_a_report_loaded_late(team: Team, customer: Customer, days: int, warns: bool) -> None:
    """The report is as of a day 60 days ago, and was loaded `days` ago."""
    known_on = ON - dt.timedelta(days=days)
    promised(customer, team, PromiseState.BROKEN, ON - dt.timedelta(days=60), known_on=known_on)
    assert ("broken_promise" in kinds()) is warns


def test_a_promise_that_a_case_told_of_is_not_told_again_by_a_corrected_report(
    team: Team, customer: Customer
) -> None:
    promised(customer, team, PromiseState.BROKEN, ON - dt.timedelta(days=60), known_on=ON)
    create_case(customer, kind="broken_promise", subject="PP-0", raised_on=ON - dt.timedelta(days=60))
    assert "broken_promise" not in kinds()


def test_a_file_not_confirmed_in_time(team: Team) -> None:
    """Confirmed on 2026-05-26, six months: due on 2026-11-26. A closed file is nobody's to confirm."""
    quiet_customer(team, confirmed_on=dt.date(2026, 5, 27))
    quiet_customer(team, confirmed_on=dt.date(2026, 5, 1), state=CustomerState.CLOSED, state_reason="终止")
    assert found() == []
    quiet_customer(team, confirmed_on=dt.date(2026, 5, 26))
    assert kinds() == ["file_not_confirmed"]


def test_qualifications_that_end_and_were_not_renewed(customer: Customer) -> None:
    """ISO 9000 ends and a newer one is in the file; the licence ends without one; a retired permit is nobody's."""
    soon, later = ON + dt.timedelta(days=30), ON + dt.timedelta(days=400)
    create_qualification(customer=customer, kind="iso_9000", valid_to_on=soon)
    create_qualification(customer=customer, kind="iso_9000", valid_to_on=later)
    licence = create_qualification(customer=customer, valid_to_on=soon)
    create_qualification(customer=customer, kind="tax_registration", valid_to_on=soon + dt.timedelta(days=1))
    (warning,) = found()
    assert (warning.kind, warning.subject) == ("qualification_ending", str(licence.pk))


def limited(team: Team, **fields: Any) -> Customer:
    return quiet_customer(team, credit_limit_amount=Decimal("1000.00"), credit_limit_valid_to_on=ON, **fields)


@pytest.mark.parametrize(("amount", "warns"), [("1000.00", False), ("1000.01", True)])
def test_what_is_open_against_the_limit(team: Team, amount: str, warns: bool) -> None:
    customer = limited(team)
    report = create_report(
        as_of=OCTOBER, lines=[Line(customer, ON, amount), Line(customer, ON, "9", currency="USD")]
    )
    store_sums(report)
    assert kinds() == (["limit_exceeded"] if warns else [])
    if warns:
        (warning,) = found()
        assert [(point.label, point.value) for point in warning.series] == [
            ("2026-10-31", Decimal("1000.01"))
        ]


def test_the_head_of_a_group_answers_for_all_of_it(team: Team) -> None:
    """600 open himself, 500 his daughter: 1,100 against his limit of 1,000."""
    head = limited(team)
    daughter = quiet_customer(team, parent=head)
    report = create_report(as_of=OCTOBER, lines=[Line(head, ON, "600.00"), Line(daughter, ON, "500.00")])
    store_sums(report)
    (warning,) = found()
    assert (warning.kind, warning.subject) == ("limit_exceeded", "group")
    assert warning.numbers["open_amount"].value == Decimal("1100.00")


def test_without_a_limit_none_is_exceeded(customer: Customer) -> None:
    store_sums(create_report(as_of=OCTOBER, lines=[Line(customer, ON, "600.00")]))
    assert found() == []


def test_the_grade_before_and_after_the_changes_of_thirty_days(customer: Customer) -> None:
    """A → B forty days ago does not count any more; B → C → D twenty and ten days ago: from B to D."""
    for old, new, age in (("A", "B", 40), ("B", "C", 20), ("C", "D", 10)):
        create_grade_change(customer=customer, old=old, new=new, effective_on=ON - dt.timedelta(days=age))
    (warning,) = found()
    told = {name: number.value for name, number in warning.numbers.items()}
    assert told == {"grade_before": "B", "grade_now": "D", "changed_on": ON - dt.timedelta(days=10)}


def test_a_grade_that_fell_and_came_back_is_no_warning(customer: Customer) -> None:
    for old, new, age in (("B", "D", 20), ("D", "B", 10)):
        create_grade_change(customer=customer, old=old, new=new, effective_on=ON - dt.timedelta(days=age))
    assert found() == []


@pytest.mark.parametrize(
    ("deadline", "warns"), [(ON, False), (ON - dt.timedelta(days=1), True), (None, False)]
)
def test_disputes_past_their_deadline(
    team: Team, customer: Customer, deadline: dt.date | None, warns: bool
) -> None:
    ContractDispute.objects.create(
        customer=customer, currency="CNY", subject="质量", owner=team.legal_affairs, opened_on=dt.date(2026, 9, 1),
        opened_by=team.service_manager, deadline_on=deadline,
    )  # fmt: skip
    assert kinds() == (["dispute_overdue"] if warns else [])


def test_what_visits_found_about_leadership(team: Team, customer: Customer) -> None:
    done(customer, team.service_manager, leadership_changes="无变化")
    assert found() == []
    visit = done(customer, team.service_manager, leadership_changes="总经理离任", risk_signal="watch")
    (warning,) = found()
    assert (warning.kind, warning.subject, warning.severity) == ("leadership_change", str(visit.pk), 2)


# The run --------------------------------------------------------------------------------------------------------------


def leave(customer: Customer) -> None:
    """Let a customer be gone for 80 days."""
    listed(customer, ON - dt.timedelta(days=80))


def told(person: Any) -> list[str]:
    return list(Notification.objects.filter(user=person).order_by("pk").values_list("title", flat=True))


def test_a_run_raises_cases_once_and_tells_each_owner_once(team: Team, customer: Customer) -> None:
    leave(customer)
    limit = limited(team, temporary_limit_reason="")
    create_contract(customer=limit, handler=team.account_manager, signed_on=ON)
    report = create_report(
        as_of=dt.date(2026, 11, 15), lines=[Line(limit, ON + dt.timedelta(days=3), "2000.00")]
    )
    store_sums(report)
    result = raise_warnings(on=ON)
    assert [(case.kind, case.customer, case.owner) for case in result.raised] == [
        ("churn", customer.number, team.service_manager.username),
        ("limit_exceeded", limit.number, team.service_manager.username),
    ]
    assert [case.number for case in result.raised] == ["W-2026-000001", "W-2026-000002"]
    assert result.as_of == dt.date(2026, 11, 15)
    assert raise_warnings(on=ON) == result
    assert WarningCase.objects.count() == 2
    case = WarningCase.objects.get(kind="churn")
    assert (case.raised_on, case.due_on, case.severity) == (ON, ON + dt.timedelta(days=7), 80)
    assert case.policy_version == policy_version_on(ON)
    assert told(team.service_manager) == ["2 early warnings were raised on your customers."]


def test_a_dry_run_says_the_same_and_writes_nothing(team: Team, customer: Customer) -> None:
    leave(customer)
    create_case(customer, subject="late", due_on=ON - dt.timedelta(days=1))
    create_case(customer, kind="grade_fallen", severity=Decimal(1))
    create_grade_change(customer=customer, old="B", new="D", effective_on=ON)
    ended = create_qualification(customer=customer, valid_to_on=ON - dt.timedelta(days=1))
    create_case(customer, kind="qualification_ending", subject=str(ended.pk), severity=Decimal(2))  # known
    result = raise_warnings(on=ON, dry_run=True)
    assert [(case.kind, case.number, case.customer) for case in result.raised] == [
        ("churn", "", customer.number)
    ]
    assert [case.kind for case in result.worse] == ["grade_fallen"]
    assert [case.kind for case in result.escalated] == ["churn"]
    assert WarningCase.objects.filter(raised_on=ON).count() == 0
    assert CaseEntry.objects.count() == 0


def test_an_open_case_is_not_raised_again_and_grows_worse_once(team: Team, customer: Customer) -> None:
    """Raised at 60 days; at 80 nothing, at 90 it is half as much again: an entry, and no second one the day after."""
    listed(customer, ON - dt.timedelta(days=60))
    raise_warnings(on=ON)
    other = create_case(customer, subject="other", severity=Decimal(1), due_on=ON + dt.timedelta(days=99))
    for later, entries in ((20, 0), (30, 1), (31, 1)):
        day = ON + dt.timedelta(days=later)
        create_report(as_of=day)
        result = raise_warnings(on=day)
        assert result.raised == ()
        assert CaseEntry.objects.filter(kind=EntryKind.WORSE).count() == entries
    assert WarningCase.objects.get(pk=other.pk).severity == 1
    case = WarningCase.objects.exclude(pk=other.pk).get()
    assert (case.severity, case.numbers["days_without_business"]["value"]) == (90, 90)
    entry = CaseEntry.objects.get(kind=EntryKind.WORSE)
    assert (entry.severity_before, entry.severity, entry.by) == (60, 90, None)
    assert "1 case grew worse." in told(team.service_manager)


@pytest.mark.parametrize(("later", "cases"), [(30, 1), (31, 2)])
def test_a_closed_case_is_quiet_for_thirty_days(
    team: Team, customer: Customer, later: int, cases: int
) -> None:
    """A licence that has ended: closed on the day it was raised, raised again on the 31st day after."""
    create_qualification(customer=customer, valid_to_on=ON - dt.timedelta(days=1))
    raise_warnings(on=ON)
    close_case(
        case=WarningCase.objects.get(), outcome="no_action", note="下周确认", by=team.service_manager, now=NOW
    )
    raise_warnings(on=ON + dt.timedelta(days=later))
    assert WarningCase.objects.count() == cases


def test_a_closed_case_is_raised_again_when_it_is_worse(team: Team, customer: Customer) -> None:
    create_grade_change(customer=customer, old="A", new="B", effective_on=ON)
    raise_warnings(on=ON)
    close_case(case=WarningCase.objects.get(), outcome="acted", note="已谈", by=team.service_manager, now=NOW)
    tomorrow = ON + dt.timedelta(days=1)
    assert raise_warnings(on=tomorrow).raised == ()
    create_grade_change(customer=customer, old="B", new="C", effective_on=tomorrow)
    assert [case.kind for case in raise_warnings(on=tomorrow).raised] == ["grade_fallen"]


def test_overdue_cases_are_told_to_the_leaders_once(team: Team, customer: Customer) -> None:
    """Due on 2026-11-27: on that day nothing, on the day after once, in one message for both."""
    create_case(customer, raised_on=dt.date(2026, 11, 20))
    create_case(customer, raised_on=dt.date(2026, 11, 20), subject="2")
    assert raise_warnings(on=ON).escalated == ()
    tomorrow = ON + dt.timedelta(days=1)
    assert len(raise_warnings(on=tomorrow).escalated) == 2
    assert raise_warnings(on=ON + dt.timedelta(days=2)).escalated == ()
    raise_warnings(on=tomorrow)
    for leader in (team.group_leader, team.deputy_leader):
        assert told(leader) == ["2 early warnings are overdue: nobody has closed the cases."]
    assert not WarningCase.objects.filter(escalated_at__isnull=True).exists()
    assert CaseEntry.objects.filter(kind=EntryKind.ESCALATED).count() == 2


def test_the_cases_of_who_left_go_to_who_owns_new_ones(team: Team, customer: Customer) -> None:
    """A leader left who owned two cases: the managed customer's goes to his service manager, the other to nobody. The
    head of a department who saw the customer through his former account manager keeps none either."""
    left = create_user(Role.DEPUTY_LEADER)
    other_head = create_user(Role.DEPARTMENT_MANAGER)
    kept = create_case(customer, owner=team.account_manager, due_on=LATER)
    his = [
        create_case(customer, subject="1", owner=left, due_on=LATER),
        create_case(customer, subject="2", owner=other_head, due_on=LATER),
    ]
    alone = create_case(create_customer(), owner=left, due_on=LATER)
    over = create_case(
        customer, subject="3", owner=left, state="closed", outcome="acted", closing_note="已办",
        closed_on=ON, closed_at=NOW, closed_by=left,
    )  # fmt: skip
    left.is_active = False
    left.save()
    raise_warnings(on=ON)
    raise_warnings(on=ON)
    owners = dict(WarningCase.objects.values_list("pk", "owner"))
    assert owners == {
        kept.pk: team.account_manager.pk,
        **{case.pk: team.service_manager.pk for case in his},
        alone.pk: None,
        over.pk: left.pk,
    }
    entry = his[0].entries.get()
    assert (entry.kind, entry.owner, entry.by, entry.happened_on) == (
        "reassigned",
        team.service_manager,
        None,
        ON,
    )
    assert alone.entries.get().owner is None
    assert told(team.service_manager) == ["2 cases came to you from colleagues who no longer work on them."]
    assert told(team.group_leader) == ["1 early warning has no owner: give it to somebody."]


@pytest.mark.django_db(transaction=True)
@pytest.mark.race
def test_a_case_that_somebody_holds_just_now_is_told_to_the_leaders_the_next_day() -> None:
    team = create_team()
    customer = quiet_customer(team)
    held = create_case(customer, due_on=ON - dt.timedelta(days=1))
    create_case(customer, subject="2", due_on=ON - dt.timedelta(days=1))
    rules = DEFAULT_POLICY.warnings
    counts = []

    def run() -> None:
        counts.append(escalate_overdue(on=ON, rules=rules, now=NOW))
        connection.close()

    with transaction.atomic():
        WarningCase.objects.select_for_update().get(pk=held.pk)
        beside = Thread(target=run)
        beside.start()
        beside.join(timeout=30)
        assert counts == [1], "it waits for nobody"
    assert escalate_overdue(on=ON + dt.timedelta(days=1), rules=rules, now=NOW) == 1
    assert not WarningCase.objects.filter(escalated_at__isnull=True).exists()


def test_a_case_that_nobody_manages_is_told_to_the_leaders(team: Team) -> None:
    leave(create_customer(state=CustomerState.ACTIVE, confirmed_on=ON, reviewed_on=ON))
    (case,) = raise_warnings(on=ON).raised
    assert case.owner == ""
    assert told(team.deputy_leader) == ["1 early warning has no owner: give it to somebody."]


def test_a_file_closed_meanwhile_gets_no_case(team: Team) -> None:
    closed = quiet_customer(team, state=CustomerState.CLOSED, state_reason="终止")
    warning = FoundWarning(closed.pk, "churn", Decimal(60))
    assert raise_cases(found=[warning], on=ON, version=policy_version_on(ON)) == 0


def test_a_chunk_that_fails_leaves_the_others_alone(
    team: Team, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first of two chunks meets an error of the database: the second is raised, the run says what failed, and the
    next run does the rest."""
    monkeypatch.setattr(selectors, "CHUNK", 1)
    second = quiet_customer(team)
    create_report(
        as_of=OCTOBER, lines=[Line(one, ON - dt.timedelta(days=50), "1") for one in (customer, second)]
    )
    raised: Callable[..., int] = service.raise_cases

    def failing(*, found: Any, **more: Any) -> int:
        if any(one.customer_pk == customer.pk for one in found):
            raise DatabaseError("gone")
        return raised(found=found, **more)

    monkeypatch.setattr(service, "raise_cases", failing)
    run = raise_warnings_once(on=ON)
    assert (run.state, run.units_failed) == (JobRun.State.FAILED, 1)
    assert [case.customer for case in service.raised_on(ON).raised] == [second.number]
    assert told(team.service_manager) == []
    monkeypatch.setattr(service, "raise_cases", raised)
    run = raise_warnings_once(on=ON)
    assert (run.state, run.result["raised"]) == (JobRun.State.DONE, 2)
    assert told(team.service_manager) == ["2 early warnings were raised on your customers."]


def test_a_run_killed_in_the_middle_is_finished_by_the_next(
    team: Team, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the cases were raised and before anybody was told."""
    leave(customer)

    def killed(**_asked: Any) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(service, "tell_owners", killed)
    with pytest.raises(KeyboardInterrupt):
        raise_warnings_once(on=ON)
    assert (WarningCase.objects.count(), told(team.service_manager)) == (1, [])
    monkeypatch.undo()
    run = raise_warnings_once(on=ON)
    assert (run.state, run.attempts, run.result["counts"]) == (JobRun.State.DONE, 2, {"churn": 1})
    assert WarningCase.objects.count() == 1
    assert told(team.service_manager) == ["1 early warning was raised on your customers."]


def test_the_job_runs_once_a_day_and_alone(customer: Customer) -> None:
    leave(customer)
    first = raise_warnings_once(on=ON)
    assert raise_warnings_once(on=ON) == first
    assert (first.period, first.attempts, first.units_done) == ("2026-11-27", 1, 1)


def test_as_many_queries_for_many_customers_as_for_one(team: Team, customer: Customer) -> None:
    def queries() -> int:
        found()  # the sums of the reports are stored once
        with CaptureQueriesContext(connection) as captured:
            assert found()
        return len(captured)

    lines = [Line(customer, ON - dt.timedelta(days=50), "2000.00")]
    store_sums(create_report(as_of=OCTOBER, lines=lines))
    one = queries()
    for _number in range(6):
        other = limited(team)
        lines.append(Line(other, ON - dt.timedelta(days=50), "2000.00"))
    store_sums(create_report(as_of=dt.date(2026, 11, 10), lines=lines))
    assert queries() == one + 2  # for the chart of exceeded limits, however many


# Simulation and command -----------------------------------------------------------------------------------------------


def test_a_draft_of_the_policy_is_tried_without_writing(team: Team, customer: Customer) -> None:
    """80 days without business warn by the policy in force, and not by a draft that waits for 90."""
    leave(customer)
    create_case(customer)  # an open case changes nothing: the rules alone are asked
    simulated = simulated_warnings(on=ON, policy=DEFAULT_POLICY)
    assert simulated.as_json() == {
        "on": "2026-11-27",
        "counts": {"churn": 1},
        "customers": {"churn": [customer.number]},
    }
    draft = replace(DEFAULT_POLICY, warnings=replace(DEFAULT_POLICY.warnings, churn_after_days=90))
    assert simulated_warnings(on=ON, policy=draft).counts == {}
    assert WarningCase.objects.count() == 1


def test_without_customers_there_is_nothing_to_ask() -> None:
    assert warnings_of({}, basis=basis_on(on=ON, policy=DEFAULT_POLICY)) == []
    assert raise_warnings(on=ON).raised == ()


def called(*options: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("raise_warnings", "--on", ON.isoformat(), *options, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_the_command_prints_json_alone(team: Team, customer: Customer) -> None:
    leave(customer)
    create_case(customer, subject="late", due_on=ON - dt.timedelta(days=1))
    dry = json.loads(called("--json", "--dry-run")[0])
    assert (dry["raised"][0]["number"], dry["counts"]) == ("", {"churn": 1})
    data = json.loads(called("--json")[0])
    assert data == json.loads(called("--json")[0])
    assert data["raised"] == [
        {
            "number": "W-2026-000001",
            "customer": customer.number,
            "kind": "churn",
            "subject": "",
            "numbers": {
                "days_without_business": {"value": 80, "unit": "days"},
                "last_business_on": {"value": "2026-09-08", "unit": "date"},
                "threshold_days": {"value": 60, "unit": "days"},
            },
            "owner": team.service_manager.username,
            "due_on": "2026-12-04",
        }
    ]
    assert (data["on"], data["as_of"], data["is_stale"]) == ("2026-11-27", "2026-10-31", False)
    assert (data["counts"], data["worse"], len(data["escalated"])) == ({"churn": 1}, [], 1)


def test_the_command_tells_people_in_words(customer: Customer) -> None:
    assert called() == ("", "Nothing warns.\n")
    JobRun.objects.update(state=JobRun.State.FAILED)
    leave(customer)
    out, _err = called()
    assert "No new business for 80 days, the last on 2026-09-08." in out


def test_the_command_says_that_the_report_is_old(customer: Customer) -> None:
    listed(customer, dt.date(2026, 8, 1), as_of=dt.date(2026, 8, 31))
    assert "2026-08-31" in called()[1]


def test_the_command_ends_with_1_where_customers_failed(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(**_asked: Any) -> int:
        raise DatabaseError("gone")

    monkeypatch.setattr(service, "raise_cases", failing)
    with pytest.raises(SystemExit) as ended:
        called()
    assert ended.value.code == 1


def test_the_command_ends_with_2_where_another_process_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(**_asked: Any) -> JobRun:
        raise ConflictError("job.running", "running")

    monkeypatch.setattr("receivables.management.commands.raise_warnings.raise_warnings_once", refused)
    with pytest.raises(CommandError, match="running") as ended:
        called()
    assert ended.value.returncode == 2
