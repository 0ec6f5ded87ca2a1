"""Bank and identity numbers outside the page of their owner: the last four characters, no more."""

from __future__ import annotations

SHOWN = 4
SHORTEST_SHOWN = 8
"""Of a shorter number four characters would give away too much."""
MASK = "••••"

MASKED_FIELDS = frozenset({"bank_account", "account_number"})
"""Names of model fields whose values lists, exports, logs and histories show masked."""


def mask_number(number: str) -> str:
    """Return `number` with all but its last four characters replaced; nothing of one shorter than eight."""
    plain = "".join(number.split())
    if not plain:
        return ""
    return f"{MASK} {plain[-SHOWN:]}" if len(plain) >= SHORTEST_SHOWN else MASK
