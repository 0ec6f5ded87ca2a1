"""The lists of uploads, letters and statements as Excel or csv: what the filter leaves, in the order of the list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from creditrisk.workbooks import AMOUNT_WIDTH, DATE_WIDTH, Cell, Column, Table
from receivables.models import CooperationProposal, DunningNotice, Report, Statement


def uploads_table(reports: Iterable[Report]) -> Table:
    """Return the uploads, one line for each currency of their totals."""
    columns = [
        Column(_("Number"), 16),
        Column(_("As-of date"), DATE_WIDTH),
        Column(_("Kind of file")),
        Column(_("Uploaded file"), 36),
        Column(_("State"), 16),
        Column(_("Superseded by"), 16),
        Column(_("Rows"), 10),
        Column(_("Uploaded by")),
        Column(_("Uploaded at"), DATE_WIDTH),
        Column(_("Currency"), 10),
        Column(_("Total"), AMOUNT_WIDTH),
    ]
    return Table(columns, (line for report in reports for line in _upload_lines(report)))


def _upload_lines(report: Report) -> Iterator[list[Cell]]:
    later = next(iter(report.superseded_by.all()), None)
    facts: list[Cell] = [
        report.number,
        report.as_of,
        report.get_file_kind_display(),
        report.file_name,
        report.get_state_display(),
        later.number if later else None,
        report.rows,
        str(report.uploaded_by or _("import command")),
        timezone.localdate(report.uploaded_at),
    ]
    yield from ([*facts, *amount] for amount in _amounts(report.totals))


def letters_table(notices: Iterable[DunningNotice]) -> Table:
    """Return the letters, one line each."""
    columns = [
        Column(_("Customer number"), 16),
        Column(_("Customer"), 36),
        Column(_("Stage")),
        Column(_("Letter"), 16),
        Column(_("Issued on"), DATE_WIDTH),
        Column(_("Currency"), 10),
        Column(_("Amount"), AMOUNT_WIDTH),
        Column(_("State")),
        Column(_("Mail"), 30),
        Column(_("Sent on"), DATE_WIDTH),
        Column(_("Way"), 16),
        Column(_("Tracking number"), 20),
    ]
    rows: Iterator[list[Cell]] = (
        [
            notice.customer.number,
            notice.customer.name,
            notice.get_stage_display(),
            notice.number,
            notice.issued_on,
            notice.currency,
            notice.total_amount,
            str(notice.delivery.label),
            notice.message.to if notice.message else None,
            notice.sent_on,
            notice.get_posted_by_way_display() or None,
            notice.tracking_number or None,
        ]
        for notice in notices
    )
    return Table(columns, rows)


def statements_table(statements: Iterable[Statement]) -> Table:
    """Return the statements of account, one line for each currency."""
    columns = [
        Column(_("Number"), 16),
        Column(_("Customer number"), 16),
        Column(_("Customer"), 36),
        Column(_("As-of date"), DATE_WIDTH),
        Column(_("Issued on"), DATE_WIDTH),
        Column(_("Sent"), 16),
        Column(_("Answer")),
        Column(_("Slip returned on"), DATE_WIDTH),
        Column(_("Difference"), 36),
        Column(_("Currency"), 10),
        Column(_("Balance"), AMOUNT_WIDTH),
    ]
    return Table(columns, (line for statement in statements for line in _statement_lines(statement)))


def _statement_lines(statement: Statement) -> Iterator[list[Cell]]:
    facts: list[Cell] = [
        statement.number,
        statement.customer.number,
        statement.customer.name,
        statement.as_of,
        statement.issued_on,
        statement.message.get_state_display() if statement.message else _("printed"),
        statement.get_answer_display() if statement.answer else None,
        statement.answered_on,
        statement.answer_note or None,
    ]
    yield from ([*facts, *amount] for amount in _amounts(statement.totals))


def _amounts(totals: Mapping[str, str]) -> list[tuple[str | None, Decimal | None]]:
    return [(currency, Decimal(amount)) for currency, amount in sorted(totals.items())] or [(None, None)]


def proposals_table(proposals: Iterable[CooperationProposal]) -> Table:
    """Return the proposals about cooperation, one line each."""
    columns = [
        Column(_("Number"), 16),
        Column(_("Customer number"), 16),
        Column(_("Customer"), 36),
        Column(_("Proposal")),
        Column(_("State")),
        Column(_("Proposed on"), DATE_WIDTH),
        Column(_("Proposed by")),
        Column(_("Reason"), 48),
        Column(_("Decided on"), DATE_WIDTH),
        Column(_("Decided by")),
        Column(_("Reason or conditions"), 48),
    ]
    return Table(columns, (_proposal_line(proposal) for proposal in proposals))


def _proposal_line(proposal: CooperationProposal) -> list[Cell]:
    return [
        proposal.number,
        proposal.customer.number,
        proposal.customer.name,
        proposal.get_kind_display(),
        proposal.get_state_display(),
        proposal.proposed_on,
        str(proposal.proposed_by or _("the rules")),
        proposal.reason_text,
        proposal.decided_on,
        str(proposal.decided_by) if proposal.decided_by else None,
        proposal.decision,
    ]
