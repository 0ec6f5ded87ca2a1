"""Starts the annual reviews of a year for every customer with business in it, or those of one service manager (P3.2.6,
P4.2). Exit 0: done; 1: it failed for some customers, who are named; a second run starts theirs.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import InvalidInputError
from reviews.services import launch_annual_reviews


class Command(BaseCommand):
    help = (
        "Start the annual reviews of a year (P3.2.6) for the customers with business in it, in steps of 200. "
        "Whatever interrupts it, a second run starts what is missing and nothing twice."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--year", type=int, required=True, help="the year to assess")
        parser.add_argument(
            "--csm", metavar="USER", help="only the customers of this service manager (user name)"
        )
        chosen = parser.add_mutually_exclusive_group()
        chosen.add_argument(
            "--everybody", action="store_true", help="also customers without business in the year"
        )
        chosen.add_argument(
            "--with-business",
            action="store_true",
            help="only customers with business in the year, as without it and as the schedule does",
        )
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        manager = self._manager(options["csm"]) if options["csm"] else None
        try:
            launched = launch_annual_reviews(
                year=options["year"],
                now=timezone.now(),
                service_manager=manager,
                everybody=options["everybody"],
            )
        except InvalidInputError as refused:
            raise CommandError(str(refused)) from refused
        if options["json"]:
            result = {
                "year": options["year"],
                "started": launched.started,
                "left_out": launched.left_out,
                "failed": launched.failed,
            }
            self.stdout.write(json.dumps(result, ensure_ascii=False))
        else:
            self.stdout.write(f"started: {len(launched.started)}")
            for code, count in sorted(launched.reasons.items()):
                self.stdout.write(f"left out ({code}): {count}")
        for number, error in launched.failed.items():
            self.stderr.write(f"customer {number}: {error}")
        if launched.failed:
            sys.exit(1)

    def _manager(self, username: str) -> User:
        person = User.objects.filter(username=username).first()
        if person is None or not person.has_role(Role.SERVICE_MANAGER):
            raise CommandError(f"{username} is no customer service manager")
        return person
