"""Every write to customers and what hangs on them."""

from customers.services.confirmation import confirm_file
from customers.services.confirmation_job import ask_confirmations, catch_up_confirmations
from customers.services.contract import record_contract
from customers.services.customer_file import create_customer, update_customer
from customers.services.follow_up import add_follow_up, complete_follow_up
from customers.services.handover import (
    accept_handover,
    decline_handover,
    propose_handover,
    withdraw_handover,
)
from customers.services.onboarding import onboard_customers
from customers.services.portfolio import reassign_portfolio
from customers.services.reassignment import reassign_customers
from customers.services.state import (
    activate_after_review,
    enter_review,
    leave_review,
    reinstate_customer,
    stop_cooperation,
    suspend_customer,
)
from customers.services.visit import (
    VisitRecord,
    attach_visit_files,
    cancel_visit,
    plan_visit,
    record_visit,
)

__all__ = [
    "VisitRecord",
    "accept_handover",
    "activate_after_review",
    "add_follow_up",
    "ask_confirmations",
    "attach_visit_files",
    "cancel_visit",
    "catch_up_confirmations",
    "complete_follow_up",
    "confirm_file",
    "create_customer",
    "decline_handover",
    "enter_review",
    "leave_review",
    "onboard_customers",
    "plan_visit",
    "propose_handover",
    "reassign_customers",
    "reassign_portfolio",
    "record_contract",
    "record_visit",
    "reinstate_customer",
    "stop_cooperation",
    "suspend_customer",
    "update_customer",
    "withdraw_handover",
]
