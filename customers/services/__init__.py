"""Every write to customers, contracts and what hangs on them, and the grade history."""

from customers.services.alias import add_alias, remove_alias
from customers.services.assignment import assign_customers
from customers.services.bank_account import (
    add_bank_account,
    retire_bank_account,
    show_account_number,
    update_bank_account,
)
from customers.services.case_owners import pass_stranded_cases_on
from customers.services.confirmation import confirm_file
from customers.services.confirmation_job import ask_confirmations, catch_up_confirmations
from customers.services.contact import add_contact, retire_contact, update_contact
from customers.services.contract import draft_contract, edit_contract, record_contract
from customers.services.contract_dispute import (
    ItemInDispute,
    add_dispute_note,
    open_dispute,
    open_item_dispute,
    reassign_dispute,
    resolve_dispute,
    withdraw_dispute,
)
from customers.services.contract_log import (
    HandedIn,
    add_log_entry,
    attach_contract_file,
    remove_contract_file,
)
from customers.services.contract_override import (
    grant_override,
    refuse_override,
    request_override,
    withdraw_override,
)
from customers.services.contract_states import (
    finish_contract,
    sign_contract,
    start_performance,
    terminate_contract,
    terminate_contracts_of,
)
from customers.services.contract_terms import ContractTerms
from customers.services.customer_file import create_customer, update_customer
from customers.services.customer_import import import_customers
from customers.services.deposit import (
    forfeit_deposit,
    forfeit_deposit_by_hand,
    receive_deposit,
    return_deposit,
    reverse_deposit_entry,
)
from customers.services.follow_up import add_follow_up, complete_follow_up
from customers.services.freeze import freeze_customer, unfreeze_customer
from customers.services.group import set_parent
from customers.services.handover import (
    accept_handover,
    decline_handover,
    propose_handover,
    withdraw_handover,
)
from customers.services.import_upload import import_stored_file, take_import_file
from customers.services.lifecycle import close_customer, end_watch, put_on_watch, reopen_customer
from customers.services.limits import end_temporary_limit, grant_temporary_limit, set_service_level
from customers.services.main_details import open_main_details
from customers.services.merge import merge_customers
from customers.services.onboarding import onboard_customers
from customers.services.portfolio import reassign_portfolio
from customers.services.qualification import (
    add_qualification,
    remove_scan,
    retire_qualification,
    update_qualification,
)
from customers.services.reassignment import reassign_customers
from customers.services.regrade import Regrade, regrade_customers
from customers.services.self_check import complete_self_check, open_self_checks
from customers.services.state import (
    Activated,
    activate_after_review,
    close_to_business,
    enter_review,
    leave_review,
    open_to_business,
    regrade_after_annual_review,
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
from customers.services.warning_case import (
    add_entry,
    close_case,
    raise_case,
    reassign_case,
    set_due_date,
)
from customers.services.warning_raising import (
    FoundWarning,
    answers_to,
    cases_to_escalate,
    escalate_overdue,
    raise_cases,
    tell_owners,
)

__all__ = [
    "Activated",
    "ContractTerms",
    "FoundWarning",
    "HandedIn",
    "ItemInDispute",
    "Regrade",
    "VisitRecord",
    "accept_handover",
    "activate_after_review",
    "add_alias",
    "add_bank_account",
    "add_contact",
    "add_dispute_note",
    "add_entry",
    "add_follow_up",
    "add_log_entry",
    "add_qualification",
    "answers_to",
    "ask_confirmations",
    "assign_customers",
    "attach_contract_file",
    "attach_visit_files",
    "cancel_visit",
    "cases_to_escalate",
    "catch_up_confirmations",
    "close_case",
    "close_customer",
    "close_to_business",
    "complete_follow_up",
    "complete_self_check",
    "confirm_file",
    "create_customer",
    "decline_handover",
    "draft_contract",
    "edit_contract",
    "end_temporary_limit",
    "end_watch",
    "enter_review",
    "escalate_overdue",
    "finish_contract",
    "forfeit_deposit",
    "forfeit_deposit_by_hand",
    "freeze_customer",
    "grant_override",
    "grant_temporary_limit",
    "import_customers",
    "import_stored_file",
    "leave_review",
    "merge_customers",
    "onboard_customers",
    "open_dispute",
    "open_item_dispute",
    "open_main_details",
    "open_self_checks",
    "open_to_business",
    "pass_stranded_cases_on",
    "plan_visit",
    "propose_handover",
    "put_on_watch",
    "raise_case",
    "raise_cases",
    "reassign_case",
    "reassign_customers",
    "reassign_dispute",
    "reassign_portfolio",
    "receive_deposit",
    "record_contract",
    "record_visit",
    "refuse_override",
    "regrade_after_annual_review",
    "regrade_customers",
    "reinstate_customer",
    "remove_alias",
    "remove_contract_file",
    "remove_scan",
    "reopen_customer",
    "request_override",
    "resolve_dispute",
    "retire_bank_account",
    "retire_contact",
    "retire_qualification",
    "return_deposit",
    "reverse_deposit_entry",
    "set_due_date",
    "set_parent",
    "set_service_level",
    "show_account_number",
    "sign_contract",
    "start_performance",
    "stop_cooperation",
    "suspend_customer",
    "take_import_file",
    "tell_owners",
    "terminate_contract",
    "terminate_contracts_of",
    "unfreeze_customer",
    "update_bank_account",
    "update_contact",
    "update_customer",
    "update_qualification",
    "withdraw_dispute",
    "withdraw_handover",
    "withdraw_override",
]
