"""supervision: the figures of the leader's dashboard, and the table of contract handlers (P3.1 b, e)."""

from __future__ import annotations

import datetime as dt
import json
from argparse import ArgumentParser
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.dates import local_today
from receivables.tables.effectiveness import percent_text
from supervision.selectors.dashboard import Dashboard, dashboard
from supervision.selectors.handlers import HandlerFigures, handler_figures
from supervision.selectors.standing import Standing
from supervision.services.report_figures import compute_missing_figures
from supervision.tables.figures import amount_text, days_text

BAD_INPUT = 2


class Command(BaseCommand):
    """Prints the figures. Exit 0, or 2 where no report is in force by that day."""

    help = (
        "Says how receivables stand by the report in force on a day: exposure, overdue, days sales outstanding (DSO),"
        " collection effectiveness (CEI), grades, concentration, approvals waiting, and each contract handler. What"
        " reports invoiced is computed first where it is missing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--on", type=dt.date.fromisoformat, metavar="YYYY-MM-DD", help="day (default: today)"
        )
        parser.add_argument("--json", action="store_true", help="as JSON on standard output")

    def handle(self, *args: object, **options: Any) -> None:
        today = local_today()
        on = options["on"] or today
        compute_missing_figures()
        reader = _whoever_sees_everything()
        found, handlers = dashboard(reader, as_of=on, today=today), handler_figures(reader, as_of=on)
        if found is None or handlers is None:
            text = _("No aging report is in force as of %(day)s or before.") % {"day": on.isoformat()}
            raise CommandError(text, returncode=BAD_INPUT)
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(found, handlers), ensure_ascii=False))
        else:
            self.stdout.write("\n".join(_as_text(found, handlers)))


def _whoever_sees_everything() -> User:
    """Return a reader with the rights of the command on the server itself: nobody who is stored."""
    reader = User()
    reader.roles = frozenset({Role.GROUP_LEADER.value})
    reader.stands_in_for = ()
    return reader


def _ratio(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.4f}"


def _standing(one: Standing | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "report": one.report.number,
        "as_of": one.report.as_of.isoformat(),
        "exposure": f"{one.exposure_amount:.2f}",
        "overdue": f"{one.overdue_amount:.2f}",
        "overdue_ratio": _ratio(one.overdue_ratio),
        "dso_days": None if one.dso_days is None else days_text(one.dso_days),
        "dso_counted_back_days": None if one.counted_back_days is None else days_text(one.counted_back_days),
        "sales_days": one.sales_days,
        "cei_ratio": _ratio(one.cei_ratio),
        "gap": one.gap,
        "without_rate": {currency: f"{amount:.2f}" for currency, amount in one.base.left_out},
    }


def _as_json(found: Dashboard, handlers: HandlerFigures) -> dict[str, Any]:
    return {
        "currency": found.base_currency,
        "now": _standing(found.standing),
        "previous": _standing(found.previous),
        "year_before": _standing(found.year_before),
        "concentration_ratio": _ratio(found.concentration_ratio),
        "grades": {grade or "none": count for grade, count in found.grades.migration.mix().items()},
        "handlers_without_rate": list(handlers.left_out),
        "migration": [
            {"was": was or None, "now": now or None, "customers": count}
            for (was, now), count in sorted(found.grades.migration.counts.items())
        ],
        "approvals": [{"role": row.role, "waiting": row.total, "late": row.late} for row in found.backlog],
        "handlers": [
            {
                "person": row.person.username,
                "role": row.role,
                "customers": row.customers,
                "contracts": row.performing,
                "exposure": f"{row.exposure_amount:.2f}",
                "overdue": f"{row.overdue_amount:.2f}",
                "overdue_ratio": _ratio(row.overdue_ratio),
                "dso_days": None if row.dso_days is None else days_text(row.dso_days),
                "self_checks": [row.self_checks_done, row.self_checks_due],
                "reviews": [row.reviews_valid, row.reviews_needed],
                "approvals": [row.steps_in_time, row.steps_timed],
                "promises": [row.promises_kept, row.promises_decided],
            }
            for row in handlers.rows
        ],
    }


def _as_text(found: Dashboard, handlers: HandlerFigures) -> Iterator[str]:
    now = found.standing
    yield f"{now.report.number} {now.report.as_of.isoformat()} {found.base_currency}"
    yield _("Exposure") + f": {amount_text(now.exposure_amount)}"
    yield _("Overdue") + f": {amount_text(now.overdue_amount)} ({percent_text(now.overdue_ratio)})"
    yield _("Days sales outstanding (DSO)") + f": {days_text(now.dso_days)}"
    yield _("Collection effectiveness (CEI)") + f": {percent_text(now.cei_ratio)}"
    yield _("Ten largest customers") + f": {percent_text(found.concentration_ratio)}"
    for currency, amount in now.base.left_out:
        yield f"{currency} {amount_text(amount)}: " + _("no rate")
    for row in found.backlog:
        yield f"{row.label}: {row.total} ({row.late} " + _("overdue") + ")"
    for currency in handlers.left_out:
        yield _("Contract handlers") + f" {currency}: " + _("no rate")
    for one in handlers.rows:
        yield "\t".join(
            [
                one.person.display_name,
                str(Role(one.role).label),
                amount_text(one.exposure_amount),
                percent_text(one.overdue_ratio),
                days_text(one.dso_days),
            ]
        )
