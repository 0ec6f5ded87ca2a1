"""The daily dunning run (P5.2.3): each customer whole or not at all, so a kill at any moment loses and doubles
nothing.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from django.db import connection, transaction
from django.urls import reverse
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.accounts.selectors import holders_of
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.notifications.services import notify
from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.schema import DunningRules, DunningStageCode
from creditrisk.policy.selectors import policy_version_on
from customers.models import Customer, CustomerState
from customers.services.messages import filled
from receivables.aging import days_past_due
from receivables.dunning import Notice
from receivables.dunning_result import DunnedLine, DunningResult, DunningWarning, NoticeSummary
from receivables.models import Report, ReportState, Stage
from receivables.permissions import run_dunning_refusal
from receivables.selectors.dunning import dunning_result_on, notices_per_manager
from receivables.selectors.dunning_facts import (
    DunningFacts,
    customers_within_reach,
    dunning_facts,
    invalid_terms,
)
from receivables.selectors.forfeitures import forfeitable
from receivables.selectors.reports import report_for
from receivables.services.demands import follow_final_demand
from receivables.services.letters import DueNotice, issue_notices, pdfs_removed_on_error
from receivables.services.promises import judge_promises

WAITS = gettext_lazy("Dunning of %(on)s: %(count)s notices (%(stage)s) wait for your release (P5.2.3).")
LOOKED_AT_ONCE = 500
UNIT_CUSTOMERS = 20

logger = logging.getLogger(__name__)


class _ReportSupersededError(Exception):
    """A corrected report came in while the run was using this one."""


@dataclass(frozen=True)
class _Run:
    """What every customer of one run has in common. `stages`: the only ones that it writes; `left_out`: numbers of
    customers that a person took out."""

    on: dt.date
    report: Report
    policy_version: PolicyVersion
    leaders: tuple[User, ...]
    stages: frozenset[str]
    left_out: frozenset[str] = frozenset()

    @property
    def rules(self) -> DunningRules:
        return self.policy_version.policy.dunning

    def notices(self, facts: DunningFacts) -> tuple[Notice, ...]:
        """Return what this run writes to a customer."""
        return tuple(notice for notice in facts.decision(on=self.on).notices if notice.stage in self.stages)


def run_dunning(
    *,
    on: dt.date,
    by: User | None,
    dry_run: bool = False,
    stages: Collection[DunningStageCode] | None = None,
    left_out: Collection[str] = (),
) -> DunningResult:
    """Dun every customer whose items are due for a stage on the date `on`; return what dunning did on that
    day.

    Uses the committed report in force on `on` and the policy in force on `on`. Running it again, or twice
    at once, doubles nothing: what another run did is part of the result. One customer's error does not stop
    the others; it is in the result's `errors`. With `dry_run` nothing is written, and the result is what a
    run would do now. `stages` None: those that the policy releases by itself; the others are counted in a warning and
    the leaders are told. `left_out`: numbers of customers that get nothing now. `by` is None for the schedule and the
    command. Raises NotAllowedError, InvalidInputError without a report.
    """
    require(run_dunning_refusal(by))
    run = prepare_run(on=on, stages=stages, left_out=left_out)
    if dry_run:
        return replace(_forecast(run), warnings=tuple(_warnings(run)))
    judge_promises(report=run.report, policy=run.policy_version.policy)
    try:
        with acting(by):
            units_done, errors = _dun_customers(run)
    except _ReportSupersededError:
        logger.warning("Report %s was superseded during the dunning run: starting over.", run.report)
        return run_dunning(on=on, by=by, stages=stages, left_out=left_out)
    _tell_managers(on)
    warnings = tuple(_warnings(run))
    if stages is None:
        _tell_leaders(run, warnings)
    return replace(dunning_result_on(on), units_done=units_done, errors=errors, warnings=warnings)


def prepare_run(
    *, on: dt.date, stages: Collection[str] | None = None, left_out: Collection[str] = ()
) -> _Run:
    """Return what a run for the date `on` goes by. Raises InvalidInputError without a report."""
    version = policy_version_on(on)
    automatic = {stage.code for stage in version.policy.dunning.stages if stage.release == "automatic"}
    return _Run(
        on=on,
        report=require_report(on),
        policy_version=version,
        leaders=tuple(holders_of(Role.GROUP_LEADER)),
        stages=frozenset(automatic if stages is None else stages),
        left_out=frozenset(left_out),
    )


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
    if invalid := invalid_terms(on=run.on, rules=run.rules):
        yield DunningWarning("terms_invalid", as_of=run.on, count=len(invalid))
    held = frozenset(stage.code for stage in run.rules.stages if stage.release == "by_person") - run.stages
    if held:
        waiting = Counter(
            notice.stage
            for _customer, notices in due_notices(replace(run, stages=held))
            for notice in notices
        )
        for stage, count in sorted(waiting.items()):
            yield DunningWarning("waits_for_release", as_of=run.on, stage=stage, count=count)


def due_notices(run: _Run) -> Iterator[tuple[int, tuple[Notice, ...]]]:
    """Yield the customers (primary keys, by number) with something due, and what; a few queries for hundreds."""
    customers = _customers(run)
    for start in range(0, len(customers), LOOKED_AT_ONCE):
        batch = customers[start : start + LOOKED_AT_ONCE]
        found = dunning_facts(run.report, customers=batch, on=run.on, policy=run.policy_version.policy)
        for customer in batch:
            if notices := run.notices(found[customer]):
                yield customer, notices


def _customers(run: _Run) -> list[int]:
    customers = customers_within_reach(run.report, on=run.on, rules=run.rules)
    if not run.left_out:
        return customers
    without = set(Customer.objects.filter(number__in=run.left_out).values_list("pk", flat=True))
    return [customer for customer in customers if customer not in without]


def _dun_customers(run: _Run) -> tuple[int, tuple[str, ...]]:
    units_done, errors = 0, []
    due = (customer for customer, _notices_before_the_lock in due_notices(run))
    while unit := list(islice(due, UNIT_CUSTOMERS)):
        failed = _tried(unit, run)
        units_done += len(unit) - len(failed)
        errors += failed
    return units_done, tuple(errors)


def _tried(customers: list[int], run: _Run) -> list[str]:
    """Dun some customers; return an error for each for whom it failed. Where all were taken back because of one of
    them, each is tried alone: one customer's error does not stop the others."""
    try:
        _dun_unit(customers, run)
    except _ReportSupersededError:
        raise
    except Exception as error:
        if not connection.is_usable():
            raise
        if len(customers) > 1:
            return [failed for customer in customers for failed in _tried([customer], run)]
        logger.exception("Dunning of customer %s failed.", customers[0])
        return [f"customer {customers[0]}: {type(error).__name__}: {error}"]
    return []


