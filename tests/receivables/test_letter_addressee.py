"""Letters go to the main finance contact of the customer file, whichever way he came into it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from creditrisk.accounts.roles import Role
from customers import services
from customers.models import Customer
from receivables.models import DunningNotice
from receivables.services.dunning import run_dunning
from tests.factories.customers import create_active_customer
from tests.factories.people import create_user
from tests.factories.reports import Line, create_report

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 11, 23)


def letter_to(customer: Customer) -> str:
    """Return the address that the day's letter goes to; empty where it waits to be posted."""
    create_report(as_of=DAY, lines=[Line(customer, DAY - dt.timedelta(days=5), document="I")])
    run_dunning(on=DAY, by=None)
    message = DunningNotice.objects.get(customer=customer).message
    return message.to if message else ""


@pytest.mark.parametrize("is_retired", [False, True])
def test_a_letter_goes_to_the_main_finance_contact_or_without_one_to_the_next(is_retired: bool) -> None:
    manager = create_user(Role.ACCOUNT_MANAGER)
    customer = create_active_customer(account_manager=manager)
    for email, is_main in (("old@x.example", True), ("new@x.example", True), ("other@x.example", False)):
        services.add_contact(
            customer=customer,
            data={"kind": "finance", "name": email[:3], "email": email, "is_main": is_main},
            by=manager,
        )
    if is_retired:
        main = customer.contacts.get(is_main=True)
        services.retire_contact(contact=main, by=manager, now=timezone.now())
    assert letter_to(customer) == ("old@x.example" if is_retired else "new@x.example")
