"""Making monthly summaries and computing their figures anew (P3.2.5)."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.business_days.selectors import business_calendar
from creditrisk.dates import end_of_month
from creditrisk.exceptions import BusinessError, InvalidInputError, require
from creditrisk.notifications.services import notify
from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.selectors import policy_version_on
from customers.services.messages import filled
from supervision.models import MonthlySummary
from supervision.selectors.summary_content import content_of_manager, content_of_month
from supervision.selectors.summary_portfolio import managers_of_month, portfolio_of
from supervision.summary_facts import SummaryFacts, facts_to_data
from supervision.summary_permissions import write_refusal
from supervision.summary_sections import Period

logger = logging.getLogger(__name__)


@dataclass
class MadeSummaries:
    """What a run made: user names, '' for the group; `kept` were there already, `errors` one text for each
    that failed.
    """

    made: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Making:
    """What all summaries of a run have in common."""

    month: dt.date
    now: dt.datetime
    policy_version: PolicyVersion
    sign_by_on: dt.date


def make_summaries(*, month: dt.date, now: dt.datetime) -> MadeSummaries:
    """Make the summaries of `month` (its first day) that are missing, as drafts: one for each customer service manager
    who has customers or had any in the month, then that of the group; tell each manager that it waits for him.

    All figures are computed together; each summary is a transaction of its own: whatever ends the run, the next one
    makes the rest and none twice. What is there already stays as it is. Raises InvalidInputError for a month that is
    not over.
    """
    today = timezone.localdate(now)
    if month.day != 1 or end_of_month(month) >= today:
        raise InvalidInputError(
            "summary.month_not_over", _("%(month)s is not over yet.") % {"month": f"{month:%Y-%m}"}
        )
    period = Period(month, end_of_month(month))
    people: list[User | None] = [
        *managers_of_month(starts_at=period.starts_at, ends_at=period.ends_at),
        None,
    ]
    there = set(MonthlySummary.objects.filter(month=month).values_list("service_manager", flat=True))
    missing = [person for person in people if _key(person) not in there]
    done = MadeSummaries(kept=[_name(person) for person in people if _key(person) in there])
    if not missing:
        return done
    content = content_of_month(month, [person.pk for person in missing if person is not None])
    version = policy_version_on(today)
    sign_by_on = business_calendar().after(today, version.policy.summary.sign_within_days)
    making = _Making(month, now, version, sign_by_on)
    for person in missing:
        facts = content.group if person is None else content.by_manager[person.pk]
        customers = () if person is None else content.customers[person.pk]
        try:
            made = _make(making, person, facts, customers)
        except (BusinessError, DatabaseError) as error:
            logger.exception("The summary %s of %s failed.", month, _name(person))
            done.errors.append(f"{_name(person)}: {type(error).__name__}: {error}")
        else:
            (done.made if made else done.kept).append(_name(person))
    return done


def _key(person: User | None) -> int | None:
    return None if person is None else person.pk


def _name(person: User | None) -> str:
    return "" if person is None else person.username


@transaction.atomic
def _make(making: _Making, person: User | None, facts: SummaryFacts, customers: Sequence[int]) -> bool:
    """Make one draft and tell its manager; return False where another run was faster."""
    values: dict[str, Any] = {
        "facts": facts_to_data(facts),
        "customers": list(customers),
        "policy_version": making.policy_version,
        "computed_at": making.now,
        "sign_by_on": making.sign_by_on,
    }
    summary, created = MonthlySummary.objects.get_or_create(
        month=making.month, service_manager=person, defaults=values
    )
    if created and person is not None:
        notify(
            users=[person],
            title=filled(
                gettext_lazy("The monthly summary %(month)s waits for your analysis, until %(date)s"),
                month=f"{making.month:%Y-%m}",
                date=making.sign_by_on.isoformat(),
            ),
            url=summary.get_absolute_url(),
            key=f"summary:{summary.pk}",
        )
    return created


@transaction.atomic
def refresh_summary(*, summary: MonthlySummary, by: User, now: dt.datetime) -> MonthlySummary:
    """Compute the figures of a draft anew, from the customers its manager holds now; return it. Where nothing changed,
    nothing is written; the analysis stays.

    Raises NotAllowedError for anybody but its author, ConflictError once it is signed.
    """
    locked = lock_summary(summary)
    require(write_refusal(by, locked))
    if locked.service_manager is None:
        facts, customers = content_of_month(locked.month, []).group, []
    else:
        portfolio = portfolio_of(locked.service_manager)
        customers = list(portfolio.customer_pks or ())
        facts = content_of_manager(locked.month, locked.service_manager.pk, portfolio)
    data = facts_to_data(facts)
    locked.computed_at = now
    if (data, customers) != (locked.facts, locked.customers):
        locked.facts, locked.customers = data, customers
        locked.version += 1
    with acting(by):
        locked.save()
    return locked


def lock_summary(summary: MonthlySummary) -> MonthlySummary:
    """Return the row as it is now, locked until the transaction ends."""
    return (
        MonthlySummary.objects.select_for_update(of=("self",))
        .select_related("service_manager")
        .get(pk=summary.pk)
    )
