"""review: one review as data: form, chain, decisions with their hashes, files."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from reviews.models import Review
from reviews.review_data import review_data

NOT_FOUND = 2


class Command(BaseCommand):
    """Prints one review. Exit 2 where there is no such review."""

    help = (
        "Prints a review: form, approval chain, steps, decisions with their hashes, and files. "
        "Whoever calls it on the server sees everything; account numbers are masked."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", help="record number")
        parser.add_argument("--json", action="store_true", help="as JSON on standard output")

    def handle(self, *_args: object, **options: Any) -> None:
        review = Review.objects.filter(number=options["number"]).first()
        if review is None:
            text = _("There is no review %(number)s.") % {"number": options["number"]}
            raise CommandError(text, returncode=NOT_FOUND)
        data = review_data(review)
        if options["json"]:
            self.stdout.write(json.dumps(data, ensure_ascii=False))
            return
        self.stdout.write(f"{review.number}  {review.get_kind_display()}  {review.get_state_display()}")
        self.stdout.write(f"{review.customer}  {review.initiator}")
        for decision in review.decisions.select_related("by").order_by("sequence"):
            self.stdout.write(
                f"{decision.decided_at:%Y-%m-%d %H:%M}  {decision.get_role_display()}  "
                f"{decision.get_kind_display()}  {decision.by}  {decision.opinion}"
            )
