"""How every write to a contract begins: lock the customer first, then the contract."""

from __future__ import annotations

from customers.models import Contract, Customer


def lock_customer(customer_id: int) -> Customer:
    """Return the customer, locked until the transaction ends: contracts, overrides and deposits of one customer
    change one after the other."""
    return Customer.objects.select_for_update().get(pk=customer_id)


def lock_with_managers(customer_id: int) -> Customer:
    """Return the customer, locked until the transaction ends, with his managers and their departments: who is told, and
    who may, is known without another query."""
    managers = Customer.objects.select_related("account_manager__department", "service_manager__department")
    locked: Customer = managers.select_for_update(of=("self",)).get(pk=customer_id)
    return locked


def lock_contract(contract: Contract) -> Contract:
    """Return the contract as stored now, locked, with its locked customer."""
    customer = lock_customer(contract.customer_id)
    locked = Contract.objects.select_for_update().get(pk=contract.pk)
    locked.customer = customer
    return locked
