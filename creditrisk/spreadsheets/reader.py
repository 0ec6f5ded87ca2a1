"""Reads a table in a child process and brings the cells back: the only door into this package."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from creditrisk.exceptions import InvalidInputError
from creditrisk.spreadsheets.child import RESULT
from creditrisk.spreadsheets.limits import Limits

_ROOT = Path(__file__).resolve().parents[2]
# Isolated (-I): no variable of ours, no folder of the caller's reaches the child.
_START = (
    "import os, sys; sys.path.insert(0, sys.argv[1]);"
    "from creditrisk.spreadsheets.child import main; os._exit(main())"
)
REFUSALS: dict[str, Promise] = {
    "file_too_large": _(
        "The file is larger than %(limit)s MB. Split it, or delete sheets that are not needed."
    ),
    "empty": _("The file is empty. Save it with its rows and upload it again."),
    "old_or_protected": _(
        "The file is an old .xls or protected by a password. Save it as .xlsx without a password and upload that."
    ),
    "web_page": _(
        "The file is a web page or XML with the name of a spreadsheet. Open it in a spreadsheet program, save it as"
        " .xlsx and upload that."
    ),
    "not_a_table": _("The file is not a spreadsheet. Upload .xlsx, .ods or .csv."),
    "damaged": _("The file is damaged. Open it in a spreadsheet program, save it as .xlsx and upload that."),
    "unpacks_too_large": _("The file unpacks to more than is reasonable. Delete what is not needed."),
    "macros": _("The file contains macros. Save it as .xlsx without macros and upload that."),
    "encoding": _("The encoding of the text file is unknown. Save it as UTF-8 or as .xlsx."),
    "too_many_rows": _("The file has more than %(limit)s rows. Split it."),
    "too_many_columns": _("The file has more than %(limit)s columns. Delete those that are not needed."),
    "cell_too_long": _("Row %(row)s has a cell of more than %(limit)s characters. Shorten it."),
    "too_much": _(
        "The file takes too much memory or time to read. Delete unused rows and columns, or split it."
    ),
}


@dataclass(frozen=True)
class Table:
    """The rows of the first sheet that has any, each with its number; cells are trimmed, empty rows left out."""

    file_format: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def read_table(path: Path, *, limits: Limits | None = None) -> Table:
    """Return the cells of the file at `path`; its content decides the format, not its name.

    Raises InvalidInputError `spreadsheet.<code>` with the remedy where the file cannot be used.
    """
    limits = limits or Limits()
    with tempfile.TemporaryDirectory(prefix="creditrisk-table-") as folder:
        job = {"path": str(path.resolve()), "folder": folder, "limits": dataclasses.asdict(limits)}
        try:
            done = subprocess.run(  # noqa: S603 - our own interpreter, our own code, the file's path as data
                [sys.executable, "-I", "-X", "utf8", "-c", _START, str(_ROOT)],
                input=json.dumps(job),
                capture_output=True,
                text=True,
                timeout=limits.seconds * 2,
                env={"LANG": "C.UTF-8", "POLARS_MAX_THREADS": "2", "TMPDIR": folder, "PATH": os.defpath},
                cwd=folder,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise _refusal("too_much") from None
        if done.returncode:
            raise _refusal("too_much")
        result: dict[str, Any] = json.loads((Path(folder) / RESULT).read_text(encoding="utf-8"))
    if "refused" in result:
        raise _refusal(result["refused"], **result["params"])
    rows = tuple((number, tuple(cells)) for number, cells in result["rows"])
    return Table(file_format=result["file_format"], rows=rows)


def _refusal(code: str, **params: int) -> InvalidInputError:
    return InvalidInputError(f"spreadsheet.{code}", str(REFUSALS[code]) % params)
