"""Planning, recording and cancelling visits, and what follows from them (P5.1.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.notifications.services import notify
from creditrisk.stored_files import NamedContents, new_files, store_content
from customers.models import Customer, RiskSignal, Visit, VisitChannel, VisitFile, VisitState
from customers.portfolio_permissions import attach_refusal, settle_visit_refusal, visit_refusal
from customers.portfolio_selectors import managers_of
from customers.services.managers import tell_managers

CANCEL_REASON_MAX_LENGTH = 500


@dataclass(frozen=True)
class VisitRecord:
    """What is told after a visit: the findings that the policy names as fields of their own (P5.1.3)."""

    done_on: dt.date
    purpose: str
    channel: str
    impression: str
    risk_signal: str
    leadership_changes: str = ""
    staff_turnover: str = ""
    reasons_to_continue: str = ""
    recent_developments: str = ""
    customer_participants: str = ""
    participants: Sequence[User] = ()


TOLD = (
    "impression",
    "leadership_changes",
    "staff_turnover",
    "reasons_to_continue",
    "recent_developments",
    "customer_participants",
)


@transaction.atomic
def plan_visit(
    *,
    customer: Customer,
    planned_on: dt.date,
    purpose: str,
    channel: str,
    responsible: User,
    by: User,
    now: dt.datetime,
    participants: Iterable[User] = (),
    customer_participants: str = "",
    submission_key: UUID | None = None,
) -> Visit:
    """Plan a visit for `planned_on`; return it. A form sent twice gives the same visit; who is to make it is told.

    Raises NotAllowedError (see `visit_refusal`), InvalidInputError where the day lies before that of `now`, the purpose
    is missing, or `responsible` does not manage the customer.
    """
    locked = lock_customer(customer.pk)
    if (sent_before := _sent_before(submission_key, locked)) is not None:
        return sent_before
    require(visit_refusal(by, locked))
    if planned_on < timezone.localdate(now):
        raise InvalidInputError("visit.planned_in_past", _("A visit is planned for today or later."))
    if not managers_of(locked).filter(pk=responsible.pk).exists():
        raise InvalidInputError(
            "visit.responsible", _("%(person)s does not manage this customer.") % {"person": responsible}
        )
    visit = Visit(
        customer=locked,
        planned_on=planned_on,
        purpose=_purpose(purpose),
        channel=VisitChannel(channel),
        responsible=responsible,
        customer_participants=customer_participants.strip(),
        created_by=by,
        submission_key=submission_key,
    )
    with acting(by):
        visit.save()
        _set_participants(visit, participants)
    notify(
        users=[] if responsible.pk == by.pk else [responsible],
        title=lazy(_planned_for_you, str)(str(locked), planned_on),
        url=visit.get_absolute_url(),
        key=f"visit:{visit.pk}:planned",
    )
    return visit


@transaction.atomic
def record_visit(
    *,
    customer: Customer,
    record: VisitRecord,
    by: User,
    now: dt.datetime,
    visit: Visit | None = None,
    files: NamedContents = (),
    submission_key: UUID | None = None,
) -> Visit:
    """Record a visit that was made: the planned `visit`, or one without a plan (None); return it.

    A form sent twice gives one record. An alarm is told to the customer's managers and the head of the department.
    A file that is refused keeps the whole record out, so that nothing is half stored. Raises NotAllowedError,
    ConflictError where the planned visit was recorded or cancelled meanwhile, InvalidInputError where the day lies in
    the future, the purpose or the impression is missing, or a file is of a kind that is not kept.
    """
    locked = lock_customer(customer.pk)
    if submission_key is not None:
        recorded = Visit.objects.filter(record_key=submission_key, customer=locked).first()
        if recorded is not None:
            return recorded
    stored = _to_record(visit, locked, by=by)
    if record.done_on > timezone.localdate(now):
        raise InvalidInputError("visit.done_in_future", _("A visit is recorded once it was made."))
    if not record.impression.strip():
        raise InvalidInputError("visit.impression_missing", _("Say what the overall impression is."))
    stored.purpose = _purpose(record.purpose)
    stored.channel = VisitChannel(record.channel)
    stored.done_on = record.done_on
    stored.risk_signal = RiskSignal(record.risk_signal)
    for field in TOLD:
        setattr(stored, field, getattr(record, field).strip())
    stored.record()
    stored.recorded_at = now
    stored.recorded_by = by
    stored.record_key = submission_key
    with acting(by):
        stored.save()
        _set_participants(stored, record.participants)
        _store_files(stored, files, by=by)
    if stored.risk_signal == RiskSignal.ALARM:
        _tell_alarm(stored, by=by)
    return stored


def _to_record(visit: Visit | None, customer: Customer, *, by: User) -> Visit:
    """Return the planned visit, locked, or a new one. Raises the refusal of either."""
    if visit is None:
        require(visit_refusal(by, customer))
        return Visit(customer=customer, responsible=by, created_by=by)
    stored = Visit.objects.select_for_update().get(pk=visit.pk, customer=customer)
    stored.customer = customer
    require(settle_visit_refusal(by, stored))
    return stored


def _tell_alarm(visit: Visit, *, by: User) -> None:
    tell_managers(
        customer=visit.customer,
        title=lazy(_alarm, str)(str(visit.customer)),
        key=f"visit:{visit.pk}:alarm",
        by=by,
        url=visit.get_absolute_url(),
    )


@transaction.atomic
def cancel_visit(*, visit: Visit, reason: str, by: User, now: dt.datetime) -> Visit:
    """Cancel a planned visit for `reason`; return it. The same cancelled twice for the same reason is once.

    Raises NotAllowedError, ConflictError where it is no longer planned, InvalidInputError without a reason.
    """
    customer = lock_customer(visit.customer_id)
    stored = Visit.objects.select_for_update().get(pk=visit.pk)
    stored.customer = customer
    reason = reason.strip()[:CANCEL_REASON_MAX_LENGTH]
    if stored.state == VisitState.CANCELLED and stored.cancelled_by == by and stored.cancel_reason == reason:
        return stored  # the second click of the same form
    require(settle_visit_refusal(by, stored))
    if not reason:
        raise InvalidInputError("visit.reason_missing", _("Say why the visit is cancelled."))
    stored.cancel()
    stored.cancel_reason = reason
    stored.cancelled_at = now
    stored.cancelled_by = by
    with acting(by):
        stored.save()
    return stored


@transaction.atomic
def attach_visit_files(*, visit: Visit, files: NamedContents, by: User) -> int:
    """Add photos and documents to a visit; return how many are new (the same file twice is kept once).

    Raises NotAllowedError, InvalidInputError for the first file that is not kept, or one too many: then none is added.
    """
    customer = lock_customer(visit.customer_id)
    stored = Visit.objects.select_for_update().get(pk=visit.pk)
    stored.customer = customer
    require(attach_refusal(by, stored))
    with acting(by):
        return _store_files(stored, files, by=by)


def _store_files(visit: Visit, files: NamedContents, *, by: User) -> int:
    reason = _("A visit takes at most %(count)s files.")
    too_many = InvalidInputError(
        "visit.too_many_files", reason % {"count": settings.CREDITRISK_ATTACHMENTS_MAX_COUNT}
    )
    added = new_files(files, known=set(visit.files.values_list("name", "sha256")), too_many=too_many)
    for described, content in added:
        file = VisitFile(visit=visit, uploaded_by=by, **described)
        store_content(file, content)
        file.save()
    return len(added)


def lock_customer(pk: int) -> Customer:
    """Return the customer with his managers, his row locked: the first lock of everything that hangs on him."""
    return (
        Customer.objects.select_for_update(of=("self",))
        .select_related("account_manager__department__head", "service_manager")
        .get(pk=pk)
    )


def _sent_before(submission_key: UUID | None, customer: Customer) -> Visit | None:
    """Return the visit that this form made when it was sent the first time."""
    if submission_key is None:
        return None
    return Visit.objects.filter(submission_key=submission_key, customer=customer).first()


def _purpose(text: str) -> str:
    purpose = " ".join(text.split())
    if not purpose:
        raise InvalidInputError("visit.purpose_missing", _("Say what the visit is for."))
    return purpose


def _set_participants(visit: Visit, people: Iterable[User]) -> None:
    """Make `people` the participants; the person responsible takes part anyway."""
    visit.participants.set([person for person in people if person.pk != visit.responsible_id])


def _planned_for_you(customer: str, planned_on: dt.date) -> str:
    return _("A visit to %(customer)s is planned for you on %(date)s.") % {
        "customer": customer,
        "date": f"{planned_on:%Y-%m-%d}",
    }


def _alarm(customer: str) -> str:
    return _("Alarm after a visit to %(customer)s: read what was found.") % {"customer": customer}
