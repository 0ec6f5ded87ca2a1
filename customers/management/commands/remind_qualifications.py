"""remind_qualifications: the reminders of a day, once.

A second call for the same day prints what was sent on it. Exit 0: done (or shown); 1: some failed, call it again;
2: refused, nothing written.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from argparse import ArgumentParser
from dataclasses import replace
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from creditrisk.exceptions import BusinessError
from customers.services.qualification_reminders import (
    Reminders,
    remind_of_qualifications,
    remind_once,
    reminded_on,
)


class Command(BaseCommand):
    """Licences and certificates that end soon (P4.3)."""

    help = (
        "Reminds account and service managers of the qualifications of their customers that end, once a day: "
        "called again for the same day it prints what was sent on it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--on", required=True, type=dt.date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument(
            "--dry-run", action="store_true", help="show what would be sent now; write nothing"
        )
        parser.add_argument("--json", action="store_true", help="as JSON on standard output")

    def handle(self, *_args: object, **options: Any) -> None:
        on: dt.date = options["on"]
        try:
            result = remind_of_qualifications(on=on, dry_run=True)
            if not options["dry_run"]:
                run = remind_once(on=on)
                errors = tuple(filter(None, run.error.splitlines()))
                result = replace(reminded_on(on), unattended=result.unattended, errors=errors)
        except BusinessError as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        self._print(result, on=on, as_json=options["json"])
        if result.errors:
            sys.exit(1)

    def _print(self, result: Reminders, *, on: dt.date, as_json: bool) -> None:
        for error in result.errors:
            self.stderr.write(error)
        if result.unattended:
            count = len(result.unattended)
            self.stderr.write(
                ngettext(
                    "%(count)s qualification ends and nobody looks after its customer.",
                    "%(count)s qualifications end and nobody looks after their customers.",
                    count,
                )
                % {"count": count}
            )
        if as_json:
            self.stdout.write(json.dumps({"on": on.isoformat()} | result.as_json(), ensure_ascii=False))
            return
        for reminder in result.reminders:
            self.stdout.write(
                f"{reminder.customer:<20}{reminder.valid_to_on}{reminder.days_left:>5}  {reminder.label}"
                f"  {', '.join(reminder.told)}"
            )
        if not result.reminders:
            self.stderr.write(_("Nothing was due."))
