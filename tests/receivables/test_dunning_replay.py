"""Dunning by two policies, replayed on reports: counted by hand for a few items.

The policy: reminder day −7 to 0, letter 1 to 14, demand from 15 on and 7 days after the letter at the earliest.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from creditrisk.accounts.roles import Role
from creditrisk.policy.default import DEFAULT_POLICY
from creditrisk.policy.schema import Policy
from customers.models import Customer, CustomerState
from customers.services import ItemInDispute, open_item_dispute
from receivables.dunning import with_own_days
from receivables.models import DunnedItem, DunningNotice, DunningTerms, Promise, PromisedItem, Report
from receivables.selectors.dunning_replay import Replay, replay_dunning
from receivables.services.dunning import run_dunning
from tests.factories.customers import create_active_customer
from tests.factories.people import create_user
from tests.factories.reports import Line, create_report

pytestmark = pytest.mark.django_db

FIRST, SECOND, THIRD = dt.date(2026, 7, 31), dt.date(2026, 8, 31), dt.date(2026, 9, 30)
LATER = replace(DEFAULT_POLICY, dunning=with_own_days(DEFAULT_POLICY.dunning, letter=6))
"""Letters from day 6 on: reminders until day 5."""


def reports(*items: tuple[Customer, str, dt.date]) -> list[Report]:
    """Return three reports that all list the items: customer, document, due date; 100.00 each."""
    lines = [Line(customer, due_on, "100.00", document) for customer, document, due_on in items]
    return [create_report(as_of=as_of, lines=lines) for as_of in (FIRST, SECOND, THIRD)]


def replayed(listed: list[Report], **policies: Policy) -> dict[str, Replay]:
    before = DunningNotice.objects.count(), DunnedItem.objects.count()
    found = replay_dunning(listed, {"old": DEFAULT_POLICY, "new": LATER, **policies})
    assert (DunningNotice.objects.count(), DunnedItem.objects.count()) == before, "nothing is written"
    return found


def counts(replay: Replay) -> list[tuple[int, int, int]]:
    """Return reminders, letters and demands of each day."""
    return [
        (day["reminder"], day["dunning_letter"], day["final_demand"])
        for _on, day in sorted(replay.by_day.items())
    ]


def test_each_policy_goes_on_with_its_own_letters() -> None:
    """A is due on 2026-07-28: 3, 34 and 64 days past due on the days of the reports.

    In force: letter on the first, demand on the second (the letter is 31 days old), nothing more.
    Later: reminder on the first; on the second it is first seen for a letter; demand on the third.
    B is due on 2026-09-30: 0 days on the third report, a reminder by both.
    """
    a, b = create_active_customer(), create_active_customer()
    found = replayed(reports((a, "A", dt.date(2026, 7, 28)), (b, "B", THIRD)))
    assert counts(found["old"]) == [(0, 1, 0), (0, 0, 1), (1, 0, 0)]
    assert counts(found["new"]) == [(1, 0, 0), (0, 1, 0), (1, 0, 1)]
    assert found["old"].by_customer[a.pk] == {"dunning_letter": 1, "final_demand": 1}
    assert found["new"].by_customer[a.pk] == {"reminder": 1, "dunning_letter": 1, "final_demand": 1}
    assert found["old"].by_customer[b.pk] == found["new"].by_customer[b.pk] == {"reminder": 1}


def test_both_begin_with_what_was_really_sent() -> None:
    """The letter of A left on 2026-07-05, before the first report: on the first both demand."""
    customer = create_active_customer(finance_email="a@customer.example")
    create_report(as_of=dt.date(2026, 6, 30), lines=[Line(customer, dt.date(2026, 7, 1), "100.00", "A")])
    run_dunning(on=dt.date(2026, 7, 7), by=None)
    sent_at = timezone.make_aware(dt.datetime(2026, 7, 7, 12))
    notice = DunningNotice.objects.get()
    type(notice.message).objects.update(state="sent", sent_at=sent_at)  # type: ignore[union-attr]
    found = replayed(reports((customer, "A", dt.date(2026, 7, 1))))
    assert counts(found["old"]) == counts(found["new"]) == [(0, 0, 1), (0, 0, 0), (0, 0, 0)]


def test_what_was_sent_within_the_time_is_replayed_not_remembered() -> None:
    """Really, the letter left on 2026-08-15; replayed, on the first report."""
    customer = create_active_customer()
    listed = reports((customer, "A", dt.date(2026, 7, 28)))
    run_dunning(on=dt.date(2026, 8, 15), by=None)
    assert counts(replayed(listed)["old"]) == [(0, 1, 0), (0, 0, 1), (0, 0, 0)]


def test_closed_files_are_not_dunned() -> None:
    customer = create_active_customer(state=CustomerState.CLOSED)
    found = replayed(reports((customer, "A", dt.date(2026, 7, 28))))
    assert counts(found["old"]) == [(0, 0, 0)] * 3
    assert found["old"].by_customer == {}


def test_promises_and_terms_are_those_of_the_day() -> None:
    """A is promised from 2026-08-10 until it was decided on 2026-09-15: nothing on the second report. X is excluded
    until the second report: on the third it is first seen, and gets its letter."""
    promising, excluded = create_active_customer(), create_active_customer()
    promise = Promise.objects.create(
        number="PP-1",
        customer=promising,
        amount=Decimal(100),
        made_on=dt.date(2026, 8, 10),
        last_due_on=dt.date(2026, 9, 10),
        recorded_by=create_user(Role.SERVICE_MANAGER),
    )
    PromisedItem.objects.create(
        promise=promise, document="A", due_on=dt.date(2026, 7, 28), open_amount=Decimal(100)
    )
    listed = reports((promising, "A", dt.date(2026, 7, 28)), (excluded, "X", dt.date(2026, 7, 28)))
    Promise.objects.filter(pk=promise.pk).update(
        state="broken", decided_on=dt.date(2026, 9, 15), decided_by=listed[2]
    )
    DunningTerms.objects.create(
        customer=excluded,
        is_excluded=True,
        reason="agreed",
        valid_to_on=SECOND,
        set_by=create_user(Role.GROUP_LEADER),
    )
    found = replayed(listed)["old"]
    assert counts(found) == [(0, 1, 0), (0, 0, 0), (0, 1, 1)]
    assert found.by_customer[promising.pk] == {"dunning_letter": 1, "final_demand": 1}
    assert found.by_customer[excluded.pk] == {"dunning_letter": 1}


def test_the_disputed_part_is_not_dunned_while_it_is_in_dispute() -> None:
    """In dispute from 2026-08-01 on; on the first report it was not."""
    manager = create_user(Role.SERVICE_MANAGER)
    customer = create_active_customer(service_manager=manager)
    listed = reports((customer, "A", dt.date(2026, 7, 28)))
    open_item_dispute(
        customer=customer,
        items=[ItemInDispute("A", dt.date(2026, 7, 28), "CNY", Decimal(100))],
        subject="短少",
        owner=create_user(Role.LEGAL_AFFAIRS),
        opened_on=dt.date(2026, 8, 1),
        by=manager,
    )
    assert counts(replayed(listed)["old"]) == [(0, 1, 0), (0, 0, 0), (0, 0, 0)]


def test_the_questions_do_not_grow_with_the_customers(django_assert_max_num_queries: Any) -> None:
    people = [create_active_customer() for _ in range(2)]
    listed = reports(*((one, f"A{one.pk}", dt.date(2026, 7, 28)) for one in people))
    with django_assert_max_num_queries(80) as few:
        replayed(listed)
    more = [create_active_customer() for _ in range(20)]
    for report in listed:
        Report.objects.filter(pk=report.pk).update(state="superseded")
    listed = reports(*((one, f"A{one.pk}", dt.date(2026, 7, 28)) for one in more))
    with django_assert_max_num_queries(80) as many:
        replayed(listed)
    assert len(many) == len(few)
