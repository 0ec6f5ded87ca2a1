"""Statements of liquidated damages (违约金清单) on paper: content, texts in three languages, layout."""

from receivables.damages_statement.content import (
    DamagesStatement,
    StatedItem,
    StatedPart,
    StatedSettlement,
)
from receivables.damages_statement.rendering import render_damages

__all__ = ["DamagesStatement", "StatedItem", "StatedPart", "StatedSettlement", "render_damages"]
