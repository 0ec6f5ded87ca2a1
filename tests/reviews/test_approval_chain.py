"""The two chains of Annex 1 and Annex 2, conditions, and what a review keeps of its chain."""

from __future__ import annotations

from decimal import Decimal

import pytest

from creditrisk.accounts.roles import Role
from reviews.approval_chain import (
    ANNUAL,
    CHAINS,
    NEW_CUSTOMER,
    Condition,
    Facts,
    Stage,
    chain_for,
    freeze,
    thaw,
)

NOTHING_KNOWN = Facts()


def test_the_new_customer_chain_has_the_seven_approvals_of_annex_1_in_order() -> None:
    roles = [stage.roles for stage in chain_for(NEW_CUSTOMER, NOTHING_KNOWN)]
    assert roles == [
        (Role.SERVICE_MANAGER,),
        (Role.DEPARTMENT_MANAGER,),
        (Role.LEGAL_AFFAIRS,),
        (Role.GENERAL_MANAGEMENT,),
        (Role.PLANNING_FINANCE,),
        (Role.GROUP_LEADER,),
        (Role.GENERAL_MANAGER,),
    ]


def test_the_annual_chain_asks_the_three_cooperating_departments_at_the_same_time() -> None:
    roles = [set(stage.roles) for stage in chain_for(ANNUAL, NOTHING_KNOWN)]
    assert roles == [
        {Role.DEPARTMENT_MANAGER},
        {Role.LEGAL_AFFAIRS, Role.GENERAL_MANAGEMENT, Role.PLANNING_FINANCE},
        {Role.GROUP_LEADER},
        {Role.GENERAL_MANAGER},
    ]


def test_a_kind_without_a_chain_is_an_error() -> None:
    with pytest.raises(KeyError):
        chain_for("monthly", NOTHING_KNOWN)


@pytest.mark.parametrize("kind", CHAINS)
def test_no_chain_can_come_out_empty_and_no_stage_asks_a_role_twice(kind: str) -> None:
    assert any(stage.condition is None for stage in CHAINS[kind])
    assert all(len(set(stage.roles)) == len(stage.roles) > 0 for stage in CHAINS[kind])
    assert len({stage.name for stage in CHAINS[kind]}) == len(CHAINS[kind])


@pytest.mark.parametrize(
    ("facts", "asked"),
    [
        (Facts(Decimal("999999.99")), False),
        (Facts(Decimal("1000000.00")), True),
        (Facts(None), True),
        (Facts(Decimal("1"), currency="USD"), True),
    ],
    ids=["a cent below", "exactly", "unknown amount", "another currency"],
)
def test_a_stage_from_a_million_on(facts: Facts, asked: bool) -> None:
    """From 1,000,000.00 CNY on, inclusive; what cannot be compared is asked rather than missed."""
    assert Condition(from_amount=Decimal("1000000"), currency="CNY").holds(facts) is asked


@pytest.mark.parametrize(
    ("types", "asked"),
    [({"sales"}, False), ({"sales", "leasing"}, True), (set(), False)],
)
def test_a_stage_for_leasing_only(types: set[str], asked: bool) -> None:
    condition = Condition(service_types=frozenset({"leasing"}))
    assert condition.holds(Facts(service_types=frozenset(types))) is asked


def test_amount_and_service_type_must_both_hold() -> None:
    condition = Condition(from_amount=Decimal(100), service_types=frozenset({"leasing"}))
    assert condition.holds(Facts(Decimal(100), service_types=frozenset({"leasing"})))
    assert not condition.holds(Facts(Decimal(99), service_types=frozenset({"leasing"})))
    assert not condition.holds(Facts(Decimal(100), service_types=frozenset({"sales"})))


def test_stages_whose_condition_does_not_hold_are_left_out() -> None:
    chains = {
        "kind": (
            Stage("large", (Role.GENERAL_MANAGER,), Condition(from_amount=Decimal(100))),
            Stage("always", (Role.LEGAL_AFFAIRS,)),
        )
    }
    assert [stage.name for stage in chain_for("kind", Facts(Decimal(99)), chains=chains)] == ["always"]
    assert [stage.name for stage in chain_for("kind", Facts(Decimal(100)), chains=chains)] == [
        "large",
        "always",
    ]


@pytest.mark.parametrize("kind", CHAINS)
def test_a_frozen_chain_thaws_to_the_same_stages(kind: str) -> None:
    chain = chain_for(kind, NOTHING_KNOWN)
    assert thaw(freeze(chain)) == chain


def test_a_frozen_chain_with_an_unknown_role_is_refused() -> None:
    with pytest.raises(ValueError, match="janitor"):
        thaw([{"name": "x", "roles": ["janitor"]}])


def test_a_stage_is_called_by_its_role_and_a_parallel_block_by_its_own_name() -> None:
    single, block = CHAINS[ANNUAL][:2]
    assert str(single.label) == "Department manager"
    assert str(block.label) == "Co-operating departments"
