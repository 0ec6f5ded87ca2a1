"""What people do with cases of early warning: raise one by hand, follow it up, pass it on, close it (P5.1)."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import ConflictError, InvalidInputError, require
from creditrisk.notifications.services import notify
from creditrisk.numbering.services import next_numbers
from creditrisk.policy.selectors import policy_version_on
from customers.models import (
    ENTRIES_BY_HAND,
    OUTCOMES_BY_HAND,
    CaseEntry,
    CaseOutcome,
    CaseState,
    Contact,
    Customer,
    EntryKind,
    Visit,
    WarningCase,
    WarningKind,
)
from customers.services.contract_locks import lock_with_managers
from customers.services.messages import filled
from customers.warning_permissions import direct_refusal, raise_refusal, work_refusal
from customers.warning_selectors import (
    contacts_to_call,
    default_owner,
    open_case_of,
    possible_owners,
    visits_to_link,
)
from customers.warning_timing import due_on

OWNED = gettext_lazy("The early warning %(number)s of %(customer)s is yours: %(kind)s.")
CLOSED = gettext_lazy("The early warning %(number)s of %(customer)s is closed: %(outcome)s.")


@transaction.atomic
def raise_case(
    *,
    customer: Customer,
    kind: str,
    reason: str,
    by: User,
    now: dt.datetime,
    submission_key: UUID | None = None,
) -> WarningCase:
    """Raise an early warning about a customer by hand, for `reason`; return the case. Its owner is told. A form sent
    twice is one case.

    Raises NotAllowedError (see `raise_refusal`), ConflictError while a case of this kind is open, InvalidInputError
    without a reason.
    """
    locked = lock_with_managers(customer.pk)
    if submission_key is not None:
        sent_before: WarningCase | None = WarningCase.objects.filter(
            submission_key=submission_key, customer=locked
        ).first()
        if sent_before is not None:
            return sent_before
    require(raise_refusal(by, locked))
    reason = reason.strip()
    if not reason:
        raise InvalidInputError("warning.reason_missing", _("Say what you have noticed."))
    if (is_open := open_case_of(locked, kind=WarningKind(kind))) is not None:
        raise ConflictError(
            "warning.open",
            _("The case %(number)s about this is open: write into its log.") % {"number": is_open.number},
        )
    today = timezone.localdate(now)
    version = policy_version_on(today)
    with acting(by):
        case = WarningCase.objects.create(
            number=case_numbers(today)[0],
            customer=locked,
            kind=WarningKind(kind),
            raised_on=today,
            raised_by=by,
            reason=reason,
            owner=default_owner(locked),
            due_on=due_on(today, rules=version.policy.warnings),
            policy_version=version,
            submission_key=submission_key,
        )
    _tell_owner(case, by=by, event="raised")
    return case


def case_numbers(day: dt.date, *, count: int = 1) -> list[str]:
    """Return the next running numbers of cases raised in the year of `day`: W-2026-000001. Call it inside the
    transaction that uses them."""
    return [f"W-{day.year}-{number:06d}" for number in next_numbers(f"warning-{day.year}", count=count)]


@transaction.atomic
def add_entry(
    *,
    case: WarningCase,
    kind: str,
    text: str,
    happened_on: dt.date,
    by: User,
    now: dt.datetime,
    contact: Contact | None = None,
    visit: Visit | None = None,
    submission_key: UUID | None = None,
) -> CaseEntry:
    """Write a call, a visit or a note into the log of a case; return the entry. A form sent twice is one.

    `contact` is whom a call reached, `visit` the visit planned or made. Raises NotAllowedError, ConflictError where the
    case is closed, InvalidInputError without a text, for a day to come (a visit that is planned may lie ahead), or for
    a contact or visit of another customer, or of another kind of entry.
    """
    locked = lock_case(case)
    if submission_key is not None:
        sent_before: CaseEntry | None = locked.entries.filter(submission_key=submission_key).first()
        if sent_before is not None:
            return sent_before
    require(work_refusal(by, locked))
    entry_kind = EntryKind(kind)
    if entry_kind not in ENTRIES_BY_HAND:
        raise InvalidInputError("warning.entry_kind", _("Choose call, visit or note."))
    text = text.strip()
    if not text:
        raise InvalidInputError("warning.text_missing", _("Write a few words: they stay on record."))
    if happened_on > timezone.localdate(now):
        raise InvalidInputError("warning.future", _("What is recorded has happened: this day is to come."))
    if contact is not None and (
        entry_kind != EntryKind.CALL or not contacts_to_call(locked.customer).filter(pk=contact.pk).exists()
    ):
        raise InvalidInputError("warning.contact", _("A call names a contact of this customer."))
    if visit is not None and (
        entry_kind != EntryKind.VISIT or not visits_to_link(locked.customer).filter(pk=visit.pk).exists()
    ):
        raise InvalidInputError("warning.visit", _("A visit entry names a visit to this customer."))
    return CaseEntry.objects.create(
        case=locked,
        kind=entry_kind,
        happened_on=happened_on,
        text=text,
        contact=contact,
        visit=visit,
        by=by,
        submission_key=submission_key,
    )


@transaction.atomic
def reassign_case(*, case: WarningCase, owner: User, text: str, by: User, now: dt.datetime) -> WarningCase:
    """Give a case to another owner, who is told; return it. Twice is once.

    Raises NotAllowedError, ConflictError where it is closed, InvalidInputError for an owner who does not see the
    customer or is not of the group.
    """
    locked = lock_case(case)
    require(direct_refusal(by, locked))
    if locked.owner_id == owner.pk:
        return locked
    if not possible_owners(locked.customer).filter(pk=owner.pk).exists():
        raise InvalidInputError(
            "warning.owner",
            _("%(person)s does not work on this customer's warnings.") % {"person": owner},
        )
    locked.owner = owner
    with acting(by):
        locked.save()
    entry = CaseEntry.objects.create(
        case=locked,
        kind=EntryKind.REASSIGNED,
        happened_on=timezone.localdate(now),
        text=text.strip(),
        owner=owner,
        by=by,
    )
    _tell_owner(locked, by=by, event=f"reassigned:{entry.pk}")
    return locked


@transaction.atomic
def set_due_date(*, case: WarningCase, due_on: dt.date, text: str, by: User, now: dt.datetime) -> WarningCase:
    """Give a case another due date, with the reason in its log; return it. Twice is once. Where that day passes as
    well, the leaders are told again.

    Raises NotAllowedError, ConflictError where it is closed, InvalidInputError for a day that has passed.
    """
    locked = lock_case(case)
    require(direct_refusal(by, locked))
    if locked.due_on == due_on:
        return locked
    if due_on < timezone.localdate(now):
        raise InvalidInputError("warning.due_past", _("A case is due today or later."))
    locked.due_on = due_on
    locked.escalated_at = None
    with acting(by):
        locked.save()
    CaseEntry.objects.create(
        case=locked,
        kind=EntryKind.DUE_CHANGED,
        happened_on=timezone.localdate(now),
        text=text.strip(),
        due_on=due_on,
        by=by,
    )
    return locked


@transaction.atomic
def close_case(*, case: WarningCase, outcome: str, note: str, by: User, now: dt.datetime) -> WarningCase:
    """Close a case with what came of it; return it. Its owner is told where another closes it. The same again is once.

    Raises NotAllowedError, ConflictError where somebody closed it otherwise, InvalidInputError without a note.
    """
    locked = lock_case(case)
    note = note.strip()
    is_same = (locked.outcome, locked.closing_note, locked.closed_by_id) == (outcome, note, by.pk)
    if locked.state == CaseState.CLOSED and is_same:
        return locked  # the second click of the same form
    require(work_refusal(by, locked))
    if outcome not in OUTCOMES_BY_HAND:
        raise InvalidInputError("warning.outcome", _("Choose what came of it."))
    if not note:
        raise InvalidInputError("warning.note_missing", _("Say what you found out and what was done."))
    _close(locked, outcome=CaseOutcome(outcome), note=note, by=by, now=now)
    return locked


@transaction.atomic
def close_cases_of(*, customer: Customer, reason: str, by: User, now: dt.datetime) -> int:
    """Close the open cases of a locked customer whose file is closed for `reason`, which becomes their closing note;
    return how many. Their owners are told. The caller has checked the permission."""
    cases = lock_open_cases(customer)
    for case in cases:
        case.customer = customer
        _close(case, outcome=CaseOutcome.NO_ACTION, note=reason, by=by, now=now)
    return len(cases)


def _close(locked: WarningCase, *, outcome: CaseOutcome, note: str, by: User, now: dt.datetime) -> None:
    locked.close()
    locked.outcome = outcome
    locked.closing_note = note
    locked.closed_on = timezone.localdate(now)
    locked.closed_at = now
    locked.closed_by = by
    with acting(by):
        locked.save()
    CaseEntry.objects.create(
        case=locked, kind=EntryKind.CLOSED, happened_on=locked.closed_on, text=note, by=by
    )
    notify(
        users=[locked.owner] if locked.owner is not None and locked.owner_id != by.pk else [],
        title=filled(CLOSED, number=locked.number, customer=locked.customer.name, outcome=outcome.label),
        url=locked.get_absolute_url(),
        key=f"warning:{locked.pk}:closed",
    )


def lock_open_cases(customer: Customer, *which: Q) -> list[WarningCase]:
    """Return the customer's open cases that meet some conditions, with their owners, their rows locked."""
    cases = WarningCase.objects.open().filter(*which, customer=customer).select_related("owner")
    return list(cases.select_for_update(of=("self",)).order_by("pk"))


def lock_case(case: WarningCase) -> WarningCase:
    """Return the case as stored now, locked after its customer."""
    customer = lock_with_managers(case.customer_id)
    locked = WarningCase.objects.select_for_update(of=("self",)).select_related("owner").get(pk=case.pk)
    locked.customer = customer
    return locked


def _tell_owner(case: WarningCase, *, by: User, event: str) -> None:
    notify(
        users=[case.owner] if case.owner is not None and case.owner_id != by.pk else [],
        title=filled(
            OWNED, number=case.number, customer=case.customer.name, kind=WarningKind(case.kind).label
        ),
        url=case.get_absolute_url(),
        key=f"warning:{case.pk}:{event}",
    )
