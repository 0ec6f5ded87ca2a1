"""The quarterly grade adjustment (P5.2.2), clause by clause: both sides of every bound, with the arithmetic."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditrisk.policy.default import DEFAULT_POLICY, POINTS
from creditrisk.policy.schema import Criterion, Grade
from receivables.payment_speed import OldestItem, PaymentSpeed, QuarterFacts, slowest
from reviews.grade_adjustment import Adjustment, Reason, ScoreInForce, Standing, adjust_grade

RULES = DEFAULT_POLICY.grade_adjustment


def speed(
    *, paid: str = "0", days: str = "0", overdue: str = "0", overdue_days: int = 0, currency: str = "CNY"
):
    """Return how fast somebody paid: an amount so many days late, and one that is so many days past due."""
    return PaymentSpeed(
        currency=currency,
        paid_amount=Decimal(paid),
        paid_amount_days=Decimal(paid) * Decimal(days),
        payments=1,
        overdue_amount=Decimal(overdue),
        overdue_amount_days=Decimal(overdue) * overdue_days,
        overdue_items=1,
    )


def late(days: str) -> QuarterFacts:
    """Return the facts of a customer who paid 1,000.00, all of it so many days late on average."""
    return QuarterFacts((speed(paid="1000.00", days=days),))


def oldest(days: int) -> OldestItem:
    return OldestItem("INV-1", dt.date(2026, 9, 30) - dt.timedelta(days=days), days, "CNY", Decimal("10.00"))


def scored(score: str = "85", *, grade: Grade = "B", answers: str = "BB", points: str = "20") -> Standing:
    """Return the standing of a customer with a score that contains these answers to "repayment speed"."""
    in_force = ScoreInForce(Decimal(score), tuple(answers), Decimal(points))  # type: ignore[arg-type]
    return Standing(grade, grade, in_force)


def adjusted(standing: Standing, facts: QuarterFacts) -> Adjustment:
    return adjust_grade(standing, facts, DEFAULT_POLICY)


def told(adjustment: Adjustment) -> dict[str, str]:
    """Return fact → value."""
    return {reason.fact: reason.value for reason in adjustment.reasons}


@pytest.mark.parametrize(
    ("days", "answer"),
    [
        ("-5", "A"), ("-1", "A"), ("-0.9999", "B"), ("0", "B"), ("0.0001", "C"),
        ("15", "C"), ("15.0001", "D"), ("400", "D"),
    ],
)  # fmt: skip
def test_1_the_average_days_late_answer_the_criterion(days: str, answer: str) -> None:
    """≤ −1 → A, ≤ 0 → B, ≤ 15 → C, > 15 → D; the exact average counts, not the rounded one that is shown."""
    assert adjusted(scored(), late(days)).answer == answer
    assert told(adjusted(scored(), late(days)))["repayment_speed"] == answer


def test_1_the_average_is_weighted_by_amount_over_paid_and_past_due() -> None:
    """100.00 paid 2 days early and 300.00 past due for 20 days: (−200 + 6,000) / 400 = 14.5: C."""
    facts = QuarterFacts((speed(paid="100.00", days="-2", overdue="300.00", overdue_days=20),))
    found = adjusted(scored(), facts)
    assert facts.speeds[0].average_days_late == Decimal("14.5")
    assert found.answer == "C"
    assert told(found)["average_days_late"] == "CNY 14.50"
    assert (told(found)["paid_amount"], told(found)["overdue_amount"]) == ("CNY 100.00", "CNY 300.00")


def test_1_the_slowest_currency_decides_and_nothing_is_added() -> None:
    """In CNY 9 days early, in USD 16 days late: D, however little the dollars are."""
    facts = QuarterFacts((speed(paid="1000000", days="-9"), speed(paid="1", days="16", currency="USD")))
    found = adjusted(scored(), facts)
    assert found.answer == "D"
    averages = [reason.value for reason in found.reasons if reason.fact == "average_days_late"]
    assert averages == ["CNY -9.00", "USD 16.00"]
    assert slowest(()) is None


def test_1_nothing_due_leaves_the_criterion_and_the_score() -> None:
    found = adjusted(scored("85"), QuarterFacts())
    assert (found.new_score, found.answer, found.points) == (Decimal(85), None, Decimal(20))
    assert (found.new_grade, found.effective, found.is_change) == ("B", "unchanged", False)
    assert told(found)["nothing_due"] == ""
    assert told(found)["score_stays"] == "85.0"


@pytest.mark.parametrize(
    ("score", "answers", "points", "days", "new_score", "grade"),
    [
        ("85", "BB", "20", "20", "75", "C"),  # 85 − 20 + 10
        ("85", "BC", "17.5", "20", "77.5", "C"),  # 85 − 17.5 + 10: the average of both totals
        ("89.5", "BC", "17.5", "0", "92", "A"),  # 89.5 − 17.5 + 20; a step up at most: see below
        ("84", "AA", "25", "1", "74", "C"),  # 84 − 25 + 15
        ("90", "DD", "10", "16", "90", "A"),
        ("64.5", "CC", "15", "16", "59.5", "D"),  # 59.5 is below 60
        ("65", "CC", "15", "16", "60", "C"),
    ],
)
def test_2_the_criterion_is_replaced_and_the_grade_follows_from_the_total(
    score: str, answers: str, points: str, days: str, new_score: str, grade: Grade
) -> None:
    """The average of the two totals with the same answer in both is the score less the average of the old points plus
    the new ones."""
    found = adjusted(scored(score, grade=grade, answers=answers, points=points), late(days))
    assert (found.old_score, found.new_score) == (Decimal(score), Decimal(new_score))
    assert told(found)["grade_of_score"] == grade
    assert (found.new_grade, found.effective) == (grade, "unchanged")


def test_2_the_arithmetic_is_told() -> None:
    found = adjusted(scored("85", answers="BC", points="17.5"), late("20"))
    assert Reason("P5.2.2 (2)", "score", "85.0 − 17.5 + 10.0 = 77.5") in found.reasons
    assert Reason("P5.2.2 (2)", "repayment_speed_before", "B, C") in found.reasons
    assert [reason.clause for reason in found.reasons] == sorted(
        (reason.clause for reason in found.reasons), key=ORDER.index
    )
    assert found.reasons[0].as_json() == {
        "clause": "P5.2.2 (1)",
        "fact": "paid_amount",
        "value": "CNY 1000.00",
    }


ORDER = ["P5.2.2 (1)", "P5.2.2 (2)", "Annex 2", "P5.2.2 (3)", "P5.2.2 (4)"]


@pytest.mark.parametrize(
    ("old", "points", "days", "new"),
    [("98", "0", "-1", "100"), ("5", "25", "16", "0"), ("50", "25", "16", "35")],
)
def test_2_a_score_stays_between_0_and_100_where_the_points_have_changed_since(
    old: str, points: str, days: str, new: str
) -> None:
    """98 given where the criterion counted nothing, and 25 for paying early now: 123 is 100."""
    assert adjusted(scored(old, points=points), late(days)).new_score == Decimal(new)


def test_2_the_points_are_those_of_the_policy_of_the_adjustment() -> None:
    criteria = tuple(
        Criterion(one.code, {"A": 25, "B": 15, "C": 5, "D": 0}) if one.code == "repayment_speed" else one
        for one in DEFAULT_POLICY.criteria
    )
    found = adjust_grade(scored("85"), late("20"), replace(DEFAULT_POLICY, criteria=criteria))
    assert POINTS["D"] == 10
    assert found.new_score == Decimal(65)  # 85 − 20 + 0


@pytest.mark.parametrize(
    ("days", "caps", "grade"),
    [
        (1, (), "A"), (30, (), "A"), (31, ("C",), "C"), (90, ("C",), "C"), (91, ("C", "D"), "D"),
    ],
)  # fmt: skip
def test_3_an_old_item_caps_the_grade(days: int, caps: tuple[Grade, ...], grade: Grade) -> None:
    """More than 30 days past due at the quarter's end: at best C; more than 90: D. The score is as it is."""
    standing = scored("95", grade="A", answers="AA", points="25")
    found = adjusted(standing, replace(late("-1"), oldest=oldest(days)))
    assert (found.new_score, found.caps, found.new_grade) == (Decimal(95), caps, grade)
    assert found.effective == ("at_once" if caps else "unchanged")
    assert f"INV-1, {oldest(days).due_on}, {days}" == told(found)["oldest_item"]
    told_caps = [reason.value for reason in found.reasons if reason.fact == "grade_cap"]
    assert told_caps == [f"{days} > {bound}: {cap}" for cap, bound in zip(caps, (30, 90), strict=False)]


