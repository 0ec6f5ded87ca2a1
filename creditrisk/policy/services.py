"""Publishing a version of the rule-book."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import InvalidInputError, NotAllowedError
from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.schema import Policy, policy_to_data


def refusal_to_publish(by: User) -> NotAllowedError | None:
    """Return why `by` may not publish a version of the policy; None for an administrator or the group leader."""
    if by.has_role(Role.ADMINISTRATOR, Role.GROUP_LEADER):
        return None
    return NotAllowedError(
        "policy.not_allowed", _("Only an administrator or the group leader publishes the policy.")
    )


@transaction.atomic
def publish_policy(
    *, policy: Policy, effective_on: dt.date, today: dt.date, by: User, note: str
) -> PolicyVersion:
    """Publish `policy` as the next version, in force from `effective_on`; return it.

    Raises NotAllowedError unless `by` is an administrator or the group leader, InvalidInputError where the
    date is past.
    """
    if refused := refusal_to_publish(by):
        raise refused
    if effective_on < today:
        raise InvalidInputError(
            "policy.in_the_past",
            _("A new policy version cannot take effect in the past: choose today or a later date."),
        )
    PolicyVersion.objects.select_for_update().order_by("pk").first()
    last = PolicyVersion.objects.aggregate(last=Max("number"))["last"] or 0
    return PolicyVersion.objects.create(
        number=last + 1, effective_on=effective_on, data=policy_to_data(policy), note=note, published_by=by
    )
