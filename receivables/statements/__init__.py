"""Statements of account (对账单) on paper: content, texts in three languages, layout."""

from receivables.statements.content import StatementContent, StatementItem, StatementPart
from receivables.statements.rendering import render_statement

__all__ = ["StatementContent", "StatementItem", "StatementPart", "render_statement"]
