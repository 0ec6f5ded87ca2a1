"""History of every change to a model: one decorator, the same everywhere (bulk updates and raw SQL included).

The events are rows written by database triggers; the event tables refuse updates and deletes.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

import pghistory
from django.db import models

ModelType = TypeVar("ModelType", bound=type[models.Model])


def tracked(*, exclude: tuple[str, ...] = ()) -> Callable[[ModelType], ModelType]:
    """Return a class decorator that keeps every insert, update and delete of the model, with who and when."""

    def decorate(model: ModelType) -> ModelType:
        options: dict[str, Any] = {"exclude": list(exclude)} if exclude else {}
        pghistory.track(
            pghistory.InsertEvent(),
            pghistory.UpdateEvent(),
            pghistory.DeleteEvent(),
            append_only=True,
            **options,
        )(model)
        return model

    return decorate


def acting(by: models.Model | None) -> AbstractContextManager[Any]:
    """Return a context in which the history names `by` as the person who acts; None leaves it as it is.

    Requests name their user anyway; services name theirs, so that commands, tasks and tests do too.
    """
    return nullcontext() if by is None else pghistory.context(user=by.pk)
