"""Rendering with typst: one reused compiler per thread, the packaged font only, data as JSON inputs only."""

from __future__ import annotations

import json
import os
import threading
from datetime import UTC, datetime, time
from functools import cached_property
from pathlib import Path

import typst

from receivables.letters.content import LetterContent
from receivables.letters.layout import letter_data

FOLDER = Path(__file__).resolve().parent
# Above it a letter is a long list: structure tags would make its file twenty times bigger, and typst keeps
# some 70 kB per item in its cache.
LONG_LIST_ITEMS = 300
# typst drops a cached result that so many further compilations did not need.
CACHE_GENERATIONS = 12


class RenderedBeforeForkError(RuntimeError):
    """The parent of this process rendered a letter before it forked; typst would hang in the child."""


class _Engine:
    """The process's typst: shared fonts, one compiler per thread (it refuses to work for two at once)."""

    def __init__(self) -> None:
        self.threads = threading.local()
        self.has_compiled = False
        self.is_unusable = False

    @cached_property
    def fonts(self) -> typst.Fonts:
        return typst.Fonts(include_system_fonts=False, font_paths=[FOLDER / "fonts"])

    def compiler(self) -> typst.Compiler:
        if self.is_unusable:
            raise RenderedBeforeForkError("the parent of this process rendered a letter before it forked")
        self.has_compiled = True
        if not hasattr(self.threads, "compiler"):
            self.threads.compiler = typst.Compiler(FOLDER / "letter.typ", root=FOLDER, font_paths=self.fonts)
        compiler: typst.Compiler = self.threads.compiler
        return compiler

    def forget(self) -> None:
        """Empty typst's cache, by compiling blank pages: the memory of a long letter serves the next one."""
        blank = typst.Compiler(font_paths=self.fonts)
        for _ in range(CACHE_GENERATIONS):
            blank.compile(input=b"", format="pdf")

    def after_fork_in_child(self) -> None:
        # typst's thread pool stays with the process that started it: a forked copy waits for it for ever.
        self.is_unusable = self.has_compiled


_engine = _Engine()
os.register_at_fork(after_in_child=_engine.after_fork_in_child)


def render_letter(letter: LetterContent) -> bytes:
    """Return the letter as an A4 PDF. The same content gives the same bytes, so that its hash is stable.

    Safe in threads. Raises RenderedBeforeForkError in a process forked after its parent had rendered.
    """
    is_long = len(letter.items) > LONG_LIST_ITEMS
    pdf = _engine.compiler().compile(
        format="pdf",
        sys_inputs={"letter": json.dumps(letter_data(letter), ensure_ascii=False)},
        timestamp=int(datetime.combine(letter.issued_on, time(), UTC).timestamp()),
        pdf_tags=not is_long,
    )
    if is_long:
        _engine.forget()
    assert isinstance(pdf, bytes)  # a list of pages only for images
    return pdf
