"""The work list (P5.2.3): who is on it and why, in which order, and what each row tells."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from creditrisk.accounts.roles import Role
from creditrisk.badges import badge_counts
from creditrisk.exchange_rates.models import ExchangeRate
from creditrisk.policy.default import DEFAULT_POLICY
from customers.models import Customer, CustomerState
from customers.services import ItemInDispute
from receivables.models import (
    CollectionContact,
    DunnedItem,
    DunningNotice,
    DunningTerms,
    Promise,
    PromiseInstalment,
    Report,
)
from receivables.selectors.reports import latest_report
from receivables.selectors.work_rows import WorkRow, known_rates, weigh, work_rows
from receivables.selectors.worklist import moment_of, people_who_call, work_list, worked_by
from receivables.services.contacts import log_contact, log_dispute
from receivables.services.dunning import run_dunning
from receivables.services.posting import mark_posted
from tests.factories.customers import create_active_customer, create_contact
from tests.factories.people import Team, create_team, create_user, reload
from tests.factories.reports import Line, create_report

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 3, 4)
OVERDUE = dt.date(2026, 2, 20)
DAY = dt.timedelta(days=1)


@pytest.fixture
def team() -> Team:
    return create_team()


def debtor(team: Team, **fields: Any) -> Customer:
    managers = {"account_manager": team.account_manager, "service_manager": team.service_manager}
    return create_active_customer(**({"finance_phone": "021-555", "grade": "A"} | managers | fields))


def owing(*lines: Line, as_of: dt.date = dt.date(2026, 2, 28)) -> Report:
    return create_report(as_of=as_of, lines=lines)


def listed(on: dt.date = TODAY) -> list[WorkRow]:
    report = latest_report()
    assert report is not None
    found = work_list(Customer.objects.all(), moment_of(report, on=on, policy=DEFAULT_POLICY))  # type: ignore[arg-type]
    return work_rows(weigh(found, report=report, on=on, policy=DEFAULT_POLICY), report=report)


def reasons(customer: Customer, on: dt.date = TODAY) -> list[str]:
    """Return why the customer is on the list; empty where he is not."""
    return [reason.name for row in listed(on) if row.customer == customer for reason in row.weighed.reasons]


def called(customer: Customer, team: Team, **changes: Any) -> CollectionContact:
    arguments: dict[str, Any] = {"result": "reached", "happened_on": TODAY, "today": TODAY}
    return log_contact(customer=customer, by=team.service_manager, **(arguments | changes))


# Who is on it ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "is_listed"), [(-400, True), (-1, True), (0, True), (7, True), (8, False), (60, False)]
)
def test_who_owes_something_overdue_or_due_within_the_reminder_s_week(
    team: Team, days: int, is_listed: bool
) -> None:
    customer = debtor(team)
    owing(Line(customer, TODAY + days * DAY))
    assert reasons(customer) == (["CALL"] if is_listed else [])


def test_credits_and_paid_items_are_no_reason(team: Team) -> None:
    customer = debtor(team)
    owing(Line(customer, OVERDUE, "-50.00"), Line(customer, OVERDUE, "0.00", total="10.00"))
    assert reasons(customer) == []


def test_only_the_latest_report_counts(team: Team) -> None:
    customer = debtor(team)
    owing(Line(customer, OVERDUE), as_of=dt.date(2026, 1, 31))
    owing()
    assert reasons(customer) == []


def test_nobody_calls_a_closed_customer(team: Team) -> None:
    customer = debtor(team, state=CustomerState.CLOSED, state_reason="r")
    owing(Line(customer, OVERDUE))
    assert reasons(customer) == []


@pytest.mark.parametrize(("valid_to_on", "is_listed"), [(None, False), (TODAY, False), (TODAY - DAY, True)])
def test_nobody_calls_who_is_not_to_be_dunned(
    team: Team, valid_to_on: dt.date | None, is_listed: bool
) -> None:
    customer = debtor(team)
    owing(Line(customer, OVERDUE))
    DunningTerms.objects.create(
        customer=customer, is_excluded=True, valid_to_on=valid_to_on, reason="r", set_by=team.group_leader
    )
    assert bool(reasons(customer)) is is_listed


@pytest.mark.parametrize(("days", "is_listed"), [(1, False), (0, True), (-1, True)])
def test_the_next_contact_brings_him_back(team: Team, days: int, is_listed: bool) -> None:
    """The day that the log names is the day of the call."""
    customer = debtor(team)
    owing(Line(customer, OVERDUE))
    called(customer, team, happened_on=TODAY - 5 * DAY, next_on=TODAY + days * DAY)
    assert bool(reasons(customer)) is is_listed


def test_the_newest_entry_says_when(team: Team) -> None:
    customer = debtor(team)
    owing(Line(customer, OVERDUE))
    called(customer, team, happened_on=TODAY - 5 * DAY, next_on=TODAY + 9 * DAY)
    called(customer, team, happened_on=TODAY - 4 * DAY, next_on=TODAY)
    assert reasons(customer) == ["CALL"]
    called(customer, team)
    assert reasons(customer) == []
    assert reasons(customer, TODAY + 5 * DAY) == ["CALL"]


def test_an_entry_without_a_next_day_holds_nobody_off(team: Team) -> None:
    customer = debtor(team)
    owing(Line(customer, OVERDUE))
    CollectionContact.objects.create(
        customer=customer, happened_on=TODAY, result="reached", by=team.service_manager
    )
    assert reasons(customer) == ["CALL"]


@pytest.mark.parametrize(
    ("fields", "is_reachable"),
    [
        ({}, False),
        ({"finance_phone": "1"}, True),
        ({"finance_email": "a@b.example"}, True),
        ({"business_phone": "1"}, True),
    ],
)
def test_a_customer_with_no_contact_is_on_the_list_and_marked(
    team: Team, fields: dict[str, str], is_reachable: bool
) -> None:
    customer = debtor(team, **({"finance_phone": ""} | fields))
    owing(Line(customer, OVERDUE))
    assert reasons(customer) == (["CALL"] if is_reachable else ["CALL", "NO_NUMBER"])


@pytest.mark.parametrize("retired", [False, True])
def test_another_contact_will_do_unless_it_is_retired(team: Team, retired: bool) -> None:
    customer = debtor(team, finance_phone="")
    owing(Line(customer, OVERDUE))
    fields: dict[str, Any] = {"phone": "", "email": "", "mobile": "138", "kind": "other", "is_main": False}
    if retired:
        fields |= {"retired_at": timezone.now(), "retired_by": team.service_manager}
    create_contact(customer=customer, name="Li", **fields)
    row = listed()[0]
    assert (row.person, row.phone) == (("", "") if retired else ("Li", "138"))
    assert ("NO_NUMBER" in reasons(customer)) is retired


def letter(customer: Customer, **fields: Any) -> DunningNotice:
    """Run dunning for a customer without an address: his notices are to be posted."""
    run_dunning(on=fields.pop("on", TODAY), by=None)
    notice = DunningNotice.objects.get(customer=customer)
    if fields:
        DunningNotice.objects.filter(pk=notice.pk).update(**fields)
    return notice


def test_a_letter_to_be_posted_stays_until_it_was(team: Team) -> None:
    customer = debtor(team)
    owing(Line(customer, OVERDUE))
    notice = letter(customer)
    called(customer, team)
    assert reasons(customer) == ["LETTER"]
    assert listed()[0].letters == [notice]
    assert listed()[0].stage_label == "dunning letter"
    mark_posted(notice=notice, on=TODAY, by=team.service_manager)
    assert reasons(customer) == []


@pytest.mark.parametrize(
    ("state", "is_listed"),
    [
        ("queued", False),
        ("sending", False),
        ("sent", False),
        ("failed", True),
        ("unknown", True),
        ("bounced", True),
    ],
)
def test_a_mail_that_failed_or_nobody_knows_of(team: Team, state: str, is_listed: bool) -> None:
    customer = debtor(team, finance_email="f@customer.example")
    owing(Line(customer, OVERDUE))
    message = letter(customer).message
    assert message is not None
    now = timezone.now()
    type(message).objects.filter(pk=message.pk).update(
        state=state,
        claimed_at=now,
        sent_at=now if state == "sent" else None,
        bounced_at=now if state == "bounced" else None,
    )
    called(customer, team)
    assert bool(reasons(customer)) is is_listed


@pytest.mark.parametrize(("days", "is_listed"), [(0, True), (7, True), (8, False)])
def test_a_reminder_that_was_not_sent_counts_for_its_week_alone(
    team: Team, days: int, is_listed: bool
) -> None:
    customer = debtor(team)
    owing(Line(customer, TODAY + 5 * DAY))
    letter(customer)
    called(customer, team, next_on=TODAY + 90 * DAY)
    assert bool(reasons(customer, TODAY + days * DAY)) is is_listed


def promise_of(customer: Customer, team: Team, due_on: dt.date, **fields: Any) -> Promise:
    promise = Promise.objects.create(
        number=f"PP-{Promise.objects.count()}",
        customer=customer,
        currency="CNY",
        amount=Decimal("10.00"),
        made_on=due_on - 9 * DAY,
        last_due_on=due_on,
        recorded_by=team.service_manager,
        **fields,
    )
    PromiseInstalment.objects.create(promise=promise, due_on=due_on, amount=Decimal("10.00"))
    return promise


@pytest.mark.parametrize(("days", "is_listed"), [(1, False), (0, True), (-3, True)])
def test_a_promised_payment_whose_day_has_come(team: Team, days: int, is_listed: bool) -> None:
    customer = debtor(team)
    owing(Line(customer, OVERDUE))
    due_on = TODAY + days * DAY
    promise = promise_of(customer, team, due_on)
    called(customer, team, happened_on=due_on - 4 * DAY, next_on=TODAY + 30 * DAY)
    assert reasons(customer) == (["PROMISE_DUE"] if is_listed else [])
    if is_listed:
        assert listed()[0].promises == [promise]
        called(customer, team, next_on=TODAY + 30 * DAY)
        assert reasons(customer) == []


def test_a_promise_that_was_not_kept_until_somebody_called(team: Team) -> None:
    customer = debtor(team)
    report = owing(Line(customer, OVERDUE))
    called(customer, team, happened_on=TODAY - 5 * DAY, next_on=TODAY + 30 * DAY)
    Report.objects.update(committed_at=timezone.now())
    promise_of(customer, team, OVERDUE, state="broken", decided_on=TODAY, decided_by=report)
    assert reasons(customer) == ["PROMISE_BROKEN"]
    called(customer, team, next_on=TODAY + 30 * DAY)
    assert reasons(customer) == []


# In which order -------------------------------------------------------------------------------------------------------


def test_the_most_urgent_first(team: Team) -> None:
    """12 days overdue on 4 March: 100 × 12 × 1.0 = 1,200; 70 × 12 × 2.0 = 1,680; 20 USD at 7 × 12 = 1,680, by number
    after it; what falls due has no days, the larger amount first."""
    ExchangeRate.objects.create(currency="USD", base_currency="CNY", valid_on=TODAY, rate=7)
    plain, poor = debtor(team, number="A1"), debtor(team, number="A2", grade="D")
    dollars, soon = debtor(team, number="A3"), debtor(team, number="A4")
    sooner = debtor(team, number="A5")
    owing(
        Line(plain, OVERDUE, "100.00"),
        Line(poor, OVERDUE, "70.00"),
        Line(dollars, OVERDUE, "20.00", currency="USD"),
        Line(soon, TODAY + DAY, "10.00"),
        Line(sooner, TODAY, "11.00"),
    )
    assert [row.customer.number for row in listed()] == ["A2", "A3", "A1", "A5", "A4"]
    assert [row.priority_text for row in listed()] == ["1,680", "1,680", "1,200", "0", "0"]
    assert listed()[0].factors_text == "70 × 12 × 2.0"


def test_without_a_rate_the_amount_counts_as_it_is_and_the_currency_is_named(team: Team) -> None:
    customer = debtor(team)
    owing(Line(customer, OVERDUE, "20.00", currency="EUR"), Line(customer, OVERDUE, "1.00"))
    found = listed()[0].weighed.priority
    assert (found.amount, found.currencies_without_rate) == (Decimal("21.00"), ("EUR",))
    rates = known_rates(TODAY, currencies={"EUR", "CNY"}, base_currency="CNY")
    assert rates.by_currency == {"CNY": Decimal(1)}


def test_what_is_owed_by_currency_with_credits_taken_off(team: Team) -> None:
    customer = debtor(team)
    owing(
        Line(customer, OVERDUE, "100.00"),
        Line(customer, OVERDUE - DAY, "-30.00"),
        Line(customer, TODAY + 7 * DAY, "9.00"),
        Line(customer, TODAY + 8 * DAY, "500.00"),
        Line(customer, OVERDUE - 10 * DAY, "5.00", currency="USD"),
    )
    owed = [(one.currency, one.overdue_amount, one.soon_amount) for one in listed()[0].weighed.owed]
    assert owed == [
        ("CNY", Decimal("70.00"), Decimal("9.00")),
        ("USD", Decimal("5.00"), Decimal("0")),
    ]
    assert listed()[0].weighed.priority.days == 22


# What a row tells -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phone", "dial"),
    [
        ("021-5555 0100", "02155550100"),
        ("+86 21 5555 0100 ext 12", "+862155550100"),
        ("(021)55550100 转 8", "02155550100"),
        ("", ""),
    ],
)
def test_a_number_as_a_telephone_takes_it(team: Team, phone: str, dial: str) -> None:
    owing(
        Line(debtor(team, finance_phone=phone, finance_contact="Wang", finance_email="w@c.example"), OVERDUE)
    )
    row = listed()[0]
    assert (row.phone, row.dial, row.person) == (phone, dial, "Wang" if phone else "")


def test_finance_comes_before_others(team: Team) -> None:
    customer = debtor(team, finance_phone="")
    owing(Line(customer, OVERDUE))
    create_contact(customer=customer, kind="business", name="B", phone="1")
    assert listed()[0].person == "B"
    create_contact(customer=customer, kind="finance", name="F", phone="", mobile="2")
    assert (listed()[0].person, listed()[0].phone) == ("F", "2")


def test_the_last_three_contacts_and_the_open_dispute(team: Team) -> None:
    customer = debtor(team)
    owing(Line(customer, OVERDUE, document="INV-1"))
    for days in (9, 8, 7, 6):
        called(customer, team, happened_on=TODAY - days * DAY, note=str(days), next_on=TODAY)
    dispute = log_dispute(
        customer=customer,
        items=[ItemInDispute("INV-1", OVERDUE, "CNY")],
        subject="s",
        owner=team.legal_affairs,
        opened_on=TODAY - 2 * DAY,
        deadline_on=TODAY,
        by=team.service_manager,
    )
    row = listed()[0]
    assert [contact.note for contact in row.contacts] == ["s", "6", "7"]
    assert row.disputes == [dispute]


def test_the_stage_is_that_of_items_that_are_still_open(team: Team) -> None:
    customer = debtor(team)
    owing(Line(customer, OVERDUE, document="INV-1"))
    notice = letter(customer)
    facts: dict[str, Any] = {"notice": notice, "customer": customer, "currency": "CNY", "days_overdue": 20}
    DunnedItem.objects.create(
        stage="final_demand", document="PAID", due_on=OVERDUE, amount=Decimal("1.00"), **facts
    )
    assert listed()[0].stage == "dunning_letter"
    for stage in ("reminder", "final_demand"):
        DunnedItem.objects.create(
            stage=stage, document="INV-1", due_on=OVERDUE, amount=Decimal("1.00"), **facts
        )
    assert listed()[0].stage == "final_demand"


def test_the_number_of_queries_does_not_grow_with_the_rows(team: Team) -> None:
    customers = [debtor(team) for _number in range(3)]
    owing(*(Line(customer, OVERDUE) for customer in customers[:1]))
    with CaptureQueriesContext(
        connection,
    ) as few:
        assert len(listed()) == 1
    owing(*(Line(customer, OVERDUE) for customer in customers), as_of=dt.date(2026, 3, 1))
    for customer in customers:
        promise_of(customer, team, TODAY)
        called(customer, team, next_on=TODAY)
    with CaptureQueriesContext(connection) as many:
        assert len(listed()) == 3
    assert len(many) == len(few)


# Whose it is ----------------------------------------------------------------------------------------------------------


def test_a_customer_is_on_his_service_manager_s_list_or_on_the_account_manager_s_while_he_has_none(
    team: Team,
) -> None:
    served, alone = debtor(team), debtor(team, service_manager=None)
    other = debtor(team, service_manager=create_user(Role.SERVICE_MANAGER))
    assert list(Customer.objects.filter(worked_by(team.service_manager))) == [served]
    assert list(Customer.objects.filter(worked_by(team.account_manager))) == [alone]
    people = people_who_call(Customer.objects.all())  # type: ignore[arg-type]
    assert set(people) == {team.service_manager, team.account_manager, other.service_manager}


def test_the_badge_counts_what_the_list_shows(team: Team, settings: Any) -> None:
    settings.NAVIGATION_BADGES = {
        "receivables:work_list": settings.NAVIGATION_BADGES["receivables:work_list"]
    }
    today = timezone.localdate()
    customers = [debtor(team) for _number in range(3)]
    owing(
        Line(customers[0], today - DAY),
        Line(customers[1], today + 7 * DAY),
        Line(customers[2], today + 8 * DAY),
        as_of=today - 40 * DAY,
    )
    with CaptureQueriesContext(connection) as queries:
        counts = badge_counts(reload(team.service_manager))
    assert (counts["receivables:work_list"], len(listed(today))) == (2, 2)
    assert len([query for query in queries if "receivables_openitem" in query["sql"]]) == 1
    called(customers[0], team, happened_on=today, today=today)
    assert badge_counts(reload(team.service_manager))["receivables:work_list"] == 1
    for person in (team.group_leader, team.finance_clerk, team.account_manager):
        assert badge_counts(reload(person))["receivables:work_list"] == 0
