"""The whole content of monthly summaries: every manager's and the group's, in a number of queries that does
not grow.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeVar

from creditrisk.dates import add_months, end_of_month
from creditrisk.exchange_rates.conversion import Rates
from creditrisk.exchange_rates.selectors import known_rates
from creditrisk.policy.schema import Policy
from creditrisk.policy.selectors import policy_version_on
from receivables.effectiveness import Recovered
from receivables.models import Report, ReportKind, Stage
from receivables.selectors.recovered import RecoveredRow, recovered_by_stage, reports_with_items
from receivables.selectors.reports import report_for
from supervision.aging_bridge import NOTHING, BridgeRow
from supervision.migration import GradeMove
from supervision.selectors.summary_aging import Manager, Reports, aging_of_month, reports_of_month
from supervision.selectors.summary_counts import merged
from supervision.selectors.summary_customers import grade_moves, most_overdue, payables_beside
from supervision.selectors.summary_portfolio import Portfolio, customers_by_manager
from supervision.summary_facts import (
    SCHEMA,
    BaseTotals,
    CurrencyAging,
    PayableTotals,
    RecoveredFacts,
    ReportSource,
    SectionFacts,
    SummaryFacts,
    TrendPoint,
)
from supervision.summary_sections import Counted, Period, sections

Row = TypeVar("Row")
RECOVERED_MONTHS = 3
"""Notices of so many months up to that of the summary: what the last ones recovered is mostly not known yet."""


@dataclass(frozen=True)
class MonthContent:
    """The facts of a month: of each manager (primary key), and of the `group`; `customers` are those that count for
    each manager.
    """

    by_manager: Mapping[int, SummaryFacts]
    group: SummaryFacts
    customers: Mapping[int, Sequence[int]]


def content_of_month(month: dt.date, managers: Collection[int]) -> MonthContent:
    """Return the facts of `managers` and of the group for a month (its first day); of all customers as they are managed
    now, as the reports in force at the month's end and before it say. Some thirty queries.
    """
    portfolio = Portfolio()
    held = customers_by_manager()
    parts = _parts(month, portfolio)
    by_manager = {
        manager: _facts(parts, manager, customers=len(held.get(manager, ()))) for manager in managers
    }
    return MonthContent(
        by_manager=by_manager,
        group=_group(parts, customers=sum(map(len, held.values()))),
        customers={manager: held.get(manager, []) for manager in managers},
    )


def content_of_manager(month: dt.date, manager: int, portfolio: Portfolio) -> SummaryFacts:
    """Return the facts of one manager; `portfolio` are his customers. As many queries."""
    assert portfolio.customer_pks is not None
    return _facts(_parts(month, portfolio), manager, customers=len(portfolio.customer_pks))


def reported_content(month: dt.date, portfolio: Portfolio) -> Mapping[Manager, SummaryFacts]:
    """Return manager → what the reports in force say of a month now, for customers as they are given: nothing but
    aging and payables is filled in. The key None is the group, added up from all of them.
    """
    parts = _reported(month, portfolio)
    managers = {*parts.agings, *parts.payables}
    found: dict[Manager, SummaryFacts] = {
        manager: _facts(parts, manager, customers=0) for manager in managers if manager is not None
    }
    found[None] = _group(parts, customers=0)
    return found


@dataclass(frozen=True)
class _Parts:
    """What was asked of the database, by manager."""

    month: dt.date
    reports: Reports
    policy: Policy
    payables_report: Report | None
    agings: Mapping[Manager, list[CurrencyAging]]
    trend: Mapping[Manager, list[TrendPoint]]
    payables: Mapping[Manager, list[PayableTotals]]
    overdue: tuple[Mapping[Manager, list[Any]], list[Any]] = ({}, [])
    payable_customers: tuple[Mapping[Manager, list[Any]], list[Any]] = ({}, [])
    grades: Mapping[Manager, list[GradeMove]] | None = None
    recovered: Sequence[RecoveredRow] = ()
    counted: Mapping[str, Counted] | None = None
    rates: Rates | None = None


def _reported(month: dt.date, portfolio: Portfolio) -> _Parts:
    reports = reports_of_month(month)
    payables_report = report_for(end_of_month(month), kind=ReportKind.PAYABLES)
    agings, trend = aging_of_month(reports, portfolio)
    totals, own, group = payables_beside(payables_report, reports.closing, portfolio)
    return _Parts(
        month=month,
        reports=reports,
        policy=policy_version_on(end_of_month(month)).policy,
        payables_report=payables_report,
        agings=agings,
        trend=trend,
        payables=totals,
        payable_customers=(own, group),
    )


def _parts(month: dt.date, portfolio: Portfolio) -> _Parts:
    parts = _reported(month, portfolio)
    end = end_of_month(month)
    period = Period(month, end, portfolio.customer_pks)
    rates = None
    if parts.reports.closing is not None:
        currencies = {aging.currency for rows in parts.agings.values() for aging in rows}
        rates = known_rates(
            parts.reports.closing.as_of, currencies=currencies, base_currency=parts.policy.base_currency
        )
    return replace(
        parts,
        rates=rates,
        overdue=most_overdue(parts.reports.closing, portfolio),
        grades=grade_moves(month, portfolio),
        recovered=recovered_by_stage(
            add_months(month, 1 - RECOVERED_MONTHS),
            end,
            reports=[report for report in reports_with_items() if report.as_of <= end],
            customer_pks=portfolio.customer_pks,
        ),
        counted={section.key: section.count(period) for section in sections()},
    )


def _source(report: Report | None) -> ReportSource | None:
    return ReportSource(report.number, report.as_of) if report else None


def _facts(parts: _Parts, manager: Manager, *, customers: int) -> SummaryFacts:
    agings = parts.agings.get(manager, [])
    return SummaryFacts(
        **_common(parts, agings),
        customers=customers,
        aging=tuple(agings),
        trend=tuple(parts.trend.get(manager, [])),
        overdue=tuple(parts.overdue[0].get(manager, [])),
        payables=tuple(parts.payables.get(manager, [])),
        payable_customers=tuple(parts.payable_customers[0].get(manager, [])),
        grade_moves=tuple((parts.grades or {}).get(manager, [])),
        recovered=_recovered(row for row in parts.recovered if row.manager_pk == manager),
        sections=_sections(parts, lambda counted: counted.get(manager, ())),
    )


def _group(parts: _Parts, *, customers: int) -> SummaryFacts:
    agings = _added(_flat(parts.agings), key=lambda aging: aging.currency, add=_added_aging)
    moves = _added(_flat(parts.grades or {}), key=lambda move: (move.old, move.new), add=_added_move)
    return SummaryFacts(
        **_common(parts, agings),
        customers=customers,
        aging=tuple(agings),
        trend=tuple(
            _added(_flat(parts.trend), key=lambda point: (point.month, point.currency), add=_added_point)
        ),
        overdue=tuple(parts.overdue[1]),
        payables=tuple(
            _added(_flat(parts.payables), key=lambda one: one.currency, add=lambda one, other: one + other)
        ),
        payable_customers=tuple(parts.payable_customers[1]),
        grade_moves=tuple(moves),
        recovered=_recovered(parts.recovered),
        sections=_sections(parts, lambda counted: merged(counted.values())),
    )


def _common(parts: _Parts, agings: Sequence[CurrencyAging]) -> dict[str, Any]:
    unsound = any(aging.bridge is None and aging.opening_total_amount is not None for aging in agings)
    gap = parts.reports.gap or ("not_reconciled" if unsound else None)
    return {
        "schema_version": SCHEMA,
        "month": parts.month,
        "month_end": end_of_month(parts.month),
        "bucket_days": tuple(bucket.up_to_days for bucket in parts.reports.buckets),
        "bridge_gap": gap,
        "closing": _source(parts.reports.closing),
        "opening": _source(parts.reports.opening),
        "payables_source": _source(parts.payables_report),
        "base": _base(parts.rates, agings) if parts.rates else None,
    }


def _base(rates: Rates, agings: Sequence[CurrencyAging]) -> BaseTotals:
    known = [aging for aging in agings if aging.currency in rates.by_currency]
    total, overdue = (
        sum((rates.in_base(getattr(aging, name), aging.currency) for aging in known), NOTHING)
        for name in ("total_amount", "overdue_amount")
    )
    missing = tuple(aging.currency for aging in agings if aging.currency not in rates.by_currency)
    return BaseTotals(rates.base_currency, total, overdue, missing)


def _sections(parts: _Parts, of: Any) -> tuple[SectionFacts, ...]:
    counted = parts.counted or {}
    return tuple(section.facts(of(counted[section.key])) for section in sections() if section.key in counted)


def _flat(by_manager: Mapping[Manager, Iterable[Row]]) -> list[Row]:
    return [row for rows in by_manager.values() for row in rows]


def _added(rows: Iterable[Row], *, key: Any, add: Any) -> list[Row]:
    """Return the rows with those of the same key added up, in the order of the keys."""
    sums: dict[Any, Row] = {}
    for row in rows:
        sums[key(row)] = add(sums[key(row)], row) if key(row) in sums else row
    return [sums[one] for one in sorted(sums)]


def _amounts(one: Sequence[Decimal], other: Sequence[Decimal]) -> tuple[Decimal, ...]:
    return tuple(first + second for first, second in zip(one, other, strict=True))


def _added_aging(one: CurrencyAging, other: CurrencyAging) -> CurrencyAging:
    has_opening = one.opening_total_amount is not None and other.opening_total_amount is not None
    return CurrencyAging(
        currency=one.currency,
        customers=one.customers + other.customers,
        overdue_customers=one.overdue_customers + other.overdue_customers,
        items=one.items + other.items,
        total_amount=one.total_amount + other.total_amount,
        overdue_amount=one.overdue_amount + other.overdue_amount,
        bucket_amounts=_amounts(one.bucket_amounts, other.bucket_amounts),
        opening_total_amount=(
            (one.opening_total_amount or NOTHING) + (other.opening_total_amount or NOTHING)
            if has_opening
            else None
        ),
        opening_overdue_amount=(
            (one.opening_overdue_amount or NOTHING) + (other.opening_overdue_amount or NOTHING)
            if has_opening
            else None
        ),
        bridge=_added_bridge(one.bridge, other.bridge),
    )


def _added_bridge(
    one: tuple[BridgeRow, ...] | None, other: tuple[BridgeRow, ...] | None
) -> tuple[BridgeRow, ...] | None:
    if one is None or other is None:
        return None
    return tuple(first + second for first, second in zip(one, other, strict=True))


def _added_point(one: TrendPoint, other: TrendPoint) -> TrendPoint:
    return replace(one, bucket_amounts=_amounts(one.bucket_amounts, other.bucket_amounts))


def _added_move(one: GradeMove, other: GradeMove) -> GradeMove:
    return replace(one, customers=one.customers + other.customers)


def _recovered(rows: Iterable[RecoveredRow]) -> tuple[RecoveredFacts, ...]:
    order = {stage: place for place, stage in enumerate(Stage.values)}
    sums: dict[tuple[dt.date, int, str, int], tuple[str, Recovered]] = {}
    for row in rows:
        key = (row.month, order[row.stage], row.recovered.currency, row.days)
        sums[key] = (row.stage, sums[key][1] + row.recovered if key in sums else row.recovered)
    return tuple(
        RecoveredFacts(
            month=key[0],
            stage=sums[key][0],
            currency=key[2],
            days=key[3],
            demanded_amount=sums[key][1].demanded_amount,
            known_amount=sums[key][1].known_amount,
            recovered_amount=sums[key][1].recovered_amount,
        )
        for key in sorted(sums)
    )
