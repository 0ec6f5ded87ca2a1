from customers.models.confirmation import FileConfirmation, FileSection
from customers.models.contract import Contract
from customers.models.customer import Customer, CustomerQuerySet, CustomerState, EnterpriseType, Grade
from customers.models.grade_change import GradeChange
from customers.models.handover import (
    Handover,
    HandoverQuerySet,
    HandoverState,
    HandoverStep,
    HandoverStepKind,
)
from customers.models.reassignment import Reassignment
from customers.models.service_type import ServiceType
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

__all__ = [
    "Contract",
    "Customer",
    "CustomerQuerySet",
    "CustomerState",
    "EnterpriseType",
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
    "Reassignment",
    "RiskSignal",
    "ServiceType",
    "Visit",
    "VisitChannel",
    "VisitFile",
    "VisitParticipant",
    "VisitQuerySet",
    "VisitState",
]
