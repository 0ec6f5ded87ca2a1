"""The dashboard as its page shows it: charts and rows, each with the address of the list behind it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from creditrisk.policy.schema import GRADES
from receivables.effectiveness import percent, share
from receivables.selectors.aged_sums import buckets_of
from receivables.selectors.aging import bucket_labels
from receivables.tables.effectiveness import percent_text
from supervision.kpis import TOP_CUSTOMERS, UNGRADED, RollRate
from supervision.selectors.dashboard import Dashboard
from supervision.selectors.grades import NO_GRADE, LargeCustomer
from supervision.selectors.standing import Standing
from supervision.tables.charts import Point, Stack, line_chart, stacked_chart
from supervision.tables.figures import amount_text, days_text

WHOLE = Decimal(1)


def address(name: str, **query: object) -> str:
    """Return the address of a page with a query."""
    return f"{reverse(name)}?{urlencode(query)}" if query else reverse(name)


def aging_address(standing: Standing, **query: object) -> str:
    """Return the aging report that a figure is of, in the company's currency."""
    return address("receivables:aging", as_of=standing.report.as_of, in_base="yes", **query)


@dataclass(frozen=True)
class TrendRow:
    """One month of the trend as a line of its table."""

    month: str
    url: str
    exposure: str
    overdue: str
    dso: str
    cei: str
    note: str


def trend_rows(found: Dashboard) -> list[TrendRow]:
    """Return the months of the trend, the latest first; one without a report says so."""
    rows = []
    for one in reversed(found.trend):
        standing = one.standing
        if standing is None:
            rows.append(TrendRow(f"{one.month:%Y-%m}", "", "–", "–", "–", "–", _("no report")))
            continue
        left_out = ", ".join(currency for currency, _total in standing.base.left_out)
        rows.append(
            TrendRow(
                month=f"{one.month:%Y-%m}",
                url=aging_address(standing),
                exposure=amount_text(standing.exposure_amount),
                overdue=percent_text(standing.overdue_ratio),
                dso=days_text(standing.dso_days),
                cei=percent_text(standing.cei_ratio),
                note=_("without %(currencies)s: no rate") % {"currencies": left_out} if left_out else "",
            )
        )
    return rows


def aging_labels(standing: Standing) -> list[str]:
    """Return what the buckets of a report are called."""
    version = standing.report.policy_version
    assert version is not None
    return bucket_labels(buckets_of(standing.report, version))


def aging_chart(found: Dashboard) -> SafeString:
    """Return the months' receivables as bars of their buckets. A month whose report has other buckets than the latest
    is drawn in two parts, not due and overdue.
    """
    labels = aging_labels(found.standing)
    stacks = []
    for one in found.trend:
        if one.standing is None:
            stacks.append(Stack([]))
            continue
        sums = one.standing.base.sums
        if one.standing.bucket_keys == found.standing.bucket_keys:
            amounts = list(zip(labels, sums.bucket_amounts, strict=False))
        else:
            amounts = [(labels[0], sums.current_amount), (_("overdue"), sums.overdue_amount)]
        parts = [(f"{one.month:%Y-%m} · {label}: {amount_text(amount)}", amount) for label, amount in amounts]
        stacks.append(Stack(parts))
    return stacked_chart(
        stacks,
        label=_("Receivables by age, month by month, %(currency)s") % {"currency": found.base_currency},
    )


def dso_chart(found: Dashboard) -> SafeString:
    """Return the days sales outstanding as a line."""
    points = [
        Point(
            f"{one.month:%Y-%m}: {days_text(one.standing.dso_days if one.standing else None)}",
            one.standing.dso_days if one.standing else None,
        )
        for one in found.trend
    ]
    return line_chart(points, label=_("Days sales outstanding, month by month"))


def most_days(found: Dashboard) -> str:
    """Return the largest of the days sales outstanding: the full height of their chart."""
    days = [
        one.standing.dso_days for one in found.trend if one.standing and one.standing.dso_days is not None
    ]
    return days_text(max(days, default=None))


def cei_chart(found: Dashboard) -> SafeString:
    """Return the collection effectiveness index as a line; the full height is 100 %."""
    points = [
        Point(
            f"{one.month:%Y-%m}: {percent_text(one.standing.cei_ratio if one.standing else None)}",
            one.standing.cei_ratio if one.standing else None,
        )
        for one in found.trend
    ]
    return line_chart(points, label=_("Collection effectiveness, month by month"), whole=WHOLE)


