"""import_aging: loads a finance file as the report as of a date.

Exit 0: committed; 2: refused, nothing written.
"""

from __future__ import annotations

import datetime as dt
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.dates import local_today
from creditrisk.exceptions import BusinessError, InvalidInputError
from receivables.models import FileKind
from receivables.reading import FileRefused
from receivables.reading.choices import Choices
from receivables.row_errors import error_text
from receivables.selectors.column_mappings import mapping_named
from receivables.services.imports import ImportResult, import_report

REFUSED = 2
SHOWN_ERRORS = 20


class Command(BaseCommand):
    """Loads an aging file: the whole file, or nothing of it."""

    help = (
        "Loads a finance file as of a date: the whole file, or nothing of it. It lists open items; by --kind, it is a "
        "ready-made aging table (aged_table), invoices with their settlements (ledger), receipts since the last report "
        "(receipts), or what we owe (payables: rows of suppliers who are no customers are left out)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="xlsx, xls, xlsb, ods, csv or tsv")
        parser.add_argument("--as-of", required=True, type=dt.date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument("--kind", choices=FileKind.values, default=FileKind.OPEN_ITEMS.value)
        parser.add_argument("--mapping", metavar="NAME", help="a saved column mapping")
        parser.add_argument(
            "--create-customers", action="store_true",
            help="unknown customers become active files that await their first review",
        )  # fmt: skip
        parser.add_argument("--user", metavar="NAME", help="who imports it; without it, the system")
        parser.add_argument("--dry-run", action="store_true", help="check only, write nothing")
        parser.add_argument("--json", action="store_true", help="the result as JSON on standard output")

    def handle(self, *args: object, **options: Any) -> None:
        try:
            result = self._import(options)
        except (BusinessError, FileRefused) as refusal:
            self._refuse(options, str(refusal))
        self._tell(options, result)
        if result.rejected:
            raise SystemExit(REFUSED)

    def _import(self, options: dict[str, Any]) -> ImportResult:
        path: Path = options["file"]
        if not path.is_file():
            raise InvalidInputError("import.no_file", _("There is no file %(path)s.") % {"path": path})
        return import_report(
            path=path,
            file_name=path.name,
            as_of=options["as_of"],
            today=local_today(),
            kind=options["kind"],
            by=_user(options["user"]),
            create_customers=options["create_customers"],
            choices=_choices(options["mapping"], kind=options["kind"]),
            dry_run=options["dry_run"],
        )

    def _refuse(self, options: dict[str, Any], reason: str) -> None:
        """The file as a whole is refused."""
        self.stderr.write(reason)
        if options["json"]:
            error = {"row": None, "column": "", "value": "", "message": reason}
            self._print(_document(options, rows=0, accepted=0, rejected=0, errors=[error], totals={}))
        raise SystemExit(REFUSED)

    def _tell(self, options: dict[str, Any], result: ImportResult) -> None:
        if options["json"]:
            errors = [
                {"row": error.row, "column": error.column, "value": error.value, "message": error_text(error)}
                for error in result.errors
            ]
            totals = {currency: str(amount) for currency, amount in result.totals.items()}
            self._print(
                _document(
                    options,
                    report=result.report.number if result.report else None,
                    rows=result.rows,
                    accepted=result.accepted,
                    rejected=result.rejected,
                    errors=errors,
                    totals=totals,
                    errors_left_off=result.error_count - len(result.errors),
                    warnings=list(result.warnings),
                )
            )
        for text in _messages(result, dry_run=options["dry_run"]):
            self.stderr.write(text)
        if not options["json"]:
            for currency, amount in result.totals.items():
                self.stdout.write(f"{currency} {amount:>20,.2f}")

    def _print(self, document: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(document, ensure_ascii=False, indent=2))


def _document(
    options: dict[str, Any],
    *,
    report: str | None = None,
    rows: int,
    accepted: int,
    rejected: int,
    errors: list[dict[str, Any]],
    totals: dict[str, str],
    errors_left_off: int = 0,
    warnings: list[str] | None = None,
) -> dict[str, Any]:
    return {
        "report": report,
        "kind": options["kind"],
        "as_of": options["as_of"].isoformat(),
        "rows": rows,
        "accepted": accepted,
        "rejected": rejected,
        "errors": errors,
        "totals": totals,
        "errors_left_off": errors_left_off,
        "warnings": warnings or [],
    }


def _messages(result: ImportResult, *, dry_run: bool) -> list[str]:
    """Return what a person reads: warnings, the first errors, the outcome."""
    texts = list(result.warnings)
    texts += [error_text(error) for error in result.errors[:SHOWN_ERRORS]]
    counts = {"rows": result.rows, "rejected": result.rejected, "errors": result.error_count}
    if result.rejected:
        texts.append(
            _("Refused: %(rejected)d of %(rows)d rows have errors (%(errors)d in all). Nothing was written.")
            % counts
        )
    elif dry_run:
        texts.append(_("Dry run: all %(rows)d rows are good. Nothing was written.") % counts)
    elif result.report is not None:
        texts.append(
            _("Committed %(rows)d rows as report %(number)s.") % (counts | {"number": result.report.number})
        )
        if result.report.supersedes is not None:
            texts.append(_("It supersedes %(number)s.") % {"number": result.report.supersedes.number})
    return texts


def _choices(name: str | None, *, kind: str) -> Choices | None:
    if name is None:
        return None
    mapping = mapping_named(name)
    if mapping is None:
        raise InvalidInputError(
            "import.no_mapping",
            _("There is no column mapping “%(name)s”. Save one on the page of an upload first.")
            % {"name": name},
        )
    if mapping.file_kind != kind:
        raise InvalidInputError(
            "import.mapping_of_another_kind",
            _("The column mapping “%(name)s” is for files of the kind “%(kind)s”.")
            % {"name": name, "kind": mapping.file_kind},
        )
    return Choices(**mapping.choices)


def _user(name: str | None) -> User | None:
    if name is None:
        return None
    user = User.objects.filter(username=name, is_active=True).first()
    if user is None:
        raise InvalidInputError("import.no_user", _("There is no active user “%(name)s”.") % {"name": name})
    return user
