"""The group leader's override: asked for by the account manager, granted or refused, spent on one contract
(P3.1 a)."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.accounts.selectors import holders_of
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.notifications.services import notify
from creditrisk.policy.selectors import policy_version_on
from customers.contract_permissions import (
    decide_override_refusal,
    request_override_refusal,
    withdraw_override_refusal,
)
from customers.contract_selectors import open_override_of
from customers.models import ContractOverride, Customer, OverrideState
from customers.permissions import business_refusals
from customers.services.contract_locks import lock_customer
from customers.services.messages import filled

REASON_MAX_LENGTH = 1000
ASKED = gettext_lazy("%(person)s asks for an override: a contract with %(customer)s.")
GRANTED = gettext_lazy("%(person)s granted the override for one contract with %(customer)s.")
REFUSED = gettext_lazy("%(person)s refused the override for %(customer)s.")


@transaction.atomic
def request_override(
    *, customer: Customer, reason: str, on: dt.date, by: User, submission_key: UUID | None = None
) -> ContractOverride:
    """Ask the group leader for one contract in spite of what the policy refuses on `on`; return the request.

    It names every refusal that stands on that day. A form sent twice is one request. Raises NotAllowedError,
    InvalidInputError without a reason.
    """
    locked = lock_customer(customer.pk)
    if submission_key is not None:
        sent_before = ContractOverride.objects.filter(submission_key=submission_key, customer=locked).first()
        if sent_before is not None:
            return sent_before
    refusals = business_refusals(locked, on=on, policy=policy_version_on(on).policy)
    require(
        request_override_refusal(
            by, locked, is_refused=bool(refusals), open_override=open_override_of(locked)
        )
    )
    reason = _reason(reason)
    with acting(by):
        override = ContractOverride.objects.create(
            customer=locked,
            refusal_codes=[refusal.code for refusal in refusals],
            reason=reason,
            requested_by=by,
            submission_key=submission_key,
        )
    notify(
        users=holders_of(Role.GROUP_LEADER).exclude(pk=by.pk),
        title=filled(ASKED, person=by.display_name, customer=locked.name),
        url=override.get_absolute_url(),
        key=f"override:{override.pk}:requested",
    )
    return override


@transaction.atomic
def grant_override(
    *, override: ContractOverride, reason: str, valid_to_on: dt.date | None, by: User, now: dt.datetime
) -> ContractOverride:
    """The group leader lifts the refusals for one contract, signed by `valid_to_on` where a date is given; return
    the override. Twice is once. Raises NotAllowedError, InvalidInputError without a reason."""
    return _decide(override, OverrideState.GRANTED, reason, valid_to_on, by, now)


@transaction.atomic
def refuse_override(
    *, override: ContractOverride, reason: str, by: User, now: dt.datetime
) -> ContractOverride:
    """The policy stands; return the override. Twice is once. Raises as `grant_override`."""
    return _decide(override, OverrideState.REFUSED, reason, None, by, now)


@transaction.atomic
def withdraw_override(*, override: ContractOverride, by: User) -> ContractOverride:
    """Take back a request, or an override that is not used yet; return it. Twice is once. Raises
    NotAllowedError."""
    locked = _locked(override)
    if locked.state == OverrideState.WITHDRAWN:
        return locked
    require(withdraw_override_refusal(by, locked))
    locked.withdraw()
    with acting(by):
        locked.save()
    return locked


def _decide(
    override: ContractOverride,
    state: OverrideState,
    reason: str,
    valid_to_on: dt.date | None,
    by: User,
    now: dt.datetime,
) -> ContractOverride:
    locked = _locked(override)
    if locked.state == state and locked.decided_by_id == by.pk:
        return locked  # the second click of the same form
    require(decide_override_refusal(by, locked))
    locked.decision_reason = _reason(reason)
    locked.decided_by = by
    locked.decided_at = now
    if state == OverrideState.GRANTED:
        locked.grant()
        locked.valid_to_on = valid_to_on
    else:
        locked.refuse()
    with acting(by):
        locked.save()
    told = GRANTED if state == OverrideState.GRANTED else REFUSED
    people = {locked.requested_by_id: locked.requested_by}
    if locked.customer.account_manager is not None:
        people[locked.customer.account_manager.pk] = locked.customer.account_manager
    notify(
        users=people.values(),
        title=filled(told, person=by.display_name, customer=locked.customer.name),
        url=locked.get_absolute_url(),
        key=f"override:{locked.pk}:{state}",
    )
    return locked


def _locked(override: ContractOverride) -> ContractOverride:
    customer = lock_customer(override.customer_id)
    locked = ContractOverride.objects.select_related("requested_by").get(pk=override.pk)
    locked.customer = customer
    return locked


def _reason(text: str) -> str:
    reason = text.strip()
    if not reason:
        raise InvalidInputError("override.reason_missing", _("Give the reason: it stays on record."))
    return reason[:REASON_MAX_LENGTH]
