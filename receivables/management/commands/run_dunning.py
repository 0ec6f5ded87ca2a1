"""run_dunning: the dunning run of a day, once.

A second call for the same day prints what was done on it. Exit 0: done (or shown); 1: some customers
failed, call it again; 2: refused, nothing written.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.dates import local_today
from creditrisk.exceptions import BusinessError
from creditrisk.jobs.models import JobRun
from receivables.dunning_result import DunningResult
from receivables.selectors.dunning import dunning_result_on
from receivables.services.dunning import run_dunning
from receivables.services.dunning_job import run_dunning_once

WARNINGS = {
    "report_stale": gettext_lazy(
        "The latest aging report is as of %(as_of)s, %(age_days)s days before: later payments are not in it."
    ),
    "terms_invalid": gettext_lazy(
        "The own dunning terms of %(count)s customers or contracts do not fit the policy: nobody is dunned by them."
    ),
    "waits_for_release": gettext_lazy(
        "%(count)s notices (%(stage)s) of %(as_of)s wait until a person releases them."
    ),
}
"""The texts of `DunningWarning`, by code."""


class Command(BaseCommand):
    """Reminders, dunning letters and final demands of one day (P5.2.3)."""

    help = (
        "Issues the reminders, dunning letters and final demands of a day, once: called again for the same "
        "day it prints what was done on it. The mails are sent by the worker, or by send_mails."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--on", required=True, type=dt.date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument(
            "--dry-run", action="store_true", help="show what would be done now; write nothing"
        )
        parser.add_argument("--json", action="store_true", help="as JSON on standard output")

    def handle(self, *_args: object, **options: Any) -> None:
        on: dt.date = options["on"]
        if on > local_today():
            self.stderr.write(_("%(on)s is still to come: mails leave today all the same.") % {"on": on})
        try:
            if options["dry_run"]:
                run, result = None, run_dunning(on=on, by=None, dry_run=True)
                warnings = [warning.as_json() for warning in result.warnings]
            else:
                run = run_dunning_once(on=on)
                result = dunning_result_on(on)
                warnings = (run.result or {}).get("warnings", [])
        except BusinessError as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        for warning in warnings:
            self.stderr.write(str(WARNINGS[warning["code"]]) % warning)
        self._print(result, as_json=options["json"])
        if run is not None and run.state == JobRun.State.FAILED:
            self.stderr.write(run.error)
            sys.exit(1)

    def _print(self, result: DunningResult, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(result.as_json(), ensure_ascii=False))
            return
        for notice in result.notices:
            self.stdout.write(
                f"{notice.stage:<16}{notice.customer:<20}{notice.currency} {notice.amount:>18,.2f}"
                f"  {', '.join(item.document for item in notice.items)}"
            )
        for deposit in result.deposits:
            self.stdout.write(
                f"{'deposit':<16}{deposit.customer:<20}{deposit.currency} {deposit.amount:>18,.2f}"
                f"  {deposit.contract} {deposit.state}"
            )
        for number in result.suspended:
            self.stdout.write(_("Cooperation with %(customer)s has stopped.") % {"customer": number})
        if not result.notices:
            self.stderr.write(_("Nothing was due."))
