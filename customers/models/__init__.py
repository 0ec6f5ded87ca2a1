from customers.models.contract import Contract
from customers.models.customer import (
    Customer,
    CustomerQuerySet,
    CustomerState,
    EnterpriseType,
    Grade,
    ServiceLevel,
)
from customers.models.grade_change import GradeChange
from customers.models.service_type import ServiceType

__all__ = [
    "Contract",
    "Customer",
    "CustomerQuerySet",
    "CustomerState",
    "EnterpriseType",
    "Grade",
    "GradeChange",
    "ServiceLevel",
    "ServiceType",
]
