"""Every write to customers, contracts and the grade history."""

from customers.services.alias import add_alias, remove_alias
from customers.services.contract import record_contract
from customers.services.customer_file import create_customer, update_customer
from customers.services.customer_import import import_customers
from customers.services.import_upload import import_stored_file, take_import_file
from customers.services.merge import merge_customers
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
    "add_alias",
    "create_customer",
    "enter_review",
    "import_customers",
    "import_stored_file",
    "leave_review",
    "merge_customers",
    "onboard_customers",
    "reassign_portfolio",
    "record_contract",
    "reinstate_customer",
    "remove_alias",
    "stop_cooperation",
    "suspend_customer",
    "take_import_file",
    "update_customer",
]
