"""What was done in a month, on both sides of its bounds: reviews, contracts, self-checks, visits, notices, promises."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from customers.models import (
    Contract,
    ContractDispute,
    ContractState,
    Customer,
    SelfCheck,
    Visit,
)
from receivables.models import DunningNotice, Promise, Report
from reviews.models import Review
from supervision.selectors import summary_counts
from supervision.selectors.summary_content import content_of_month
from supervision.summary_facts import Line
from supervision.summary_sections import Behind, Period, sections
from tests.factories.customers import create_active_customer, create_contract
from tests.factories.people import Team, create_team, create_user
from tests.factories.reports import create_report
from tests.factories.warnings import create_case
from tests.receivables.effectiveness_world import notice

pytestmark = pytest.mark.django_db
FIRST, LAST = dt.date(2026, 10, 1), dt.date(2026, 10, 31)
PERIOD = Period(FIRST, LAST)
DAY = dt.timedelta(days=1)
D = Decimal
STARTS = dt.datetime(2026, 9, 30, 16, 0, tzinfo=dt.UTC)
"""Midnight of 1 October in Shanghai."""
ENDS = dt.datetime(2026, 10, 31, 16, 0, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return create_active_customer(account_manager=team.account_manager, service_manager=team.service_manager)


def counts(found: Any, manager: User | None) -> dict[str, int]:
    lines: list[Line] = list(found.get(manager.pk if manager else None, ()))
    told: dict[str, int] = {}
    for line in lines:
        told[line.code] = told.get(line.code, 0) + line.count
    return told


def lists_agree(key: str, team: Team) -> None:
    """Whatever a section counts for the manager, the list behind each figure has as many rows, for a leader and for the
    manager himself.
    """
    section = next(one for one in sections() if one.key == key)
    told = counts(section.count(PERIOD), team.service_manager)
    of = Behind(team.service_manager.pk, FIRST, LAST)
    for reader in (team.group_leader, team.service_manager):
        client = Client()
        client.force_login(reader)
        for code in section.labels:
            page = client.get(section.link(code, of))
            assert page.status_code == 200
            listed = page.context["table"].paginator.count
            assert listed == told.get(code, 0), (key, code, reader.username)


def test_the_month_in_the_companys_time_zone() -> None:
    assert (PERIOD.starts_at, PERIOD.ends_at) == (STARTS, ENDS)


def review(customer: Customer, by: User, created: dt.datetime, **fields: Any) -> None:
    number = f"R-T-{Review.objects.count()}"
    made = Review.objects.create(
        number=number, customer=customer, initiator=by, review_on=FIRST, **({"kind": "new_customer"} | fields)
    )
    Review.objects.filter(pk=made.pk).update(created_at=created)


def test_reviews(team: Team, customer: Customer) -> None:
    by = team.account_manager
    others = [create_active_customer(service_manager=team.service_manager) for _number in range(6)]
    review(customer, by, STARTS - SECOND, state="approved", ended_at=STARTS)
    review(customer, by, STARTS, state="rejected", ended_at=ENDS - SECOND)
    review(others[0], by, ENDS - SECOND, kind="annual", year=2026)
    review(others[1], by, ENDS, state="draft")
    review(others[2], by, STARTS - SECOND, state="approved", ended_at=STARTS - SECOND)
    review(others[3], by, STARTS, state="withdrawn", ended_at=ENDS)
    review(others[4], by, STARTS - 60 * DAY, state="withdrawn", ended_at=STARTS)
    review(others[5], by, STARTS - 60 * DAY, state="in_approval")
    assert counts(summary_counts.count_reviews(PERIOD), team.service_manager) == {
        "new_customer_started": 2,
        "annual_started": 1,
        "approved": 1,
        "rejected": 1,
        "withdrawn": 1,
        # The annual one, that withdrawn on the day after, and the one in approval.
        "open": 3,
    }
    # A draft is nobody's to read but its initiator's: the list of anybody else lacks it.
    Review.objects.filter(state="draft").update(state="in_approval")
    lists_agree("reviews", team)


def test_contracts(team: Team, customer: Customer) -> None:
    """Performed at the month's end: since its last day, ended a day later. Not: ended on its last day, begun
    after it.
    """
    handler = team.account_manager

    def contract(**fields: Any) -> Contract:
        return create_contract(customer=customer, handler=handler, amount=D("100.00"), **fields)

    first = contract(signed_on=FIRST)
    last = contract(signed_on=LAST, currency="USD")
    contract(signed_on=FIRST - DAY)
    contract(signed_on=LAST + DAY)
    old = {"signed_on": FIRST - 90 * DAY}
    contract(state=ContractState.PERFORMING, performing_on=LAST, **old)
    contract(state=ContractState.FINISHED, performing_on=FIRST, ended_on=LAST + DAY, **old)
    contract(state=ContractState.FINISHED, performing_on=FIRST, ended_on=LAST, **old)
    contract(state=ContractState.PERFORMING, performing_on=LAST + DAY, **old)
    common = {"customer": customer, "owner": team.legal_affairs, "opened_by": handler, "subject": "质量"}
    ended = {"state": "resolved", "closed_by": handler, "outcome": "了结"}
    ContractDispute.objects.create(contract=first, opened_on=LAST, **common)
    ContractDispute.objects.create(contract=first, opened_on=FIRST, **common)
    ContractDispute.objects.create(contract=last, opened_on=FIRST, closed_on=LAST + DAY, **ended, **common)
    ContractDispute.objects.create(contract=last, opened_on=FIRST, closed_on=LAST, **ended, **common)
    ContractDispute.objects.create(contract=last, opened_on=LAST + DAY, **common)
    ContractDispute.objects.create(opened_on=FIRST, documents="INV-1", **common)
    found = summary_counts.count_contracts(PERIOD)
    assert counts(found, team.service_manager) == {
        "signed": 2,
        "performing": 2,
        "in_dispute": 2,
        "items_in_dispute": 1,
    }
    signed = [line for line in found[team.service_manager.pk] if line.code == "signed"]
    assert sorted(signed, key=lambda line: line.currency) == [
        Line("signed", 1, "CNY", D("100.00")),
        Line("signed", 1, "USD", D("100.00")),
    ]
    elsewhere = create_active_customer(service_manager=create_user(Role.SERVICE_MANAGER))
    create_contract(
        customer=elsewhere,
        handler=handler,
        signed_on=FIRST,
        state=ContractState.PERFORMING,
        performing_on=FIRST,
    )
    lists_agree("contracts", team)


def test_self_checks(team: Team, customer: Customer) -> None:
    """Missing: the time passed by the month's end, and nobody had answered by then."""
    contract = create_contract(customer=customer, handler=team.account_manager)
    starts = iter(FIRST - n * DAY for n in range(100, 200))

    def check(role: Role, ends_on: dt.date, opened_on: dt.date = FIRST - 60 * DAY, **fields: Any) -> None:
        begin = next(starts)
        done = {}
        if fields.get("state") == "done":
            entry = contract.log_entries.create(
                kind="self_check", happened_on=FIRST, text="x", by=team.account_manager
            )
            done = {"entry": entry, "done_by": team.account_manager, "is_as_contracted": True}
        SelfCheck.objects.create(
            contract=contract,
            role=role,
            period_starts_on=begin,
            period_ends_on=ends_on,
            opened_on=opened_on,
            **fields,
            **done,
        )

    check(Role.SERVICE_MANAGER, LAST)
    check(Role.SERVICE_MANAGER, LAST + DAY)
    check(Role.SERVICE_MANAGER, LAST, opened_on=LAST + DAY)
    check(Role.SERVICE_MANAGER, FIRST - DAY, state="done", done_on=LAST + DAY)
    check(Role.SERVICE_MANAGER, FIRST - DAY, state="done", done_on=LAST)
    check(Role.SERVICE_MANAGER, FIRST - DAY, state="done", done_on=FIRST - DAY)
    check(Role.ACCOUNT_MANAGER, FIRST - DAY)
    check(Role.ACCOUNT_MANAGER, FIRST - DAY, state="lapsed")
    assert counts(summary_counts.count_self_checks(PERIOD), team.service_manager) == {
        "done": 1,
        "missing_service_manager": 2,
        "missing_account_manager": 1,
    }
    lists_agree("self_checks", team)


