"""monthly_summary: makes the summaries of a month where they are missing, and prints them (P3.2.5)."""

from __future__ import annotations

import datetime as dt
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from creditrisk.arguments import month
from creditrisk.exceptions import InvalidInputError
from supervision.exports import write_summary
from supervision.models import MonthlySummary
from supervision.selectors.summaries import addenda_of, summaries_of_month, summary_document
from supervision.services.summaries import make_summaries
from supervision.summary_document import sheets_of, summary_pdf
from supervision.summary_document.pdf import shown

BAD_INPUT = 2
FAILED = 1


class Command(BaseCommand):
    """Makes and prints. Exit 0; 1 where a summary failed; 2 for a month that is not over or nobody's user name."""

    help = (
        "Makes the monthly summary of every customer service manager and of the group, where it is missing, and"
        " prints what they say. What is signed is printed as it was signed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--month", type=month, required=True, metavar="YYYY-MM", help="a month that is over"
        )
        parser.add_argument("--csm", metavar="USER", help="only this customer service manager's")
        parser.add_argument("--json", action="store_true", help="as JSON on standard output")
        parser.add_argument(
            "--pdf", type=Path, metavar="FILE", help="write the PDF: of --csm, else of the group"
        )
        parser.add_argument("--xlsx", type=Path, metavar="FILE", help="write the workbook of the same")

    def handle(self, *args: object, **options: Any) -> None:
        try:
            done = make_summaries(month=options["month"], now=timezone.now())
        except InvalidInputError as refusal:
            raise CommandError(str(refusal), returncode=BAD_INPUT) from None
        found = summaries_of_month(options["month"], username=options["csm"])
        if options["csm"] and not found:
            text = _("%(user)s has no summary of this month.") % {"user": options["csm"]}
            raise CommandError(text, returncode=BAD_INPUT)
        self._write_files(found, options)
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(options["month"], found), ensure_ascii=False))
        else:
            self.stdout.write("\n".join(line for summary in found for line in _as_text(summary)))
        if done.errors:
            raise CommandError("\n".join(done.errors), returncode=FAILED)

    def _write_files(self, found: list[MonthlySummary], options: dict[str, Any]) -> None:
        if not options["pdf"] and not options["xlsx"]:
            return
        chosen = next((one for one in found if options["csm"] or one.is_group), None)
        if chosen is None:  # the group's failed: the errors say why
            return
        if options["pdf"]:
            pdf = summary_pdf(summary_document(chosen), language=get_language() or "en")
            options["pdf"].write_bytes(pdf)
        if options["xlsx"]:
            with options["xlsx"].open("wb") as file:
                write_summary(file, summary=chosen)


def _as_json(wanted: dt.date, found: list[MonthlySummary]) -> dict[str, Any]:
    group = next((summary for summary in found if summary.is_group), None)
    return {
        "month": f"{wanted:%Y-%m}",
        "group": _summary_json(group) if group else None,
        "managers": [_summary_json(summary) for summary in found if not summary.is_group],
    }


def _summary_json(summary: MonthlySummary) -> dict[str, Any]:
    manager, signer = summary.service_manager, summary.signed_by
    return {
        "manager": manager.username if manager else None,
        "name": manager.display_name if manager else None,
        "state": str(summary.state),
        "computed_at": timezone.localtime(summary.computed_at).isoformat(),
        "sign_by": summary.sign_by_on.isoformat(),
        "signed_by": signer.username if signer else None,
        "signed_at": timezone.localtime(summary.signed_at).isoformat() if summary.signed_at else None,
        "analysis": summary.analysis,
        "facts": summary.facts,
        "addenda": [
            {
                "report": addendum.report.number,
                "added_on": timezone.localdate(addendum.added_at).isoformat(),
                "changes": addendum.changes,
            }
            for addendum in addenda_of(summary)
        ],
    }


def _as_text(summary: MonthlySummary) -> list[str]:
    lines = [f"{summary.month:%Y-%m} {summary.whose} ({summary.get_state_display()})"]
    for sheet in sheets_of(summary.figures):
        lines.append(f"  {sheet.title}")
        lines += ["    " + "  ".join(filter(None, map(shown, row.cells))) for row in sheet.rows]
    lines += [f"  {line}" for line in summary.analysis.splitlines()]
    return lines
