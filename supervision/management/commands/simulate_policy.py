"""simulate_policy: a draft of the policy replayed on the last quarters, told on standard output and kept nowhere.

    manage.py simulate_policy --draft 3 --quarters 2 --json

Exit 0: simulated; 2: there is no such draft.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from creditrisk.dates import local_today
from creditrisk.policy.models import PolicyDraft
from creditrisk.policy.selectors import policy_version_on
from supervision.models.policy_simulation import MOST_QUARTERS
from supervision.selectors.policy_simulation import simulated
from supervision.simulated_parts import Question, past_quarters
from supervision.simulation_words import LABELS, PART_TITLES, summary_of


class Command(BaseCommand):
    """Say what a draft of the policy would have changed."""

    help = (
        "Simulates a draft of the policy on the last quarters, against the version in force; writes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--draft", type=int, required=True, help="number of the draft, as in its address")
        parser.add_argument("--quarters", type=int, default=2, choices=range(1, MOST_QUARTERS + 1))
        parser.add_argument("--json", action="store_true", help="as JSON on standard output")

    def handle(self, *_args: object, **options: Any) -> None:
        draft = PolicyDraft.objects.filter(pk=options["draft"]).first()
        if draft is None:
            raise CommandError(
                _("There is no draft %(number)s.") % {"number": options["draft"]}, returncode=2
            )
        today = local_today()
        version, quarters = policy_version_on(today), past_quarters(today, options["quarters"])
        parts = simulated(Question(old=version.policy, new=draft.policy, quarters=quarters, on=today))
        if options["json"]:
            told = {
                "draft": draft.pk,
                "draft_version": draft.version,
                "compared_with": version.number,
                "quarters": [quarter.name for quarter in quarters],
                "parts": [part.as_data() for part in parts],
            }
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        for part in parts:
            self.stdout.write(f"{PART_TITLES.get(part.code, part.code)}: {summary_of(part)}")
            for row in part.rows:
                label = LABELS.get(row.code, row.code)
                self.stdout.write(
                    f"  {row.group} {label}: {row.old or '–'} → {row.new or '–'}".replace("   ", "  ")
                )
