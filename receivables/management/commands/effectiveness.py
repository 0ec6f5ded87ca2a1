"""effectiveness: how well collection worked in some months, per customer service manager and for the group (P5.2.3)."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from creditrisk.arguments import month
from creditrisk.dates import local_today
from receivables.effectiveness import MOST_MONTHS, WINDOW_DAYS, months_between, percent, usual_months
from receivables.models import Stage
from receivables.selectors.effectiveness import (
    Effectiveness,
    Figures,
    ManagerFigures,
    StageFigures,
    effectiveness,
)
from receivables.tables.effectiveness import GAPS, percent_text

BAD_INPUT = 2


class Command(BaseCommand):
    """Prints the figures. Exit 0, or 2 where the months make no time."""

    help = (
        "Says what the notices of each month recovered within 7, 14, 30 and 60 days, which promises were kept, what was"
        " done, and the collection effectiveness index (CEI) - per customer service manager and for the group."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--from",
            dest="first",
            type=month,
            metavar="YYYY-MM",
            help="first month (default: six whole months)",
        )
        parser.add_argument("--to", dest="last", type=month, metavar="YYYY-MM", help="last month")
        parser.add_argument("--json", action="store_true", help="as JSON on standard output")

    def handle(self, *args: object, **options: Any) -> None:
        usual_first, usual_last = usual_months(local_today())
        last = options["last"] or max(usual_last, options["first"] or usual_last)
        first = options["first"] or min(usual_first, last)
        if not 1 <= len(months_between(first, last)) <= MOST_MONTHS:
            text = _("Choose from 1 to %(most)s months, the first one first.") % {"most": MOST_MONTHS}
            raise CommandError(text, returncode=BAD_INPUT)
        found = effectiveness(first, last)
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(found), ensure_ascii=False))
        else:
            self.stdout.write("\n".join(_as_text(found)))


def _as_json(found: Effectiveness) -> dict[str, Any]:
    return {
        "from": f"{found.months[0]:%Y-%m}",
        "to": f"{found.months[-1]:%Y-%m}",
        "within_days": list(WINDOW_DAYS),
        "group": {"months": _months(found.group)},
        "managers": [
            {"manager": one.username, "name": one.name or None, "months": _months(one)}
            for one in found.managers
        ],
    }


def _months(one: ManagerFigures) -> list[dict[str, Any]]:
    return [{"month": f"{month:%Y-%m}", **_figures(figures)} for month, figures in one.months.items()]


def _figures(figures: Figures) -> dict[str, Any]:
    return {
        "no_index": figures.gap,
        "index": {
            one.currency: {
                "opening": str(one.opening_amount),
                "invoiced": str(one.invoiced_amount),
                "closing": str(one.closing_amount),
                "closing_current": str(one.current_amount),
                "cei": _text(percent(one.index_ratio)),
                "no_index": "nothing_to_collect" if one.index_ratio is None else None,
            }
            for one in figures.receivables
        },
        "recovered": [_stage(one) for one in figures.stages],
        "promises": {
            one.currency: {
                "kept": one.kept,
                "partly": one.partly,
                "broken": one.broken,
                "promised": str(one.promised_amount),
                "paid": str(one.paid_amount),
                "kept_percent": _text(percent(one.kept_ratio)),
                "paid_percent": _text(percent(one.paid_ratio)),
            }
            for one in figures.promises
        },
        "contacts": figures.contacts.contacts,
        "calls": figures.contacts.calls,
        "reached": figures.contacts.reached,
        "letters_sent": figures.letters_sent,
    }


def _stage(one: StageFigures) -> dict[str, Any]:
    return {
        "stage": one.stage,
        "currency": one.currency,
        "notices": one.notices.issued,
        "sent": one.notices.sent,
        "demanded": str(one.within[WINDOW_DAYS[0]].demanded_amount),
        "within": {
            str(days): {
                "known": str(recovered.known_amount),
                "recovered": str(recovered.recovered_amount),
                "percent": _text(percent(recovered.ratio)),
            }
            for days, recovered in one.within.items()
        },
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _as_text(found: Effectiveness) -> list[str]:
    lines = []
    for one in (found.group, *found.managers):
        lines.append(one.name or str(_("whole group") if one.is_group else _("without a manager")))
        for first_on, figures in one.months.items():
            parts = [f"CEI {line.currency} {percent_text(line.index_ratio)}" for line in figures.receivables]
            parts += [str(GAPS[figures.gap])] if figures.gap else []
            parts += [
                f"{Stage(stage.stage).label} {stage.currency} {stage.notices.issued}: "
                + " / ".join(percent_text(recovered.ratio) for recovered in stage.within.values())
                for stage in figures.stages
            ]
            lines.append(f"  {first_on:%Y-%m}  {'; '.join(parts)}")
    return lines
