"""adjust_grades: the quarterly adjustment of credit grades, run once per quarter.

A second call for the same quarter prints what was done. Exit 0: done (or shown); 1: some customers failed; 2: refused,
nothing written.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from creditrisk.exceptions import BusinessError
from creditrisk.jobs.models import JobRun
from creditrisk.quarters import Quarter
from reviews.adjustment_selectors import changes_of_quarter
from reviews.grade_adjustment import Adjustment
from reviews.models import AdjustmentState, GradeAdjustment
from reviews.services.adjustment_job import adjust_grades_once
from reviews.services.adjustments import adjust_grades


def _quarter(text: str) -> Quarter:
    try:
        return Quarter.parse(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


class Command(BaseCommand):
    """Grades follow how customers paid in the quarter (P5.2.2)."""

    help = (
        "Adjusts the credit grades for a quarter that is over, once: worse grades take effect at once, better ones "
        "wait for the deputy leader. Called again for the same quarter it prints what was done."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--quarter", required=True, type=_quarter, metavar="2026Q3")
        parser.add_argument(
            "--dry-run", action="store_true", help="show what would be done now; write nothing"
        )
        parser.add_argument("--json", action="store_true", help="as JSON on standard output")

    def handle(self, *_args: object, **options: Any) -> None:
        quarter: Quarter = options["quarter"]
        run = None
        try:
            if options["dry_run"]:
                forecast = adjust_grades(quarter=quarter, dry_run=True)
                counts, warnings = dict(forecast.counts), forecast.warnings()
                changes = [_planned(change.customer, change.adjustment) for change in forecast.changes]
            else:
                run = adjust_grades_once(quarter=quarter)
                result = run.result or {}
                counts, warnings = result.get("counts", {}), result.get("warnings", [])
                changes = [_done(adjustment) for adjustment in changes_of_quarter(quarter)]
        except BusinessError as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        for warning in warnings:
            text = _("Report %(report)s is %(age_days)s days older than the quarter's end.")
            self.stderr.write(text % warning)
        self._print(changes, counts, as_json=options["json"])
        if run is not None and run.state == JobRun.State.FAILED:
            self.stderr.write(run.error)
            sys.exit(1)

    def _print(self, changes: list[dict[str, Any]], counts: dict[str, int], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"changes": changes}, ensure_ascii=False))
            return
        for change in changes:
            scores = " → ".join(
                "–" if change[key] is None else str(change[key]) for key in ("score_old", "score_new")
            )
            self.stdout.write(
                f"{change['customer']:<20}{change['old']} → {change['new']}  {scores:<16}{change['effective']}"
            )
        for state in AdjustmentState:
            if counts.get(state):
                self.stderr.write(f"{state.label}: {counts[state]}")
        if not changes:
            self.stderr.write(_("No grade changes."))


def _planned(customer: str, adjustment: Adjustment) -> dict[str, Any]:
    return {
        "customer": customer,
        "old": adjustment.old_grade,
        "new": adjustment.new_grade,
        "score_old": _score(adjustment.old_score),
        "score_new": _score(adjustment.new_score),
        "reasons": [reason.as_json() for reason in adjustment.reasons],
        "effective": adjustment.effective,
    }


def _done(adjustment: GradeAdjustment) -> dict[str, Any]:
    """Return a stored change as the rule gave it, whatever was decided since."""
    return {
        "customer": adjustment.customer.number,
        "old": adjustment.old_grade,
        "new": adjustment.new_grade,
        "score_old": _score(adjustment.old_score),
        "score_new": _score(adjustment.new_score),
        "reasons": adjustment.reasons,
        "effective": next(reason["value"] for reason in adjustment.reasons if reason["fact"] == "effective"),
    }


def _score(score: Decimal | None) -> float | None:
    return None if score is None else float(score)  # whole and half points: exact
