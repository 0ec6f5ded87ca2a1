"""The credit check: every rule on both sides of its boundary, with worked arithmetic. No database."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from creditrisk.policy.default import DEFAULT_POLICY
from customers.credit_check import (
    CreditDecision,
    CreditFacts,
    CreditRequest,
    Receivables,
    Standing,
    check_credit,
)
from customers.credit_limits import Cover, Limits

TODAY = dt.date(2026, 6, 1)
YESTERDAY = TODAY - dt.timedelta(days=1)
LIMITS = Limits("CNY", Decimal("100000.00"), dt.date(2027, 1, 15))
STANDING = Standing("active", is_frozen=False, grade="B", reviewed_on=dt.date(2026, 1, 15), limits=LIMITS)


def open_amounts(own: str = "80000.00", oldest: int | None = None, **others: str) -> Receivables:
    amounts = {"CNY": Decimal(own)} | {currency: Decimal(amount) for currency, amount in others.items()}
    return Receivables(dt.date(2026, 5, 31), amounts, amounts, oldest)


def ask(
    amount: str | None = "20000.00",
    *,
    currency: str = "CNY",
    on: dt.date = TODAY,
    standing: Standing = STANDING,
    receivables: Receivables | None = None,
    group_limits: Limits | None = None,
) -> CreditDecision:
    facts = CreditFacts(standing, group_limits, receivables or open_amounts())
    request = None if amount is None else CreditRequest(Decimal(amount), currency)
    return check_credit(facts, request=request, on=on, policy=DEFAULT_POLICY)


def codes(decision: CreditDecision) -> list[str]:
    return [reason.code for reason in decision.reasons]


# The limit


@pytest.mark.parametrize(
    ("amount", "decision"), [("19999.99", "allow"), ("20000.00", "allow"), ("20000.01", "hold")]
)
def test_exposure_and_request_may_reach_the_limit_and_not_pass_it(amount: str, decision: str) -> None:
    """80,000.00 open + 20,000.00 asked = the limit of 100,000.00."""
    found = ask(amount)
    assert found.decision == decision
    assert codes(found) == ([] if decision == "allow" else ["over_limit"])
    assert (found.own.limit_amount, found.own.exposure_amount) == (Decimal("100000.00"), Decimal("80000.00"))
    assert found.available_amount == Decimal("20000.00")


def test_the_reason_says_by_how_much() -> None:
    """80,000.00 + 30,000.00 − 100,000.00 = 10,000.00."""
    (reason,) = ask("30000.00").reasons
    for part in ("CNY 80,000.00", "CNY 30,000.00", "CNY 100,000.00", "CNY 10,000.00"):
        assert part in reason.text
    assert reason.clause == "New customers and credit limits"


@pytest.mark.parametrize(("own", "decision"), [("100000.00", "allow"), ("100000.01", "hold")])
def test_exposure_alone_holds_a_contract_once_it_is_above_the_limit(own: str, decision: str) -> None:
    found = ask(None, receivables=open_amounts(own))
    assert found.decision == decision
    assert found.available_amount == 0


def test_credits_make_room() -> None:
    """−5,000.00 open (an advance) + 105,000.00 asked = the limit of 100,000.00."""
    advance = open_amounts("-5000.00")
    assert ask("105000.00", receivables=advance).decision == "allow"
    assert ask("105000.01", receivables=advance).decision == "hold"
    assert ask("1.00", receivables=advance).available_amount == Decimal("105000.00")


def with_limits(**changes: object) -> Standing:
    return replace(STANDING, limits=replace(LIMITS, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(("last", "decision"), [(TODAY, "allow"), (YESTERDAY, "hold")])
def test_a_limit_counts_up_to_its_last_day(last: dt.date, decision: str) -> None:
    found = ask("20000.00", standing=with_limits(permanent_valid_to_on=last))
    assert found.decision == decision
    if decision == "hold":
        assert codes(found) == ["limit_expired"]
        assert found.own.limit_amount == 0


@pytest.mark.parametrize(
    ("temporary", "last", "limit"),
    [
        ("150000.00", TODAY, "150000.00"),  # the larger one replaces the permanent
        ("150000.00", YESTERDAY, "100000.00"),  # it has ended
        ("50000.00", TODAY, "100000.00"),  # a smaller one takes nothing away
        ("100000.00", TODAY, "100000.00"),
    ],
)
def test_a_temporary_limit_replaces_the_permanent_one_where_it_is_larger(
    temporary: str, last: dt.date, limit: str
) -> None:
    """Never 100,000.00 + 150,000.00."""
    standing = with_limits(temporary_amount=Decimal(temporary), temporary_valid_to_on=last)
    assert ask(standing=standing).own.limit_amount == Decimal(limit)


def test_a_temporary_limit_counts_where_the_permanent_one_has_ended() -> None:
    limits = replace(
        LIMITS,
        permanent_valid_to_on=YESTERDAY,
        temporary_amount=Decimal("90000.00"),
        temporary_valid_to_on=TODAY,
    )
    assert limits.effective_on(TODAY) == Decimal("90000.00")
    assert limits.effective_on(TODAY + dt.timedelta(days=1)) is None


@pytest.mark.parametrize(
    ("own", "amount", "found"),
    [("0.00", None, []), ("0.00", "0.01", ["no_limit"]), ("0.01", None, ["no_limit"]), ("-5.00", "5.00", [])],
)
def test_without_a_limit_the_limit_is_nothing(own: str, amount: str | None, found: list[str]) -> None:
    standing = replace(STANDING, limits=Limits("CNY"))
    assert codes(ask(amount, standing=standing, receivables=open_amounts(own))) == found


def test_a_limit_of_nothing_is_a_limit() -> None:
    standing = with_limits(permanent_amount=Decimal(0))
    assert codes(ask("1.00", standing=standing, receivables=open_amounts("0.00"))) == ["over_limit"]


# Currencies are never added


@pytest.mark.parametrize(
    ("usd", "found"), [("0.00", []), ("0.01", ["other_currency"]), ("-1.00", ["other_currency"])]
)
def test_something_open_in_another_currency_holds(usd: str, found: list[str]) -> None:
    decision = ask(receivables=open_amounts(USD=usd))
    assert codes(decision) == found
    assert decision.own.exposure_amount == Decimal("80000.00")
    if found:
        assert f"USD {Decimal(usd):,.2f}" in decision.reasons[0].text


def test_a_request_in_another_currency_holds_and_is_not_added() -> None:
    decision = ask("999999.00", currency="USD")
    assert codes(decision) == ["request_currency"]
    assert codes(ask("0.00", currency="USD")) == []


# Past due


@pytest.mark.parametrize(("days", "found"), [(None, []), (-30, []), (15, []), (16, ["past_due"])])
def test_an_item_may_be_fifteen_days_past_due(days: int | None, found: list[str]) -> None:
    decision = ask(receivables=open_amounts(oldest=days))
    assert codes(decision) == found
    assert decision.decision == ("hold" if found else "allow")


# The file


@pytest.mark.parametrize(
    ("state", "decision", "found"),
    [
        ("active", "allow", []),
        ("watch", "allow", []),
        ("suspended", "hold", ["suspended"]),
        ("closed", "refuse", ["closed"]),
    ],
)
def test_state(state: str, decision: str, found: list[str]) -> None:
    result = ask(standing=replace(STANDING, state=state))
    assert (result.decision, codes(result)) == (decision, found)


def test_never_reviewed_is_refused() -> None:
    result = ask(standing=replace(STANDING, reviewed_on=None))
    assert (result.decision, codes(result)) == ("refuse", ["no_review"])


@pytest.mark.parametrize(
    ("on", "found"), [(dt.date(2027, 1, 15), []), (dt.date(2027, 1, 16), ["review_expired"])]
)
def test_a_review_is_valid_for_twelve_months(on: dt.date, found: list[str]) -> None:
    """Reviewed on 2026-01-15: 2027-01-15 is the last day."""
    standing = with_limits(permanent_valid_to_on=dt.date(2028, 1, 1))
    result = ask(standing=standing, on=on)
    assert codes(result) == found
    assert result.decision == ("hold" if found else "allow")


@pytest.mark.parametrize(("grade", "found"), [("A", []), ("C", []), ("", []), ("D", ["grade_d"])])
def test_grade(grade: str, found: list[str]) -> None:
    assert codes(ask(standing=replace(STANDING, grade=grade))) == found


def test_a_frozen_customer_gets_no_business() -> None:
    result = ask(None, standing=replace(STANDING, is_frozen=True))
    assert (result.decision, codes(result)) == ("hold", ["frozen"])


def test_every_reason_is_told_the_weightiest_first_and_refusal_wins() -> None:
    standing = Standing("closed", is_frozen=True, grade="D", reviewed_on=None, limits=Limits("CNY"))
    result = ask("1.00", standing=standing, receivables=open_amounts("10.00", oldest=40, USD="5"))
    assert result.decision == "refuse"
    assert codes(result) == [
        "closed",
        "frozen",
        "no_review",
        "grade_d",
        "past_due",
        "other_currency",
        "no_limit",
    ]
    assert all(reason.text and reason.clause for reason in result.reasons)


# What is open is not known


def test_an_amount_cannot_be_weighed_against_what_nobody_knows() -> None:
    facts = CreditFacts(STANDING)
    for request, found in (
        (CreditRequest(Decimal("1.00"), "CNY"), ["exposure_unknown"]),
        (CreditRequest(Decimal(0), "CNY"), []),
        (None, []),
    ):
        decision = check_credit(facts, request=request, on=TODAY, policy=DEFAULT_POLICY)
        assert codes(decision) == found
        assert not decision.is_exposure_known
        assert decision.available_amount == 0


# The group


def in_group(group_cny: str, **others: str) -> Receivables:
    """80,000.00 of the customer's own within the group's total."""
    amounts = {"CNY": Decimal(group_cny)} | {currency: Decimal(amount) for currency, amount in others.items()}
    return Receivables(dt.date(2026, 5, 31), {"CNY": Decimal("80000.00")}, amounts)


GROUP_LIMITS = Limits("CNY", Decimal("300000.00"), dt.date(2027, 1, 15))


@pytest.mark.parametrize(("amount", "found"), [("10000.00", []), ("10000.01", ["group_over_limit"])])
def test_the_group_may_reach_the_limit_of_its_head_and_not_pass_it(amount: str, found: list[str]) -> None:
    """290,000.00 open in the group + 10,000.00 = 300,000.00; the customer's own 80,000.00 leave 20,000.00."""
    decision = ask(amount, receivables=in_group("290000.00"), group_limits=GROUP_LIMITS)
    assert codes(decision) == found
    assert decision.available_amount == Decimal("10000.00")
    assert decision.group == Cover("CNY", Decimal("300000.00"), Decimal("290000.00"))


