"""What a page asks several times, each card for itself, is asked of the database once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")
_answers: ContextVar[dict[Any, Any] | None] = ContextVar("answers", default=None)


@contextmanager
def answers_kept() -> Iterator[None]:
    """Keep the answers of functions marked `asked_once` as long as the block runs. Nothing they read may be written in
    it: the middleware opens it for requests that only read. A block within another is part of it.
    """
    known = _answers.get()
    token = _answers.set({} if known is None else known)
    try:
        yield
    finally:
        _answers.reset(token)


def asked_once(ask: Callable[Arguments, Answer]) -> Callable[Arguments, Answer]:
    """Mark a selector whose answer holds for a whole page; its arguments are hashable. Outside `answers_kept` it asks
    every time.
    """

    @wraps(ask)
    def answer(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer:
        known = _answers.get()
        if known is None:
            return ask(*args, **kwargs)
        key = (ask, args, tuple(sorted(kwargs.items())))
        if key not in known:
            known[key] = ask(*args, **kwargs)
        kept: Answer = known[key]
        return kept

    return answer
