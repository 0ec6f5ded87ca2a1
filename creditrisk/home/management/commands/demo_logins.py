"""Print the demo's log-ins."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from creditrisk.home.demo.people import demo_logins


class Command(BaseCommand):
    help = "Print the log-ins of the demo company, one per role."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        logins = demo_logins()
        self.stdout.write(f"Demo log-ins (password of all: {logins[0][2]})")
        for username, role, _password in logins:
            self.stdout.write(f"  {username:<10} {role}")
