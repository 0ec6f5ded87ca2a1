from receivables.models.aging_sum import AgingSum
from receivables.models.dunning import DunnedItem, DunningNotice, Stage
from receivables.models.open_item import OpenItem
from receivables.models.report import Report, ReportKind, ReportState
from receivables.models.row_error import RowError

__all__ = [
    "AgingSum",
    "DunnedItem",
    "DunningNotice",
    "OpenItem",
    "Report",
    "ReportKind",
    "ReportState",
    "RowError",
    "Stage",
]
