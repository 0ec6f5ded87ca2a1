from customers.models.bank_account import BankAccount
from customers.models.contact import Channel, Contact, ContactKind
from customers.models.contract import Contract
from customers.models.customer import Customer, CustomerQuerySet, CustomerState, EnterpriseType, Grade
from customers.models.grade_change import GradeChange
from customers.models.industry import Industry
from customers.models.qualification import (
    Qualification,
    QualificationKind,
    QualificationReminder,
    QualificationScan,
)
from customers.models.service_type import ServiceType
from customers.models.state_reason import StateReasonCode

__all__ = [
    "BankAccount",
    "Channel",
    "Contact",
    "ContactKind",
    "Contract",
    "Customer",
    "CustomerQuerySet",
    "CustomerState",
    "EnterpriseType",
    "Grade",
    "GradeChange",
    "Industry",
    "Qualification",
    "QualificationKind",
    "QualificationReminder",
    "QualificationScan",
    "ServiceType",
    "StateReasonCode",
]
