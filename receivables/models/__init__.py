from receivables.models.aging_sum import AgingSum, AgingTotal
from receivables.models.dunning import Delivery, DunnedItem, DunningNotice, Stage
from receivables.models.open_item import OpenItem
from receivables.models.payable import PayableItem, PayableSum
from receivables.models.report import Report, ReportKind, ReportState
from receivables.models.row_error import RowError

__all__ = [
    "AgingSum",
    "AgingTotal",
    "Delivery",
    "DunnedItem",
    "DunningNotice",
    "OpenItem",
    "PayableItem",
    "PayableSum",
    "Report",
    "ReportKind",
    "ReportState",
    "RowError",
    "Stage",
]
