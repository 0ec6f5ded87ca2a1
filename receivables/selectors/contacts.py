"""The log of collection: what people see of it, and when each customer is to be contacted again (P5.2.3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import F, OuterRef, QuerySet, Subquery, Window
from django.db.models.functions import RowNumber

from creditrisk.accounts.models import User
from customers.models import Customer
from receivables.models import CollectionContact

NEWEST_FIRST = ("-happened_on", "-pk")


def contact_list(user: User) -> QuerySet[CollectionContact]:
    """Return the contacts with customers `user` may see, newest first, ready for a list."""
    visible: QuerySet[CollectionContact] = CollectionContact.objects.visible_to(user)
    return visible.select_related("customer", "promise", "dispute", "by").defer("customer__bank_account")


def contacts_of(customer: Customer) -> QuerySet[CollectionContact]:
    """Return a customer's contacts, newest first."""
    contacts = CollectionContact.objects.filter(customer=customer)
    return contacts.select_related("promise", "dispute", "by").order_by(*NEWEST_FIRST)


def next_contact_day(customer: OuterRef) -> Subquery:
    """Return, as an expression, the day of the next contact that the newest entry of a customer's log names."""
    contacts = CollectionContact.objects.filter(customer=customer).order_by(*NEWEST_FIRST)
    return Subquery(contacts.values("next_on")[:1])


def last_contacts(customers: Iterable[int], *, count: int) -> dict[int, list[CollectionContact]]:
    """Return the newest `count` contacts of each customer (primary keys), newest first. One query."""
    numbered = CollectionContact.objects.filter(customer__in=list(customers)).annotate(
        place=Window(
            RowNumber(), partition_by=F("customer"), order_by=[F("happened_on").desc(), F("pk").desc()]
        )
    )
    found: dict[int, list[CollectionContact]] = defaultdict(list)
    for contact in numbered.filter(place__lte=count).select_related("by").order_by(*NEWEST_FIRST):
        found[contact.customer_id].append(contact)
    return found
