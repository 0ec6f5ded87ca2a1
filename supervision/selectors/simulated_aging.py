"""How the reports look in the aging buckets of a draft policy."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.db import connection

from creditrisk.policy.schema import AgingBucket
from receivables.aging import bucket_label
from receivables.models import Report
from receivables.selectors.aged_sums import computed_sums, totals_of
from supervision.selectors.simulated_reports import reports_of
from supervision.simulated_parts import Question, Row, SimulatedPart


def simulated_aging(question: Question) -> SimulatedPart:
    """Return what is open in the buckets that only one of both policies has, credits netted, by report and currency.
    The others hold the same by both."""
    old, new = question.old.aging_buckets, question.new.aging_buckets
    if _bounds(old) == _bounds(new):
        return SimulatedPart("aging", is_same=True)
    reports = reports_of(question.quarters)
    own = [report for report in reports if report.own_buckets]
    rows = tuple(row for report in reports if not report.own_buckets for row in _rows(report, old, new))
    notes = (
        (() if reports else ("no_report",))
        + (("own_buckets",) if own else ())
        + (("same_buckets",) if rows else ())
    )
    return SimulatedPart("aging", rows, notes=notes)


def _bounds(buckets: Sequence[AgingBucket]) -> list[int | None]:
    return [bucket.up_to_days for bucket in buckets]


def _rows(report: Report, old: Sequence[AgingBucket], new: Sequence[AgingBucket]) -> list[Row]:
    before, after = _amounts(report, old), _amounts(report, new)
    labels = dict({*_labels(old)} ^ {*_labels(new)})
    return [
        Row(
            f"{report.as_of.isoformat()} {currency}",
            label,
            str(before[currency].get(label, "")),
            str(after[currency].get(label, "")),
        )
        for currency in sorted(before)
        for label in sorted(labels, key=lambda label: labels[label])
    ]


def _labels(buckets: Sequence[AgingBucket]) -> list[tuple[str, tuple[int, int]]]:
    """Return the days that each bucket covers, and what they are sorted by: first day, then last."""
    ends = [10**6 if bucket.up_to_days is None else bucket.up_to_days for bucket in buckets]
    starts = [-1, *ends[:-1]]
    return [(bucket_label(index, buckets), span) for index, span in enumerate(zip(starts, ends, strict=True))]


def _amounts(report: Report, buckets: Sequence[AgingBucket]) -> dict[str, dict[str, Decimal]]:
    """Return currency → days of the bucket → what is open in it, credits netted. One query."""
    sums = totals_of(computed_sums(report, as_of=report.as_of, buckets=buckets), width=len(buckets))
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(sums.text, sums.params)
        for currency, debits, credits_, *_rest in cursor.fetchall():
            found[currency] = {
                label: debit + credit
                for (label, _span), debit, credit in zip(_labels(buckets), debits, credits_, strict=True)
            }
    return found
