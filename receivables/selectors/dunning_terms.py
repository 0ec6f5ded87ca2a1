"""What customers and contracts agreed about dunning instead of the policy."""

from __future__ import annotations

from django.db.models import QuerySet

from creditrisk.accounts.models import User
from customers.models import Contract, Customer
from customers.models.contract import RUNNING_STATES
from receivables.models import DunningTerms


def terms_list(user: User) -> QuerySet[DunningTerms]:
    """Return the terms of the customers that `user` may see, by customer."""
    visible: QuerySet[DunningTerms] = DunningTerms.objects.visible_to(user)
    return visible.select_related("customer", "contract", "set_by").order_by(
        "customer__number", "contract__number"
    )


def terms_of(customer: Customer) -> QuerySet[DunningTerms]:
    """Return the terms of a customer, his own first, then those of his contracts."""
    return DunningTerms.objects.filter(customer=customer).select_related("contract", "set_by")


def running_contracts(customer: Customer) -> QuerySet[Contract]:
    """Return the contracts of a customer that terms can be agreed for."""
    return Contract.objects.filter(customer=customer, state__in=RUNNING_STATES).order_by("number")
