"""Words for the person at the keyboard, who may have closed the window meanwhile."""

from __future__ import annotations

import sys
from contextlib import suppress


def say(text: str) -> None:
    """Print to standard output."""
    with suppress(OSError):
        print(text, flush=True)


def note(text: str) -> None:
    """Print to standard error, which stays apart from what a command is asked to print."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)