@dataclass(frozen=True)
class GradeRow:
    """One grade: how many customers have it, their share, what they owe, and where its list is."""

    grade: str
    label: str
    count: int
    pct: Decimal
    exposure: str
    overdue: str
    url: str


def grade_rows(found: Dashboard) -> list[GradeRow]:
    """Return the grades from A to D, then customers without one where there are any."""
    mix = found.grades.migration.mix()
    whole = sum(mix.values())
    return [
        GradeRow(
            grade=grade,
            label=grade or _("no grade"),
            count=count,
            pct=percent(share(count, whole)) or Decimal(0),
            exposure=amount_text(found.grades.amounts_of(grade).exposure_amount),
            overdue=percent_text(
                share(
                    found.grades.amounts_of(grade).overdue_amount,
                    found.grades.amounts_of(grade).exposure_amount,
                )
            ),
            url=address("supervision:customers", as_of=found.report.as_of, grade=grade or NO_GRADE),
        )
        for grade, count in mix.items()
        if grade or count
    ]


@dataclass(frozen=True)
class MatrixCell:
    """How many customers moved from one grade to another; `tone` tells better from worse."""

    label: str
    count: int
    url: str
    tone: str


def migration_rows(found: Dashboard) -> list[tuple[str, list[MatrixCell]]]:
    """Return the migration matrix: a grade then, and a cell for each grade now."""
    grades = (*GRADES, UNGRADED)
    rows = []
    for was in grades:
        cells = [
            MatrixCell(
                label=now or _("none"),
                count=found.grades.migration.count(was, now),
                url=address(
                    "supervision:customers",
                    as_of=found.report.as_of,
                    was=was or NO_GRADE,
                    grade=now or NO_GRADE,
                ),
                tone=_tone_of_move(was, now),
            )
            for now in grades
        ]
        rows.append((was or _("none"), cells))
    return rows


def _tone_of_move(was: str, now: str) -> str:
    if not was or not now:
        return "none"
    return "same" if was == now else "worse" if now > was else "better"


@dataclass(frozen=True)
class LargeRow:
    """One of the largest customers: his share of the exposure, and his items."""

    customer: LargeCustomer
    pct: Decimal
    exposure: str
    overdue: str
    url: str


def large_rows(found: Dashboard) -> list[LargeRow]:
    """Return the largest customers, each with the address of his open items."""
    whole = found.standing.exposure_amount
    return [
        LargeRow(
            customer=one,
            pct=percent(share(one.exposure_amount, whole)) or Decimal(0),
            exposure=amount_text(one.exposure_amount),
            overdue=percent_text(share(one.overdue_amount, one.exposure_amount)),
            url=f"{reverse('receivables:aging_customer', args=[one.number])}?as_of={found.report.as_of}",
        )
        for one in found.largest[:TOP_CUSTOMERS]
    ]


@dataclass(frozen=True)
class RollRow:
    """One step from bucket to bucket: both names and the rate."""

    first: str
    second: str
    rate: str


def roll_rows(found: Dashboard) -> list[RollRow]:
    """Return the roll rates of the last month, in the order of the buckets."""
    labels = aging_labels(found.standing)
    rolled: Iterable[RollRate] = found.standing.roll_rates
    return [RollRow(labels[one.bucket], labels[one.bucket + 1], percent_text(one.ratio)) for one in rolled]


def approvals_address(role: str = "", age: int | None = None, *, late: bool = False) -> str:
    """Return the list of approvals that wait: of a role, an age, or those that are late."""
    query: dict[str, object] = {}
    if role:
        query["role"] = role
    if age is not None:
        query["age"] = age
    if late:
        query["late"] = "yes"
    return address("supervision:approvals", **query)


@dataclass(frozen=True)
class BacklogLine:
    """What one role has before it: a count and an address for each age, for all, and for those that are late."""

    label: str
    ages: list[tuple[int, str]]
    total: int
    total_url: str
    late: int
    late_url: str


def backlog_lines(found: Dashboard) -> list[BacklogLine]:
    """Return the backlog of approvals by role."""
    return [
        BacklogLine(
            label=str(row.label),
            ages=[(count, approvals_address(row.role, age)) for age, count in enumerate(row.counts)],
            total=row.total,
            total_url=approvals_address(row.role),
            late=row.late,
            late_url=approvals_address(row.role, late=True),
        )
        for row in found.backlog
    ]
