"""letters: the letters of a stage and some days as one PDF for the printer."""

from __future__ import annotations

import datetime as dt
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from creditrisk.dates import local_today
from creditrisk.exceptions import BusinessError
from receivables.models import Delivery, DunningNotice, Stage
from receivables.selectors.dunning import with_delivery_state
from receivables.selectors.letter_batch import PrintOrder, batch_pdf, letters_to_print

REFUSED = 2


class Command(BaseCommand):
    """Writes what was issued, byte by byte checked against its fingerprint; notes nothing."""

    help = "Writes the letters of a stage, issued from day to day, into one PDF."

    def add_arguments(self, parser: ArgumentParser) -> None:
        day: dict[str, Any] = {"required": True, "type": dt.date.fromisoformat, "metavar": "YYYY-MM-DD"}
        parser.add_argument("--stage", required=True, choices=Stage.values)
        parser.add_argument("--from", dest="first", **day, help="issued on this day or later")
        parser.add_argument("--to", dest="last", **day, help="issued on this day or before")
        parser.add_argument("--pdf", required=True, type=Path, metavar="FILE", help="where to write it")
        parser.add_argument(
            "--sort", choices=[order.value for order in PrintOrder], default=PrintOrder.POST_CODE.value
        )
        parser.add_argument("--to-post", action="store_true", help="only those that wait to be posted")
        parser.add_argument("--duplex", action="store_true", help="each letter starts on a new sheet")
        parser.add_argument("--json", action="store_true", help="as JSON on standard output")

    def handle(self, *args: object, **options: Any) -> None:
        try:
            letters, pages = _written(options)
        except BusinessError as refusal:
            raise CommandError(str(refusal), returncode=REFUSED) from None
        except OSError as error:
            raise CommandError(
                _("%(file)s cannot be written: %(error)s")
                % {"file": options["pdf"], "error": error.strerror},
                returncode=REFUSED,
            ) from None
        if options["json"]:
            found = {
                "file": str(options["pdf"]),
                "pages": pages,
                "letters": [_told(letter) for letter in letters],
            }
            self.stdout.write(json.dumps(found, ensure_ascii=False))
        else:
            text = _("%(letters)d letters on %(pages)d pages are in %(file)s.")
            self.stdout.write(text % {"letters": len(letters), "pages": pages, "file": options["pdf"]})


def _written(options: dict[str, Any]) -> tuple[list[DunningNotice], int]:
    """Write the file; return the letters in it and the number of its pages. Raises BusinessError where nothing fits or
    a letter is not as it was issued, OSError: then there is no new file.
    """
    notices: QuerySet[Any] = with_delivery_state(DunningNotice.objects.all()).filter(
        stage=options["stage"], issued_on__range=(options["first"], options["last"])
    )
    if options["to_post"]:
        notices = notices.filter(delivery_state=Delivery.TO_POST)
    letters = letters_to_print(notices, order=PrintOrder(options["sort"]))
    pdf, pages = batch_pdf(letters, on=local_today(), is_duplex=options["duplex"])
    options["pdf"].write_bytes(pdf)
    return letters, pages


def _told(letter: DunningNotice) -> dict[str, str | None]:
    return {
        "number": letter.number,
        "customer": letter.customer.number,
        "postal_code": letter.customer.postal_code,
        "stage": letter.stage,
        "currency": letter.currency,
        "amount": str(letter.total_amount),
        "issued_on": letter.issued_on.isoformat(),
        "sha256": letter.pdf_sha256,
    }
