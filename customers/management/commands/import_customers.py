"""import_customers: opens and changes customer files from a table.

Exit 0: imported (or could be, with --dry-run); 2: refused, nothing written.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.exceptions import BusinessError, InvalidInputError
from customers.forms.import_file import read_customer_file
from customers.import_rows import RowError
from customers.models import ImportMode
from customers.services import import_customers

REFUSED = 2
SHOWN_ERRORS = 20


class Command(BaseCommand):
    """Imports customers: the whole file, or nothing of it."""

    help = "Imports customers from xlsx, ods or csv: the whole file, or nothing of it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="xlsx, ods or csv")
        parser.add_argument("--mode", choices=ImportMode.values, default=ImportMode.UPSERT.value)
        parser.add_argument("--user", metavar="NAME", help="who imports it; without it, the system")
        parser.add_argument("--dry-run", action="store_true", help="check only, write nothing")
        parser.add_argument("--json", action="store_true", help="the result as JSON on standard output")

    def handle(self, *args: object, **options: Any) -> None:
        counts = {"rows": 0, "inserted": 0, "updated": 0, "unchanged": 0}
        try:
            done, found = self._import(options)
        except BusinessError as refusal:
            self.stderr.write(str(refusal))
            errors: list[dict[str, Any]] = [_as_json(None, "", "", str(refusal))]
        else:
            counts = done
            errors = [_as_json(each.row, each.column, each.value, each.message) for each in found]
            for error in found[:SHOWN_ERRORS]:
                self.stderr.write(error.text)
            if len(found) > SHOWN_ERRORS:
                self.stderr.write(_("… and %(count)s more.") % {"count": len(found) - SHOWN_ERRORS})
        if options["json"]:
            document = {"mode": options["mode"], **counts, "errors": errors}
            self.stdout.write(json.dumps(document, ensure_ascii=False, indent=2))
        elif not errors:
            told = _("%(inserted)s new, %(updated)s changed, %(unchanged)s unchanged")
            self.stdout.write(told % counts)
        if errors:
            raise SystemExit(REFUSED)

    def _import(self, options: dict[str, Any]) -> tuple[dict[str, int], list[RowError]]:
        """Return what was done, or would be, and what is wrong."""
        path: Path = options["file"]
        if not path.is_file():
            raise InvalidInputError("import.no_file", _("There is no file %(path)s.") % {"path": path})
        by = _user(options["user"])
        file = read_customer_file(path)
        result = import_customers(
            rows=file.rows,
            columns=file.header.texts,
            mode=options["mode"],
            by=by,
            dry_run=options["dry_run"] or bool(file.errors),
        )
        counts = {
            "rows": file.row_count,
            "inserted": result.inserted,
            "updated": result.updated,
            "unchanged": result.unchanged,
        }
        return counts, sorted([*file.errors, *result.errors], key=lambda error: error.row)


def _as_json(row: int | None, column: str, value: str, message: str) -> dict[str, Any]:
    return {"row": row, "column": column, "value": value, "message": message}


def _user(name: str | None) -> User | None:
    if name is None:
        return None
    user = User.objects.filter(username=name).first()
    if user is None:
        raise InvalidInputError("import.no_user", _("There is no user “%(name)s”.") % {"name": name})
    return user