def test_visits(team: Team, customer: Customer) -> None:
    common = {
        "customer": customer,
        "responsible": team.service_manager,
        "created_by": team.service_manager,
        "purpose": "拜访",
        "channel": "on_site",
    }

    def done(on: dt.date, signal: str, planned_on: dt.date | None = None) -> None:
        Visit.objects.create(
            state="done",
            done_on=on,
            risk_signal=signal,
            planned_on=planned_on,
            recorded_at=ENDS,
            recorded_by=team.service_manager,
            **common,
        )

    def cancelled(at: dt.datetime, planned_on: dt.date) -> None:
        Visit.objects.create(
            state="cancelled",
            cancelled_at=at,
            cancelled_by=team.service_manager,
            cancel_reason="x",
            planned_on=planned_on,
            **common,
        )

    Visit.objects.create(planned_on=FIRST, **common)
    Visit.objects.create(planned_on=LAST, **common)
    Visit.objects.create(planned_on=LAST + DAY, **common)
    done(FIRST, "watch")
    done(LAST, "alarm", planned_on=FIRST - DAY)
    done(LAST + DAY, "alarm", planned_on=LAST)
    done(FIRST - DAY, "watch")
    cancelled(STARTS, FIRST - DAY)
    cancelled(ENDS - SECOND, LAST)
    cancelled(ENDS, LAST)
    cancelled(STARTS - SECOND, FIRST - DAY)
    assert counts(summary_counts.count_visits(PERIOD), team.service_manager) == {
        # Two open ones, the one made a day late, two cancelled ones.
        "planned": 5,
        "made": 2,
        "cancelled": 2,
        # Two open ones, the one made a day late, the one cancelled after the month.
        "not_made": 4,
        "watch": 1,
        "alarm": 1,
    }
    lists_agree("visits", team)


