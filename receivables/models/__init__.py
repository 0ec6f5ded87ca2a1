from receivables.models.aging_sum import AgingSum, AgingTotal
from receivables.models.classified import ClassifiedDetail, ClassifiedLine
from receivables.models.column_mapping import ColumnMapping
from receivables.models.contact_log import CollectionContact, ContactResult, ContactWay
from receivables.models.damages import DamagesReceipt, DamagesWaiver, WaiverState
from receivables.models.dunning import Delivery, DunnedItem, DunningNotice, PostedWay, Stage
from receivables.models.dunning_release import DunningRelease, ReleaseState
from receivables.models.dunning_terms import DunningTerms
from receivables.models.ledger_entry import LedgerEntry
from receivables.models.letter_template import LetterTemplate
from receivables.models.open_item import DueBasis, OpenItem
from receivables.models.payable import PayableItem, PayableSum
from receivables.models.promise import Promise, PromisedItem, PromiseInstalment, PromiseState
from receivables.models.proposal import (
    CooperationProposal,
    ForfeitureProposal,
    ForfeitureState,
    ProposalFile,
    ProposalKind,
    ProposalState,
)
from receivables.models.report import FileKind, Report, ReportKind, ReportState
from receivables.models.report_flow import ReportFlow, ReportFlowBasis
from receivables.models.row_error import RowError
from receivables.models.statement import Answer, Statement

__all__ = [
    "AgingSum",
    "AgingTotal",
    "Answer",
    "ClassifiedDetail",
    "ClassifiedLine",
    "CollectionContact",
    "ColumnMapping",
    "ContactResult",
    "ContactWay",
    "CooperationProposal",
    "DamagesReceipt",
    "DamagesWaiver",
    "Delivery",
    "DueBasis",
    "DunnedItem",
    "DunningNotice",
    "DunningRelease",
    "DunningTerms",
    "FileKind",
    "ForfeitureProposal",
    "ForfeitureState",
    "LedgerEntry",
    "LetterTemplate",
    "OpenItem",
    "PayableItem",
    "PayableSum",
    "PostedWay",
    "Promise",
    "PromiseInstalment",
    "PromiseState",
    "PromisedItem",
    "ProposalFile",
    "ProposalKind",
    "ProposalState",
    "ReleaseState",
    "Report",
    "ReportFlow",
    "ReportFlowBasis",
    "ReportKind",
    "ReportState",
    "RowError",
    "Stage",
    "Statement",
    "WaiverState",
]
