"""What was written into the customer's file: master data, contacts, accounts, qualifications, aliases, merges.

Old and new values come from the audit history, account numbers masked as everywhere outside their own page.
"""

from __future__ import annotations

from django.db.models import Model, Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.accounts.models import User
from creditrisk.audit.selectors import changes_of, tracked_fields
from customers.models import BankAccount, Contact, Customer, CustomerAlias, CustomerMerge, Qualification
from customers.timeline import Entry, Provider, Span
from customers.timeline_entries.history import told, whose
from customers.timeline_entries.portfolio import MANAGER_FIELDS
from customers.timeline_entries.standing import LIMIT_FIELDS

TOLD_ELSEWHERE = {
    *LIMIT_FIELDS,
    *MANAGER_FIELDS,
    *("state", "state_reason", "state_reason_code", "is_onboarded", "merged_into"),
    *("frozen_at", "frozen_by", "freeze_reason"),
    *("grade", "grade_is_provisional", "grade_valid_to_on", "reviewed_on", "confirmed_on", "created_by"),
}
"""Fields of the customer that have kinds of their own, or follow from what has."""
OF_EVERY_ROW = {"customer", "created_by", "retired_by"}
"""What each row of a file carries and no reader of its changes asks for."""


def master_data(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return how the file was opened and what was changed in its master data."""
    fields = tracked_fields(Customer, without=TOLD_ELSEWHERE)
    found = changes_of(Customer, whose(customer), fields=fields, until=span.until, limit=span.limit)
    return told(found, span, title=_("Master data changed"), created=_("File opened"))


def _row_changes(
    model: type[Model], *, title: str | Promise, created: str | Promise, anchor: str
) -> Provider:
    """Return who tells the changes of one kind of rows that are the customer's now, those from before a merge included;
    `anchor` is their place on his page."""

    def tell(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
        rows = model._default_manager.filter(customer=customer).values("pk")
        fields = tracked_fields(model, without=OF_EVERY_ROW)
        found = changes_of(model, Q(pgh_obj_id__in=rows), fields=fields, until=span.until, limit=span.limit)
        return told(
            found,
            span,
            title=str(title),
            created=str(created),
            names_subject=True,
            url=f"{customer.get_absolute_url()}#{anchor}",
        )

    return tell


contacts = _row_changes(
    Contact, title=gettext_lazy("Contact changed"), created=gettext_lazy("Contact added"), anchor="contacts"
)
bank_accounts = _row_changes(
    BankAccount,
    title=gettext_lazy("Bank account changed"),
    created=gettext_lazy("Bank account added"),
    anchor="bank-accounts",
)
qualifications = _row_changes(
    Qualification,
    title=gettext_lazy("Qualification changed"),
    created=gettext_lazy("Qualification added"),
    anchor="qualifications",
)


def aliases(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return the other names that were added and removed."""
    found = changes_of(
        CustomerAlias,
        Q(customer_id=customer.pk),  # a removed alias has no row any more
        fields=("name", "source"),
        until=span.until,
        limit=span.limit,
    )
    return told(
        found,
        span,
        title=_("Alias changed"),
        created=_("Alias added"),
        deleted=_("Alias removed"),
        names_subject=True,
    )


def merges(*, customer: Customer, person: User | None, span: Span) -> list[Entry]:
    """Return the files that were merged into this one, or this one into another."""
    rows = CustomerMerge.objects.all() if person is None else CustomerMerge.objects.visible_to(person)
    ours = rows.filter(Q(keep=customer) | Q(keep__merged_into=customer) | Q(drop=customer))
    return [
        Entry(
            at=merge.merged_at,
            title=_("Files merged"),
            person=str(merge.merged_by),
            text=merge.reason,
            about=f"{merge.drop.number} → {merge.keep.number}",
            url=merge.get_absolute_url(),
        )
        for merge in span.newest(ours.select_related("keep", "drop", "merged_by"), "merged_at")
    ]


EDITS: tuple[Provider, ...] = (master_data, contacts, bank_accounts)
