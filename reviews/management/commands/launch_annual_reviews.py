"""Starts the annual reviews of a year for every customer, or those of one service manager (P3.2.6, P4.2)."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import InvalidInputError
from reviews.services import launch_annual_reviews


class Command(BaseCommand):
    help = (
        "Start the annual reviews of a year (P3.2.6) in steps of 200 customers. "
        "Whatever interrupts it, a second run starts what is missing and nothing twice."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--year", type=int, required=True, help="the year to assess")
        parser.add_argument(
            "--csm", metavar="USER", help="only the customers of this service manager (user name)"
        )
        parser.add_argument(
            "--with-business",
            action="store_true",
            help="only customers with business in the year, as the schedule does",
        )
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        manager = self._manager(options["csm"]) if options["csm"] else None
        try:
            launched = launch_annual_reviews(
                year=options["year"],
                now=timezone.now(),
                service_manager=manager,
                with_business=options["with_business"],
            )
        except InvalidInputError as refused:
            raise CommandError(str(refused)) from refused
        if options["json"]:
            result = {"year": options["year"], "started": launched.started, "left_out": launched.left_out}
            self.stdout.write(json.dumps(result, ensure_ascii=False))
            return
        self.stdout.write(f"started: {len(launched.started)}")
        for code, count in sorted(launched.reasons.items()):
            self.stdout.write(f"left out ({code}): {count}")

    def _manager(self, username: str) -> User:
        person = User.objects.filter(username=username).first()
        if person is None or not person.has_role(Role.SERVICE_MANAGER):
            raise CommandError(f"{username} is no customer service manager")
        return person
