"""verify_review: whether a review is what was decided on."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from reviews.models import Review
from reviews.selectors import decision_of_code
from reviews.services import verify_review

DIFFERS, NOT_FOUND = 1, 2


class Command(BaseCommand):
    """Computes every hash of a review anew. Exit 1 on any difference, 2 where there is no such review."""

    help = (
        "Checks a review: every decision's hash and its place in the log, whether the decisions lead to the review's "
        "state, and the bytes of every file. Exit 1 on any difference."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", help="record number, or the verification code of a print-out")
        parser.add_argument("--json", action="store_true", help="as JSON on standard output")

    def handle(self, *_args: object, **options: Any) -> None:
        wanted = options["number"]
        review = Review.objects.filter(number=wanted).first()
        if review is None and (decision := decision_of_code(wanted)) is not None:
            review = decision.review
        if review is None:
            text = _("There is no review %(number)s.") % {"number": wanted}
            raise CommandError(text, returncode=NOT_FOUND)
        problems = verify_review(review)
        if options["json"]:
            result = {"number": review.number, "decisions": review.decisions.count(), "problems": problems}
            self.stdout.write(json.dumps(result, ensure_ascii=False))
        else:
            for problem in problems:
                self.stdout.write(problem)
            if not problems:
                self.stdout.write(_("%(number)s: nothing was changed.") % {"number": review.number})
        if problems:
            raise CommandError(
                _("%(number)s is not what was decided on.") % {"number": review.number}, returncode=DIFFERS
            )