def test_3_a_cap_makes_no_grade_better() -> None:
    """A score of 55 is D; 31 days past due cap at C, which is above it."""
    found = adjusted(
        scored("55", grade="D", answers="DD", points="10"), replace(late("99"), oldest=oldest(31))
    )
    assert (found.new_score, found.new_grade) == (Decimal(55), "D")


@pytest.mark.parametrize(("old", "new"), [("A", "A"), ("B", "A"), ("C", "B"), ("D", "C")])
def test_3_upgrades_move_one_grade_a_quarter(old: Grade, new: Grade) -> None:
    """A score of 95 is A, wherever the customer stands."""
    found = adjusted(scored("95", grade=old, answers="AA", points="25"), late("-3"))
    assert found.new_grade == new
    assert found.effective == ("unchanged" if old == "A" else "awaits_confirmation")
    assert told(found).get("upgrade_limit") == (f"A → {new}" if new != "A" else None)
    assert not found.is_downgrade


@pytest.mark.parametrize(("steps", "new"), [(1, "C"), (2, "B"), (3, "A"), (9, "A")])
def test_3_the_steps_up_are_a_setting(steps: int, new: Grade) -> None:
    policy = replace(DEFAULT_POLICY, grade_adjustment=replace(RULES, upgrade_steps_per_quarter=steps))
    standing = scored("95", grade="D", answers="AA", points="25")
    assert adjust_grade(standing, late("-3"), policy).new_grade == new


