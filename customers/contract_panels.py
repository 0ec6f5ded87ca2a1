"""What contracts add to the customer's page: his deposits, and the ways to a draft and an override."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.dates import local_today
from creditrisk.policy.selectors import policy_version_on
from customers import contract_permissions, contract_selectors
from customers.models import Customer, OverrideState
from customers.panels import PageAction, Panel
from customers.permissions import business_refusals, is_account_manager_of


def deposits_panel(*, customer: Customer, user: User) -> Panel:
    """Return what we hold of the customer, with the way to the ledger."""
    return Panel(
        _("Deposits"),
        "customers/_deposits_panel.html",
        {
            "customer": customer,
            "balances": contract_selectors.deposit_balances(customer),
            "may_keep": contract_permissions.keep_deposits_refusal(user, customer) is None,
        },
    )


def draft_action(*, customer: Customer, user: User) -> PageAction | None:
    """Return the button that drafts a contract, for those who may."""
    if contract_permissions.draft_refusal(user, customer) is not None:
        return None
    return PageAction(
        label=_("Draft a contract"),
        url=reverse("customers:contract_draft", args=[customer.number]),
        icon="file-earmark-text",
    )


def override_action(*, customer: Customer, user: User) -> PageAction | None:
    """Return the way to an override where the customer gets no contract: to ask for one, or to the one there is."""
    today = local_today()
    if not business_refusals(customer, on=today, policy=policy_version_on(today).policy):
        return None
    override = contract_selectors.open_override_of(customer)
    if override is not None:
        is_granted = override.state == OverrideState.GRANTED
        return PageAction(
            label=_("Override granted") if is_granted else _("Override asked for"),
            url=override.get_absolute_url(),
            icon="key",
        )
    if not is_account_manager_of(user, customer):
        return None
    return PageAction(
        label=_("Ask for an override"),
        url=reverse("customers:override_request", args=[customer.number]),
        icon="key",
    )
