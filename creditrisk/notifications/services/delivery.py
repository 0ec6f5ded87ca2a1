"""How an attempt to deliver a message ended."""

from __future__ import annotations

from dataclasses import dataclass

from creditrisk.notifications.models import OutboxMessage

TOLD_CHARACTERS = 1000


@dataclass(frozen=True)
class Delivery:
    """Sent, to be tried again, failed for good, or unknown. `is_unreachable`: no server answered, so that its other
    messages wait as well; `is_too_many`: the robot asks for a pause.
    """

    state: OutboxMessage.State
    error: str = ""
    is_unreachable: bool = False
    is_too_many: bool = False


def told(error: Exception) -> str:
    """Return what is kept of an error."""
    return f"{type(error).__name__}: {error}"[:TOLD_CHARACTERS]
