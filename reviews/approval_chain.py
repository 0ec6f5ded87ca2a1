"""The approval chains of Annex 1 and Annex 2, each as one readable literal.

A chain is a tuple of stages; a stage opens when the stage before it is complete. A stage of several roles is
parallel: all of them must approve. `docs/approval-chain.md` is drawn from these literals
(`approval_chain_diagram`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypedDict

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.roles import Role


@dataclass(frozen=True)
class Facts:
    """What conditions look at: the monthly business asked for, in `currency`, and the ticked service
    types.
    """

    amount: Decimal | None = None
    currency: str = "CNY"
    service_types: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Condition:
    """When a stage is asked: from an amount on (inclusive), or for certain service types; both must hold
    where both are set.
    """

    from_amount: Decimal | None = None
    currency: str = "CNY"
    service_types: frozenset[str] = frozenset()

    def holds(self, facts: Facts) -> bool:
        """Return whether the stage applies. An unknown amount or another currency counts as large: better
        asked than missed.
        """
        if self.service_types and self.service_types.isdisjoint(facts.service_types):
            return False
        if self.from_amount is None or facts.amount is None or facts.currency != self.currency:
            return True
        return facts.amount >= self.from_amount


@dataclass(frozen=True)
class Stage:
    """One stage: every one of `roles` must approve, at the same time where there are several."""

    name: str
    roles: tuple[Role, ...]
    condition: Condition | None = None

    @property
    def label(self) -> str | Promise:
        """The stage's name for people: its role's, or that of the parallel block."""
        return STAGE_LABELS.get(self.name) or self.roles[0].label


class FrozenStage(TypedDict):
    """A stage as a review keeps it: without its condition, which was answered at submission."""

    name: str
    roles: list[str]


Chain = tuple[Stage, ...]

STAGE_LABELS: Mapping[str, Promise] = {"cooperating_departments": _("Co-operating departments")}

NEW_CUSTOMER = "new_customer"
ANNUAL = "annual"

CHAINS: Mapping[str, Chain] = {
    # Annex 1. The account manager's opinion is a field of the form: he starts the review.
    NEW_CUSTOMER: (
        Stage("service_manager", (Role.SERVICE_MANAGER,)),
        Stage("department_manager", (Role.DEPARTMENT_MANAGER,)),
        Stage("legal_affairs", (Role.LEGAL_AFFAIRS,)),
        Stage("general_management", (Role.GENERAL_MANAGEMENT,)),
        Stage("planning_finance", (Role.PLANNING_FINANCE,)),
        Stage("group_leader", (Role.GROUP_LEADER,)),
        Stage("general_manager", (Role.GENERAL_MANAGER,)),
    ),
    # Annex 2. The scores of account manager and customer service manager are fields of the form.
    ANNUAL: (
        Stage("department_manager", (Role.DEPARTMENT_MANAGER,)),
        Stage(
            "cooperating_departments",
            (Role.LEGAL_AFFAIRS, Role.GENERAL_MANAGEMENT, Role.PLANNING_FINANCE),
        ),
        Stage("group_leader", (Role.GROUP_LEADER,)),
        Stage("general_manager", (Role.GENERAL_MANAGER,)),
    ),
}


def chain_for(kind: str, facts: Facts, *, chains: Mapping[str, Chain] = CHAINS) -> Chain:
    """Return the stages that a review of `kind` passes, given its facts. Raises KeyError for a kind that has
    no chain.
    """
    return tuple(stage for stage in chains[kind] if stage.condition is None or stage.condition.holds(facts))


def freeze(chain: Chain) -> list[FrozenStage]:
    """Return the chain as JSON-ready data, to be kept with the review from its submission on."""
    return [FrozenStage(name=stage.name, roles=[role.value for role in stage.roles]) for stage in chain]


def thaw(frozen: Iterable[FrozenStage]) -> Chain:
    """Return the chain that `freeze` wrote. Raises KeyError or ValueError where it is no chain."""
    return tuple(Stage(stage["name"], tuple(Role(role) for role in stage["roles"])) for stage in frozen)
