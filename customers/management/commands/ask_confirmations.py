"""ask_confirmations: asks people to confirm customer files, once a month.

A second call for the same month prints what was asked the first time. Exit 0: done (or shown); 2: refused, nothing
written.
"""

from __future__ import annotations

import datetime as dt
import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from creditrisk.exceptions import BusinessError
from customers.services.confirmation_job import ask_confirmations, confirmations_to_ask


class Command(BaseCommand):
    """The files that are overdue or due, by person (P4.3)."""

    help = (
        "Asks the managers of every customer file that is overdue or soon due to confirm it: one message for each "
        "person, once a month. Called again for the same month it prints what was asked."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--on", required=True, type=dt.date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument(
            "--dry-run", action="store_true", help="show who would be asked now; write nothing"
        )
        parser.add_argument("--json", action="store_true", help="as JSON on standard output")

    def handle(self, *_args: object, **options: Any) -> None:
        on: dt.date = options["on"]
        try:
            if options["dry_run"]:
                result = confirmations_to_ask(on=on).as_json()
            else:
                run = ask_confirmations(on=on)
                result = run.result or {}
        except BusinessError as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        if options["json"]:
            self.stdout.write(json.dumps(result, ensure_ascii=False))
            return
        self._print(result)

    def _print(self, result: dict[str, Any]) -> None:
        if "covered_by" in result:
            self.stderr.write(_("Asked for with %(period)s.") % {"period": result["covered_by"]})
            return
        for digest in result["asked"]:
            for file in digest["files"]:
                self.stdout.write(f"{digest['person']:<20}{file['due_on']:<12}{file['customer']}")
        for number in result["unassigned"]:
            self.stderr.write(_("Nobody manages %(customer)s.") % {"customer": number})
        if not result["asked"]:
            self.stderr.write(_("No file asks to be confirmed."))
