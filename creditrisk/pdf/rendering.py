"""Rendering with typst: a reused compiler per thread and template, the packaged font only, data as JSON only."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from functools import cached_property
from pathlib import Path
from typing import Any

import typst

FONTS = Path(__file__).resolve().parent / "fonts"
IMAGE = Path(__file__).resolve().parent / "image.typ"
# typst drops a cached result that so many further compilations did not need.
CACHE_GENERATIONS = 12


class RenderedBeforeForkError(RuntimeError):
    """The parent of this process rendered a PDF before it forked; typst would hang in the child."""


class _Engine:
    """The process's typst: shared fonts, compilers of each thread (one refuses to work for two at once)."""

    def __init__(self) -> None:
        self.threads = threading.local()
        self.has_compiled = False
        self.is_unusable = False

    @cached_property
    def fonts(self) -> typst.Fonts:
        return typst.Fonts(include_system_fonts=False, font_paths=[FONTS])

    def usable_fonts(self) -> typst.Fonts:
        """Return the fonts for a compilation now. Raises RenderedBeforeForkError."""
        if self.is_unusable:
            raise RenderedBeforeForkError("the parent of this process rendered a PDF before it forked")
        self.has_compiled = True
        return self.fonts

    def compiler(self, template: Path) -> typst.Compiler:
        fonts = self.usable_fonts()
        compilers: dict[Path, typst.Compiler] = self.threads.__dict__.setdefault("compilers", {})
        if template not in compilers:
            compilers[template] = typst.Compiler(template, root=template.parent, font_paths=fonts)
        return compilers[template]

    def forget(self) -> None:
        """Empty typst's cache, by compiling blank pages: the memory of a long list serves the next one."""
        blank = typst.Compiler(font_paths=self.fonts)
        for _ in range(CACHE_GENERATIONS):
            blank.compile(input=b"", format="pdf")

    def after_fork_in_child(self) -> None:
        # typst's thread pool stays with the process that started it: a forked copy waits for it for ever.
        self.is_unusable = self.has_compiled


_engine = _Engine()
os.register_at_fork(after_in_child=_engine.after_fork_in_child)


def _timestamp(on: date) -> int:
    return int(datetime.combine(on, time(), UTC).timestamp())


def _inputs(data: Mapping[str, Any]) -> dict[str, str]:
    return {"data": json.dumps(data, ensure_ascii=False)}


def render_pdf(template: Path, data: Mapping[str, Any], *, on: date, is_long: bool = False) -> bytes:
    """Return `data` laid out by the typst file `template`, which reads it as JSON from `sys.inputs.data`; `on` is the
    PDF's own date. The same content gives the same bytes, so that its hash is stable.

    `is_long`: a long list. Structure tags would make its file twenty times bigger and typst keeps some 70 kB a row in
    its cache: it gets no tags, and its memory is given back. Safe in threads. Raises RenderedBeforeForkError in a
    process forked after its parent had rendered.
    """
    pdf = _engine.compiler(template).compile(
        format="pdf",
        sys_inputs=_inputs(data),
        timestamp=_timestamp(on),
        pdf_tags=not is_long,
    )
    if is_long:
        _engine.forget()
    assert isinstance(pdf, bytes)  # a list of pages only for images
    return pdf


def compiled_in(folder: Path, template: Path, data: Mapping[str, Any], *, on: date) -> bytes:
    """Return the PDF of a template that reads other files of `folder`; it carries no structure tags, and typst keeps
    nothing of it in its cache.
    """
    compiler = typst.Compiler(template, root=folder, font_paths=_engine.usable_fonts())
    pdf = compiler.compile(format="pdf", sys_inputs=_inputs(data), timestamp=_timestamp(on), pdf_tags=False)
    _engine.forget()
    assert isinstance(pdf, bytes)
    return pdf


def render_images(template: Path, data: Mapping[str, Any], *, dots_per_inch: int) -> list[bytes]:
    """Return the pages of the same as PNG pictures: what a person sees on his screen before there is a PDF."""
    pages = _engine.compiler(template).compile(format="png", sys_inputs=_inputs(data), ppi=dots_per_inch)
    assert pages is not None  # nothing but where it writes to a file
    return pages if isinstance(pages, list) else [pages]


def is_printable_image(content: bytes) -> bool:
    """Return whether a PNG or JPEG is whole: typst can unpack and print it."""
    try:
        _engine.compiler(IMAGE).compile(format="pdf", sys_inputs=_inputs({"image": list(content)}))
    except typst.TypstError:
        return False
    return True
