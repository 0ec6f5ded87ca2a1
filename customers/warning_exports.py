"""Cases of early warning as Excel or csv: what the filter leaves, in the order of the list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from creditrisk.workbooks import DATE_WIDTH, Cell, Column, Table
from customers.models import WarningCase
from customers.warning_wording import sentence


def cases_table(cases: Iterable[WarningCase]) -> Table:
    """Return the cases, one line each."""
    columns = [
        Column(_("Number"), 16),
        Column(_("Customer number"), 16),
        Column(_("Customer"), 36),
        Column(_("Kind"), 24),
        Column(_("What warns"), 60),
        Column(_("State"), 12),
        Column(_("Raised"), DATE_WIDTH),
        Column(_("Raised by")),
        Column(_("Due"), DATE_WIDTH),
        Column(_("Owner")),
        Column(_("Account manager")),
        Column(_("Customer service manager")),
        Column(_("Outcome"), 20),
        Column(_("Closing note"), 60),
        Column(_("Closed"), DATE_WIDTH),
        Column(_("Closed by")),
    ]
    rows: Iterator[list[Cell]] = (
        [
            case.number,
            case.customer.number,
            case.customer.name,
            case.get_kind_display(),
            sentence(case.kind, case.numbers, reason=case.reason),
            case.get_state_display(),
            case.raised_on,
            str(case.raised_by or ""),
            case.due_on,
            str(case.owner or ""),
            str(case.customer.account_manager or ""),
            str(case.customer.service_manager or ""),
            case.get_outcome_display(),
            case.closing_note,
            case.closed_on,
            str(case.closed_by or ""),
        ]
        for case in cases
    )
    return Table(columns, rows)
