"""drop_old_lines: drops the single lines of reports that are older than they are to be kept."""

from __future__ import annotations

import datetime as dt
import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from creditrisk.dates import local_today
from receivables.services.retention import drop_old_lines, lines_kept_from

REFUSED = 2


class Command(BaseCommand):
    """Drops whole partitions; reports, files and sums stay."""

    help = (
        "Drops the single lines of reports before a month. Without --before the setting LINES_KEPT_MONTHS counts. "
        "Reports, their files and their sums stay."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--before", type=dt.date.fromisoformat, metavar="YYYY-MM-DD", help="a day of the first month kept"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would be dropped, drop nothing")
        parser.add_argument("--json", action="store_true", help="the result as JSON on standard output")

    def handle(self, *args: object, **options: Any) -> None:
        before = options["before"] or lines_kept_from(
            local_today(), months=settings.CREDITRISK_LINES_KEPT_MONTHS
        )
        if before is None:
            self.stderr.write(
                _("LINES_KEPT_MONTHS is 0: lines are kept for ever. Name a month with --before.")
            )
            raise SystemExit(REFUSED)
        names = drop_old_lines(before=before, dry_run=options["dry_run"])
        if options["json"]:
            self.stdout.write(json.dumps({"before": f"{before:%Y-%m}", "dropped": list(names)}))
        self.stderr.write(
            _("%(count)d partitions before %(month)s.") % {"count": len(names), "month": f"{before:%Y-%m}"}
        )
