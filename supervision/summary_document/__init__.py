"""A monthly summary as it is read: tables in the reader's language, made of the stored figures alone; and its PDF."""

from supervision.summary_document.addenda import figure_name, known_amount
from supervision.summary_document.pdf import SummaryDocument, summary_pdf
from supervision.summary_document.sheet import Sheet, SheetRow
from supervision.summary_document.sheets import sheets_of
from supervision.summary_document.wording import GAPS

__all__ = [
    "GAPS",
    "Sheet",
    "SheetRow",
    "SummaryDocument",
    "figure_name",
    "known_amount",
    "sheets_of",
    "summary_pdf",
]
