"""remind_of_deadlines: reminders and escalations of a day, once.

A second call for the same day prints what was said on it. Exit 0: done; 1: some failed, call it again; 2: refused,
nothing written.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from creditrisk.exceptions import BusinessError
from reviews.services.deadlines import speak_once


class Command(BaseCommand):
    """Steps of reviews whose time is nearly up or over."""

    help = (
        "Reminds those whose steps have used most of their business days, and tells the next stage of those that are "
        "overdue, once a day: called again for the same day it prints what was said on it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--on", required=True, type=dt.date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument("--json", action="store_true", help="as JSON on standard output")

    def handle(self, *_args: object, **options: Any) -> None:
        try:
            run = speak_once(on=options["on"], now=timezone.now())
        except BusinessError as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        result = run.result or {"spoken": []}
        if options["json"]:
            self.stdout.write(json.dumps(result, ensure_ascii=False))
        else:
            for said in result["spoken"]:
                told = ", ".join(said["told"])
                self.stdout.write(
                    f"{said['kind']:<12}{said['review']:<20}{said['role']:<20}{said['due_on']} {told}"
                )
            if not result["spoken"]:
                self.stderr.write(_("No deadline is near or past."))
        if run.error:
            self.stderr.write(run.error)
            sys.exit(1)
