"""A review on paper, as Annex 1 and Annex 2 lay it out."""

from reviews.print_out.pdf import PRINT_LANGUAGES, review_pdf

__all__ = ["PRINT_LANGUAGES", "review_pdf"]
