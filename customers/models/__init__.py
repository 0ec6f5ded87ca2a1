from customers.models.alias import ALIAS_MAX_LENGTH, AliasSource, CustomerAlias
from customers.models.contract import Contract
from customers.models.customer import Customer, CustomerQuerySet, CustomerState, EnterpriseType, Grade
from customers.models.customer_import import CustomerImport, ImportMode
from customers.models.grade_change import GradeChange
from customers.models.merge import CustomerMerge
from customers.models.service_type import ServiceType

__all__ = [
    "ALIAS_MAX_LENGTH",
    "AliasSource",
    "Contract",
    "Customer",
    "CustomerAlias",
    "CustomerImport",
    "CustomerMerge",
    "CustomerQuerySet",
    "CustomerState",
    "EnterpriseType",
    "Grade",
    "GradeChange",
    "ImportMode",
    "ServiceType",
]