def test_3_downgrades_are_immediate_however_far() -> None:
    """From A straight to D: 90 − 25 + 10 = 75 is C, and 91 days past due cap at D."""
    standing = scored("90", grade="A", answers="AA", points="25")
    found = adjusted(standing, replace(late("20"), oldest=oldest(91)))
    assert (found.new_score, found.new_grade, found.effective) == (Decimal(75), "D", "at_once")
    assert found.is_downgrade


@pytest.mark.parametrize(("confirmed", "effective"), [(True, "awaits_confirmation"), (False, "at_once")])
def test_4_upgrades_wait_where_the_policy_says_so(confirmed: bool, effective: str) -> None:
    policy = replace(DEFAULT_POLICY, grade_adjustment=replace(RULES, upgrades_need_confirmation=confirmed))
    found = adjust_grade(scored("85", grade="C"), late("0"), policy)
    assert (found.new_grade, found.effective) == ("B", effective)
    assert found.reasons[-1] == Reason("P5.2.2 (4)", "effective", effective)


@pytest.mark.parametrize(("days", "grade"), [(30, "C"), (31, "C"), (90, "C"), (91, "D")])
def test_without_a_score_only_the_caps_apply(days: int, grade: Grade) -> None:
    """A new customer's provisional C: there is no total in which a criterion could be replaced, however late he
    pays."""
    found = adjusted(Standing("C", "C"), replace(late("60"), oldest=oldest(days)))
    assert (found.old_score, found.new_score, found.answer, found.points) == (None, None, None, None)
    assert found.new_grade == grade
    assert told(found)["no_score"] == "C"
    assert told(found)["repayment_speed"] == "D"


def test_without_a_score_the_given_grade_comes_back_when_the_cap_falls() -> None:
    """Given C, capped at D a quarter ago, everything paid since: C is proposed again."""
    found = adjusted(Standing(grade="D", given_grade="C"), late("3"))
    assert (found.new_grade, found.effective) == ("C", "awaits_confirmation")


def test_after_an_adjustment_its_answer_is_the_one_before() -> None:
    found = adjusted(scored("75", grade="C", answers="D", points="10"), late("0"))
    assert (found.new_score, found.new_grade) == (Decimal(85), "B")  # 75 − 10 + 20
    assert told(found)["repayment_speed_before"] == "D"


def plainly(
    grade: str, score: Decimal | None, points: Decimal, amounts: list[tuple[int, int]], days: int
) -> tuple[str, Decimal | None, str]:
    """Return new grade, new score and effect by the policy's sentences, with nothing shared with the rule: `amounts`
    are (amount, days late) of one currency."""
    weight = sum(amount for amount, _late in amounts)
    total = score
    if score is not None and weight:
        product = sum(amount * late for amount, late in amounts)
        if product <= -weight:
            total = score - points + 25
        elif product <= 0:
            total = score - points + 20
        elif product <= 15 * weight:
            total = score - points + 15
        else:
            total = score - points + 10
    wanted = grade
    if total is not None:
        total = min(total, Decimal(100))
        wanted = "A" if total >= 90 else "B" if total >= 80 else "C" if total >= 60 else "D"
    if days > 90:
        wanted = "D"
    elif days > 30 and wanted in "AB":
        wanted = "C"
    if wanted < grade:
        return chr(ord(grade) - 1), total, "awaits_confirmation"
    return wanted, total, "unchanged" if wanted == grade else "at_once"


@settings(max_examples=400)
@given(
    grade=st.sampled_from("ABCD"),
    halves=st.one_of(st.none(), st.integers(min_value=80, max_value=200)),
    answers=st.sampled_from([("A", "A"), ("A", "B"), ("B", "C"), ("C", "D"), ("D", "D")]),
    amounts=st.lists(st.tuples(st.integers(1, 10**9), st.integers(-60, 120)), max_size=5),
    days=st.integers(0, 130),
)
def test_any_customer_is_adjusted_as_the_policy_reads(
    grade: Grade, halves: int | None, answers: tuple[Grade, ...], amounts: list[tuple[int, int]], days: int
) -> None:
    score = None if halves is None else Decimal(halves) / 2
    points = Decimal(sum(POINTS[answer] for answer in answers)) / 2
    facts = QuarterFacts(
        (
            PaymentSpeed(
                "CNY",
                Decimal(sum(amount for amount, _late in amounts)),
                Decimal(sum(amount * late for amount, late in amounts)),
                len(amounts),
                Decimal(0),
                Decimal(0),
                0,
            ),
        )
        if amounts
        else (),
        oldest(days) if days else None,
    )
    in_force = None if score is None else ScoreInForce(score, answers, points)
    found = adjusted(Standing(grade, grade, in_force), facts)
    assert (found.new_grade, found.new_score, found.effective) == plainly(grade, score, points, amounts, days)
