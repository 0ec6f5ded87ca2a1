"""What dunning would have done by several policies: a run on the day of each of some reports, written nowhere (P5.2.3).

Each policy has a history of its own: it begins with what was really sent before the first report, and goes on with what
the policy itself would have sent, each letter on its day. Promises, disputes and terms are those of the day of the
report. A stage whose notices a person releases is taken as released.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field

from creditrisk.exchange_rates.selectors import known_rates
from creditrisk.policy.schema import Policy
from receivables.disputed import ItemKey
from receivables.models import Report
from receivables.selectors.disputes import open_disputes
from receivables.selectors.dunning_facts import (
    Past,
    customers_within_reach,
    facts_of,
    item_key,
    last_letters_of,
    past_of,
    promised_items,
    reported_items,
    terms_in_force,
)

LOOKED_AT_ONCE = 500


@dataclass
class Replay:
    """What one policy would have sent: how many notices by day of the report and stage, and by customer (primary key)
    and stage."""

    by_day: dict[dt.date, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    by_customer: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


@dataclass
class _History:
    """What a customer's items have gone through by one policy so far, and his newest letter by currency."""

    past: dict[ItemKey, Past]
    last_letters: dict[str, dt.date]


def replay_dunning(reports: Sequence[Report], policies: Mapping[str, Policy]) -> dict[str, Replay]:
    """Return what each of `policies` would have sent on the days of `reports` (committed, oldest first).

    A dozen queries for every five hundred customers and report, however many policies; what is held at a time is the
    items of those customers in one report.
    """
    found = {name: Replay() for name in policies}
    for name in policies:
        for report in reports:
            found[name].by_day[report.as_of] = Counter()
    customers = sorted(
        {
            customer
            for report in reports
            for policy in policies.values()
            for customer in customers_within_reach(report, on=report.as_of, rules=policy.dunning)
        }
    )
    for start in range(0, len(customers), LOOKED_AT_ONCE):
        _replay_batch(customers[start : start + LOOKED_AT_ONCE], reports, policies, found)
    return found


def _replay_batch(
    customers: list[int],
    reports: Sequence[Report],
    policies: Mapping[str, Policy],
    found: Mapping[str, Replay],
) -> None:
    first_on = reports[0].as_of
    past, letters = past_of(customers, before=first_on), last_letters_of(customers, before=first_on)
    histories = {
        name: {
            customer: _History(deepcopy(past[customer]), dict(letters[customer])) for customer in customers
        }
        for name in policies
    }
    for report in reports:
        on = report.as_of
        lines = reported_items(report, customers)
        promised, terms = promised_items(customers, on=on), terms_in_force(customers, on=on)
        disputes = open_disputes(customers, on=on)
        currencies = {line.item.currency for listed in lines.values() for line in listed}
        for name, policy in policies.items():
            rates = known_rates(on, currencies=currencies, base_currency=policy.base_currency)
            for customer in customers:
                history = histories[name][customer]
                facts = facts_of(
                    lines[customer],
                    past=history.past,
                    promised=promised[customer],
                    disputes=disputes[customer],
                    terms=terms[customer],
                    issued=frozenset(),
                    last_letters=history.last_letters,
                    rates=rates,
                    policy=policy,
                )
                for notice in facts.decision(on=on).notices:
                    found[name].by_day[on][notice.stage] += 1
                    found[name].by_customer[customer][notice.stage] += 1
                    _remember(history, [item_key(item) for item in notice.items], notice.stage, on=on)
                    if notice.stage != "reminder":
                        history.last_letters[notice.currency] = on


def _remember(history: _History, keys: Sequence[ItemKey], stage: str, *, on: dt.date) -> None:
    """A letter counts as sent on its own day."""
    for key in keys:
        entry = history.past.setdefault(key, Past(set()))
        entry.stages.add(stage)
        if stage == "dunning_letter":
            entry.letter_sent_on = on
