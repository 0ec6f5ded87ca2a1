"""Every write to customers, what belongs to their files, contracts and the grade history."""

from customers.services.bank_account import (
    add_bank_account,
    retire_bank_account,
    show_account_number,
    update_bank_account,
)
from customers.services.contact import add_contact, retire_contact, update_contact
from customers.services.contract import record_contract
from customers.services.customer_file import create_customer, update_customer
from customers.services.main_details import open_main_details
from customers.services.onboarding import onboard_customers
from customers.services.portfolio import reassign_portfolio
from customers.services.qualification import (
    add_qualification,
    remove_scan,
    retire_qualification,
    update_qualification,
)
from customers.services.state import (
    Activated,
    activate_after_review,
    enter_review,
    leave_review,
    reinstate_customer,
    stop_cooperation,
    suspend_customer,
)

__all__ = [
    "Activated",
    "activate_after_review",
    "add_bank_account",
    "add_contact",
    "add_qualification",
    "create_customer",
    "enter_review",
    "leave_review",
    "onboard_customers",
    "open_main_details",
    "reassign_portfolio",
    "record_contract",
    "reinstate_customer",
    "remove_scan",
    "retire_bank_account",
    "retire_contact",
    "retire_qualification",
    "show_account_number",
    "stop_cooperation",
    "suspend_customer",
    "update_bank_account",
    "update_contact",
    "update_customer",
    "update_qualification",
]
