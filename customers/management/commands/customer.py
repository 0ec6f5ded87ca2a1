"""customer: everything the file of one customer says today: his credit dossier."""

from __future__ import annotations

import datetime as dt
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from creditrisk.dates import local_today
from customers.dossier import Dossier, dossier_of
from customers.dossier.content import shown
from customers.dossier.pdf import dossier_pdf
from customers.management.arguments import customer_numbered


class Command(BaseCommand):
    """Prints the dossier, or writes it as a PDF. Exit 2 where there is no such customer."""

    help = (
        "Prints the credit dossier of a customer: the file, limits and exposure, receivables, reviews, contracts, and "
        "the newest things that happened. Whoever calls it on the server sees everything; account numbers are masked."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", help="customer number")
        parser.add_argument(
            "--since", type=dt.date.fromisoformat, metavar="YYYY-MM-DD", help="first day of the timeline"
        )
        parser.add_argument(
            "--until", type=dt.date.fromisoformat, metavar="YYYY-MM-DD", help="last day of the timeline"
        )
        parser.add_argument("--json", action="store_true", help="as JSON on standard output")
        parser.add_argument("--pdf", type=Path, metavar="FILE", help="write it as a PDF")

    def handle(self, *_args: object, **options: Any) -> None:
        customer = customer_numbered(options["number"])
        dossier = dossier_of(
            customer=customer,
            person=None,
            on=local_today(),
            since=options["since"],
            until=options["until"],
        )
        if options["pdf"]:
            pdf = dossier_pdf(dossier, printed_by=_("the system"), printed_at=timezone.now())
            options["pdf"].write_bytes(pdf)
        if options["json"]:
            self.stdout.write(json.dumps(dossier.as_json(), ensure_ascii=False))
        elif not options["pdf"]:
            self._print(dossier)

    def _print(self, dossier: Dossier) -> None:
        for section in dossier.sections:
            self.stdout.write(f"\n{section.title}")
            for fact in section.facts:
                self.stdout.write(f"  {fact.label}: {shown(fact.value)}")
            for row in section.rows:
                self.stdout.write("  " + " | ".join(map(shown, row)))
        self.stdout.write("\n" + _("Timeline"))
        for line in dossier.lines:
            entry = line.entry
            parts = (str(entry.on), str(line.kind.label), entry.title, entry.about, entry.person)
            self.stdout.write("  " + " | ".join(filter(None, parts)))
