"""Which stages a review passes, and what it keeps of its chain. The chains themselves are part of the policy
(`creditrisk.policy.approval_chains`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NotRequired, TypedDict

from creditrisk.accounts.roles import Role
from creditrisk.policy.approval_chains import (
    DEFAULT_APPROVALS,
    Chain,
    Condition,
    Facts,
    Stage,
)

__all__ = ["CHAINS", "Chain", "Condition", "Facts", "Stage", "chain_for", "freeze", "thaw"]

NEW_CUSTOMER = "new_customer"
ANNUAL = "annual"
CHAINS: Mapping[str, Chain] = DEFAULT_APPROVALS.chains
"""The chains of the first version of the policy."""


class FrozenStage(TypedDict):
    """A stage as a review keeps it: without its condition, which was answered at submission."""

    name: str
    roles: list[str]
    limit_days: NotRequired[int | None]


def chain_for(kind: str, facts: Facts, *, chains: Mapping[str, Chain] = CHAINS) -> Chain:
    """Return the stages that a review of `kind` passes, given its facts. Raises KeyError for a kind that has
    no chain.
    """
    return tuple(stage for stage in chains[kind] if stage.condition is None or stage.condition.holds(facts))


def freeze(chain: Chain) -> list[FrozenStage]:
    """Return the chain as JSON-ready data, to be kept with the review from its submission on."""
    return [
        FrozenStage(name=stage.name, roles=[role.value for role in stage.roles], limit_days=stage.limit_days)
        for stage in chain
    ]


def thaw(frozen: Iterable[FrozenStage]) -> Chain:
    """Return the chain that `freeze` wrote. Raises KeyError or ValueError where it is no chain."""
    return tuple(
        Stage(
            stage["name"],
            tuple(Role(role) for role in stage["roles"]),
            limit_days=stage.get("limit_days"),
        )
        for stage in frozen
    )
