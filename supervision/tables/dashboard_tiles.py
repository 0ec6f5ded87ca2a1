"""The figures of the reports as tiles: each compared with the report before and with a year before, each with the
address of the list behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_UP, Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from receivables.effectiveness import TENTH, percent, share
from receivables.selectors.aged_sums import buckets_of
from receivables.tables.effectiveness import percent_text
from supervision.selectors.dashboard import MIGRATION_MONTHS, Dashboard, TrendMonth
from supervision.selectors.standing import Gap, Standing
from supervision.tables.dashboard import address, aging_address, approvals_address
from supervision.tables.figures import (
    POINTS,
    amount_text,
    change_of,
    days_text,
    rise_of,
)
from supervision.tiles import Change, Tile

GAPS: dict[Gap, Promise] = {
    "no_report_before": gettext_lazy("no report of the month before"),
    "not_computed": gettext_lazy("what was invoiced is not computed yet, or a report has no items"),
    "nothing": gettext_lazy("nothing was invoiced"),
}
OLD_DAYS = 90


def _first_old_bucket(standing: Standing) -> int | None:
    version = standing.report.policy_version
    assert version is not None
    ends = [bucket.up_to_days for bucket in buckets_of(standing.report, version)]
    return ends.index(OLD_DAYS) + 1 if OLD_DAYS in ends else None


def old_amount(standing: Standing) -> Decimal | None:
    """Return what is more than OLD_DAYS past due: the buckets after the one that ends there. None where none does: what
    a wider bucket holds is older and younger.
    """
    first = _first_old_bucket(standing)
    return None if first is None else sum(standing.base.sums.bucket_amounts[first:], Decimal(0))


def figure_tiles(found: Dashboard) -> list[Tile]:
    """Return the tiles of the reports' figures, each compared with the report before and with a year before."""
    now = found.standing
    return [
        Tile(
            _("Exposure"),
            amount_text(now.exposure_amount),
            unit=found.base_currency,
            url=aging_address(now),
            changes=_changes(
                found, lambda one, name: rise_of(now.exposure_amount, one.exposure_amount, compared_with=name)
            ),
            definition="exposure",
        ),
        Tile(
            _("Overdue"),
            percent_text(now.overdue_ratio),
            url=aging_address(now, sort="-overdue"),
            hint=f"{found.base_currency} {amount_text(now.overdue_amount)}",
            tone="danger" if now.overdue_amount > 0 else "",
            changes=_changes(
                found,
                lambda one, name: change_of(
                    percent(now.overdue_ratio),
                    percent(one.overdue_ratio),
                    compared_with=name,
                    unit=POINTS,
                    rise_is="bad",
                ),
            ),
            definition="overdue",
        ),
        _old_tile(found),
        _dso_tile(found),
        _cei_tile(found),
        Tile(
            _("Ten largest customers"),
            percent_text(found.concentration_ratio),
            url=aging_address(now, sort="-total"),
            hint=_("of the exposure"),
            definition="concentration",
        ),
        _downgrades_tile(found),
    ]


def _old_tile(found: Dashboard) -> Tile:
    now = found.standing
    amount, first = old_amount(now), _first_old_bucket(now)
    hint = _("no bucket ends at %(days)s days") % {"days": OLD_DAYS}
    if amount is not None:
        hint = f"{found.base_currency} {amount_text(amount)}"
    return Tile(
        _("More than %(days)s days past due") % {"days": OLD_DAYS},
        percent_text(_old_ratio(now)),
        url=aging_address(now) if first is None else aging_address(now, sort=f"-bucket{first}"),
        hint=hint,
        changes=_changes(
            found,
            lambda one, name: change_of(
                percent(_old_ratio(now)),
                percent(_old_ratio(one)),
                compared_with=name,
                unit=POINTS,
                rise_is="bad",
            ),
        ),
        definition="old",
    )


def _old_ratio(standing: Standing) -> Decimal | None:
    amount = old_amount(standing)
    return None if amount is None else share(amount, standing.exposure_amount)


def _dso_tile(found: Dashboard) -> Tile:
    now = found.standing
    hint: str = str(GAPS[now.gap]) if now.gap else ""
    if now.dso_days is not None:
        hint = _("sales of %(days)s days; by counting back %(counted)s") % {
            "days": now.sales_days,
            "counted": days_text(now.counted_back_days),
        }
    return Tile(
        _("Days sales outstanding (DSO)"),
        days_text(now.dso_days),
        unit=_("days") if now.dso_days is not None else "",
        url=sales_address(found.trend, now),
        hint=hint,
        changes=_changes(
            found,
            lambda one, name: change_of(
                _tenth(now.dso_days), _tenth(one.dso_days), compared_with=name, rise_is="bad"
            ),
        ),
        definition="dso",
    )


def _cei_tile(found: Dashboard) -> Tile:
    now = found.standing
    hint = ""
    if now.index is None:
        hint = str(GAPS[now.gap]) if now.gap else ""
    elif now.cei_ratio is None:
        hint = _("nothing was to be collected")
    return Tile(
        _("Collection effectiveness (CEI)"),
        percent_text(now.cei_ratio),
        url=address(
            "receivables:effectiveness", first=f"{now.report.as_of:%Y-%m}", last=f"{now.report.as_of:%Y-%m}"
        ),
        hint=hint,
        changes=_changes(
            found,
            lambda one, name: change_of(
                percent(now.cei_ratio),
                percent(one.cei_ratio),
                compared_with=name,
                unit=POINTS,
                rise_is="good",
            ),
        ),
        definition="cei",
    )


def _downgrades_tile(found: Dashboard) -> Tile:
    moved = found.grades.migration
    return Tile(
        _("Customers downgraded"),
        f"{moved.downgraded:,}",
        url=address("supervision:customers", as_of=found.report.as_of, move="worse"),
        hint=_("%(percent)s of those graded; %(count)s upgraded, in %(months)s months")
        % {
            "percent": percent_text(moved.downgraded_ratio),
            "count": f"{moved.upgraded:,}",
            "months": MIGRATION_MONTHS,
        },
        tone="warning" if moved.downgraded else "",
        definition="migration",
    )


def _changes(found: Dashboard, compare: Callable[[Standing, str], Change | None]) -> list[Change]:
    named = [
        (found.previous, _("since %(day)s")),
        (found.year_before, _("in a year, since %(day)s")),
    ]
    changes = [
        compare(one, name % {"day": one.report.as_of.isoformat()}) for one, name in named if one is not None
    ]
    # A report of the year before may be the one before as well: what was told once is enough.
    return [change for change in dict.fromkeys(changes) if change is not None]


def _tenth(days: Decimal | None) -> Decimal | None:
    return None if days is None else days.quantize(TENTH, ROUND_HALF_UP)


def sales_address(trend: Iterable[TrendMonth], standing: Standing) -> str:
    """Return the comparison of a report with that of the month before: what was invoiced and what was paid, item by
    item.
    """
    before = [
        one.standing.report
        for one in trend
        if one.standing and one.month < standing.report.as_of.replace(day=1)
    ]
    if not before:
        return address("receivables:compare")
    return address("receivables:compare", earlier=before[-1].number, later=standing.report.number)


def backlog_tile(found: Dashboard) -> Tile:
    """Return how many approvals wait, and how many of them are late."""
    waiting, late = sum(row.total for row in found.backlog), sum(row.late for row in found.backlog)
    return Tile(
        _("Approvals waiting"),
        f"{waiting:,}",
        url=approvals_address(),
        hint=_("%(count)s past their time") % {"count": f"{late:,}"} if late else "",
        tone="warning" if late else "",
        definition="backlog",
    )
