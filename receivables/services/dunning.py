"""The daily dunning run (P5.2.3): one transaction per customer, so a kill at any moment loses and doubles
nothing.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from django.db import connection, transaction
from django.urls import reverse
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.accounts.selectors import holders_of
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError
from creditrisk.notifications.services import notify
from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.schema import DunningRules
from creditrisk.policy.selectors import policy_version_on
from customers.models import Customer, CustomerState, StateReasonCode
from customers.services import suspend_customer
from receivables.aging import days_past_due
from receivables.dunning import Notice, notices_for
from receivables.dunning_result import DunnedLine, DunningResult, DunningWarning, NoticeSummary
from receivables.models import DunningNotice, Report, ReportState, Stage
from receivables.permissions import require, run_dunning_refusal
from receivables.selectors.dunning import (
    ItemKey,
    ReportedItem,
    customers_within_reach,
    dunning_result_on,
    notices_issued_on,
    notices_per_manager,
    reported_items,
)
from receivables.selectors.reports import report_for
from receivables.services.letters import issue_notice, pdfs_removed_on_error

BATCH_CUSTOMERS = 500

logger = logging.getLogger(__name__)


class _ReportSupersededError(Exception):
    """A corrected report came in while the run was using this one."""


@dataclass(frozen=True)
class _Run:
    """What every customer of one run has in common."""

    on: dt.date
    report: Report
    policy_version: PolicyVersion
    leaders: tuple[User, ...]

    @property
    def rules(self) -> DunningRules:
        return self.policy_version.policy.dunning


def run_dunning(*, on: dt.date, by: User | None, dry_run: bool = False) -> DunningResult:
    """Dun every customer whose items are due for a stage on the date `on`; return what dunning did on that
    day.

    Uses the committed report in force on `on` and the policy in force on `on`. Running it again, or twice
    at once, doubles nothing: what another run did is part of the result. One customer's error does not stop
    the others; it is in the result's `errors`. With `dry_run` nothing is written, and the result is what a
    run would do now. `by` is None for the schedule and the command. Raises NotAllowedError,
    InvalidInputError without a report.
    """
    require(run_dunning_refusal(by))
    run = _Run(
        on=on,
        report=require_report(on),
        policy_version=policy_version_on(on),
        leaders=tuple(holders_of(Role.GROUP_LEADER)),
    )
    warnings = tuple(_warnings(run))
    if dry_run:
        return replace(_forecast(run), warnings=warnings)
    try:
        with acting(by):
            units_done, errors = _dun_customers(run)
    except _ReportSupersededError:
        logger.warning("Report %s was superseded during the dunning run: starting over.", run.report)
        return run_dunning(on=on, by=by)
    _tell_managers(on)
    return replace(dunning_result_on(on), units_done=units_done, errors=errors, warnings=warnings)


def require_report(on: dt.date) -> Report:
    """Return the committed report in force on `on`. Raises InvalidInputError where there is none."""
    report = report_for(on)
    if report is None:
        raise InvalidInputError(
            "dunning.no_report",
            _("There is no committed aging report as of %(on)s or before: upload one first.") % {"on": on},
        )
    return report


def _warnings(run: _Run) -> Iterator[DunningWarning]:
    age_days = (run.on - run.report.as_of).days
    if age_days > run.rules.report_stale_after_days:
        yield DunningWarning("report_stale", as_of=run.report.as_of, age_days=age_days)


def _due(run: _Run) -> Iterator[tuple[int, tuple[Notice, ...]]]:
    """Yield the customers with something due, and what; a few queries for hundreds of customers."""
    customers = customers_within_reach(run.report, on=run.on, rules=run.rules)
    for start in range(0, len(customers), BATCH_CUSTOMERS):
        batch = customers[start : start + BATCH_CUSTOMERS]
        found = _notices(batch, reported_items(run.report, customers=batch, on=run.on, rules=run.rules), run)
        for customer, notices in found.items():
            if notices:
                yield customer, notices


def _notices(
    customers: list[int], reported: Mapping[int, dict[ItemKey, ReportedItem]], run: _Run
) -> dict[int, tuple[Notice, ...]]:
    issued = notices_issued_on(run.on, customers=customers)
    return {
        customer: notices_for(
            (entry.item for entry in reported.get(customer, {}).values()),
            on=run.on,
            rules=run.rules,
            issued=issued.get(customer, frozenset()),
        )
        for customer in customers
    }


def _dun_customers(run: _Run) -> tuple[int, tuple[str, ...]]:
    units_done, errors = 0, []
    for customer, _notices_before_the_lock in _due(run):
        try:
            _dun_customer(customer, run)
        except _ReportSupersededError:
            raise
        except Exception as error:
            if not connection.is_usable():
                raise
            logger.exception("Dunning of customer %s failed.", customer)
            errors.append(f"customer {customer}: {type(error).__name__}: {error}")
        else:
            units_done += 1
    return units_done, tuple(errors)


@transaction.atomic
def _dun_customer(customer: int, run: _Run) -> list[DunningNotice]:
    """The unit of a run: decide again under the customer's lock, then write all his notices or none.

    What an earlier attempt of the day wrote to him, perhaps from a report that was corrected since, stands:
    see `notices_for`.
    """
    # The report first, as those do who supersede it: what is decided below holds until the commit.
    report = Report.objects.select_for_update(no_key=True).get(pk=run.report.pk)
    if report.state != ReportState.COMMITTED:
        raise _ReportSupersededError
    locked = (
        Customer.objects.select_for_update(of=("self",))
        .select_related("service_manager", "account_manager")
        .get(pk=customer)
    )
    if locked.state == CustomerState.CLOSED:
        return []
    reported = reported_items(report, customers=[customer], on=run.on, rules=run.rules)
    issued: list[DunningNotice] = []
    with pdfs_removed_on_error(issued):
        for notice in _notices([customer], reported, run)[customer]:
            letter = issue_notice(
                customer=locked,
                notice=notice,
                reported=reported[customer],
                report=report,
                policy_version=run.policy_version,
                on=run.on,
            )
            issued.append(letter)
            if notice.stage == "final_demand" and locked.state != CustomerState.SUSPENDED:
                locked = _stop_cooperation(letter, run)
    return issued


def _stop_cooperation(demand: DunningNotice, run: _Run) -> Customer:
    """P5.2.3: with the final demand cooperation stops; the group leader is told."""
    suspended = suspend_customer(
        customer=demand.customer, reason=str(demand.number), code=StateReasonCode.FINAL_DEMAND, by=None
    )
    demand.has_suspended = True
    demand.save()
    notify(
        users=run.leaders,
        title=_stopped_text(demand.customer.name, str(demand.number)),
        url=demand.get_absolute_url(),
        key=f"final-demand:{demand.number}",
    )
    return suspended


def _stopped(customer: str, number: str) -> str:
    return _(
        "Cooperation with %(customer)s stopped with final demand %(number)s: please decide how to go on."
    ) % {
        "customer": customer,
        "number": number,
    }


def _digest(on: dt.date, counts: dict[str, int]) -> str:
    reminders = counts.get(Stage.REMINDER, 0)
    letters = counts.get(Stage.DUNNING_LETTER, 0)
    demands = counts.get(Stage.FINAL_DEMAND, 0)
    parts = (
        (reminders, ngettext("%(count)s reminder", "%(count)s reminders", reminders)),
        (letters, ngettext("%(count)s dunning letter", "%(count)s dunning letters", letters)),
        (demands, ngettext("%(count)s final demand", "%(count)s final demands", demands)),
    )
    return _("Dunning of %(on)s for your customers: %(counts)s. Please call them (P5.2.3).") % {
        "on": on,
        "counts": ", ".join(text % {"count": count} for count, text in parts if count),
    }


# Translated when each reader's message is written, in his language.
_stopped_text = lazy(_stopped, str)
_digest_text = lazy(_digest, str)


@transaction.atomic
def _tell_managers(on: dt.date) -> None:
    """One message per person and day: whom to call (P5.2.3), not one per item."""
    per_manager = dict(notices_per_manager(on))
    managers = User.objects.in_bulk(list(per_manager))
    url = f"{reverse('receivables:letter_list')}?issued_from={on}&issued_to={on}"
    for pk, counts in per_manager.items():
        text: str | Promise = _digest_text(on, counts)
        notify(users=[managers[pk]], title=text, url=url, key=f"dunning:{on}")


def _forecast(run: _Run) -> DunningResult:
    """What `_dun_customers` would write now."""
    due = dict(_due(run))
    customers = Customer.objects.in_bulk(list(due))
    found = [(customers[pk], notice) for pk, notices in due.items() for notice in notices]
    found.sort(key=lambda entry: (Stage.values.index(entry[1].stage), entry[0].number, entry[1].currency))
    return DunningResult(
        notices=tuple(
            NoticeSummary(
                stage=notice.stage,
                customer=customer.number,
                currency=notice.currency,
                amount=notice.total_amount,
                items=tuple(
                    DunnedLine(
                        item.document, item.due_on, days_past_due(item.due_on, run.on), item.open_amount
                    )
                    for item in notice.items
                ),
            )
            for customer, notice in found
        ),
        suspended=tuple(
            dict.fromkeys(
                customer.number
                for customer, notice in found
                if notice.stage == "final_demand" and customer.state != CustomerState.SUSPENDED
            )
        ),
    )
