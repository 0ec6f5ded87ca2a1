"""Two service managers with customers and two monthly reports, for tests of monthly summaries; written to the
tables.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from customers.models import Customer
from receivables.models import Report
from supervision.models import MonthlySummary
from supervision.services.summaries import make_summaries
from tests.factories.customers import create_active_customer
from tests.factories.people import Team, create_team, create_user
from tests.factories.reports import Line, create_report, store_sums

MONTH = dt.date(2026, 10, 1)
SEPTEMBER_END, OCTOBER_END = dt.date(2026, 9, 30), dt.date(2026, 10, 31)


@dataclass(frozen=True)
class World:
    """`first` is a customer of the team's service manager, `second` of his colleague `other`."""

    team: Team
    other: User
    first: Customer
    second: Customer
    opening: Report
    closing: Report


def create_world() -> World:
    """Return a team with two managers. The first customer: A of 1,000 due on 30 September is 700 a month later, B of
    500 is new and not due. The second: C of 300, due on 15 September, is unchanged; a credit D of 40 came.
    """
    team = create_team()
    other = create_user(Role.SERVICE_MANAGER, name="Other", email="other@example.com")
    for person, address in (
        (team.group_leader, "leader@example.com"),
        (team.deputy_leader, "deputy@example.com"),
        (team.service_manager, "csm@example.com"),
    ):
        User.objects.filter(pk=person.pk).update(email=address)
    first = create_active_customer(number="S1", name="甲公司", service_manager=team.service_manager)
    second = create_active_customer(number="S2", name="乙公司", service_manager=other)
    opening = report(
        SEPTEMBER_END,
        Line(first, SEPTEMBER_END, "1000.00", "A"),
        Line(second, dt.date(2026, 9, 15), "300.00", "C"),
    )
    closing = report(
        OCTOBER_END,
        Line(first, SEPTEMBER_END, "700.00", "A"),
        Line(first, dt.date(2026, 11, 30), "500.00", "B"),
        Line(second, dt.date(2026, 9, 15), "300.00", "C"),
        Line(second, OCTOBER_END, "-40.00", "D"),
    )
    return World(team, other, first, second, opening, closing)


def report(as_of: dt.date, *lines: Line) -> Report:
    """Return a report in force with its sums, as a commit leaves it."""
    made = create_report(as_of=as_of, lines=lines)
    store_sums(made)
    return made


def corrected(old: Report, *lines: Line) -> Report:
    """Return a report that takes the place of `old`."""
    Report.objects.filter(pk=old.pk).update(state="superseded")
    made = report(old.as_of, *lines)
    Report.objects.filter(pk=made.pk).update(supersedes=old)
    return made


def made(world: World, *, month: dt.date = MONTH) -> dict[str, MonthlySummary]:
    """Return user name → summary, '' for the group, made now."""
    assert make_summaries(month=month, now=timezone.now()).errors == []
    found = MonthlySummary.objects.filter(month=month).select_related("service_manager")
    return {"" if one.service_manager is None else one.service_manager.username: one for one in found}
