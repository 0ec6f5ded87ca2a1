"""The table of contract handlers: each person's portfolio and how he looks after it (P3.1 b)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from customers.models import ContractState, Customer, CustomerState, SelfCheck
from receivables.models import PromiseState
from supervision.selectors.handlers import HandlerFigures, HandlerRow, handler_figures
from supervision.selectors.self_checks import self_check_list, self_checks_seen
from supervision.services.report_figures import compute_missing_figures
from supervision.tables.handlers import handler_rows, handler_sheet
from tests.factories.customers import create_active_customer, create_contract
from tests.factories.people import Team, create_department, create_team, create_user, reload
from tests.factories.reports import Line
from tests.factories.reviews import approve_all, create_submitted
from tests.receivables.effectiveness_world import decided
from tests.supervision.worlds import ENDS, committed

pytestmark = pytest.mark.django_db
D = Decimal
FEBRUARY, MARCH = ENDS[1], ENDS[2]


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return create_active_customer(
        account_manager=team.account_manager,
        service_manager=team.service_manager,
        grade_valid_to_on=MARCH,
    )


def figures(user: User, as_of: dt.date = MARCH) -> HandlerFigures:
    found = handler_figures(reload(user), as_of=as_of)
    assert found is not None
    return found


def row(found: HandlerFigures, person: User, role: str = Role.ACCOUNT_MANAGER) -> HandlerRow:
    (one,) = [one for one in found.rows if one.person == person and one.role == role]
    return one


def test_without_a_report_there_are_no_figures(team: Team) -> None:
    assert handler_figures(team.group_leader, as_of=MARCH) is None


def test_what_he_is_owed_and_by_how_much_it_changed(team: Team, customer: Customer) -> None:
    """February 100, of it 20 overdue (20 %); March 60 + 140, of it 50 overdue (25 %): +5 points. Sales 140 in 31 days:
    DSO 200 ÷ 140 × 31. The customer counts for both his managers; dollars have no rate and are told.
    """
    committed(
        FEBRUARY, [Line(customer, dt.date(2026, 2, 1), "20.00", "A"), Line(customer, MARCH, "80.00", "B")]
    )
    committed(
        MARCH,
        [
            Line(customer, dt.date(2026, 2, 1), "50.00", "A", total="20.00"),
            Line(customer, MARCH, "10.00", "B"),
            Line(customer, MARCH, "140.00", "C"),
            Line(customer, MARCH, "5.00", "D", "USD"),
        ],
    )
    compute_missing_figures()
    found = figures(team.group_leader)
    assert found.left_out == ("USD",)
    for person, role in (
        (team.account_manager, Role.ACCOUNT_MANAGER),
        (team.service_manager, Role.SERVICE_MANAGER),
    ):
        one = row(found, person, role)
        assert (one.customers, one.exposure_amount, one.overdue_amount) == (1, D(200), D(50))
        assert (one.overdue_ratio, one.overdue_before_ratio, one.change_ratio) == (
            D("0.25"),
            D("0.2"),
            D("0.05"),
        )
        assert one.dso_days == D(200) / D(140) * 31
    other = create_user(Role.ACCOUNT_MANAGER)
    empty = row(figures(team.group_leader), other)
    assert (empty.overdue_ratio, empty.change_ratio, empty.dso_days, empty.reviews_ratio) == (None,) * 4


def test_contracts_and_reviews_in_date(team: Team, customer: Customer) -> None:
    """The grade of one is valid to the day of the report, that of another ended the day before; a prospect needs none,
    a closed file counts nowhere.
    """
    managers = {"account_manager": team.account_manager}
    create_active_customer(grade_valid_to_on=MARCH - dt.timedelta(days=1), **managers)
    create_active_customer(state=CustomerState.PROSPECT, **managers)
    create_active_customer(state=CustomerState.CLOSED, grade_valid_to_on=MARCH, **managers)
    create_contract(customer=customer, handler=team.account_manager, state=ContractState.PERFORMING)
    create_contract(customer=customer, handler=team.account_manager)
    committed(MARCH, [Line(customer, MARCH)])
    one = row(figures(team.group_leader), team.account_manager)
    assert (one.customers, one.reviews_valid, one.reviews_needed, one.performing) == (3, 1, 2, 1)


def test_self_checks_of_twelve_months(team: Team, customer: Customer) -> None:
    """Periods that ended on the report's day and a year and a day after it before count; a year before does not, nor
    what lapsed, nor the other role's.
    """
    contract = create_contract(
        customer=customer, handler=team.account_manager, state=ContractState.PERFORMING
    )

    def task(ends_on: dt.date, role: str = Role.ACCOUNT_MANAGER, state: str = "open") -> SelfCheck:
        return SelfCheck.objects.create(
            contract=contract,
            role=role,
            state=state,
            opened_on=ends_on,
            period_starts_on=ends_on - dt.timedelta(days=1),
            period_ends_on=ends_on,
        )

    task(MARCH)
    task(dt.date(2025, 4, 1))
    task(dt.date(2025, 3, 31))
    task(dt.date(2026, 4, 1))
    task(dt.date(2026, 1, 31), state="lapsed")
    task(MARCH, role=Role.SERVICE_MANAGER)
    committed(MARCH, [Line(customer, MARCH)])
    found = figures(team.group_leader)
    assert row(found, team.account_manager).self_checks_due == 2
    assert row(found, team.service_manager, Role.SERVICE_MANAGER).self_checks_due == 1
    assert row(found, team.account_manager).self_checks_ratio == 0
    seen = self_check_list(reload(team.account_manager))
    assert {one.role for one in seen} == {"account_manager"}
    assert (seen.count(), self_checks_seen(team.group_leader).count()) == (4, 6)
    assert self_checks_seen(team.department_manager).count() == 6
    assert not self_checks_seen(create_user()).exists()


def test_promises_kept(team: Team, customer: Customer) -> None:
    report = committed(MARCH, [Line(customer, MARCH)])
    for on, state in (
        (MARCH, PromiseState.KEPT),
        (dt.date(2025, 4, 1), PromiseState.BROKEN),
        (dt.date(2025, 3, 31), PromiseState.KEPT),
    ):
        decided(customer, team, on, state, "100.00", "50.00", report)
    one = row(figures(team.group_leader), team.service_manager, Role.SERVICE_MANAGER)
    assert (one.promises_kept, one.promises_decided, one.promises_ratio) == (1, 2, D("0.5"))


def test_approvals_in_time(team: Team, customer: Customer) -> None:
    """The service manager's step of a review was decided on its due day; a day later it is late."""
    review = approve_all(team, create_submitted(team), up_to=Role.DEPARTMENT_MANAGER)
    step = review.steps.get(role=Role.SERVICE_MANAGER)
    assert step.decided_at is not None
    day = step.decided_at.date()
    committed(day, [Line(customer, day)])
    for due_on, in_time in ((day, 1), (day - dt.timedelta(days=1), 0)):
        review.steps.filter(pk=step.pk).update(due_on=due_on)
        one = row(figures(team.group_leader, as_of=day), team.service_manager, Role.SERVICE_MANAGER)
        assert (one.steps_in_time, one.steps_timed) == (in_time, 1)
    assert one.steps_ratio == 0


