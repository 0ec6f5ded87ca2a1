"""Publishing a version of the rule-book."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.lazy_text import filled
from creditrisk.notifications.services import notify
from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.permissions import refusal_to_publish
from creditrisk.policy.schema import Policy, policy_to_data


@transaction.atomic
def publish_policy(
    *, policy: Policy, effective_on: dt.date, today: dt.date, by: User, note: str
) -> PolicyVersion:
    """Publish `policy` as the next version, in force from `effective_on`; return it. Everybody who holds a role and
    works by it is told, but for the one who published it.

    Raises NotAllowedError unless `by` is an administrator or the group leader, InvalidInputError where the
    date is past.
    """
    require(refusal_to_publish(by))
    if effective_on < today:
        raise InvalidInputError(
            "policy.in_the_past",
            _("A new policy version cannot take effect in the past: choose today or a later date."),
        )
    lock_versions()
    last = PolicyVersion.objects.aggregate(last=Max("number"))["last"] or 0
    version = PolicyVersion.objects.create(
        number=last + 1, effective_on=effective_on, data=policy_to_data(policy), note=note, published_by=by
    )
    notify(
        users=User.objects.filter(is_active=True, role_assignments__isnull=False)
        .exclude(pk=by.pk)
        .distinct(),
        title=filled(
            _("Version %(number)s of the policy was published, in force from %(date)s."),
            number=version.number,
            date=effective_on.isoformat(),
        ),
        url=version.get_absolute_url(),
        key=f"policy:published:{version.number}",
    )
    return version


def lock_versions() -> None:
    """Let nobody else publish until the transaction ends."""
    PolicyVersion.objects.select_for_update().order_by("pk").first()
