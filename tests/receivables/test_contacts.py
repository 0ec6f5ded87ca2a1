"""The log of collection on PostgreSQL: what a call leads to, promises and disputes included (P5.2.3)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import BusinessError
from creditrisk.notifications.models import Notification
from customers.models import ContractDispute, Customer
from customers.services import ItemInDispute
from receivables.models import CollectionContact, Promise
from receivables.promises import Instalment
from receivables.selectors.contacts import contact_list, contacts_of, last_contacts
from receivables.services.contacts import log_contact, log_dispute, log_promise
from tests.factories.customers import create_active_customer
from tests.factories.people import Team, create_team
from tests.factories.reports import Line, create_report

pytestmark = pytest.mark.django_db
WEDNESDAY = dt.date(2026, 3, 4)
DUE = dt.date(2026, 2, 1)


@pytest.fixture
def team() -> Team:
    return create_team()


@pytest.fixture
def customer(team: Team) -> Customer:
    return create_active_customer(account_manager=team.account_manager, service_manager=team.service_manager)


def logged(customer: Customer, by: User, **changes: Any) -> CollectionContact:
    arguments: dict[str, Any] = {"result": "reached", "happened_on": WEDNESDAY, "today": WEDNESDAY, "by": by}
    return log_contact(customer=customer, **(arguments | changes))


def refused(act: Any) -> str:
    with pytest.raises(BusinessError) as refusal, transaction.atomic():
        act()
    assert str(refusal.value)
    return refusal.value.code


def test_a_call_is_logged_and_the_rules_say_when_to_try_again(team: Team, customer: Customer) -> None:
    contact = logged(customer, team.service_manager, spoke_to=" Wang ", note=" will check ")
    assert (contact.way, contact.spoke_to, contact.note, contact.by) == (
        "phone",
        "Wang",
        "will check",
        team.service_manager,
    )
    assert contact.next_on == dt.date(2026, 3, 9)
    assert logged(customer, team.service_manager, result="no_answer").next_on == dt.date(2026, 3, 5)


@pytest.mark.parametrize("days", [0, 1, 90])
def test_a_day_given_by_the_person_comes_first(team: Team, customer: Customer, days: int) -> None:
    day = WEDNESDAY + dt.timedelta(days=days)
    assert logged(customer, team.account_manager, next_on=day).next_on == day


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"happened_on": WEDNESDAY + dt.timedelta(days=1)}, "contact.future"),
        ({"next_on": WEDNESDAY - dt.timedelta(days=1)}, "contact.next"),
        ({"result": "shouted"}, "contact.result"),
        ({"way": "pigeon"}, "contact.result"),
        ({"result": "promise"}, "contact.led_to"),
        ({"result": "dispute"}, "contact.led_to"),
    ],
)
def test_what_is_no_contact(team: Team, customer: Customer, changes: dict[str, Any], code: str) -> None:
    assert refused(lambda: logged(customer, team.service_manager, **changes)) == code
    assert not CollectionContact.objects.exists()


@pytest.mark.parametrize("role", list(Role))
def test_the_two_managers_keep_the_log(team: Team, customer: Customer, role: Role) -> None:
    if role in {Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER}:
        assert logged(customer, team.holder(role)).pk
    else:
        assert refused(lambda: logged(customer, team.holder(role))) == "contact.not_allowed"


def test_a_form_sent_twice_is_one_entry(team: Team, customer: Customer) -> None:
    key = uuid4()
    first = logged(customer, team.service_manager, submission_key=key, result="wrong_number")
    assert logged(customer, team.service_manager, submission_key=key, result="wrong_number") == first
    logged(customer, team.service_manager)
    assert (contacts_of(customer).count(), Notification.objects.count()) == (2, 2)


def test_of_a_wrong_number_both_managers_are_told_and_led_to_the_contacts(
    team: Team, customer: Customer
) -> None:
    assert logged(customer, team.service_manager, result="wrong_number").next_on == dt.date(2026, 3, 5)
    told = Notification.objects.all()
    assert {one.user for one in told} == {team.account_manager, team.service_manager}
    assert {one.url for one in told} == {f"/customers/{customer.number}/#contacts"}
    assert customer.name in told[0].title


def test_of_a_wrong_number_the_only_manager_is_told(team: Team) -> None:
    alone = create_active_customer(account_manager=team.account_manager)
    logged(alone, team.account_manager, result="wrong_number")
    assert [one.user for one in Notification.objects.all()] == [team.account_manager]


def test_entries_are_final(team: Team, customer: Customer) -> None:
    contact = logged(customer, team.service_manager)
    for change in (lambda: contact.delete(), lambda: contact.save()):
        with pytest.raises(DatabaseError, match="collection_contacts_are_final"), transaction.atomic():
            change()  # type: ignore[no-untyped-call]


# Promises and disputes ------------------------------------------------------------------------------------------------


def promised(customer: Customer, by: User, **changes: Any) -> Promise:
    arguments: dict[str, Any] = {
        "currency": "CNY",
        "items": [("INV-1", DUE)],
        "instalments": [
            Instalment(dt.date(2026, 3, 20), Decimal("60.00")),
            Instalment(dt.date(2026, 4, 20), Decimal("40.00")),
        ],
        "made_on": WEDNESDAY,
        "today": WEDNESDAY,
        "by": by,
        "promised_by": "Wang",
        "note": "n",
    }
    return log_promise(customer=customer, **(arguments | changes))


def test_a_promise_is_logged_with_its_contact(team: Team, customer: Customer) -> None:
    """The first instalment is due on the 20th, three days of grace: the next contact is on the 24th."""
    create_report(as_of=dt.date(2026, 2, 28), lines=[Line(customer, DUE, document="INV-1")])
    key = uuid4()
    promise = promised(customer, team.service_manager, way="visit", submission_key=key)
    assert promised(customer, team.service_manager, way="visit", submission_key=key) == promise
    contact = contacts_of(customer).get()
    assert (contact.result, contact.way, contact.promise, contact.spoke_to, contact.note) == (
        "promise",
        "visit",
        promise,
        "Wang",
        "n",
    )
    assert contact.next_on == dt.date(2026, 3, 24)


def test_a_promise_of_tomorrow_is_neither_recorded_nor_logged(team: Team, customer: Customer) -> None:
    create_report(as_of=dt.date(2026, 2, 28), lines=[Line(customer, DUE, document="INV-1")])
    tomorrow = WEDNESDAY + dt.timedelta(days=1)
    assert refused(lambda: promised(customer, team.service_manager, made_on=tomorrow)) == "contact.future"
    assert (Promise.objects.count(), CollectionContact.objects.count()) == (0, 0)


def disputed(customer: Customer, team: Team, **changes: Any) -> ContractDispute:
    arguments: dict[str, Any] = {
        "items": [ItemInDispute("INV-1", DUE, "CNY", Decimal("10.00"))],
        "opened_on": WEDNESDAY,
        "subject": "faulty",
        "owner": team.legal_affairs,
        "by": team.service_manager,
    }
    return log_dispute(customer=customer, **(arguments | changes))


@pytest.mark.parametrize(
    ("deadline_on", "next_on"),
    [(None, dt.date(2026, 3, 11)), (dt.date(2026, 3, 31), dt.date(2026, 3, 31))],
)
def test_a_dispute_is_logged_with_its_contact(
    team: Team, customer: Customer, deadline_on: dt.date | None, next_on: dt.date
) -> None:
    key = uuid4()
    dispute = disputed(customer, team, deadline_on=deadline_on, submission_key=key)
    assert disputed(customer, team, deadline_on=deadline_on, submission_key=key) == dispute
    contact = contacts_of(customer).get()
    assert (contact.result, contact.dispute, contact.note, contact.next_on) == (
        "dispute",
        dispute,
        "faulty",
        next_on,
    )


def test_a_promise_or_dispute_of_another_customer_is_no_reason(team: Team, customer: Customer) -> None:
    dispute = disputed(customer, team)
    other = create_active_customer(service_manager=team.service_manager)
    assert (
        refused(lambda: logged(other, team.service_manager, result="dispute", dispute=dispute))
        == "contact.of_another"
    )
    assert (
        refused(lambda: logged(customer, team.service_manager, result="reached", dispute=dispute))
        == "contact.led_to"
    )


def test_whoever_may_not_open_a_dispute_logs_none(team: Team, customer: Customer) -> None:
    assert refused(lambda: disputed(customer, team, by=team.finance_clerk)) == "contract.not_allowed"
    assert not CollectionContact.objects.exists()


# Reads ----------------------------------------------------------------------------------------------------------------


def test_the_last_contacts_of_several_customers(team: Team, customer: Customer) -> None:
    """Newest first by the day, of one day the later entry first; three of each."""
    other = create_active_customer(service_manager=team.service_manager)
    for days in (3, 1, 1, 2):
        logged(
            customer, team.service_manager, happened_on=WEDNESDAY - dt.timedelta(days=days), note=str(days)
        )
    logged(other, team.service_manager)
    found = last_contacts([customer.pk, other.pk], count=3)
    days = [(WEDNESDAY - contact.happened_on).days for contact in found[customer.pk]]
    assert (days, len(found[other.pk])) == ([1, 1, 2], 1)
    assert found[customer.pk][0].pk > found[customer.pk][1].pk


def test_contacts_are_seen_with_the_customer(team: Team, customer: Customer) -> None:
    logged(customer, team.service_manager)
    for person, seen in ((team.service_manager, 1), (team.group_leader, 1), (team.administrator, 0)):
        assert contact_list(person).count() == seen
