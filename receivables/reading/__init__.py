"""Reading finance's files: any spreadsheet of open items in, validated columns and row errors out.

No models, no database. `read_report` parses in a child process; the messages are translated where they are
shown.
"""

from __future__ import annotations

from receivables.reading.report import (
    FileRefused,
    ReadingLimits,
    ReadReport,
    ReadWarning,
    RowError,
    TotalRow,
)

__all__ = [
    "FileRefused",
    "ReadReport",
    "ReadWarning",
    "ReadingLimits",
    "RowError",
    "TotalRow",
    "read_report",
]


def __getattr__(name: str) -> object:
    # The child imports this package too, and must not pay for the parent's half of it.
    if name == "read_report":
        from receivables.reading.reader import read_report

        return read_report
    raise AttributeError(name)
