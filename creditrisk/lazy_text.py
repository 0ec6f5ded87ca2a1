"""Texts that are translated only when they are read: each reader is told in his own language."""

from __future__ import annotations

from django.utils.functional import Promise, lazystr


class _Filled:
    def __init__(self, text: str | Promise, values: dict[str, object]) -> None:
        self.text, self.values = text, values

    def __str__(self) -> str:
        return str(self.text) % self.values


def filled(text: str | Promise, **values: object) -> Promise:
    """Return the lazily translated `text` with `values` filled in."""
    return lazystr(_Filled(text, values))
