"""How an uploaded file was understood: kept with its report as JSON, shown in the reader's language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from receivables.models import FileKind, Report
from receivables.reading import ReadWarning
from receivables.reading.layouts import unnumbered
from receivables.reading.messages import FIELD_LABELS, refusal_text
from receivables.selectors.examined_file import ExaminedFile
from receivables.selectors.reports import same_file_as_of_another_date

SAMPLE_ROWS = 10
NAMED_CUSTOMERS = 20
FIELDS = (
    "customer_ref",
    "customer_name",
    "document",
    "document_on",
    "due_on",
    "currency",
    "amount",
    "open_amount",
    "contract",
    "description",
)
Record = dict[str, Any]


@dataclass(frozen=True)
class StatedTotal:
    """A total row of the file beside what its rows come to; `currency` is empty where they have several."""

    row: int
    label: str
    currency: str
    stated_amount: Decimal | None
    computed_amount: Decimal | None
    agrees: bool | None


@dataclass(frozen=True)
class SampleRow:
    """One row of the file as it was understood; dates as YYYY-MM-DD, amounts in `currency`."""

    row_number: int
    customer_ref: str
    customer_name: str | None
    document: str | None
    document_on: str | None
    due_on: str | None
    currency: str
    amount: Decimal | None
    open_amount: Decimal
    contract: str | None
    description: str | None


def reading_record(examined: ExaminedFile) -> Record:
    """Return what the report keeps of the reading, ready for JSON."""
    read, matched = examined.read, examined.matched
    return {
        "file_format": read.file_format,
        "sheet": read.sheet,
        "encoding": read.encoding,
        "header_row": read.header_row,
        "mapping": dict(read.mapping),
        "unmapped": list(read.unmapped),
        "warnings": [asdict(warning) for warning in read.warnings],
        "total_rows": [asdict(total) for total in read.total_rows],
        "error_count": examined.error_count,
        "new_customers": [[new.number, new.name] for new in matched.new_customers[:NAMED_CUSTOMERS]],
        "new_customer_count": len(matched.new_customers),
        "matched_by_name": matched.matched_by_name,
        "has_unknown_customers": any(error.code == "unknown_customer" for error in matched.errors),
        "left_out": examined.left_out,
        "header": list(read.header),
        "day_order": read.day_order,
        "decimal_mark": read.decimal_mark,
        "remembered": read.remembered,
        "buckets": [asdict(bucket) for bucket in read.buckets],
        "left_out_names": matched.left_out_names,
        "sample": matched.lines.head(SAMPLE_ROWS).select("row_number", *FIELDS).rows(named=True),
    }


def warnings_of(report: Report) -> list[str]:
    """Return what to look at before the commit, in the language of the reader: the warnings of the reading, and where
    the same file was taken for another date.
    """
    texts = [
        ReadWarning(**{**warning, "rows": tuple(warning["rows"])}).message
        for warning in report.reading.get("warnings", ())
    ]
    rows, names = report.reading.get("left_out", 0), report.reading.get("left_out_names", 0)
    if text := left_out_text(rows, names, kind=report.file_kind):
        texts.append(text)
    if report.committed_at is None and (
        other_date := other_date_warning(sha256=report.sha256, as_of=report.as_of, kind=report.kind)
    ):
        texts.insert(0, other_date)
    return texts


def left_out_text(rows: int, names: int, *, kind: str) -> str:
    """Return how many rows were left out: of suppliers who are no customers, or receipts of days that the report before
    knows; '' where none was.
    """
    if not rows:
        return ""
    if kind == FileKind.RECEIPTS:
        known = ngettext(
            "%(count)s receipt was left out: the report before knows its day already.",
            "%(count)s receipts were left out: the report before knows their days already.",
            rows,
        )
        return known % {"count": rows}
    told = ngettext(
        "%(count)s row was left out: its supplier is no customer of ours (%(names)s name).",
        "%(count)s rows were left out: their suppliers are no customers of ours (%(names)s names).",
        rows,
    )
    return told % {"count": rows, "names": names}


def other_date_warning(*, sha256: str, as_of: dt.date, kind: str) -> str:
    """Return a warning where the same file is in force, or waits, for a date other than `as_of`; '' where it is not."""
    other = same_file_as_of_another_date(sha256=sha256, as_of=as_of, kind=kind)
    if other is None:
        return ""
    text = _("The same file was uploaded as of %(date)s, as %(number)s (%(file)s): is the date right?")
    return text % {"date": other.as_of, "number": other.number, "file": other.file_name}


def stated_totals_of(report: Report) -> list[StatedTotal]:
    """Return the file's own total rows, compared with its items."""
    return [
        StatedTotal(
            row=total["row"],
            label=total["label"],
            currency=total["currency"] or "",
            stated_amount=_amount(total["amount"]),
            computed_amount=_amount(total["computed_amount"]),
            agrees=total["agrees"],
        )
        for total in report.reading.get("total_rows", ())
    ]


def columns_of(report: Report) -> list[tuple[str, str]]:
    """Return which column of the file was taken for what: our name, the file's name."""
    mapping: Mapping[str, str] = report.reading.get("mapping", {})
    told = [
        *(field for field in FIELDS if field in mapping),
        *(field for field in mapping if field not in FIELDS),
    ]
    columns = [(str(FIELD_LABELS[unnumbered(field)]), mapping[field]) for field in told]
    return columns + [
        (str(FIELD_LABELS["bucket"]), bucket["text"]) for bucket in report.reading.get("buckets", ())
    ]


def sample_of(report: Report) -> list[SampleRow]:
    """Return the first rows as they were understood."""
    return [
        SampleRow(**{**row, "amount": _amount(row["amount"]), "open_amount": Decimal(row["open_amount"])})
        for row in report.reading.get("sample", ())
    ]


def refusal_text_of(report: Report) -> str:
    """Return why the whole file was refused, with the remedy; '' where it was not."""
    if not report.refusal:
        return ""
    params: Mapping[str, Any] = report.refusal["params"]
    return refusal_text(code=report.refusal["code"], params=params)


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
