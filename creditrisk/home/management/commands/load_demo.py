"""Load the demo company into an empty database."""

from __future__ import annotations

import argparse
import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from creditrisk.dates import add_months, end_of_month, local_today
from creditrisk.exceptions import BusinessError
from creditrisk.home.demo.load import load_demo


class Command(BaseCommand):
    help = "Load the demo: people in every role, 300 customers, 24 monthly reports, reviews in every state."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--last", type=dt.date.fromisoformat, help="the last month end (default: of last month)"
        )

    def handle(self, *args: Any, last: dt.date | None, **options: Any) -> None:
        today = local_today()
        last = end_of_month(last or add_months(today, -1))
        try:
            counts = load_demo(last=last, today=today)
        except BusinessError as error:
            raise CommandError(str(error)) from error
        self.stderr.write("demo loaded: " + ", ".join(f"{number} {name}" for name, number in counts.items()))
