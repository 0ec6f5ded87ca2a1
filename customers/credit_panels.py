"""The credit card of the customer's page: limits, what is open, what is left, what puts new business on hold, and the
group of companies.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.dates import local_today
from creditrisk.policy.selectors import policy_version_on
from customers.credit_check import check_credit
from customers.credit_facts import facts_within
from customers.credit_limits import NOTHING
from customers.credit_permissions import (
    end_temporary_limit_refusal,
    parent_refusal,
    temporary_limit_refusal,
)
from customers.groups import Group, group_of, members_seen
from customers.models import Customer
from customers.panels import Panel

MEMBERS_SHOWN = 12


def credit_panel(*, customer: Customer, user: User) -> Panel:
    """Return how the customer stands today: the credit check without an amount, with his limits and his group."""
    today = local_today()
    group = group_of(customer)
    facts = facts_within(group, customer=customer, on=today)
    receivables = facts.receivables
    decision = check_credit(facts, request=None, on=today, policy=policy_version_on(today).policy)
    context = {
        "customer": customer,
        "decision": decision,
        "receivables": receivables,
        "other_amounts": _other_than(decision.own.currency, receivables.own_amounts if receivables else {}),
        "permanent_has_expired": _is_over(customer.credit_limit_valid_to_on, today),
        "temporary_has_expired": _is_over(customer.temporary_limit_valid_to_on, today),
        "may_grant": temporary_limit_refusal(user, customer) is None,
        "may_end": end_temporary_limit_refusal(user, customer) is None,
        "may_set_parent": parent_refusal(user, customer) is None,
        "group": _group(group, customer, user) if group else None,
        "group_amounts": sorted(receivables.group_amounts.items()) if receivables else [],
    }
    return Panel(_("Credit limit and exposure"), "customers/_credit_panel.html", context)


def _group(group: Group, customer: Customer, user: User) -> dict[str, Any]:
    """Return the members that `user` may see by name; of the others how many there are, no more."""
    seen = list(members_seen(group, user))
    others = [member for member in seen if member.pk != customer.pk]
    return {
        "member_count": len(group.member_pks),
        "members": [(member, _relation(member, customer, group)) for member in others[:MEMBERS_SHOWN]],
        "more_count": max(len(others) - MEMBERS_SHOWN, 0),
        "hidden_count": len(group.member_pks) - 1 - len(others),
    }


def _relation(member: Customer, customer: Customer, group: Group) -> str:
    if member.pk == customer.parent_id:
        return _("parent company")
    if member.parent_id == customer.pk:
        return _("subsidiary")
    return _("head of the group") if member.pk == group.head.pk else _("sister company")


def _other_than(currency: str, amounts: Mapping[str, Decimal]) -> list[tuple[str, Decimal]]:
    return sorted(
        (other, amount) for other, amount in amounts.items() if other != currency and amount != NOTHING
    )


def _is_over(last: dt.date | None, today: dt.date) -> bool:
    return last is not None and last < today
