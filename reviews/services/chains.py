"""Publishing another approval chain, as a version of the policy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import BusinessError, ConflictError, InvalidInputError
from creditrisk.policy.approval_chains import Stage
from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.selectors import policy_version_on
from creditrisk.policy.services import publish_policy
from reviews.approval_chain import ANNUAL
from reviews.chain_check import APPROVING_ROLES, DeadEnd, dead_ends, named
from reviews.selectors import roles_held


def refusal_of_chain(kind: str, stages: Sequence[Stage]) -> list[BusinessError]:
    """Return everything that is wrong with the chain, in words; empty where it leads to its end today."""
    found = dead_ends(kind, named(stages), held=roles_held(APPROVING_ROLES))
    return [InvalidInputError(f"chain.{one.code}", _words(one)) for one in found]


def _words(found: DeadEnd) -> str:
    names = {
        "number": (found.stage or 0) + 1,
        "role": found.role.label if found.role else "",
        "leader": Role.GROUP_LEADER.label,
    }
    texts = {
        "no_stage": _("The chain needs at least one stage."),
        "all_conditional": _(
            "At least one stage must have no condition: else a review could pass without any approval."
        ),
        "nobody_holds": _("Stage %(number)s: nobody holds the role %(role)s, so it would never end."),
        "not_approving": _("Stage %(number)s: %(role)s approves nothing."),
        "starter": _(
            "Stage %(number)s: in an annual review the customer's own service manager is the initiator, "
            "who does not approve (P4.2)."
        ),
        "no_group_leader": _(
            "A stage without a condition must ask %(leader)s, who confirms the service level (P3.1 f)."
        ),
    }
    return texts[found.code] % names


@transaction.atomic
def publish_chain(
    *,
    kind: str,
    stages: Sequence[Stage],
    effective_on: dt.date,
    note: str,
    by: User,
    seen_version: int,
    today: dt.date,
) -> PolicyVersion:
    """Publish the policy of `effective_on` with another chain for `kind`; return the version. Reviews under way keep
    theirs.

    Raises NotAllowedError unless `by` is an administrator or the group leader, InvalidInputError for a past date and a
    chain that leads nowhere (the first reason), ConflictError where the policy is no more the version that was seen.
    """
    PolicyVersion.objects.select_for_update().order_by("pk").first()
    version = policy_version_on(effective_on)
    if version.number != seen_version:
        reason = _(
            "The policy of that day is version %(number)s, not the one you changed. Look at it, then go on."
        )
        raise ConflictError("chain.policy_changed", reason % {"number": version.number})
    for refused in refusal_of_chain(kind, stages):
        raise refused
    approvals = version.policy.approvals
    chain = named(stages)
    changed = replace(approvals, annual=chain) if kind == ANNUAL else replace(approvals, new_customer=chain)
    return publish_policy(
        policy=replace(version.policy, approvals=changed),
        effective_on=effective_on,
        today=today,
        by=by,
        note=note.strip(),
    )
