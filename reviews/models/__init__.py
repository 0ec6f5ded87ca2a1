from reviews.models.annual_form import SCORERS, AnnualForm, Score
from reviews.models.attachment import Attachment, AttachmentCategory
from reviews.models.decision import Decision, DecisionKind
from reviews.models.new_customer_form import ANSWER_FIELDS, NewCustomerForm, ProvidedState
from reviews.models.review import OPEN_STATES, Review, ReviewKind, ReviewState
from reviews.models.step import ApprovalStep, StepState, Urging

__all__ = [
    "ANSWER_FIELDS",
    "OPEN_STATES",
    "SCORERS",
    "AnnualForm",
    "ApprovalStep",
    "Attachment",
    "AttachmentCategory",
    "Decision",
    "DecisionKind",
    "NewCustomerForm",
    "ProvidedState",
    "Review",
    "ReviewKind",
    "ReviewState",
    "Score",
    "StepState",
    "Urging",
]
