"""The rows of supervision: the log of case reviews, and what months invoiced."""

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
from supervision.models.report_figures import InvoicedSum, InvoicedTotal, ReportFigures

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
    "ReportFigures",
]