def test_notices_and_who_has_no_manager(team: Team, customer: Customer) -> None:
    report = create_report(as_of=FIRST)
    nobodys = create_active_customer()
    for of, on, stage, amount in (
        (customer, FIRST, "reminder", "10.00"),
        (customer, LAST, "dunning_letter", "20.00"),
        (nobodys, LAST, "dunning_letter", "30.00"),
        (customer, FIRST - DAY, "dunning_letter", "40.00"),
        (customer, LAST + DAY, "final_demand", "50.00"),
    ):
        made = notice(of, 1, (f"{on}-{amount}", amount), report=report, stage=stage, due_on=on)
        DunningNotice.objects.filter(pk=made.pk).update(issued_on=on)
    found = summary_counts.count_notices(PERIOD)
    assert sorted(found[team.service_manager.pk], key=lambda line: line.code) == [
        Line("dunning_letter", 1, "CNY", D("20.00")),
        Line("reminder", 1, "CNY", D("10.00")),
    ]
    assert found[None] == [Line("dunning_letter", 1, "CNY", D("30.00"))]
    lists_agree("dunning", team)
    group = content_of_month(FIRST, []).group.section("dunning")
    assert group.lines == (
        Line("reminder", 1, "CNY", D("10.00")),
        Line("dunning_letter", 2, "CNY", D("50.00")),
    )


def promise(customer: Customer, by: User, made_on: dt.date, **fields: Any) -> None:
    number = f"PP-T-{Promise.objects.count()}"
    common = {"currency": "CNY", "amount": D("10.00"), "last_due_on": made_on, "recorded_by": by}
    Promise.objects.create(number=number, customer=customer, made_on=made_on, **common, **fields)


def test_promises(team: Team, customer: Customer) -> None:
    by = team.service_manager
    report: Report = create_report(as_of=FIRST)
    promise(customer, by, FIRST)
    promise(customer, by, LAST)
    promise(customer, by, LAST + DAY)
    promise(customer, by, FIRST - DAY, state="kept", decided_on=FIRST, decided_by=report)
    promise(customer, by, FIRST - DAY, state="partly", decided_on=LAST, decided_by=report)
    promise(customer, by, FIRST - DAY, state="broken", decided_on=LAST + DAY, decided_by=report)
    promise(customer, by, FIRST - 9 * DAY, state="broken", decided_on=FIRST - DAY, decided_by=report)
    promise(customer, by, FIRST, state="withdrawn", withdrawn_reason="x")
    found = summary_counts.count_promises(PERIOD)
    # Open at the end: the two of the month, and the one that was decided a day later.
    assert counts(found, by) == {"given": 2, "kept": 1, "partly": 1, "open": 3}
    lists_agree("promises", team)


def test_early_warnings(team: Team, customer: Customer) -> None:
    """The account manager's other customer has a service manager of his own: his warning counts for that one."""
    elsewhere = create_active_customer(
        account_manager=team.account_manager, service_manager=create_user(Role.SERVICE_MANAGER)
    )
    subjects = iter(range(100))

    def warning(of: Customer, raised_on: dt.date, due_on: dt.date = LAST + 9 * DAY, **fields: Any) -> None:
        if "closed_on" in fields:
            fields |= {"state": "closed", "closed_by": team.service_manager, "closed_at": ENDS}
            fields |= {"closing_note": "x"}
        create_case(of, subject=f"S{next(subjects)}", raised_on=raised_on, due_on=due_on, **fields)

    warning(customer, FIRST)
    warning(customer, LAST, due_on=LAST)
    warning(customer, FIRST - DAY, due_on=LAST - DAY)
    warning(customer, LAST + DAY)
    warning(customer, FIRST - DAY, closed_on=LAST, outcome="acted")
    warning(customer, FIRST - DAY, closed_on=FIRST, outcome="lost")
    warning(customer, FIRST - DAY, closed_on=LAST + DAY, outcome="no_action")
    warning(customer, FIRST - DAY, closed_on=FIRST - DAY, outcome="false_alarm")
    warning(customer, FIRST, closed_on=FIRST, outcome="duplicate")
    warning(elsewhere, FIRST)
    found = counts(summary_counts.count_warnings(PERIOD), team.service_manager)
    # Open at the end: the three that are open since before it, and the one closed a day later.
    assert found == {"raised": 2, "acted": 2, "open": 4, "overdue": 1}
    lists_agree("warnings", team)


def test_a_period_of_some_customers_counts_them_alone(team: Team, customer: Customer) -> None:
    create_contract(customer=customer, handler=team.account_manager, signed_on=FIRST)
    other = create_active_customer(service_manager=create_user(Role.SERVICE_MANAGER))
    create_contract(customer=other, handler=team.account_manager, signed_on=FIRST)
    found = summary_counts.count_contracts(Period(FIRST, LAST, (customer.pk,)))
    assert set(found) == {team.service_manager.pk}