@transaction.atomic
def _dun_unit(customers: list[int], run: _Run) -> None:
    """The unit of a run: decide again under the customers' locks, then write all their notices or none.

    What an earlier attempt of the day wrote to them, perhaps from a report that was corrected since, stands:
    see `decide`.
    """
    # The report first, as those do who supersede it: what is decided below holds until the commit.
    report = Report.objects.select_for_update(no_key=True).get(pk=run.report.pk)
    if report.state != ReportState.COMMITTED:
        raise _ReportSupersededError
    locked = (
        Customer.objects.select_for_update(of=("self",))
        .select_related("service_manager", "account_manager")
        .filter(pk__in=customers)
        .exclude(state=CustomerState.CLOSED)
    )
    # In the order of their keys, so that two runs never wait for each other; written by number.
    by_key = {customer.pk: customer for customer in locked.order_by("pk")}
    facts = dunning_facts(report, customers=by_key, on=run.on, policy=run.policy_version.policy)
    due = [
        DueNotice(by_key[pk], notice, facts[pk].items)
        for pk in customers
        if pk in by_key
        for notice in run.notices(facts[pk])
    ]
    issued = issue_notices(due, report=report, policy_version=run.policy_version, on=run.on)
    with pdfs_removed_on_error(issued):
        for demand in issued:
            if demand.stage == Stage.FINAL_DEMAND:
                demand.customer = by_key[demand.customer_id]
                by_key[demand.customer_id] = follow_final_demand(
                    demand=demand, rules=run.rules, leaders=run.leaders
                )


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


@transaction.atomic
def _tell_leaders(run: _Run, warnings: Iterable[DunningWarning]) -> None:
    """Once a day and stage: notices wait for their release."""
    for warning in warnings:
        if warning.code == "waits_for_release":
            notify(
                users=run.leaders,
                title=filled(WAITS, count=warning.count, stage=Stage(warning.stage).label, on=run.on),
                url=f"{reverse('receivables:dunning')}?on={run.on}",
                key=f"release:{run.on}:{warning.stage}",
            )


def _forecast(run: _Run) -> DunningResult:
    """What `_dun_customers` would write now."""
    due = dict(due_notices(run))
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
                        item.document, item.due_on, days_past_due(item.due_on, run.on), item.demanded_amount
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
                if notice.stage == "final_demand"
                and customer.state != CustomerState.SUSPENDED
                and run.rules.suspension == "automatic"
            )
        ),
        deposits=forfeitable(
            [(customer, notice.currency) for customer, notice in found if notice.stage == "final_demand"]
        ),
    )