def test_both_limits_are_checked() -> None:
    decision = ask("20000.01", receivables=in_group("290000.00"), group_limits=GROUP_LIMITS)
    assert codes(decision) == ["over_limit", "group_over_limit"]


def test_a_head_without_limit_limits_nothing() -> None:
    decision = ask("20000.00", receivables=in_group("900000.00"), group_limits=Limits("CNY"))
    assert (decision.decision, decision.group) == ("allow", None)
    ended = Limits("CNY", temporary_amount=Decimal(1), temporary_valid_to_on=YESTERDAY)
    assert ask("20000.00", receivables=in_group("900000.00"), group_limits=ended).group is None


def test_an_expired_limit_of_the_head_counts_as_nothing() -> None:
    expired = replace(GROUP_LIMITS, permanent_valid_to_on=YESTERDAY)
    assert codes(ask(receivables=in_group("290000.00"), group_limits=expired)) == ["group_limit_expired"]


def test_a_temporary_limit_of_the_head_counts() -> None:
    limits = Limits("CNY", temporary_amount=Decimal("400000.00"), temporary_valid_to_on=TODAY)
    decision = ask(receivables=in_group("380000.01"), group_limits=limits)
    assert codes(decision) == ["group_over_limit"]


@pytest.mark.parametrize(("usd", "found"), [("0.00", []), ("7.00", ["group_other_currency"])])
def test_other_currencies_of_the_group_hold(usd: str, found: list[str]) -> None:
    decision = ask(receivables=in_group("200000.00", USD=usd), group_limits=GROUP_LIMITS)
    assert codes(decision) == found


