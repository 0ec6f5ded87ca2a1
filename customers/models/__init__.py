from customers.models.contract import Contract, ContractState, PaymentTermKind
from customers.models.contract_dispute import (
    ContractDispute,
    DisputeNote,
    DisputeNoteKind,
    DisputeState,
)
from customers.models.contract_log import ContractFile, ContractLogEntry, LogKind
from customers.models.contract_override import ContractOverride, OverrideState
from customers.models.customer import Customer, CustomerQuerySet, CustomerState, EnterpriseType, Grade
from customers.models.deposit import DepositAccount, DepositEntry, DepositKind
from customers.models.grade_change import GradeChange
from customers.models.industry import Industry
from customers.models.self_check import SelfCheck, SelfCheckState
from customers.models.service_type import ServiceType
from customers.models.state_reason import StateReasonCode

__all__ = [
    "Contract",
    "ContractDispute",
    "ContractFile",
    "ContractLogEntry",
    "ContractOverride",
    "ContractState",
    "Customer",
    "CustomerQuerySet",
    "CustomerState",
    "DepositAccount",
    "DepositEntry",
    "DepositKind",
    "DisputeNote",
    "DisputeNoteKind",
    "DisputeState",
    "EnterpriseType",
    "Grade",
    "GradeChange",
    "Industry",
    "LogKind",
    "OverrideState",
    "PaymentTermKind",
    "SelfCheck",
    "SelfCheckState",
    "ServiceType",
    "StateReasonCode",
]
