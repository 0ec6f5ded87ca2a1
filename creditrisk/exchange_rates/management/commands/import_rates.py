"""import_rates: enters the exchange rates of a file. Exit 0: all are entered; 2: refused, nothing written."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from creditrisk.dates import local_today
from creditrisk.exceptions import BusinessError
from creditrisk.exchange_rates.services import upload_rates
from creditrisk.policy.selectors import policy_version_on

REFUSED = 2


class Command(BaseCommand):
    """Enters all rates of a file, or none."""

    help = "Enters exchange rates from a file with the columns Currency, Date and Rate: all of them, or none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="xlsx, ods or csv")
        parser.add_argument("--json", action="store_true", help="the result as JSON on standard output")

    def handle(self, *args: object, **options: Any) -> None:
        base = policy_version_on(local_today()).policy.base_currency
        try:
            count = upload_rates(path=options["file"], base_currency=base, by=None)
        except (BusinessError, OSError) as refusal:
            self.stderr.write(str(refusal))
            if options["json"]:
                self.stdout.write(
                    json.dumps({"rates": 0, "base": base, "error": str(refusal)}, ensure_ascii=False)
                )
            raise SystemExit(REFUSED) from None
        self.stderr.write(_("Entered %(count)d rates in %(base)s.") % {"count": count, "base": base})
        if options["json"]:
            self.stdout.write(json.dumps({"rates": count, "base": base}))
