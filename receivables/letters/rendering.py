"""A letter as PDF, by the one template of all letters."""

from __future__ import annotations

from pathlib import Path

from creditrisk.pdf import render_images, render_pdf
from receivables.letters.content import LetterContent
from receivables.letters.layout import letter_data

FOLDER = Path(__file__).resolve().parent
LONG_LIST_ITEMS = 300


def render_letter(letter: LetterContent) -> bytes:
    """Return the letter as an A4 PDF; see `render_pdf`. The same content gives the same bytes."""
    return render_pdf(
        FOLDER / "letter.typ",
        letter_data(letter),
        on=letter.issued_on,
        is_long=len(letter.items) > LONG_LIST_ITEMS,
    )


def letter_images(letter: LetterContent, *, dots_per_inch: int = 110) -> list[bytes]:
    """Return the pages of the letter as PNG pictures, for a preview on a page; nothing is kept."""
    return render_images(FOLDER / "letter.typ", letter_data(letter), dots_per_inch=dots_per_inch)
