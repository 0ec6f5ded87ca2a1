"""Keeping the contacts of a customer (P4.1, P5.1). The columns of Annex 1 follow in the same transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import InvalidInputError
from creditrisk.notifications.services import is_mail_address
from customers.models import Channel, Contact, ContactKind, Customer
from customers.services.main_details import CONTACT_COLUMNS, show_main_contacts
from customers.services.rows import (
    changed_values,
    clean_row,
    lock_file,
    retire_row,
    save_changed,
    sent_before,
)

CONTACT_FIELDS = (
    "kind",
    "name",
    "title",
    "phone",
    "mobile",
    "email",
    "wechat",
    "preferred_channel",
    "letter_order",
    "notes",
    "is_main",
)
LAST_IN_ORDER = 99


@transaction.atomic
def add_contact(
    *, customer: Customer, data: Mapping[str, object], by: User, submission_key: UUID | None = None
) -> Contact:
    """Add a contact and return it; a form sent twice gives the same one. `data` are fields of `CONTACT_FIELDS`.

    The first finance or business contact, representative or person in charge is the main one of its kind; a later
    one that is to be takes its place. Raises NotAllowedError, or InvalidInputError where there is neither name nor
    address, the mail address is none, the preferred channel leads nowhere, or the order for letters is no small number.
    """
    locked = lock_file(customer, by=by)
    if earlier := sent_before(Contact, submission_key, customer=locked):
        return earlier
    contact = Contact(customer=locked, created_by=by, submission_key=submission_key)
    for field, value in clean_row(data, CONTACT_FIELDS).items():
        setattr(contact, field, value)
    _require_sound(contact)
    if contact.kind in CONTACT_COLUMNS and not _main_of(locked, contact.kind):
        contact.is_main = True
    if contact.is_main:
        _make_room(contact, by=by)
    with acting(by):
        contact.save()
    show_main_contacts(customer=locked, kinds=[contact.kind], by=by)
    return contact


@transaction.atomic
def update_contact(*, contact: Contact, data: Mapping[str, object], version: int, by: User) -> Contact:
    """Change a contact; return it with its version raised (unchanged where nothing changed).

    Raises NotAllowedError (not his customer, or the contact is retired), InvalidInputError (see `add_contact`), and
    ConflictError `row.changed`, which names who changed what since `version`.
    """
    locked = lock_file(contact.customer_id, by=by)
    stored = Contact.objects.get(pk=contact.pk)
    kind_before = stored.kind
    changed = changed_values(stored, clean_row(data, CONTACT_FIELDS), version=version)
    if not changed:
        return stored
    for field, value in changed.items():
        setattr(stored, field, value)
    _require_sound(stored)
    if stored.is_main:
        _make_room(stored, by=by)
    save_changed(stored, changed, by=by)
    show_main_contacts(customer=locked, kinds=[kind_before, stored.kind], by=by)
    return stored


@transaction.atomic
def retire_contact(*, contact: Contact, by: User, now: dt.datetime) -> Contact:
    """Retire a contact: he stays on record and is no longer written or called to. Twice is once.

    A main contact leaves his kind without one until another is made it. Raises NotAllowedError.
    """
    locked = lock_file(contact.customer_id, by=by)
    stored = Contact.objects.get(pk=contact.pk)
    if not stored.is_retired:
        retire_row(stored, by=by, now=now, is_main=False)
        show_main_contacts(customer=locked, kinds=[stored.kind], by=by)
    return stored


def _main_of(customer: Customer, kind: str) -> Contact | None:
    main: Contact | None = customer.contacts.filter(kind=kind, is_main=True).first()
    return main


def _make_room(contact: Contact, *, by: User) -> None:
    """Let the former main contact of the kind be an ordinary one: there is room for one."""
    former = _main_of(contact.customer, contact.kind)
    if former is not None and former.pk != contact.pk:
        save_changed(former, {"is_main": False}, by=by)


def _require_sound(contact: Contact) -> None:
    values: dict[str, Any] = {field: getattr(contact, field) for field in CONTACT_FIELDS}
    if contact.kind not in ContactKind.values or contact.preferred_channel not in ("", *Channel.values):
        raise InvalidInputError("contact.choice", _("There is no such kind of contact or channel."))
    if not any(values[field] for field in ("name", "phone", "mobile", "email", "wechat")):
        raise InvalidInputError("contact.empty", _("Give a name, or at least one way to reach this contact."))
    if contact.email and not is_mail_address(contact.email):
        raise InvalidInputError(
            "contact.email", _("“%(address)s” is not a mail address.") % {"address": contact.email}
        )
    if contact.letter_order is not None and not 1 <= contact.letter_order <= LAST_IN_ORDER:
        raise InvalidInputError(
            "contact.order", _("The order is a number from 1 to %(last)s.") % {"last": LAST_IN_ORDER}
        )
    channel = contact.preferred_channel
    if channel not in ("", Channel.POST) and not contact.reached_by(channel):
        raise InvalidInputError(
            "contact.channel",
            _("The preferred channel is %(channel)s, but none is given.")
            % {"channel": Channel(channel).label},
        )
