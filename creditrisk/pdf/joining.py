"""Several PDFs of ours as one, page by page as they are: typst sets their pages into its own, unread and unredrawn."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from creditrisk.pdf.rendering import compiled_in

TEMPLATE = Path(__file__).resolve().parent / "joined.typ"
PAGE_TREE = re.compile(rb"/Type\s*/Pages\s*/Count (\d+)")


def page_count(pdf: bytes) -> int:
    """Return the number of pages of a PDF that typst wrote: the largest count in its tree of pages. Raises ValueError
    for one that it did not write.
    """
    counts = [int(count) for count in PAGE_TREE.findall(pdf)]
    if not counts:
        raise ValueError("this PDF does not state its number of pages where typst would")
    return max(counts)


def join_pdfs(pdfs: Sequence[bytes], *, title: str, on: date, is_duplex: bool = False) -> bytes:
    """Return one PDF with the pages of `pdfs` in their order; `on` is its own date. Fonts, text and pictures are
    carried over as they are; structure tags and properties are not: for printing.

    `is_duplex`: each starts on the front of a sheet, an empty page before it where it needs one. Raises ValueError
    for a PDF that typst did not write.
    """
    counts = [page_count(pdf) for pdf in pdfs]
    with tempfile.TemporaryDirectory(prefix="creditrisk-print-") as name:
        folder = Path(name)
        for index, pdf in enumerate(pdfs):
            (folder / f"{index}.pdf").write_bytes(pdf)
        main = folder / "joined.typ"
        main.write_bytes(TEMPLATE.read_bytes())
        return compiled_in(folder, main, {"title": title, "counts": counts, "duplex": is_duplex}, on=on)
