"""What commands about one customer share: finding him by his number."""

from __future__ import annotations

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from customers.models import Customer

NOT_FOUND = 2


def customer_numbered(number: str) -> Customer:
    """Return the customer with his managers. Raises CommandError with exit status 2 where there is no such customer."""
    people = Customer.objects.select_related("account_manager", "service_manager")
    customer = people.filter(number=number).first()
    if customer is None:
        raise CommandError(_("There is no customer %(number)s.") % {"number": number}, returncode=NOT_FOUND)
    return customer
