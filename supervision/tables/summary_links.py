"""The lists behind the figures of a monthly summary: each link opens what a figure was counted from, as far as a list
can be narrowed to it. Lists show what is so now; a summary says what was so at the month's end.
"""

from __future__ import annotations

from datetime import date

from django.urls import reverse
from django.utils.http import urlencode

from creditrisk.dates import end_of_month
from supervision.models import MonthlySummary
from supervision.summary_facts import SummaryFacts
from supervision.summary_sections import Behind, sections


def behind(summary: MonthlySummary, facts: SummaryFacts) -> Behind:
    """Return whose figures and of which month the links are."""
    return Behind(summary.service_manager_id, facts.month, facts.month_end)


def link_of(figure: str, *, of: Behind, facts: SummaryFacts) -> str:
    """Return the address of the list behind a figure (`SheetRow.figure`), '' where there is none."""
    kind, _colon, rest = figure.partition(":")
    if section := next((one for one in sections() if one.key == kind), None):
        return section.link(rest, of)
    if kind == "customer":
        return reverse("receivables:aging_customer", args=[rest])
    if kind in {"aging", "base"}:
        return _aging(of, as_of=facts.closing.as_of.isoformat() if facts.closing else "", currency=rest)
    if kind == "month":
        month, _colon, currency = rest.partition(":")
        source = next((point for point in facts.trend if f"{point.month:%Y-%m}" == month), None)
        return _aging(of, as_of=_end_of(month), currency=currency) if source else ""
    if kind == "customers":
        return _customers(of)
    if kind == "effectiveness":
        months = [rest] if rest else sorted(f"{line.month:%Y-%m}" for line in facts.recovered)
        query = {"first": months[0], "last": months[-1]} if months else {}
        if of.manager_pk is not None:
            query["manager"] = str(of.manager_pk)
        return f"{reverse('receivables:effectiveness')}?{urlencode(query)}"
    return ""


def _end_of(month: str) -> str:
    return end_of_month(date.fromisoformat(f"{month}-01")).isoformat()


def _aging(of: Behind, *, as_of: str, currency: str) -> str:
    query = {"as_of": as_of, "currency": currency}
    if not currency:
        query = {"as_of": as_of, "in_base": "yes"}
    if of.manager_pk is not None:
        query["of"] = f"service_manager:{of.manager_pk}"
    return f"{reverse('receivables:aging')}?{urlencode(query)}"


def _customers(of: Behind) -> str:
    query = {} if of.manager_pk is None else {"service_manager": of.manager_pk}
    return f"{reverse('customers:list')}?{urlencode(query)}"
