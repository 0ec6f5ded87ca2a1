"""Merging two files of one customer: every reference moves, and the merge is on record."""

from __future__ import annotations

from django.db import transaction
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError, require
from creditrisk.notifications.services import move_mails, notify
from customers.identity_permissions import merge_refusal, merging_refusal
from customers.merge_preview import fields_taken_over, snapshot_of
from customers.merging import lock_for_merge, mover_of, relations
from customers.models import (
    AliasSource,
    Customer,
    CustomerAlias,
    CustomerMerge,
    CustomerState,
    StateReasonCode,
)
from customers.names import name_key
from customers.services.main_details import follow_columns
from customers.services.state import REASON_MAX_LENGTH

MAILS = "notifications.OutboxMessage.customer_number"


@transaction.atomic
def merge_customers(
    *, keep: Customer, drop: Customer, by: User, reason: str, accept_other_code: bool = False
) -> CustomerMerge:
    """Merge the file `drop` into the file `keep`; return the record of it. A second click gives the same record.

    All rows that point to `drop` point to `keep` afterwards (see `customers.merging`). Master data that `keep` lacks is
    taken over; what both have stays as it is in `keep`, also grade and limit; a suspension (P5.2.3), a freeze
    (P3.1) and a watch (P5.1) go along.
    `drop` becomes closed and keeps its number, which with its names becomes an alias of `keep`. Raises NotAllowedError
    (`merge_refusal`), InvalidInputError without a reason, or where the two credit codes differ and
    `accept_other_code` does not say that they may.
    """
    require(merging_refusal(by))
    reason = reason.strip()[:REASON_MAX_LENGTH]
    lock_for_merge(keep, drop)
    locked = {
        customer.pk: customer
        for customer in Customer.objects.select_for_update()
        .filter(pk__in=[keep.pk, drop.pk])
        .order_by("pk")  # two merges that cross lock in the same order
    }
    keep, drop = locked[keep.pk], locked[drop.pk]
    done = CustomerMerge.objects.filter(keep=keep, drop=drop).first()
    if done is not None:
        return done
    require(merge_refusal(by, keep=keep, drop=drop))
    if not reason:
        raise InvalidInputError("merge.reason_missing", _("Say why the two files are one customer."))
    if keep.uscc and drop.uscc and not accept_other_code:
        raise InvalidInputError(
            "merge.codes_differ",
            _("The two files carry different credit codes: tick that they are one company all the same."),
        )
    snapshot = snapshot_of(drop)
    taken_over = fields_taken_over(keep, drop)
    with acting(by):
        _close(keep=keep, drop=drop, taken_over=taken_over)
        counts, stayed = _move(keep=keep, drop=drop)
        follow_columns(customer=keep, changed=taken_over, by=by)
        _add_aliases(keep=keep, drop=drop, by=by)
        merge = CustomerMerge.objects.create(
            keep=keep,
            drop=drop,
            reason=reason,
            counts=counts,
            stayed=stayed,
            snapshot=snapshot,
            taken_over=taken_over,
            merged_by=by,
        )
    _tell(merge)
    return merge


def _close(*, keep: Customer, drop: Customer, taken_over: list[str]) -> None:
    """Save both: first the one that gives its code away."""
    for name in taken_over:
        setattr(keep, name, getattr(drop, name))
    if "uscc" in taken_over:
        drop.uscc = None
    _take_warnings_along(keep=keep, drop=drop)
    if drop.state == CustomerState.IN_REVIEW and keep.state == CustomerState.PROSPECT:
        keep.enter_review()
        keep.state_reason = keep.state_reason_code = ""
    if drop.state != CustomerState.CLOSED:
        drop.close_as_merged()
    drop.merged_into = keep
    drop.parent = None  # the group has one member less, not one twice
    drop.state_reason, drop.state_reason_code = keep.number, StateReasonCode.MERGED
    for customer in (drop, keep):
        customer.version += 1
        customer.save()


def _take_warnings_along(*, keep: Customer, drop: Customer) -> None:
    """What was decided against business with one file holds for the customer."""
    state = keep.state
    if drop.state == CustomerState.SUSPENDED and state != CustomerState.SUSPENDED:
        keep.suspend()
    elif drop.state == CustomerState.WATCH and state == CustomerState.ACTIVE:
        keep.put_on_watch()
    if keep.state != state:
        keep.state_reason, keep.state_reason_code = drop.state_reason, drop.state_reason_code
    if drop.frozen_at is not None and keep.frozen_at is None:
        keep.frozen_at, keep.frozen_by = drop.frozen_at, drop.frozen_by
        keep.freeze_reason = drop.freeze_reason


def _move(*, keep: Customer, drop: Customer) -> tuple[dict[str, int], dict[str, int]]:
    """Return the rows that moved and those that stayed, by relation; what had none is left out."""
    counts, stayed = {}, {}
    for relation in relations():
        result = mover_of(relation)(relation, keep, drop)
        counts[relation.label] = result.moved
        stayed[relation.label] = result.stayed
    counts[MAILS] = move_mails(from_number=drop.number, to_number=keep.number)
    return (
        {label: number for label, number in counts.items() if number},
        {label: number for label, number in stayed.items() if number},
    )


def _add_aliases(*, keep: Customer, drop: Customer, by: User) -> None:
    """Let files that call the customer by the dropped file's number or names find the kept one."""
    own = {name_key(name) for name in (keep.number, keep.name, keep.name_en, keep.short_name)}
    for name in (drop.number, drop.name, drop.name_en, drop.short_name):
        key = name_key(name)
        if key and key not in own:
            CustomerAlias.objects.get_or_create(
                customer=keep,
                key=key,
                defaults={"name": name, "source": AliasSource.MERGE, "created_by": by},
            )


def _tell(merge: CustomerMerge) -> None:
    """Tell those who manage either file."""
    people = {
        person.pk: person
        for customer in (merge.keep, merge.drop)
        for person in (customer.account_manager, customer.service_manager)
        if person is not None and person.pk != merge.merged_by_id
    }
    notify(
        users=list(people.values()),
        title=lazy(_merged, str)(str(merge.drop), str(merge.keep)),  # each in his own language
        url=merge.keep.get_absolute_url(),
        key=f"merge:{merge.pk}",
    )


def _merged(drop: str, keep: str) -> str:
    return _("The customer file %(drop)s was merged into %(keep)s.") % {"drop": drop, "keep": keep}
