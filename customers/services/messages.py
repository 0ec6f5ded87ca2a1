"""Texts that are translated only when they are read (see `creditrisk.lazy_text`)."""

from __future__ import annotations

from creditrisk.lazy_text import filled

__all__ = ["filled"]
