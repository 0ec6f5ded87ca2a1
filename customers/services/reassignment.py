"""Giving a leaver's customers to his successors in one go, with the open tasks that hang on them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from creditrisk.accounts.models import User
from creditrisk.audit.selectors import changes_since
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import BusinessError, ConflictError, InvalidInputError, require
from creditrisk.notifications.services import notify
from customers.models import Customer, FollowUp, Handover, HandoverState, Reassignment, Visit, VisitState
from customers.portfolio_permissions import reassign_refusal
from customers.reassignment import Transfer, move_open_tasks
from customers.services.handover import readdress_handover
from customers.services.portfolio import assign_managers

NAMED_CUSTOMERS = 5


@transaction.atomic
def reassign_customers(
    *,
    person: User,
    chosen: Mapping[int, int],
    account_successor: User | None,
    service_successor: User | None,
    by: User,
    now: dt.datetime,
    submission_key: UUID | None = None,
) -> Reassignment:
    """Give the `chosen` customers of `person` to his successors, all or none; return the record of it.

    `chosen` maps a customer's primary key to the version that was seen. Where `person` is the account manager the
    customer goes to `account_successor`, where he is the service manager to `service_successor`; a handover that waits
    for him is passed on to `service_successor`. What is registered as a mover goes along in the same transaction. The
    customers are locked in the order of their keys. A form sent twice gives one reassignment. Each successor and
    `person` get one message, not one for each customer.

    Raises NotAllowedError (see `reassign_refusal`), InvalidInputError where nothing is chosen, a successor is missing,
    does not hold the role, is `person` himself or would be both managers of a customer, ConflictError
    `reassignment.changed`, which names the customers that changed since they were seen.
    """
    locked = lock_chosen(chosen)
    if submission_key is not None:
        sent_before = Reassignment.objects.filter(submission_key=submission_key, by=by).first()
        if sent_before is not None:
            return sent_before
    require(reassign_refusal(by, person))
    if not chosen:
        raise InvalidInputError("reassignment.nothing_chosen", _("Choose at least one customer."))
    if person in (account_successor, service_successor):
        raise InvalidInputError(
            "reassignment.same_person",
            _("The successor is somebody other than %(person)s.") % {"person": person},
        )
    transfer = _transfer(
        locked,
        Transfer(
            person=person,
            account_successor=account_successor,
            service_successor=service_successor,
            account_customers=frozenset(),
            service_customers=frozenset(),
            handover_customers=frozenset(),
            by=by,
            at=now,
        ),
    )
    _require_as_seen(locked, chosen, transfer)
    _require_successors(transfer)
    for customer in locked:
        _assign(customer, transfer)
    with acting(by):
        moved = move_open_tasks(transfer)
    reassignment = Reassignment.objects.create(
        person=person,
        account_successor=account_successor if transfer.account_customers else None,
        service_successor=service_successor
        if transfer.service_customers or transfer.handover_customers
        else None,
        customer_numbers=[customer.number for customer in locked],
        moved=moved,
        by=by,
        at=now,
        submission_key=submission_key,
    )
    _tell(reassignment, transfer)
    return reassignment


def lock_chosen(chosen: Mapping[int, int]) -> list[Customer]:
    """Return the chosen customers in the order in which everybody locks them: two reassignments never wait for each
    other crosswise."""
    return list(
        Customer.objects.select_for_update(of=("self",))
        .select_related("account_manager", "service_manager")
        .filter(pk__in=chosen)
        .order_by("pk")
    )


def _transfer(locked: list[Customer], asked: Transfer) -> Transfer:
    """Return what is asked with the customers it concerns, as they are now."""
    waiting = Handover.objects.filter(
        customer__in=locked, recipient=asked.person, state=HandoverState.PROPOSED
    ).values_list("customer_id", flat=True)
    return Transfer(
        person=asked.person,
        account_successor=asked.account_successor,
        service_successor=asked.service_successor,
        account_customers=frozenset(
            customer.pk for customer in locked if customer.account_manager_id == asked.person.pk
        ),
        service_customers=frozenset(
            customer.pk for customer in locked if customer.service_manager_id == asked.person.pk
        ),
        handover_customers=frozenset(waiting),
        by=asked.by,
        at=asked.at,
    )


def _require_as_seen(locked: list[Customer], chosen: Mapping[int, int], transfer: Transfer) -> None:
    """Raise ConflictError where a customer changed since he was seen, or has nothing to do with the person any more.

    Only customers who were the person's when they were seen are named; InvalidInputError for any other.
    """
    still = transfer.account_customers | transfer.service_customers | transfer.handover_customers
    changed = [
        customer for customer in locked if customer.version != chosen[customer.pk] or customer.pk not in still
    ]
    if len(locked) < len(chosen) or not all(
        customer.pk in still or _was_his(customer, chosen[customer.pk], transfer.person)
        for customer in changed
    ):
        raise InvalidInputError(
            "reassignment.not_his",
            _("A chosen customer does not belong to %(person)s: reload the page.")
            % {"person": transfer.person},
        )
    require_unchanged(changed, chosen)


def require_unchanged(changed: list[Customer], chosen: Mapping[int, int]) -> None:
    """Raise ConflictError where customers `changed` since they were seen at the versions in `chosen`, naming who
    changed them."""
    if not changed:
        return
    told = [
        f"{customer} ({_changed_by(customer, chosen[customer.pk])})" for customer in changed[:NAMED_CUSTOMERS]
    ]
    more = len(changed) - len(told)
    if more:
        told.append(ngettext("%(count)s more", "%(count)s more", more) % {"count": more})
    raise ConflictError(
        "reassignment.changed",
        _("Nothing was reassigned: these customers changed while you had the page open: %(customers)s.")
        % {"customers": "; ".join(told)},
    )


def _was_his(customer: Customer, version: int, person: User) -> bool:
    """Return whether the customer belonged to `person`, or waited for him, when he had this `version`."""
    managed = Q(account_manager_id=person.pk) | Q(service_manager_id=person.pk)
    return (
        customer.events.filter(managed, version=version).exists()  # type: ignore[attr-defined]
        or customer.handovers.filter(recipient=person).exists()
    )


def _changed_by(customer: Customer, version: int) -> str:
    """Return who changed the customer last since he had this `version`, and when."""
    entries = changes_since(customer, version=version)
    if not entries:
        return _("the handover was decided")
    return f"{entries[0].person or _('the system')}, {timezone.localtime(entries[0].at):%Y-%m-%d %H:%M}"


def _require_successors(transfer: Transfer) -> None:
    """Raise InvalidInputError where a chosen customer would stay without a successor."""
    if transfer.account_customers and transfer.account_successor is None:
        raise InvalidInputError(
            "reassignment.no_account_successor", _("Choose who becomes the account manager.")
        )
    if (transfer.service_customers | transfer.handover_customers) and transfer.service_successor is None:
        raise InvalidInputError(
            "reassignment.no_service_successor", _("Choose who becomes the customer service manager.")
        )


def _assign(customer: Customer, transfer: Transfer) -> None:
    """Give one customer to the successors; what the rules refuse names him."""
    account_manager, service_manager = customer.account_manager, customer.service_manager
    if customer.pk in transfer.account_customers:
        account_manager = transfer.account_successor
    if customer.pk in transfer.service_customers:
        service_manager = transfer.service_successor
    if (account_manager, service_manager) == (customer.account_manager, customer.service_manager):
        return
    try:
        assign_managers(
            customer=customer,
            account_manager=account_manager,
            service_manager=service_manager,
            by=transfer.by,
        )
    except InvalidInputError as refusal:
        raise about_customer(customer, refusal) from refusal


def about_customer(customer: Customer, refusal: BusinessError) -> InvalidInputError:
    """Return the refusal with the name of the customer it is about."""
    return InvalidInputError(
        refusal.code, _("%(customer)s: %(reason)s") % {"customer": customer, "reason": refusal}
    )


def _tell(reassignment: Reassignment, transfer: Transfer) -> None:
    """Tell each successor and the person once, whatever the number of customers."""
    taken: dict[int, tuple[User, set[int]]] = {}
    shares = [*transfer.shares()]
    if transfer.service_successor and transfer.handover_customers:
        shares.append((transfer.service_successor, transfer.handover_customers))
    for successor, customers in shares:
        taken.setdefault(successor.pk, (successor, set()))[1].update(customers)
    url = f"{reverse('portfolio:visit_list')}?mine=open"
    # How many went to whom is not counted apart: with two successors neither is told a number.
    tasks = sum(reassignment.moved.values()) if len(taken) == 1 else 0
    for successor, taken_over in taken.values():
        notify(
            users=[] if successor.pk == transfer.by.pk else [successor],
            title=lazy(_taken_over, str)(str(transfer.person), len(taken_over), tasks),
            url=url,
            key=f"reassignment:{reassignment.pk}",
        )
    names = ", ".join(str(successor) for successor, _customers in taken.values())
    notify(
        users=[] if transfer.person.pk == transfer.by.pk else [transfer.person],
        title=lazy(given_away, str)(names, len(reassignment.customer_numbers)),
        url=url,
        key=f"reassignment:{reassignment.pk}",
    )


def _taken_over(person: str, customers: int, tasks: int) -> str:
    told = ngettext(
        "%(count)s customer of %(person)s now belongs to you.",
        "%(count)s customers of %(person)s now belong to you.",
        customers,
    ) % {"count": customers, "person": person}
    if not tasks:
        return told
    moved = ngettext("%(count)s open task went along.", "%(count)s open tasks went along.", tasks) % {
        "count": tasks
    }
    return f"{told} {moved}"


def given_away(successors: str, customers: int) -> str:
    """Return what somebody is told whose customers went to others."""
    return ngettext(
        "%(count)s of your customers now belongs to %(people)s.",
        "%(count)s of your customers now belong to %(people)s.",
        customers,
    ) % {"count": customers, "people": successors}


# What moves along of this app's own ----------------------------------------------------------------------------------


def move_visits(*, transfer: Transfer) -> int:
    """Give the planned visits of the person to whoever takes the customer over."""
    planned = Visit.objects.filter(state=VisitState.PLANNED, responsible=transfer.person)
    return sum(
        planned.filter(customer__in=customers).update(responsible=successor)
        for successor, customers in transfer.shares()
    )


def move_follow_ups(*, transfer: Transfer) -> int:
    """Give what the person still has to do after visits to whoever takes the customer over."""
    open_ones = FollowUp.objects.filter(done_at__isnull=True, responsible=transfer.person)
    return sum(
        open_ones.filter(visit__customer__in=customers).update(responsible=successor)
        for successor, customers in transfer.shares()
    )


def move_handovers(*, transfer: Transfer) -> int:
    """Pass the handovers that wait for the person on to the new service manager."""
    if transfer.service_successor is None:
        return 0
    waiting = (
        Handover.objects.select_for_update(of=("self",))
        .select_related("customer__account_manager")
        .filter(
            customer__in=transfer.handover_customers,
            recipient=transfer.person,
            state=HandoverState.PROPOSED,
        )
        .order_by("pk")
    )
    for handover in (handovers := list(waiting)):
        try:
            readdress_handover(
                handover=handover, recipient=transfer.service_successor, by=transfer.by, now=transfer.at
            )
        except InvalidInputError as refusal:
            raise about_customer(handover.customer, refusal) from refusal
    return len(handovers)
