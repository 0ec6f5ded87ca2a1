"""What the customer's page tells of who he is: his aliases, and the files that were merged into his."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from customers.forms.alias import AliasForm
from customers.identity_permissions import alias_refusal
from customers.models import Customer
from customers.panels import Panel
from customers.selectors import merges_into


def aliases_panel(*, customer: Customer, user: User) -> Panel | None:
    """Return the customer's aliases with what is needed to keep them; None where there is neither."""
    aliases = list(customer.aliases.all())
    may_keep = alias_refusal(user, customer) is None
    if not aliases and not may_keep:
        return None
    context = {"customer": customer, "aliases": aliases, "form": AliasForm() if may_keep else None}
    return Panel(_("Aliases"), "customers/_aliases.html", context)


def merges_panel(*, customer: Customer, user: User) -> Panel | None:
    """Return the merges behind the customer's file; None where there is none."""
    merges = list(merges_into(customer))
    if not merges:
        return None
    return Panel(_("Merged files"), "customers/_merges.html", {"merges": merges})