def test_whose_figures_one_sees(team: Team, customer: Customer) -> None:
    """A manager his own lines, the head of a department those of its people, a supervisor all, anybody else none."""
    committed(MARCH, [Line(customer, MARCH)])
    stranger = create_user(Role.ACCOUNT_MANAGER)
    head = create_user(Role.DEPARTMENT_MANAGER)
    stranger.department = create_department(head=head)
    stranger.save()

    def people(user: User) -> set[User]:
        return {one.person for one in figures(user).rows}

    everybody = {team.account_manager, team.service_manager, stranger}
    assert people(team.general_management) == everybody
    assert people(team.department_manager) == {team.account_manager, team.service_manager}
    assert people(head) == {stranger}
    assert people(team.account_manager) == {team.account_manager}
    assert people(team.administrator) == set()


def test_who_left_is_there_while_he_has_customers(team: Team, customer: Customer) -> None:
    team.account_manager.role_assignments.all().delete()
    committed(MARCH, [Line(customer, MARCH)])
    assert row(figures(team.group_leader), team.account_manager).exposure_amount == 100
    Customer.objects.update(account_manager=None)
    assert team.account_manager not in {one.person for one in figures(team.group_leader).rows}


def test_queries_stay_flat(team: Team, customer: Customer) -> None:
    committed(FEBRUARY, [Line(customer, MARCH, "1.00", "A")])
    committed(MARCH, [Line(customer, MARCH, "1.00", "B")])
    compute_missing_figures()

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            handler_rows(figures(team.group_leader))
        return len(queries)

    few = asked()
    lines = []
    for _number in range(6):
        other = create_active_customer(
            account_manager=create_user(Role.ACCOUNT_MANAGER),
            service_manager=create_user(Role.SERVICE_MANAGER),
        )
        create_contract(customer=other, handler=team.account_manager, state=ContractState.PERFORMING)
        lines.append(Line(other, MARCH, "2.00"))
    committed(ENDS[3], lines)
    assert asked() == few
    assert few <= 26


def test_the_sheet_has_a_cell_for_every_column(team: Team, customer: Customer) -> None:
    committed(MARCH, [Line(customer, MARCH)])
    table = handler_sheet(figures(team.group_leader))
    rows = list(table.rows)
    assert len(rows) == 2
    assert all(len(cells) == len(table.columns) for cells in rows)
