"""Letters as PDF: plain data in, bytes out. No models, no clock, only the packaged template and fonts."""

from receivables.letters.amounts import capital_amount
from receivables.letters.content import (
    CompanyDetails,
    CustomerDetails,
    EarlierLetter,
    LetterContent,
    LetterItem,
)
from receivables.letters.rendering import render_letter
from receivables.letters.texts import Language

__all__ = [
    "CompanyDetails",
    "CustomerDetails",
    "EarlierLetter",
    "Language",
    "LetterContent",
    "LetterItem",
    "capital_amount",
    "render_letter",
]
