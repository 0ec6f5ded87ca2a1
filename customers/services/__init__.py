"""Every write to customers, contracts and the grade history."""

from customers.services.contract import record_contract
from customers.services.customer_file import create_customer, update_customer
from customers.services.freeze import freeze_customer, unfreeze_customer
from customers.services.group import set_parent
from customers.services.lifecycle import close_customer, end_watch, put_on_watch, reopen_customer
from customers.services.limits import end_temporary_limit, grant_temporary_limit, set_service_level
from customers.services.onboarding import onboard_customers
from customers.services.portfolio import reassign_portfolio
from customers.services.state import (
    activate_after_review,
    enter_review,
    leave_review,
    reinstate_customer,
    stop_cooperation,
    suspend_customer,
)

__all__ = [
    "activate_after_review",
    "close_customer",
    "create_customer",
    "end_temporary_limit",
    "end_watch",
    "enter_review",
    "freeze_customer",
    "grant_temporary_limit",
    "leave_review",
    "onboard_customers",
    "put_on_watch",
    "reassign_portfolio",
    "record_contract",
    "reinstate_customer",
    "reopen_customer",
    "set_parent",
    "set_service_level",
    "stop_cooperation",
    "suspend_customer",
    "unfreeze_customer",
    "update_customer",
]
