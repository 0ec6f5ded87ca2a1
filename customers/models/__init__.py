from customers.models.bank_account import BankAccount
from customers.models.contact import Channel, Contact, ContactKind
from customers.models.contract import Contract
from customers.models.customer import Customer, CustomerQuerySet, CustomerState, EnterpriseType, Grade
from customers.models.grade_change import GradeChange
from customers.models.qualification import (
    Qualification,
    QualificationKind,
    QualificationQuerySet,
    QualificationReminder,
    QualificationScan,
)
from customers.models.service_type import ServiceType

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
    "Qualification",
    "QualificationKind",
    "QualificationQuerySet",
    "QualificationReminder",
    "QualificationScan",
    "ServiceType",
]
