"""How receivables stood at a report: exposure, overdue, days sales outstanding, collection effectiveness."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from django.db.models import QuerySet

from creditrisk.dates import add_months
from creditrisk.exchange_rates.conversion import Rates
from creditrisk.exchange_rates.selectors import rates_of_days
from customers.models import Customer
from receivables.effectiveness import Receivables, share
from receivables.models import Report
from receivables.selectors.aged_sums import buckets_of
from supervision.kpis import (
    COUNT_BACK_MONTHS,
    DSO_MONTHS,
    RollRate,
    Sales,
    dso,
    dso_by_count_back,
    roll_rates,
)
from supervision.selectors.report_figures import (
    Pair,
    chain_of,
    invoiced,
    last_of_months,
    newest_figures,
    pairs_of,
)
from supervision.selectors.sums import BaseSums, ByCurrency, amount_in_base, in_base, sums_of_reports

Gap = Literal["no_report_before", "not_computed", "nothing"]
"""Why a figure does not exist: no report in force of the month before; what was invoiced is not computed yet, or cannot
be because a report has no items; nothing was sold, or to be collected.
"""


@dataclass(frozen=True)
class Standing:
    """One report in the company's currency. All figures of it, also those of the months before that they need, are at
    the rates of its day. `sales_days` are the calendar days whose sales the DSO is reckoned by.
    """

    report: Report
    base: BaseSums
    bucket_keys: tuple[str, ...]
    dso_days: Decimal | None
    sales_days: int
    counted_back_days: Decimal | None
    index: Receivables | None
    gap: Gap | None
    roll_rates: tuple[RollRate, ...] = ()

    @property
    def exposure_amount(self) -> Decimal:
        """Open receivables, credits taken off."""
        return self.base.sums.total_amount

    @property
    def overdue_amount(self) -> Decimal:
        """What is past due, credits taken off."""
        return self.base.sums.overdue_amount

    @property
    def overdue_ratio(self) -> Decimal | None:
        """The overdue share of the exposure."""
        return share(self.overdue_amount, self.exposure_amount)

    @property
    def cei_ratio(self) -> Decimal | None:
        """The collection effectiveness index of the month up to the report."""
        return self.index.index_ratio if self.index else None


@dataclass(frozen=True)
class Books:
    """What the reports in force say, ready to be asked: `by_month` the last report of each month."""

    base_currency: str
    by_month: Mapping[dt.date, Report]
    sums: Mapping[int, ByCurrency]
    rates: Mapping[dt.date, Rates]
    figures: Mapping[Pair, Mapping[str, Decimal]]

    def standing(self, report: Report) -> Standing:
        """Return how receivables stood at a report that the books were opened for."""
        rates = self.rates[report.as_of]
        base = in_base(self.sums.get(report.pk, {}), rates)
        chain = chain_of(report, self.by_month, months=COUNT_BACK_MONTHS)
        months = self._sales(chain, rates)
        sales = months[:DSO_MONTHS]
        total = base.sums.total_amount
        index = None
        buckets = _buckets(report)
        rolled: tuple[RollRate, ...] = ()
        if len(chain) > 1:
            opening = in_base(self.sums.get(chain[1].pk, {}), rates).sums
            if months:
                index = Receivables(
                    self.base_currency,
                    opening_amount=opening.total_amount,
                    invoiced_amount=months[0].amount,
                    closing_amount=total,
                    current_amount=base.sums.current_amount,
                )
            if buckets == _buckets(chain[1]) and base.sums.debit_amounts and opening.debit_amounts:
                rolled = roll_rates(
                    opening.debit_amounts,
                    base.sums.debit_amounts,
                    up_to_days=[last for _key, last in buckets],
                    days_between=(report.as_of - chain[1].as_of).days,
                )
        return Standing(
            report=report,
            base=base,
            bucket_keys=tuple(key for key, _last in buckets),
            dso_days=dso(total, sales),
            sales_days=sum(one.days for one in sales),
            counted_back_days=dso_by_count_back(total, months) if months else None,
            index=index,
            gap=_gap(chain, months),
            roll_rates=rolled,
        )

    def _sales(self, chain: Sequence[Report], rates: Rates) -> list[Sales]:
        """Return the sales of the months before the first report of a chain, the latest first, as long as they are
        known.
        """
        found = []
        for place, pair in enumerate(pairs_of(chain)):
            if pair not in self.figures:
                break
            days = (chain[place].as_of - chain[place + 1].as_of).days
            found.append(Sales(amount_in_base(self.figures[pair], rates), days))
        return found


def open_books(
    reports: Iterable[Report],
    *,
    in_force: Iterable[Report],
    base_currency: str,
    customers: QuerySet[Customer] | None,
    counted_back: Report | None = None,
) -> Books:
    """Return the books for `standing` of each of `reports`: of all customers (None) or of some. Four queries.

    `in_force` are the receivables reports in force with their policy versions. Sales are counted back over a year for
    the one report `counted_back`, for the others as far as their days sales outstanding need.
    """
    by_month = last_of_months(in_force)
    asked = list(reports)
    chains = [
        chain_of(one, by_month, months=COUNT_BACK_MONTHS if one == counted_back else DSO_MONTHS)
        for one in asked
    ]
    pairs = {pair for chain in chains for pair in pairs_of(chain)}
    sums = sums_of_reports({one.pk for chain in chains for one in chain[:2]}, customers=customers)
    figures = newest_figures(pairs)
    amounts = invoiced(list(figures.values()), customers=customers)
    currencies = {currency for by_currency in sums.values() for currency in by_currency}
    currencies |= {currency for by_currency in amounts.values() for currency in by_currency}
    days = {one.as_of for one in asked}
    return Books(
        base_currency=base_currency,
        by_month=by_month,
        sums=sums,
        rates=rates_of_days(days, currencies=currencies, base_currency=base_currency),
        figures={pair: amounts.get(pk, {}) for pair, pk in figures.items()},
    )


def year_before(report: Report, in_force: Iterable[Report]) -> Report | None:
    """Return the last report of the month that ends a year before the day of `report`; None where there is none."""
    last, first = add_months(report.as_of, -12), add_months(report.as_of, -13)
    return max(
        (one for one in in_force if first < one.as_of <= last), key=lambda one: one.as_of, default=None
    )


def _buckets(report: Report) -> tuple[tuple[str, int | None], ...]:
    assert report.policy_version is not None  # a committed report has one
    return tuple((bucket.key, bucket.up_to_days) for bucket in buckets_of(report, report.policy_version))


def _gap(chain: Sequence[Report], months: Sequence[Sales]) -> Gap | None:
    if len(chain) < 2:
        return "no_report_before"
    if not months:
        return "not_computed"
    return None if any(month.amount > 0 for month in months[:DSO_MONTHS]) else "nothing"
