"""raise_warnings: the early warnings of a day, once.

A second call for the same day prints what was raised on it. Exit 0: done (or shown); 1: some customers failed, call it
again; 2: refused, nothing written.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from creditrisk.exceptions import BusinessError
from creditrisk.jobs.models import JobRun
from customers.warning_wording import sentence
from receivables.services.warning_job import raise_warnings_once
from receivables.services.warnings import raise_warnings, raised_on
from receivables.warning_result import CaseSummary, WarningsResult


class Command(BaseCommand):
    """Early warnings of one day (P5.1)."""

    help = (
        "Raises the early warnings of a day as cases, once, tells their owners, and tells the leaders of overdue "
        "cases: called again for the same day it prints what was done on it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--on", required=True, type=dt.date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument(
            "--dry-run", action="store_true", help="show what would be raised now; write nothing"
        )
        parser.add_argument("--json", action="store_true", help="as JSON on standard output")

    def handle(self, *_args: object, **options: Any) -> None:
        on: dt.date = options["on"]
        run: JobRun | None = None
        try:
            if options["dry_run"]:
                result = raise_warnings(on=on, dry_run=True)
            else:
                run = raise_warnings_once(on=on)
                result = raised_on(on)
        except BusinessError as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        if result.is_stale:
            self.stderr.write(
                _("The latest aging report is as of %(as_of)s: too old to say who leaves.")
                % {"as_of": result.as_of}
            )
        self._print(result, as_json=options["json"])
        if run is not None and run.state == JobRun.State.FAILED:
            self.stderr.write(run.error)
            sys.exit(1)

    def _print(self, result: WarningsResult, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(result.as_json(), ensure_ascii=False))
            return
        self._list(_("raised"), result.raised)
        self._list(_("worse"), result.worse)
        self._list(_("escalated"), result.escalated)
        if not (result.raised or result.worse or result.escalated):
            self.stderr.write(_("Nothing warns."))

    def _list(self, what: str, cases: Sequence[CaseSummary]) -> None:
        for case in cases:
            told = sentence(case.kind, case.numbers)
            self.stdout.write(f"{what:<10} {case.number:<14} {case.customer:<16} {case.kind:<22} {told}")