def test_a_group_limit_in_another_currency_is_not_compared() -> None:
    limits = replace(GROUP_LIMITS, currency="USD")
    decision = ask(receivables=in_group("200000.00"), group_limits=limits)
    assert codes(decision) == ["group_other_currency", "group_request_currency"]
    assert decision.available_amount == Decimal("20000.00")
    assert decision.group == Cover("USD", Decimal("300000.00"), Decimal("0.00"))


# Cover


@pytest.mark.parametrize(
    ("limit", "exposure", "used", "available", "is_exceeded"),
    [
        ("200.00", "50.00", "25", "150.00", False),
        ("200.00", "200.00", "100", "0.00", False),
        ("200.00", "300.00", "150", "0.00", True),
        ("200.00", "-50.00", "0", "250.00", False),
        ("0.00", "0.00", None, "0.00", False),
        ("0.00", "1.00", None, "0.00", True),
    ],
)
def test_cover(limit: str, exposure: str, used: str | None, available: str, is_exceeded: bool) -> None:
    """50 of 200 are 25 %."""
    cover = Cover("CNY", Decimal(limit), Decimal(exposure))
    assert cover.used_pct == (None if used is None else Decimal(used))
    assert cover.available_amount == Decimal(available)
    assert cover.is_exceeded == is_exceeded
