"""The approval chains of Annex 1 and Annex 2, each as one readable literal, and the shape of any chain.

A chain is a tuple of stages; a stage opens when the stage before it is complete. A stage of several roles is
parallel: all of them must approve. `docs/approval-chain.md` is drawn from these literals
(`approval_chain_diagram`); a company changes its chains by publishing a version of the policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass as plain_dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from creditrisk.accounts.roles import Role

STRICT = ConfigDict(extra="forbid")
STAGE_LABELS: Mapping[str, Promise] = {"cooperating_departments": _("Co-operating departments")}


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ValueError(message)


@plain_dataclass(frozen=True)
class Facts:
    """What conditions look at: the monthly business asked for, in `currency`, and the ticked service
    types.
    """

    amount: Decimal | None = None
    currency: str = "CNY"
    service_types: frozenset[str] = frozenset()


@dataclass(frozen=True, config=STRICT)
class Condition:
    """When a stage is asked: from an amount on (inclusive), or for certain service types; both must hold
    where both are set.
    """

    from_amount: Decimal | None = None
    currency: str = "CNY"
    service_types: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        _require(
            self.from_amount is not None or bool(self.service_types),
            "a condition must name an amount or service types",
        )
        _require(self.from_amount is None or self.from_amount > 0, "from_amount must be above 0")

    def holds(self, facts: Facts) -> bool:
        """Return whether the stage applies. An unknown amount or another currency counts as large: better
        asked than missed.
        """
        if self.service_types and self.service_types.isdisjoint(facts.service_types):
            return False
        if self.from_amount is None or facts.amount is None or facts.currency != self.currency:
            return True
        return facts.amount >= self.from_amount


@dataclass(frozen=True, config=STRICT)
class Stage:
    """One stage: every one of `roles` must approve, at the same time where there are several, within `limit_days`
    business days (None: no deadline).
    """

    name: str
    roles: tuple[Role, ...]
    condition: Condition | None = None
    limit_days: int | None = None

    def __post_init__(self) -> None:
        _require(bool(self.roles), "a stage must ask at least one role")
        _require(len(set(self.roles)) == len(self.roles), "a stage must not ask a role twice")
        _require(self.limit_days is None or self.limit_days >= 1, "limit_days must be at least 1")

    @property
    def label(self) -> str | Promise:
        """The stage's name for people: its role's, or that of the parallel block."""
        known = STAGE_LABELS.get(self.name)
        return known or ", ".join(str(role.label) for role in self.roles)


Chain = tuple[Stage, ...]


@dataclass(frozen=True, config=STRICT)
class ApprovalRules:
    """P4, Annex 1 and 2: who approves in which order. `reminder_after_ratio` is the share of a stage's business days
    after which its holders are reminded.
    """

    new_customer: Chain
    annual: Chain
    reminder_after_ratio: Decimal

    def __post_init__(self) -> None:
        for chain in self.chains.values():
            _require(
                any(stage.condition is None for stage in chain),
                "a chain must have a stage without a condition: no review passes without an approval",
            )
            _require(
                len({stage.name for stage in chain}) == len(chain),
                "the stages of a chain must have different names",
            )
        _require(0 < self.reminder_after_ratio <= 1, "reminder_after_ratio must be above 0 and at most 1")

    @property
    def chains(self) -> Mapping[str, Chain]:
        """The kinds of review → their chains."""
        return {"new_customer": self.new_customer, "annual": self.annual}


DEFAULT_APPROVALS = ApprovalRules(
    # Annex 1. The account manager's opinion is a field of the form: he starts the review.
    new_customer=(
        Stage("service_manager", (Role.SERVICE_MANAGER,), limit_days=3),
        Stage("department_manager", (Role.DEPARTMENT_MANAGER,), limit_days=3),
        Stage("legal_affairs", (Role.LEGAL_AFFAIRS,), limit_days=3),
        Stage("general_management", (Role.GENERAL_MANAGEMENT,), limit_days=3),
        Stage("planning_finance", (Role.PLANNING_FINANCE,), limit_days=3),
        Stage("group_leader", (Role.GROUP_LEADER,), limit_days=3),
        Stage("general_manager", (Role.GENERAL_MANAGER,), limit_days=5),
    ),
    # Annex 2. The scores of account manager and customer service manager are fields of the form.
    annual=(
        Stage("department_manager", (Role.DEPARTMENT_MANAGER,), limit_days=5),
        Stage(
            "cooperating_departments",
            (Role.LEGAL_AFFAIRS, Role.GENERAL_MANAGEMENT, Role.PLANNING_FINANCE),
            limit_days=5,
        ),
        Stage("group_leader", (Role.GROUP_LEADER,), limit_days=5),
        Stage("general_manager", (Role.GENERAL_MANAGER,), limit_days=5),
    ),
    reminder_after_ratio=Decimal("0.8"),
)
