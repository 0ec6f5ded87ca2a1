"""The customer's way through the states, with grade and limit (P4.1, P4.2, P5.2.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.dates import add_months
from creditrisk.exceptions import InvalidInputError, NotAllowedError, require
from creditrisk.policy.models import PolicyVersion
from customers.master_data import clean_master_data, stale_fields
from customers.models import Customer, CustomerState, Grade, GradeChange, StateReasonCode
from customers.permissions import reinstate_refusal, suspend_refusal
from customers.selectors import master_data_of
from customers.services.customer_file import save_master_data

REASON_MAX_LENGTH = 500


@dataclass(frozen=True)
class Activated:
    """The customer after his review, and the fields of the form that did not become his: the file holds newer
    values.
    """

    customer: Customer
    kept_fields: tuple[str, ...]


def _locked(customer: Customer) -> Customer:
    return Customer.objects.select_for_update().get(pk=customer.pk)


def _set_reason(locked: Customer, reason: str, code: StateReasonCode | None = None) -> None:
    locked.state_reason = reason.strip()[:REASON_MAX_LENGTH]
    locked.state_reason_code = code or ""


def _is_typed(locked: Customer, reason: str) -> bool:
    """Return whether the reason for the state is what somebody typed just now."""
    return not locked.state_reason_code and locked.state_reason == reason.strip() != ""


@transaction.atomic
def enter_review(*, customer: Customer, by: User) -> Customer:
    """A prospect's review runs (P4.1): he becomes `in_review`; any other customer keeps his state.

    The caller has checked the permission. Raises NotAllowedError where the file is closed.
    """
    locked = _locked(customer)
    if locked.state == CustomerState.CLOSED:
        raise NotAllowedError("customer.closed", _("The customer file is closed."))
    if locked.state == CustomerState.PROSPECT:
        locked.enter_review()
        _set_reason(locked, "")
        with acting(by):
            locked.save()
    return locked


@transaction.atomic
def leave_review(*, customer: Customer, by: User, code: StateReasonCode, number: str) -> Customer:
    """The review `number` was rejected or withdrawn, as `code` says: who was `in_review` is a prospect again;
    any other keeps his state.

    The caller has checked the permission.
    """
    locked = _locked(customer)
    if locked.state == CustomerState.IN_REVIEW:
        locked.leave_review()
        _set_reason(locked, number, code)
        with acting(by):
            locked.save()
    return locked


@transaction.atomic
def activate_after_review(
    *,
    customer: Customer,
    reviewed_on: dt.date,
    grade: str,
    is_provisional: bool,
    credit_limit_amount: Decimal | None,
    credit_limit_currency: str,
    credit_limit_valid_to_on: dt.date | None,
    master_data: Mapping[str, object],
    file_then: Mapping[str, object],
    by: User,
    source: str,
    reason: str,
    policy_version: PolicyVersion,
) -> Activated:
    """The last approval was given: a prospect becomes active, and grade, limit and master data are taken
    over.

    The limit is in `credit_limit_currency` and keeps it; both are empty together. The grade is
    valid as long as the review is. Of `master_data` (fields of
    `MASTER_DATA_FIELDS`) what is empty in the form leaves the file as it is. `file_then` is the file as it
    was when the form was handed in (`master_data_of`): what somebody changed in the file since then is newer
    than the form and stays (see `stale_fields`); the result names those fields. A suspended customer gets his
    grade and stays suspended: lifting that is a decision of its own. Writes a GradeChange with `source` (the
    review's number), `reason` and the version of the policy. The caller has checked the permission. Raises
    InvalidInputError where the code belongs to another file, NotAllowedError where the file is closed.
    """
    locked = _locked(customer)
    if locked.state == CustomerState.CLOSED:
        raise NotAllowedError("customer.closed", _("The customer file is closed."))
    if locked.state in {CustomerState.PROSPECT, CustomerState.IN_REVIEW}:
        locked.activate()
        _set_reason(locked, "")
    offered = {
        field: value
        for field, value in clean_master_data(master_data).items()
        if value not in (None, "") and value != getattr(locked, field)
    }
    stale = stale_fields(file=master_data_of(locked), file_then=file_then)
    values = {field: value for field, value in offered.items() if field not in stale}
    for field, value in values.items():
        setattr(locked, field, value)
    if values:
        locked.version += 1
    change = _grade(
        locked,
        reviewed_on=reviewed_on,
        grade=grade,
        is_provisional=is_provisional,
        by=by,
        source=source,
        reason=reason,
        policy_version=policy_version,
    )
    locked.credit_limit_amount = credit_limit_amount
    locked.credit_limit_currency = credit_limit_currency
    locked.credit_limit_valid_to_on = credit_limit_valid_to_on
    save_master_data(locked, values=values, by=by)
    change.save()
    return Activated(locked, tuple(field for field in offered if field in stale))


def _grade(
    locked: Customer,
    *,
    reviewed_on: dt.date,
    grade: str,
    is_provisional: bool,
    by: User,
    source: str,
    reason: str,
    policy_version: PolicyVersion,
) -> GradeChange:
    """Set grade and review date on the locked customer; return the line of his grade history, not saved yet."""
    change = GradeChange(
        customer=locked,
        old=locked.grade,
        new=Grade(grade),
        is_provisional=is_provisional,
        effective_on=reviewed_on,
        source=source,
        reason=reason[:REASON_MAX_LENGTH],
        decided_by=by,
        policy_version=policy_version,
    )
    locked.grade = change.new
    locked.grade_is_provisional = is_provisional
    locked.grade_valid_to_on = add_months(reviewed_on, policy_version.policy.review_cycle.review_valid_months)
    locked.reviewed_on = reviewed_on
    return change


@transaction.atomic
def regrade_after_annual_review(
    *,
    customer: Customer,
    reviewed_on: dt.date,
    grade: str,
    credit_limit_amount: Decimal | None,
    credit_limit_currency: str,
    credit_limit_valid_to_on: dt.date,
    service_level: str,
    service_level_reason: str,
    by: User,
    source: str,
    reason: str,
    policy_version: PolicyVersion,
) -> Customer:
    """The annual review `source` was approved (P4.2): its grade takes effect on `reviewed_on`, no longer provisional,
    with the limit (None: the customer has none and gets none) and the service level that the group leader confirmed
    (P3.1 f). Return the customer; his state stays, also a suspended one's.

    Writes a GradeChange with `source`, `reason` and the version of the policy. The caller has checked the permission.
    Raises NotAllowedError where the file is closed.
    """
    locked = _locked(customer)
    if locked.state == CustomerState.CLOSED:
        raise NotAllowedError("customer.closed", _("The customer file is closed."))
    change = _grade(
        locked,
        reviewed_on=reviewed_on,
        grade=grade,
        is_provisional=False,
        by=by,
        source=source,
        reason=reason,
        policy_version=policy_version,
    )
    if credit_limit_amount is not None:
        locked.credit_limit_amount = credit_limit_amount
        locked.credit_limit_currency = credit_limit_currency
        locked.credit_limit_valid_to_on = credit_limit_valid_to_on
    if locked.service_level != service_level:
        locked.service_level, locked.service_level_reason = service_level, service_level_reason
    locked.version += 1
    with acting(by):
        locked.save()
    change.save()
    return locked


@transaction.atomic
def suspend_customer(
    *, customer: Customer, reason: str, by: User | None, code: StateReasonCode | None = None
) -> Customer:
    """Cooperation stops (P5.2.3): the customer becomes `suspended` for `reason`; who is so already, or
    closed, stays.

    With `code` the reason is the number of what it names, otherwise what a person typed. The caller has
    checked the permission (`by` None: the dunning run, by the rules). Raises InvalidInputError without a
    reason.
    """
    if not reason.strip():
        raise InvalidInputError("customer.reason_missing", _("Say why cooperation stops."))
    locked = _locked(customer)
    if locked.state not in {CustomerState.SUSPENDED, CustomerState.CLOSED}:
        locked.suspend()
        _set_reason(locked, reason, code)
        with acting(by):
            locked.save()
    return locked


@transaction.atomic
def close_to_business(*, customer: Customer, number: str, by: User) -> Customer:
    """The group leader stopped cooperation by the decision `number` (P5.2.4): the customer is suspended for it, from
    whatever state but a closed file's; return him. The caller has checked the permission."""
    locked = _locked(customer)
    if locked.state == CustomerState.CLOSED:
        return locked
    if locked.state != CustomerState.SUSPENDED:
        locked.suspend()
    _set_reason(locked, number, StateReasonCode.COOPERATION_STOPPED)
    with acting(by):
        locked.save()
    return locked


@transaction.atomic
def open_to_business(*, customer: Customer, number: str, by: User) -> Customer:
    """The group leader let cooperation go on by the decision `number`: a suspended customer is active again, or a
    prospect where no review was ever approved (P4.1); return him. The caller has checked the permission."""
    locked = _locked(customer)
    if locked.state == CustomerState.SUSPENDED:
        locked.reinstate()
        _set_reason(locked, number, StateReasonCode.COOPERATION_RESUMED)
        with acting(by):
            locked.save()
    return locked


@transaction.atomic
def stop_cooperation(*, customer: Customer, reason: str, by: User) -> Customer:
    """Suspend the customer by hand (P3.1 a). Raises NotAllowedError, or InvalidInputError without a
    reason."""
    locked = _locked(customer)
    refusal = suspend_refusal(by, locked)
    if refusal and refusal.code == "customer.not_cooperating" and _is_typed(locked, reason):
        return locked  # the second click of the same form
    require(refusal)
    return suspend_customer(customer=customer, reason=reason, by=by)


@transaction.atomic
def reinstate_customer(*, customer: Customer, reason: str, by: User) -> Customer:
    """Lift a suspension: back to active, or to prospect where no review was ever approved (P4.1).

    Raises NotAllowedError, or InvalidInputError without a reason.
    """
    locked = _locked(customer)
    refusal = reinstate_refusal(by, locked)
    if refusal and refusal.code == "customer.not_suspended" and _is_typed(locked, reason):
        return locked  # the second click of the same form
    require(refusal)
    if not reason.strip():
        raise InvalidInputError("customer.reason_missing", _("Say why cooperation goes on."))
    locked.reinstate()
    _set_reason(locked, reason)
    with acting(by):
        locked.save()
    return locked
