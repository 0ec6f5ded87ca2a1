"""Customers we already had when the product came: taken over in bulk with the first aging report."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError
from customers.models import Customer, CustomerState
from customers.numbers import is_valid_number
from customers.selectors import customers_by_number

NAME_MAX_LENGTH = 200
BATCH_CUSTOMERS = 1_000


@transaction.atomic
def onboard_customers(
    *, entries: Sequence[tuple[str, str]], currency: str, by: User | None
) -> dict[str, int]:
    """Open an active file for every (number, name) that has none; return number → primary key of all of them.

    The files await their first review: no grade, no limit, and no contract until it is approved (P4.1). An
    existing customer keeps his name; of a number that comes twice the first name counts. Two queries, and one
    for each thousand new ones. The caller has checked the permission. Raises InvalidInputError for the first malformed
    number or name.
    """
    names: dict[str, str] = {}
    for number, name in entries:
        names.setdefault(number, name.strip())
    for number, name in names.items():
        if not is_valid_number(number) or not 0 < len(name) <= NAME_MAX_LENGTH:
            raise InvalidInputError(
                "customer.entry_invalid",
                _("“%(number)s %(name)s” cannot be a customer: check the length of number and name.")
                % {"number": number[:50], "name": name[:50]},
            )
    known = customers_by_number(names)
    with acting(by):
        Customer.objects.bulk_create(
            [
                Customer(
                    number=number,
                    name=name,
                    currency=currency,
                    state=CustomerState.ACTIVE,
                    is_onboarded=True,
                    created_by=by,
                )
                for number, name in names.items()
                if number not in known
            ],
            batch_size=BATCH_CUSTOMERS,
            ignore_conflicts=True,  # somebody else may open the same file at the same time
        )
    return customers_by_number(names)
