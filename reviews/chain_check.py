"""Whether a chain leads anywhere: refused are roles nobody holds and stages nobody can reach or sign."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from creditrisk.accounts.roles import Role
from creditrisk.policy.approval_chains import Chain, Stage
from reviews.approval_chain import ANNUAL, NEW_CUSTOMER

APPROVING_ROLES = (
    Role.SERVICE_MANAGER,
    Role.DEPARTMENT_MANAGER,
    Role.LEGAL_AFFAIRS,
    Role.GENERAL_MANAGEMENT,
    Role.PLANNING_FINANCE,
    Role.DEPUTY_LEADER,
    Role.GROUP_LEADER,
    Role.GENERAL_MANAGER,
)
"""Who can be asked in a chain. An account manager's opinion is a field of the form; administrators approve nothing."""

BLOCK_NAMES = {
    frozenset({Role.LEGAL_AFFAIRS, Role.GENERAL_MANAGEMENT, Role.PLANNING_FINANCE}): "cooperating_departments"
}


@dataclass(frozen=True)
class DeadEnd:
    """Why a chain leads nowhere: a code, the stage (0-based; None: the chain as a whole) and the role concerned."""

    code: str
    stage: int | None = None
    role: Role | None = None


def dead_ends(kind: str, chain: Chain, *, held: Collection[str]) -> list[DeadEnd]:
    """Return everything that keeps the chain from being followed to its end; empty where nothing does. `held` are the
    roles that somebody at work holds.

    `no_stage`: there is none. `all_conditional`: a review could pass without an approval. `nobody_holds`: a role.
    `not_approving`: a role that approves nothing. `starter`: in an annual review the customer's own service manager is
    the initiator, who signs nothing (P4.2). `no_group_leader`: he confirms the service level of every annual review
    (P3.1 f).
    """
    found = []
    if not chain:
        return [DeadEnd("no_stage")]
    if all(stage.condition is not None for stage in chain):
        found.append(DeadEnd("all_conditional"))
    for number, stage in enumerate(chain):
        found += [
            DeadEnd(code, number, role) for role in stage.roles if (code := _why_not(kind, role, held=held))
        ]
    if kind == ANNUAL and not any(
        Role.GROUP_LEADER in stage.roles and stage.condition is None for stage in chain
    ):
        found.append(DeadEnd("no_group_leader"))
    return found


def _why_not(kind: str, role: Role, *, held: Collection[str]) -> str:
    if role not in APPROVING_ROLES:
        return "not_approving"
    if kind == ANNUAL and role == Role.SERVICE_MANAGER:
        return "starter"
    return "" if role in held else "nobody_holds"


def named(stages: Collection[Stage]) -> Chain:
    """Return the stages with names of their own: the role's, a parallel block's; a second of its kind is numbered."""
    used: dict[str, int] = {}
    chain = []
    for stage in stages:
        single = stage.roles[0].value if len(stage.roles) == 1 else ""
        name = single or BLOCK_NAMES.get(frozenset(stage.roles), "_and_".join(sorted(stage.roles)))
        used[name] = used.get(name, 0) + 1
        number = f"_{used[name]}" if used[name] > 1 else ""
        chain.append(Stage(f"{name}{number}", stage.roles, stage.condition, stage.limit_days))
    return tuple(chain)


KINDS = (NEW_CUSTOMER, ANNUAL)
