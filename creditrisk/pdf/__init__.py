"""PDFs by typst: a template of ours, data as JSON, the packaged font. No models, no clock."""

from creditrisk.pdf.joining import join_pdfs, page_count
from creditrisk.pdf.rendering import (
    FONTS,
    RenderedBeforeForkError,
    is_printable_image,
    render_images,
    render_pdf,
)

__all__ = [
    "FONTS",
    "RenderedBeforeForkError",
    "is_printable_image",
    "join_pdfs",
    "page_count",
    "render_images",
    "render_pdf",
]
