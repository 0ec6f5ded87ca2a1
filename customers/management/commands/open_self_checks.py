"""open_self_checks: the half-yearly self-checks of contracts, opened once.

A second call for the same day prints what was opened on it. Exit 0: done (or shown); 2: refused, nothing written.
"""

from __future__ import annotations

import datetime as dt
import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from creditrisk.dates import local_today
from creditrisk.exceptions import BusinessError
from customers.services.self_check import SelfCheckRun, open_self_checks, self_checks_opened_on
from customers.services.self_check_job import open_self_checks_once


class Command(BaseCommand):
    """Self-checks by account managers and service managers (P3.2.3)."""

    help = (
        "Opens the self-checks of the contracts being performed, for the half-year that a day lies in, once: "
        "called again for the same day it prints what was opened on it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--on", required=True, type=dt.date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument("--dry-run", action="store_true", help="show what would be opened; write nothing")
        parser.add_argument("--json", action="store_true", help="as JSON on standard output")

    def handle(self, *_args: object, **options: Any) -> None:
        on: dt.date = options["on"]
        if on > local_today():
            raise CommandError(_("%(on)s is still to come.") % {"on": on}, returncode=2)
        try:
            if options["dry_run"]:
                run = open_self_checks(on=on, dry_run=True)
            else:
                open_self_checks_once(on=on)
                run = self_checks_opened_on(on)
        except BusinessError as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        self._print(run, as_json=options["json"])

    def _print(self, run: SelfCheckRun, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(run.as_json(), ensure_ascii=False))
            return
        for task in run.opened:
            self.stdout.write(
                f"{task.contract:<24}{task.customer:<20}{task.role:<18}{task.person:<20}{task.due_on}"
            )
        if not run.opened:
            self.stderr.write(_("Nothing was to be opened."))
