"""Load the demo company into an empty database."""

from __future__ import annotations

import argparse
import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from creditrisk.dates import add_months, end_of_month, local_today
from creditrisk.exceptions import BusinessError
from creditrisk.home.demo.companies import COUNT, MOST
from creditrisk.home.demo.ledger import MONTHS
from creditrisk.home.demo.load import load_demo
from creditrisk.home.demo.reviews import PLAN


class Command(BaseCommand):
    help = "Load the demo: people in every role, 300 customers, 24 monthly reports, reviews in every state."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--last", type=dt.date.fromisoformat, help="the last month end (default: of last month)"
        )
        parser.add_argument(
            "--customers", type=int, default=COUNT, help=f"{len(PLAN) + 1} to {MOST} (default: %(default)s)"
        )
        parser.add_argument("--months", type=int, default=MONTHS, help="1 to 24 (default: %(default)s)")

    def handle(self, *args: Any, last: dt.date | None, customers: int, months: int, **options: Any) -> None:
        if not (len(PLAN) < customers <= MOST and 0 < months <= MONTHS):
            raise CommandError(
                f"--customers is {len(PLAN) + 1} to {MOST}, --months 1 to {MONTHS}: "
                "every state of a review has a customer, and the others need reports."
            )
        today = local_today()
        last = end_of_month(last or add_months(today, -1))
        try:
            counts = load_demo(last=last, today=today, count=customers, months=months)
        except BusinessError as error:
            raise CommandError(str(error)) from error
        self.stderr.write("demo loaded: " + ", ".join(f"{number} {name}" for name, number in counts.items()))
