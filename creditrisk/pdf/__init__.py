"""PDFs by typst: a template of ours, data as JSON, the packaged font. No models, no clock."""

from creditrisk.pdf.rendering import FONTS, RenderedBeforeForkError, render_pdf

__all__ = ["FONTS", "RenderedBeforeForkError", "render_pdf"]
