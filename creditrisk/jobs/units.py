"""Units of a job that share a transaction: one that fails does not stop the others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from django.db import connection

logger = logging.getLogger(__name__)


def tried(
    keys: Sequence[int], work: Callable[[Sequence[int]], None], *, fatal: tuple[type[Exception], ...] = ()
) -> dict[int, Exception]:
    """Do `work` for all `keys` together; return key → error for each for which it failed. Where all were taken back
    because of one of them, each half is tried alone.

    `work` does all of what it is given or nothing, in a transaction of its own. Raises what is `fatal` to the whole
    run, and every error where the database is gone.
    """
    try:
        work(keys)
    except fatal:
        raise
    except Exception as error:
        if not connection.is_usable():
            raise
        if len(keys) > 1:
            half = len(keys) // 2
            return tried(keys[:half], work, fatal=fatal) | tried(keys[half:], work, fatal=fatal)
        logger.exception("The unit %s failed.", keys[0])
        return {keys[0]: error}
    return {}
