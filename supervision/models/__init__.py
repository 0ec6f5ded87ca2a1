"""The rows of supervision: simulations, monthly summaries, the log of case reviews, what months invoiced."""

from supervision.models.case_review import (
    CaseAddendum,
    CaseFollowUp,
    CaseReview,
    CaseReviewCustomer,
    CaseReviewFile,
    CaseReviewKind,
    CaseReviewParticipant,
    CaseReviewState,
)
from supervision.models.policy_simulation import PolicySimulation, SimulationState
from supervision.models.report_figures import InvoicedSum, InvoicedTotal, ReportFigures
from supervision.models.summary import (
    MonthlySummary,
    MonthlySummaryQuerySet,
    SummaryAddendum,
    SummaryState,
)

__all__ = [
    "CaseAddendum",
    "CaseFollowUp",
    "CaseReview",
    "CaseReviewCustomer",
    "CaseReviewFile",
    "CaseReviewKind",
    "CaseReviewParticipant",
    "CaseReviewState",
    "InvoicedSum",
    "InvoicedTotal",
    "MonthlySummary",
    "MonthlySummaryQuerySet",
    "PolicySimulation",
    "ReportFigures",
    "SimulationState",
    "SummaryAddendum",
    "SummaryState",
]
