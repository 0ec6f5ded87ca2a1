"""Every example that a definition gives is what the rules reckon."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from receivables.effectiveness import Receivables, share
from receivables.tables.effectiveness import percent_text
from supervision.kpis import (
    Migration,
    Sales,
    concentration,
    dso,
    dso_by_count_back,
    roll_rates,
)
from supervision.selectors.sums import Sums
from supervision.tables.definitions import DEFINITIONS
from supervision.tables.figures import change_of, days_text, rise_of

D = Decimal
NOTHING = (D(0),) * 7


def example(key: str) -> str:
    (found,) = [str(one.example) for one in DEFINITIONS if one.key == key]
    return found


def sums(*amounts: str, credits_: tuple[str, ...] = ()) -> Sums:
    debits = tuple(map(D, amounts)) + NOTHING[len(amounts) :]
    return Sums(debits, tuple(map(D, credits_)) + NOTHING[len(credits_) :])


BACK = [Sales(D(100), 30), Sales(D(200), 31)]
CEI = Receivables("CNY", D(1000), D(500), D(600), D(450))
MIGRATION = Migration({("A", "B"): 1, ("B", "D"): 1, ("D", "D"): 1, ("C", "C"): 5})
RECKONED: dict[str, Any] = {
    "exposure": (f"{sums('1000', credits_=('-200',)).total_amount:.2f}",),
    "overdue": (
        percent_text(share(sums("750", "250").overdue_amount, sums("750", "250").total_amount)),
        "250.00",
    ),
    "old": (percent_text(share(D(100), D(1000))),),
    "dso": (days_text(dso(D(400), [Sales(D(600), 90)])), days_text(dso_by_count_back(D(250), BACK))),
    "cei": (percent_text(CEI.index_ratio),),
    "concentration": (percent_text(concentration([D(50), D(30)], D(200))),),
    "grades": (percent_text(share(MIGRATION.mix()["D"], 8)),),
    "migration": (percent_text(MIGRATION.downgraded_ratio),),
    "roll-rates": (
        percent_text(
            roll_rates([D(0), D(200), D(0)], [D(0), D(0), D(50)], up_to_days=(0, 30, 60), days_between=30)[
                1
            ].ratio
        ),
    ),
    "self-checks": (percent_text(share(3, 4)),),
    "reviews": (percent_text(share(18, 20)),),
    "approvals": (percent_text(share(4, 5)),),
    "promises": (percent_text(share(2, 4)),),
    "letters": (str(20 + 6 + 2),),
    "disputes": (f"{5 - 2 - 1}.",),
    "warnings": (f"{7 - 3} open",),
    "change": (f"{D('25.0') - D('20.0'):+}",),
}


@pytest.mark.parametrize("key", RECKONED)
def test_examples(key: str) -> None:
    for figure in RECKONED[key]:
        assert figure in example(key)


def test_every_definition_is_whole_and_named_once() -> None:
    keys = [one.key for one in DEFINITIONS]
    assert len(keys) == len(set(keys))
    assert set(RECKONED) | {"trend", "backlog", "contracts", "follow-ups"} == set(keys)
    for one in DEFINITIONS:
        assert all(str(text) for text in (one.title, one.formula, one.source, one.example, one.clause))


@pytest.mark.parametrize(
    ("now", "before", "rise_is", "text", "tone"),
    [
        ("25.0", "20.0", "bad", "+5.0", "danger"),
        ("20.0", "25.0", "bad", "−5.0", "success"),
        ("25.0", "20.0", "good", "+5.0", "success"),
        ("20.0", "25.0", "good", "−5.0", "danger"),
        ("20.0", "20.0", "bad", "±0.0", ""),
        ("25.0", "20.0", "", "+5.0", ""),
    ],
)
def test_changes(now: str, before: str, rise_is: str, text: str, tone: str) -> None:
    change = change_of(D(now), D(before), compared_with="", rise_is=rise_is)
    assert change is not None
    assert (change.text, change.tone) == (text, tone)


def test_no_change_without_both() -> None:
    assert change_of(None, D(1), compared_with="") is None
    assert change_of(D(1), None, compared_with="") is None
    assert rise_of(D(1), D(0), compared_with="") is None
    rise = rise_of(D(110), D(100), compared_with="x")
    assert rise is not None
    assert (rise.text, rise.compared_with) == ("+10.0 %", "x")
