"""`send_mails`: sends the mails that are due, as the worker does every half minute."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from creditrisk.notifications.services import send_due_mails


class Command(BaseCommand):
    help = "Send the mails that are due, and tell how many ended in which state."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the counts as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        counts = send_due_mails()
        if options["json"]:
            self.stdout.write(json.dumps(counts))
        else:
            told = ", ".join(f"{state}: {count}" for state, count in counts.items())
            self.stderr.write(told or "No mail was due.")
