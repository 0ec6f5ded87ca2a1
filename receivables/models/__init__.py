from receivables.models.aging_sum import AgingSum, AgingTotal
from receivables.models.classified import ClassifiedDetail, ClassifiedLine
from receivables.models.column_mapping import ColumnMapping
from receivables.models.dunning import Delivery, DunnedItem, DunningNotice, PostedWay, Stage
from receivables.models.ledger_entry import LedgerEntry
from receivables.models.open_item import DueBasis, OpenItem
from receivables.models.payable import PayableItem, PayableSum
from receivables.models.report import FileKind, Report, ReportKind, ReportState
from receivables.models.row_error import RowError
from receivables.models.statement import Answer, Statement

__all__ = [
    "AgingSum",
    "AgingTotal",
    "Answer",
    "ClassifiedDetail",
    "ClassifiedLine",
    "ColumnMapping",
    "Delivery",
    "DueBasis",
    "DunnedItem",
    "DunningNotice",
    "FileKind",
    "LedgerEntry",
    "OpenItem",
    "PayableItem",
    "PayableSum",
    "PostedWay",
    "Report",
    "ReportKind",
    "ReportState",
    "RowError",
    "Stage",
    "Statement",
]
