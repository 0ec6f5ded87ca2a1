from customers.models.alias import ALIAS_MAX_LENGTH, AliasSource, CustomerAlias
from customers.models.bank_account import BankAccount
from customers.models.confirmation import FileConfirmation, FileSection
from customers.models.contact import Channel, Contact, ContactKind
from customers.models.contract import Contract, ContractState
from customers.models.contract_dispute import (
    ContractDispute,
    DisputedItem,
    DisputeNote,
    DisputeNoteKind,
    DisputeReason,
    DisputeState,
)
from customers.models.contract_log import ContractFile, ContractLogEntry, LogKind
from customers.models.contract_override import ContractOverride, OverrideState
from customers.models.customer import (
    Customer,
    CustomerQuerySet,
    CustomerState,
    EnterpriseType,
    Grade,
    ServiceLevel,
)
from customers.models.customer_import import CustomerImport, ImportMode
from customers.models.deposit import DepositAccount, DepositEntry, DepositKind
from customers.models.grade_change import GradeChange
from customers.models.handover import (
    Handover,
    HandoverQuerySet,
    HandoverState,
    HandoverStep,
    HandoverStepKind,
)
from customers.models.industry import Industry
from customers.models.merge import CustomerMerge
from customers.models.payment_term import PaymentTermKind
from customers.models.qualification import (
    Qualification,
    QualificationKind,
    QualificationReminder,
    QualificationScan,
)
from customers.models.reassignment import Reassignment
from customers.models.self_check import SelfCheck, SelfCheckState
from customers.models.service_type import ServiceType
from customers.models.state_reason import StateReasonCode
from customers.models.visit import (
    FollowUp,
    FollowUpQuerySet,
    RiskSignal,
    Visit,
    VisitChannel,
    VisitFile,
    VisitParticipant,
    VisitQuerySet,
    VisitState,
)
from customers.models.warning_case import (
    ENTRIES_BY_HAND,
    OUTCOMES_BY_HAND,
    CaseEntry,
    CaseOutcome,
    CaseState,
    EntryKind,
    WarningCase,
    WarningCaseQuerySet,
    WarningKind,
)

__all__ = [
    "ALIAS_MAX_LENGTH",
    "ENTRIES_BY_HAND",
    "OUTCOMES_BY_HAND",
    "AliasSource",
    "BankAccount",
    "CaseEntry",
    "CaseOutcome",
    "CaseState",
    "Channel",
    "Contact",
    "ContactKind",
    "Contract",
    "ContractDispute",
    "ContractFile",
    "ContractLogEntry",
    "ContractOverride",
    "ContractState",
    "Customer",
    "CustomerAlias",
    "CustomerImport",
    "CustomerMerge",
    "CustomerQuerySet",
    "CustomerState",
    "DepositAccount",
    "DepositEntry",
    "DepositKind",
    "DisputeNote",
    "DisputeNoteKind",
    "DisputeReason",
    "DisputeState",
    "DisputedItem",
    "EnterpriseType",
    "EntryKind",
    "FileConfirmation",
    "FileSection",
    "FollowUp",
    "FollowUpQuerySet",
    "Grade",
    "GradeChange",
    "Handover",
    "HandoverQuerySet",
    "HandoverState",
    "HandoverStep",
    "HandoverStepKind",
    "ImportMode",
    "Industry",
    "LogKind",
    "OverrideState",
    "PaymentTermKind",
    "Qualification",
    "QualificationKind",
    "QualificationReminder",
    "QualificationScan",
    "Reassignment",
    "RiskSignal",
    "SelfCheck",
    "SelfCheckState",
    "ServiceLevel",
    "ServiceType",
    "StateReasonCode",
    "Visit",
    "VisitChannel",
    "VisitFile",
    "VisitParticipant",
    "VisitQuerySet",
    "VisitState",
    "WarningCase",
    "WarningCaseQuerySet",
    "WarningKind",
]
