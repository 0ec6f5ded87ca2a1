"""The rule-book in plain words: what its codes are called, and its ranges as people say them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from creditrisk.policy.schema import GRADES, ContactRules, CooperationHistoryRules, Policy

Text = str | Promise

STAGES: dict[str, tuple[Text, Text]] = {
    "reminder": (
        gettext_lazy("Reminder"),
        gettext_lazy("A friendly reminder to the customer's finance contact."),
    ),
    "dunning_letter": (
        gettext_lazy("Dunning letter"),
        gettext_lazy("A numbered letter, sent and kept."),
    ),
    "final_demand": (
        gettext_lazy("Final demand"),
        gettext_lazy("The security deposit becomes liquidated damages and cooperation stops."),
    ),
}
CONSEQUENCES: dict[str, Text] = {
    "extend": gettext_lazy("cooperation may be extended"),
    "ordinary": gettext_lazy("ordinary cooperation"),
    "reduce": gettext_lazy("cooperation reduced"),
    "decline": gettext_lazy("cooperation declined"),
}
MEANINGS: dict[str, Text] = {
    "A": gettext_lazy("excellent"),
    "B": gettext_lazy("good"),
    "C": gettext_lazy("fair"),
    "D": gettext_lazy("failing"),
}
CRITERIA: dict[str, tuple[Text, dict[str, Text]]] = {
    "contract_performance": (
        gettext_lazy("Contract performance"),
        {
            "A": gettext_lazy("performed smoothly"),
            "B": gettext_lazy("few disputes"),
            "C": gettext_lazy("frequent disputes"),
            "D": gettext_lazy("performed with difficulty"),
        },
    ),
    "repayment_speed": (
        gettext_lazy("Repayment speed"),
        {
            "A": gettext_lazy("pays early"),
            "B": gettext_lazy("pays as contracted"),
            "C": gettext_lazy("slower than contracted"),
            "D": gettext_lazy("delays and does not pay"),
        },
    ),
    "cooperation_history": (
        gettext_lazy("Cooperation history"),
        {},  # the years are figures of the rule-book: `cooperation_years`
    ),
    "responsiveness": (
        gettext_lazy("Responsiveness"),
        {
            "A": gettext_lazy("communicates well and supports our work actively"),
            "B": gettext_lazy("can be talked to and cooperates"),
            "C": gettext_lazy("can be talked to but often does not cooperate"),
            "D": gettext_lazy("cannot be talked to and often does not cooperate"),
        },
    ),
}


@dataclass(frozen=True)
class StageRow:
    """A dunning stage: its name, when it is entered, what happens."""

    name: Text
    days: str
    effect: Text
    by_person: bool = False


@dataclass(frozen=True)
class GradeRow:
    """A grade: its scores, meaning, consequence and the factor of the proposed credit limit."""

    grade: str
    scores: str
    meaning: Text
    consequence: Text
    limit_factor: Decimal


@dataclass(frozen=True)
class CriterionRow:
    """A scoring criterion with the text and points of its four answers."""

    name: Text
    answers: list[tuple[str, Text, int]]


def days_range(first: int, last: int | None) -> str:
    """Return a range of calendar days; `last` None has no end."""
    if last is None:
        return _("from day %(first)s on") % {"first": first}
    return _("day %(first)s to %(last)s") % {"first": first, "last": last}


def aging_buckets(policy: Policy) -> list[str]:
    """Return the buckets of days past due in words."""
    rows = [_("not due")]
    before = 0
    for bucket in policy.aging_buckets[1:]:
        if bucket.up_to_days is None:
            rows.append(_("more than %(days)s days past due") % {"days": before})
        else:
            rows.append(
                _("%(first)s–%(last)s days past due") % {"first": before + 1, "last": bucket.up_to_days}
            )
            before = bucket.up_to_days
    return rows


def stage_rows(policy: Policy) -> Iterator[StageRow]:
    """Yield the dunning stages in order; days count from the due date, negative ones lie before it
    (P5.2.3)."""
    for stage in policy.dunning.stages:
        name, effect = STAGES[stage.code]
        days = days_range(stage.from_day, stage.to_day)
        yield StageRow(name=name, days=days, effect=effect, by_person=stage.release == "by_person")


def contact_rows(rules: ContactRules) -> Iterator[tuple[Text, str]]:
    """Yield what a call led to and when the next one is due, in words (P5.2.3)."""
    for result, days in (
        (gettext_lazy("Somebody was reached"), rules.reached_days),
        (gettext_lazy("Nobody answered"), rules.no_answer_days),
        (gettext_lazy("The number is wrong"), rules.wrong_number_days),
    ):
        text = ngettext("again after %(days)s business day", "again after %(days)s business days", days)
        yield result, text % {"days": days}
    yield gettext_lazy("He promised to pay"), _("on the day after the first instalment and the days of grace")
    yield (
        gettext_lazy("He disputes it"),
        ngettext(
            "when it is to be settled, or after %(days)s day",
            "when it is to be settled, or after %(days)s days",
            rules.dispute_days,
        )
        % {"days": rules.dispute_days},
    )


def grade_weights(rules: ContactRules) -> str:
    """Return how much each grade weighs on the work list, in words."""
    weights = [f"{grade} {rules.grade_weights.of(grade)}" for grade in GRADES]
    return ", ".join([*weights, _("no grade %(weight)s") % {"weight": rules.grade_weights.none}])


def grade_rows(policy: Policy) -> Iterator[GradeRow]:
    """Yield the grades from the best to the worst (Annex 2)."""
    above = 100
    for band in policy.grade_bands:
        scores = _("%(first)s–%(last)s") % {"first": band.from_score, "last": above}
        yield GradeRow(
            grade=band.grade,
            scores=_("below %(score)s") % {"score": above + 1} if band.from_score == 0 else scores,
            meaning=MEANINGS[band.grade],
            consequence=CONSEQUENCES[band.consequence],
            limit_factor=band.limit_factor,
        )
        above = band.from_score - 1


def criterion_rows(policy: Policy) -> Iterator[CriterionRow]:
    """Yield the scoring reference of Annex 2."""
    for criterion in policy.criteria:
        name, answers = CRITERIA[criterion.code]
        if criterion.code == "cooperation_history":
            answers = cooperation_years(policy.cooperation_history)
        yield CriterionRow(
            name=name,
            answers=[(grade, answers[grade], criterion.points[grade]) for grade in GRADES],
        )


def cooperation_years(rules: CooperationHistoryRules) -> dict[str, Text]:
    """Return the four answers to "cooperation history" in words (Annex 2, "Scoring reference")."""
    over, least = rules.a_over_years, rules.c_from_years
    between = _("%(first)s–%(last)s years")
    return {
        "A": ngettext("over %(years)s year", "over %(years)s years", over) % {"years": over},
        "B": between % {"first": rules.b_from_years, "last": over},
        "C": between % {"first": least, "last": rules.b_from_years},
        "D": ngettext("under %(years)s year", "under %(years)s years", least) % {"years": least},
    }


def average_days_late(days: int) -> str:
    """Return an average number of days late in words: negative is early."""
    if days < 0:
        return ngettext("at least %(days)s day early", "at least %(days)s days early", -days) % {
            "days": -days
        }
    if days == 0:
        return _("on time")
    return ngettext("up to %(days)s day late", "up to %(days)s days late", days) % {"days": days}


def percent(ratio: Decimal) -> str:
    """Return a ratio (0–1) as a percentage without superfluous zeros: 0.0005 is 0.05 %."""
    return f"{(ratio * 100).normalize():f} %"
