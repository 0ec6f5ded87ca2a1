"""Opening the half-yearly self-checks of contracts, and answering them (P3.2.3)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.notifications.services import notify
from creditrisk.policy.selectors import policy_version_on
from customers.contract_permissions import self_check_refusal
from customers.contract_selectors import performing_contracts
from customers.models import Contract, LogKind, SelfCheck, SelfCheckState
from customers.self_check_periods import SelfCheckPeriod, is_to_be_checked, self_check_period
from customers.services.contract_locks import lock_contract
from customers.services.contract_log import write_entry
from customers.services.messages import filled

ASKED = gettext_lazy("Self-checks of contracts wait for you: %(count)s, until %(date)s (P3.2.3).")


@dataclass(frozen=True)
class OpenedSelfCheck:
    """A task that was opened, or would be."""

    contract: str
    customer: str
    role: str
    person: str
    due_on: dt.date

    def as_json(self) -> dict[str, Any]:
        """Return JSON-ready data, as `open_self_checks --json` tells it."""
        return {
            "contract": self.contract,
            "customer": self.customer,
            "role": self.role,
            "person": self.person,
            "due_on": self.due_on.isoformat(),
        }


@dataclass(frozen=True)
class SelfCheckRun:
    """What was opened on a day, for which period."""

    on: dt.date
    period: SelfCheckPeriod
    opened: tuple[OpenedSelfCheck, ...]

    def as_json(self) -> dict[str, Any]:
        """Return JSON-ready data, as `open_self_checks --json` tells it."""
        return {
            "on": self.on.isoformat(),
            "period": {
                "from": self.period.starts_on.isoformat(),
                "to": self.period.ends_on.isoformat(),
            },
            "opened": [task.as_json() for task in self.opened],
        }


def self_check_period_on(on: dt.date) -> SelfCheckPeriod:
    """Return the period of self-checks that `on` lies in, by the policy of that day."""
    return self_check_period(on, policy_version_on(on).policy.review_cycle.self_check_months)


def open_self_checks(*, on: dt.date, dry_run: bool = False) -> SelfCheckRun:
    """Open a self-check for each contract being performed, for its account manager and its service manager, in the
    period that `on` lies in; return what was opened (with `dry_run`: what would be).

    A contract is asked about from its first whole period on. Each task is opened once: a run that was killed, or
    comes again, does the rest. Whoever has new tasks is told once; the tasks of one person are one transaction.
    """
    period = self_check_period_on(on)
    wanted = _missing(period)
    opened: list[OpenedSelfCheck] = []
    for person, tasks in wanted.items():
        if not dry_run:
            _open_for(person, tasks, period, on=on)
        opened += [_told(task, person) for task in tasks]
    return SelfCheckRun(on, period, tuple(sorted(opened, key=lambda task: (task.contract, task.role))))


def self_checks_opened_on(on: dt.date) -> SelfCheckRun:
    """Return what the runs for the day `on` opened, with the people as they are responsible now."""
    period = self_check_period_on(on)
    tasks = SelfCheck.objects.filter(opened_on=on, period_starts_on=period.starts_on).select_related(
        "contract__customer__account_manager", "contract__customer__service_manager"
    )
    told = [_told(task, _asked(task.contract, task.role)) for task in tasks]
    return SelfCheckRun(on, period, tuple(sorted(told, key=lambda task: (task.contract, task.role))))


def _missing(period: SelfCheckPeriod) -> dict[User, list[SelfCheck]]:
    """Return the tasks of the period that are not there yet, by who has to do them."""
    there = set(
        SelfCheck.objects.filter(period_starts_on=period.starts_on).values_list("contract_id", "role")
    )
    missing: dict[User, list[SelfCheck]] = defaultdict(list)
    for contract in performing_contracts():
        assert contract.performing_on is not None  # the database sees to it
        if not is_to_be_checked(contract.performing_on, period):
            continue
        for role in (Role.ACCOUNT_MANAGER, Role.SERVICE_MANAGER):
            person = _asked(contract, role)
            if person is not None and (contract.pk, role.value) not in there:
                missing[person].append(
                    SelfCheck(
                        contract=contract,
                        role=role.value,
                        period_starts_on=period.starts_on,
                        period_ends_on=period.ends_on,
                    )
                )
    return missing


def _asked(contract: Contract, role: str) -> User | None:
    customer = contract.customer
    return customer.account_manager if role == Role.ACCOUNT_MANAGER else customer.service_manager


def _told(task: SelfCheck, person: User | None) -> OpenedSelfCheck:
    return OpenedSelfCheck(
        contract=task.contract.number,
        customer=task.contract.customer.number,
        role=task.role,
        person=person.username if person else "",
        due_on=task.period_ends_on,
    )


@transaction.atomic
def _open_for(person: User, tasks: Iterable[SelfCheck], period: SelfCheckPeriod, *, on: dt.date) -> None:
    for task in tasks:
        task.opened_on = on
    opened = SelfCheck.objects.bulk_create(tasks, ignore_conflicts=True)
    notify(
        users=[person],
        title=filled(ASKED, count=len(opened), date=period.ends_on.isoformat()),
        url=reverse("contracts:tasks"),
        key=f"self_checks:{period.starts_on}:{on}",
    )


@transaction.atomic
def complete_self_check(
    *,
    self_check: SelfCheck,
    is_as_contracted: bool,
    deviations: str,
    next_action: str,
    done_on: dt.date,
    by: User,
) -> SelfCheck:
    """Answer a self-check; return it. The answer is appended to the contract's performance log. Twice is once.

    Raises NotAllowedError, InvalidInputError where something deviates and it is not said what, or what is done
    about it.
    """
    contract = lock_contract(self_check.contract)
    locked = SelfCheck.objects.get(pk=self_check.pk)
    locked.contract = contract
    deviations, next_action = deviations.strip(), next_action.strip()
    answer = (is_as_contracted, deviations, next_action)
    if locked.done_by_id == by.pk and answer == (
        locked.is_as_contracted,
        locked.deviations,
        locked.next_action,
    ):
        return locked  # the second click of the same form
    require(self_check_refusal(by, locked))
    if not is_as_contracted and not (deviations and next_action):
        raise InvalidInputError(
            "self_check.deviations_missing",
            _("Say what is not as contracted, and what is done about it."),
        )
    said = [
        f"{locked.period_starts_on}–{locked.period_ends_on}",
        deviations,
        f"→ {next_action}" if next_action else "",
    ]
    entry = write_entry(
        contract,
        kind=LogKind.SELF_CHECK,
        happened_on=done_on,
        text="\n".join(filter(None, said)),
        by=by,
    )
    locked.state = SelfCheckState.DONE
    locked.is_as_contracted = is_as_contracted
    locked.deviations = deviations
    locked.next_action = next_action
    locked.done_on = done_on
    locked.done_by = by
    locked.entry = entry
    with acting(by):
        locked.save()
    return locked
