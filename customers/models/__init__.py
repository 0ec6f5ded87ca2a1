from customers.models.contract import Contract
from customers.models.customer import Customer, CustomerQuerySet, CustomerState, EnterpriseType, Grade
from customers.models.grade_change import GradeChange
from customers.models.industry import Industry
from customers.models.service_type import ServiceType
from customers.models.state_reason import StateReasonCode

__all__ = [
    "Contract",
    "Customer",
    "CustomerQuerySet",
    "CustomerState",
    "EnterpriseType",
    "Grade",
    "GradeChange",
    "Industry",
    "ServiceType",
    "StateReasonCode",
]
