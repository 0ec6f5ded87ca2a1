from reviews.models.annual_form import SCORERS, AnnualForm, Score
from reviews.models.attachment import Attachment, AttachmentCategory
from reviews.models.decision import JUDGEMENTS, Decision, DecisionKind
from reviews.models.grade_adjustment import DECIDERS, IN_FORCE, AdjustmentState, GradeAdjustment
from reviews.models.new_customer_form import ANSWER_FIELDS, REVIEW_ITEMS, NewCustomerForm, ProvidedState
from reviews.models.review import OPEN_STATES, Review, ReviewKind, ReviewState
from reviews.models.service_level import ServiceLevelConfirmation
from reviews.models.sharing import Consultation, Phrase, ReviewCopy
from reviews.models.step import BOUND_ROLES, ApprovalStep, StepState, Urging

__all__ = [
    "ANSWER_FIELDS",
    "BOUND_ROLES",
    "DECIDERS",
    "IN_FORCE",
    "JUDGEMENTS",
    "OPEN_STATES",
    "REVIEW_ITEMS",
    "SCORERS",
    "AdjustmentState",
    "AnnualForm",
    "ApprovalStep",
    "Attachment",
    "AttachmentCategory",
    "Consultation",
    "Decision",
    "DecisionKind",
    "GradeAdjustment",
    "NewCustomerForm",
    "Phrase",
    "ProvidedState",
    "Review",
    "ReviewCopy",
    "ReviewKind",
    "ReviewState",
    "Score",
    "ServiceLevelConfirmation",
    "StepState",
    "Urging",
]
