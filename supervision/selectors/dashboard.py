"""Everything the leader's dashboard shows, of the customers that its reader may see (P3.1, P3.3, P3.4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import SEES_ALL_CUSTOMERS
from creditrisk.dates import add_months
from creditrisk.exchange_rates.conversion import Rates
from creditrisk.exchange_rates.selectors import known_rates
from creditrisk.policy.selectors import policy_version_on
from customers.models import Customer
from receivables.models import AgingSum, Report
from receivables.selectors.reports import report_for
from supervision.kpis import TOP_CUSTOMERS, concentration
from supervision.selectors.backlog import BacklogRow, backlog
from supervision.selectors.grades import GradeFigures, LargeCustomer, grade_figures, largest_customers
from supervision.selectors.report_figures import last_of_months, month_of
from supervision.selectors.reports import reports_in_force
from supervision.selectors.standing import Books, Standing, open_books, year_before

TREND_MONTHS = (13, 25)
"""A year of month ends and the one before it; two years."""
MIGRATION_MONTHS = 12


@dataclass(frozen=True)
class TrendMonth:
    """One month of the trend (its first day); `standing` None where no report is in force as of a day in it."""

    month: dt.date
    standing: Standing | None


@dataclass(frozen=True)
class Dashboard:
    """The figures of a report, and of two to compare with: the one before it (`previous`) and the last one of the month
    that ends a year before. None where there is none. Amounts are in the company's currency at the rates of each
    report's day.
    """

    base_currency: str
    standing: Standing
    previous: Standing | None
    year_before: Standing | None
    trend: tuple[TrendMonth, ...]
    grades: GradeFigures
    largest: tuple[LargeCustomer, ...]
    backlog: tuple[BacklogRow, ...]

    @property
    def report(self) -> Report:
        """The report that the figures are of."""
        return self.standing.report

    @property
    def concentration_ratio(self) -> Decimal | None:
        """The share of the largest customers in the exposure."""
        largest = [one.exposure_amount for one in self.largest]
        return concentration(largest, self.standing.exposure_amount)


def customers_of(user: User) -> QuerySet[Customer] | None:
    """Return the customers whose figures `user` may see; None for all of them."""
    if user.has_role(*SEES_ALL_CUSTOMERS):
        return None
    mine: QuerySet[Customer] = Customer.objects.visible_to(user)
    return mine


def base_currency_on(day: dt.date) -> str:
    """Return the company's currency by the policy in force on a day."""
    return policy_version_on(day).policy.base_currency


def dashboard(
    user: User, *, as_of: dt.date, today: dt.date, months: int = TREND_MONTHS[0]
) -> Dashboard | None:
    """Return the dashboard of the report in force as of a day or before, as `user` may see it; None where there is
    none. `months` of the trend. A dozen queries, however many customers, items and reports.
    """
    in_force = reports_in_force(as_of)
    if not in_force:
        return None
    report = in_force[0]
    customers = customers_of(user)
    previous = in_force[1] if len(in_force) > 1 else None
    before = year_before(report, in_force)
    by_month = last_of_months(in_force)
    shown = [add_months(month_of(report.as_of), -back) for back in reversed(range(months))]
    asked = [one for one in (report, previous, before, *(by_month.get(month) for month in shown)) if one]
    currency = base_currency_on(report.as_of)
    books = open_books(
        dict.fromkeys(asked),
        in_force=in_force,
        base_currency=currency,
        customers=customers,
        counted_back=report,
    )
    standings = {one.pk: books.standing(one) for one in dict.fromkeys(asked)}
    rates = books.rates[report.as_of]
    return Dashboard(
        base_currency=currency,
        standing=standings[report.pk],
        previous=standings[previous.pk] if previous else None,
        year_before=standings[before.pk] if before else None,
        trend=tuple(_trend(shown, books, standings)),
        grades=grade_figures(
            report=report,
            then_on=add_months(report.as_of, -MIGRATION_MONTHS),
            rates=rates,
            customers=customers,
        ),
        largest=tuple(largest_customers(report, rates=rates, customers=customers, limit=TOP_CUSTOMERS)),
        backlog=tuple(backlog(user, on=today)),
    )


def _trend(months: Sequence[dt.date], books: Books, standings: dict[int, Standing]) -> list[TrendMonth]:
    found = []
    for month in months:
        report = books.by_month.get(month)
        found.append(TrendMonth(month, standings[report.pk] if report else None))
    return found


@dataclass(frozen=True)
class ReportChosen:
    """The report that a list behind the dashboard is about, with the rates of its day; `left_out` are currencies of it
    without a rate, which no amount contains.
    """

    report: Report
    base_currency: str
    rates: Rates
    left_out: tuple[str, ...]


def report_chosen(as_of: dt.date) -> ReportChosen | None:
    """Return the report in force as of a day or before, with its rates; None where there is none."""
    report = report_for(as_of)
    if report is None:
        return None
    base_currency = base_currency_on(report.as_of)
    currencies = set(
        AgingSum.objects.filter(report=report).order_by().values_list("currency", flat=True).distinct()
    )
    rates = known_rates(report.as_of, currencies=currencies, base_currency=base_currency)
    return ReportChosen(report, base_currency, rates, tuple(sorted(currencies - set(rates.by_currency))))
