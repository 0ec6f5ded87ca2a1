"""`record_bounce < message.eml`: takes a mail server's report that a mail of ours did not arrive (RFC 3464).

For an alias of the mail server that pipes what comes back: `bounces: "|manage.py record_bounce"`.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import timezone

from creditrisk.exceptions import ConflictError, InvalidInputError
from creditrisk.notifications.bounce_reports import MAX_BYTES, read_report
from creditrisk.notifications.services import take_bounce_report
from creditrisk.notifications.services.mailing import mail_domain

REFUSED = 2
TRY_AGAIN = 75
"""EX_TEMPFAIL of sysexits.h: the mail server keeps the report and pipes it again later."""


class Command(BaseCommand):
    help = (
        "Take a report of a mail server from standard input: the mail it is about counts as bounced. Exit status 0:"
        " taken, or known already; 2: no report about a mail of ours, nothing written; 75: try again later."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print what was done as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        raw = sys.stdin.buffer.read(MAX_BYTES + 1)
        report = read_report(raw, domain=mail_domain())
        if report is None:
            raise CommandError("This is no report about a mail of ours.", returncode=REFUSED)
        try:
            taken = take_bounce_report(report=report, now=timezone.now())
        except InvalidInputError as refusal:
            raise CommandError(str(refusal), returncode=REFUSED) from refusal
        except (ConflictError, OperationalError) as trouble:
            raise CommandError(str(trouble), returncode=TRY_AGAIN) from trouble
        if options["json"]:
            told = {"message": report.message, "action": taken, "status": report.status}
            self.stdout.write(json.dumps(told))
        else:
            self.stderr.write(f"message {report.message}: {taken}")
