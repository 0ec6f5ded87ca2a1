"""publish_policy: the next version of the rule-book, with some of its settings changed.

    manage.py publish_policy --set dunning.stages.final_demand.release=by_person --effective-on 2026-12-01 --by admin \
        --note "demands are looked at first"

A setting is named by its path in the rule-book (`creditrisk/policy/schema.py`); an entry of a list by its code, key or
position. Exit 0: published (or shown, with --dry-run); 2: refused, nothing written.
"""

from __future__ import annotations

import datetime as dt
import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.dates import local_today
from creditrisk.exceptions import BusinessError
from creditrisk.policy.faults import UnsoundPolicyError, sound_policy
from creditrisk.policy.schema import policy_to_data
from creditrisk.policy.selectors import policy_version_on
from creditrisk.policy.services import publish_policy
from creditrisk.policy.settings_tree import child_of


class Command(BaseCommand):
    """Publish a version of the policy that differs in the settings given."""

    help = "Publishes the policy with some settings changed, in force from a day on; a published version never changes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--set", action="append", required=True, metavar="PATH=VALUE", dest="changes")
        parser.add_argument("--effective-on", required=True, type=dt.date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument("--by", required=True, metavar="USERNAME", help="who publishes it")
        parser.add_argument("--note", default="", help="what changed, for the readers of the policy")
        parser.add_argument("--dry-run", action="store_true", help="check it and show it; write nothing")
        parser.add_argument("--json", action="store_true", help="as JSON on standard output")

    def handle(self, *_args: object, **options: Any) -> None:
        on: dt.date = options["effective_on"]
        data = policy_to_data(policy_version_on(on).policy)
        changes = [_changed(data, change) for change in options["changes"]]
        try:
            policy = sound_policy(data)
        except UnsoundPolicyError as error:
            raise CommandError(
                _("This is no sound policy: %(why)s") % {"why": error}, returncode=2
            ) from error
        number = None
        if not options["dry_run"]:
            by = User.objects.filter(username=options["by"], is_active=True).first()
            if by is None:
                raise CommandError(_("There is no user “%(name)s”.") % {"name": options["by"]}, returncode=2)
            try:
                version = publish_policy(
                    policy=policy, effective_on=on, today=local_today(), by=by, note=options["note"]
                )
            except BusinessError as refusal:
                raise CommandError(str(refusal), returncode=2) from refusal
            number = version.number
        if options["json"]:
            told_json = {"version": number, "effective_on": on.isoformat(), "changes": changes}
            self.stdout.write(json.dumps(told_json, ensure_ascii=False))
            return
        for change in changes:
            self.stdout.write(f"{change['path']}: {change['old']} → {change['new']}")


def _changed(data: dict[str, Any], change: str) -> dict[str, Any]:
    """Change one setting in `data`; return its path, old and new value. Raises CommandError for a path that is none."""
    path, equals, text = change.partition("=")
    *parents, last = path.split(".")
    node: Any = data
    try:
        for part in parents:
            node = child_of(node, part)
    except KeyError:
        node = None
    if not equals or not isinstance(node, dict) or last not in node:
        raise CommandError(
            _("“%(path)s” is no setting of the policy. Write PATH=VALUE.") % {"path": path}, returncode=2
        )
    old, node[last] = node[last], _value(text)
    return {"path": path, "old": old, "new": node[last]}


def _value(text: str) -> Any:
    """Return what was typed: JSON, or else text; an amount keeps its digits and never becomes a float."""
    try:
        return json.loads(text, parse_float=str)
    except ValueError:
        return text
