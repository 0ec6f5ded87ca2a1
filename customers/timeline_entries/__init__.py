"""What the customer file itself tells in a customer's timeline: one function for each sort of entry."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from customers.timeline import Kind, register_kind
from customers.timeline_entries import contracts, file, portfolio, standing, warnings


def register() -> None:
    """Register the kinds of this app; the higher apps put theirs between them."""
    for position, kind in (
        (20, Kind("grade", _("Grade"), "star", (standing.grades,))),
        (30, Kind("state", _("State"), "flag", (standing.states,))),
        (40, Kind("limit", _("Credit limit"), "speedometer2", (standing.limits,))),
        (80, Kind("visit", _("Visit"), "geo-alt", portfolio.VISITS)),
        (85, Kind("warning", _("Early warning"), "exclamation-triangle-fill", warnings.WARNINGS)),
        (90, Kind("follow_up", _("Follow-up"), "list-check", portfolio.FOLLOW_UPS)),
        (100, Kind("contract", _("Contract"), "file-earmark-text", contracts.CONTRACTS)),
        (110, Kind("deposit", _("Deposit"), "bank", (contracts.deposits,))),
        (120, Kind("portfolio", _("Portfolio"), "people", portfolio.HANDOVERS)),
        (130, Kind("confirmation", _("File confirmation"), "patch-check", (portfolio.confirmations,))),
        (140, Kind("qualification", _("Qualification"), "file-earmark-check", (file.qualifications,))),
        (150, Kind("identity", _("Alias or merge"), "link-45deg", (file.merges, file.aliases))),
        (160, Kind("edit", _("File edit"), "pencil", file.EDITS)),
    ):
        register_kind(kind, position=position)
