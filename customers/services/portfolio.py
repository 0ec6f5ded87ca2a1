"""Portfolios: which account manager and which service manager a customer belongs to (P3.2)."""

from __future__ import annotations

from django.db import transaction
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.notifications.services import notify
from customers.models import Customer
from customers.permissions import account_manager_refusal, service_manager_refusal
from customers.services.case_owners import pass_cases_on
from customers.services.versions import require_version


def require_account_manager(user: User) -> None:
    """Raise InvalidInputError unless `user` is active and an account manager."""
    if not user.has_role(Role.ACCOUNT_MANAGER):
        raise InvalidInputError(
            "portfolio.no_account_manager", _("%(person)s is no account manager.") % {"person": user}
        )


def require_service_manager(user: User, *, account_manager: User | None) -> None:
    """Raise InvalidInputError unless `user` is active, a service manager and not the account manager as well."""
    if not user.has_role(Role.SERVICE_MANAGER):
        raise InvalidInputError(
            "portfolio.no_service_manager", _("%(person)s is no customer service manager.") % {"person": user}
        )
    _require_two_people(user, account_manager)


def _require_two_people(service_manager: User, account_manager: User | None) -> None:
    """Raise InvalidInputError where one person would be both: the two score a customer independently of each other
    (Annex 2), and nobody approves his own review."""
    if account_manager is not None and account_manager.pk == service_manager.pk:
        raise InvalidInputError(
            "portfolio.same_person",
            _("Account manager and service manager are two people: they score independently (Annex 2)."),
        )


def assign_managers(
    *, customer: Customer, account_manager: User | None, service_manager: User | None, by: User
) -> None:
    """Give a locked customer to these two and raise his version; his open early warnings follow. Nobody is told.

    The caller has locked the row and checked permission and version. Raises InvalidInputError where a new one does not
    hold the role, or one person would be both.
    """
    if account_manager is not None and account_manager != customer.account_manager:
        require_account_manager(account_manager)
    if service_manager is not None and service_manager != customer.service_manager:
        require_service_manager(service_manager, account_manager=account_manager)
    elif service_manager is not None:
        _require_two_people(service_manager, account_manager)
    before = customer.account_manager, customer.service_manager
    customer.account_manager = account_manager
    customer.service_manager = service_manager
    customer.version += 1
    with acting(by):
        customer.save()
    pass_cases_on(customer=customer, managers_before=before, by=by)


@transaction.atomic
def reassign_portfolio(
    *,
    customer: Customer,
    account_manager: User | None,
    service_manager: User | None,
    version: int,
    by: User,
) -> Customer:
    """Give the customer to these two (None: nobody yet); return him. Those who are new to him are told.

    Raises NotAllowedError (each of the two needs its own permission), InvalidInputError where one does not
    hold the role, ConflictError where the customer is no longer at `version`.
    """
    locked = Customer.objects.select_for_update().get(pk=customer.pk)
    if account_manager == locked.account_manager and service_manager == locked.service_manager:
        return locked  # also the second click of the same form
    require_version(locked, version)
    new_managers = []
    if account_manager != locked.account_manager:
        require(account_manager_refusal(by, locked))
        new_managers.append(account_manager)
    if service_manager != locked.service_manager:
        require(service_manager_refusal(by, locked))
        new_managers.append(service_manager)
    assign_managers(customer=locked, account_manager=account_manager, service_manager=service_manager, by=by)
    notify(
        users=[manager for manager in new_managers if manager is not None and manager.pk != by.pk],
        title=lazy(_handed_over, str)(str(locked)),  # each in his own language
        url=locked.get_absolute_url(),
        key=f"portfolio:{locked.pk}:{locked.version}",
    )
    return locked


def _handed_over(customer: str) -> str:
    return _("The customer %(customer)s now belongs to you.") % {"customer": customer}
