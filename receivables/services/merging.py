"""What becomes of receivables and payables when two files of one customer are merged: sums are added up, no total
changes.
"""

from __future__ import annotations

import pgtrigger
from django.db import connection
from django.db.models import F
from django.utils.translation import gettext as _

from creditrisk.exceptions import NotAllowedError
from customers.merging import Moved, Relation, move_final_rows, move_rows, move_unlike_rows
from customers.models import Customer
from receivables.models import (
    AgingSum,
    AgingTotal,
    CooperationProposal,
    PayableSum,
    ProposalState,
    Report,
)

SUMS_ARE_FINAL = "receivables.AgingSum:aging_sums_are_final"
TOTALS_ARE_FINAL = "receivables.AgingTotal:aging_totals_are_final"
ITEMS_ARE_FINAL = "receivables.OpenItem:open_items_are_final"
PAYABLES_ARE_FINAL = "receivables.PayableItem:payables_are_final"
LEDGER_IS_FINAL = "receivables.LedgerEntry:ledger_is_final"
PAYABLE_SUMS_ARE_FINAL = "receivables.PayableSum:payable_sums_are_final"
DUNNED_ITEMS_ARE_FINAL = "receivables.DunnedItem:dunned_items_are_final"
_TABLE = AgingSum._meta.db_table
_ADDED = """(
    SELECT array_agg(one + other ORDER BY position)
    FROM unnest(kept.{name}, dropped.{name}) WITH ORDINALITY AS both_files (one, other, position)
)"""
ADD_UP = f"""
    UPDATE {_TABLE} AS kept SET
        debit_amounts = {_ADDED.format(name="debit_amounts")},
        credit_amounts = {_ADDED.format(name="credit_amounts")},
        total_amount = kept.total_amount + dropped.total_amount,
        overdue_amount = kept.overdue_amount + dropped.overdue_amount,
        items = kept.items + dropped.items
    FROM {_TABLE} AS dropped
    WHERE kept.customer_id = %s AND dropped.customer_id = %s
        AND kept.report_id = dropped.report_id AND kept.currency = dropped.currency
    RETURNING dropped.id, dropped.report_id, dropped.currency
"""  # noqa: S608 - our own table, our own columns
_PAYABLES = PayableSum._meta.db_table
ADD_UP_PAYABLES = f"""
    UPDATE {_PAYABLES} AS kept SET
        total_amount = kept.total_amount + dropped.total_amount,
        items = kept.items + dropped.items
    FROM {_PAYABLES} AS dropped
    WHERE kept.customer_id = %s AND dropped.customer_id = %s
        AND kept.report_id = dropped.report_id AND kept.currency = dropped.currency
    RETURNING dropped.id
"""  # noqa: S608 - our own table, our own columns


def hold_reports(_keep: Customer, _drop: Customer) -> None:
    """Wait for imports and dunning runs under way, and let none start before the merge is committed: what they
    write for the dropped file meanwhile would stay there. Both lock a report before anything else."""
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {Report._meta.db_table} IN EXCLUSIVE MODE")


def move_lines(relation: Relation, keep: Customer, drop: Customer) -> Moved:
    """Move the open items, payables or ledger entries of all reports, report by report: their index starts with it."""
    reports = list(Report.objects.values_list("pk", flat=True))
    with pgtrigger.ignore(ITEMS_ARE_FINAL, PAYABLES_ARE_FINAL, LEDGER_IS_FINAL):
        return Moved(relation.rows_of(drop).filter(report__in=reports).update(customer=keep))


def move_aging_sums(relation: Relation, keep: Customer, drop: Customer) -> Moved:
    """Add the sums of one report and currency up to one row; the totals then count one customer less, and their amounts
    are as they were."""
    with pgtrigger.ignore(SUMS_ARE_FINAL, TOTALS_ARE_FINAL):
        with connection.cursor() as cursor:
            cursor.execute(ADD_UP, [keep.pk, drop.pk])
            added = cursor.fetchall()
        relation.model._base_manager.filter(pk__in=[pk for pk, _report, _currency in added]).delete()
        for _pk, report, currency in added:
            AgingTotal.objects.filter(report=report, currency=currency).update(customers=F("customers") - 1)
        moved = relation.rows_of(drop).update(customer=keep)
    return Moved(moved + len(added))


def move_payable_sums(relation: Relation, keep: Customer, drop: Customer) -> Moved:
    """Add the sums of one report and currency up to one row."""
    with pgtrigger.ignore(PAYABLE_SUMS_ARE_FINAL):
        with connection.cursor() as cursor:
            cursor.execute(ADD_UP_PAYABLES, [keep.pk, drop.pk])
            added = [pk for (pk,) in cursor.fetchall()]
        relation.model._base_manager.filter(pk__in=added).delete()
        moved = relation.rows_of(drop).update(customer=keep)
    return Moved(moved + len(added))


move_statements = move_rows
move_damages_receipts = move_final_rows("receivables.DamagesReceipt:damages_receipts_are_final")
move_classified_lines = move_unlike_rows("detail", "contract_number", "currency")
"""A line of a month stays where the kept file has one of the same contract: what was signed is not added up."""
move_dunning_notices = move_unlike_rows("currency", "stage", "issued_on")
"""Two letters of one stage and day stay two letters: the one to the dropped file stays in its file."""
move_dunned_items = move_unlike_rows(
    "document", "due_on", "currency", "stage", triggers=(DUNNED_ITEMS_ARE_FINAL,)
)
"""A stage is entered once per item (P5.2.3): of an item that both files had, it was entered already."""
move_collection_contacts = move_final_rows("receivables.CollectionContact:collection_contacts_are_final")


def move_dunning_terms(relation: Relation, keep: Customer, drop: Customer) -> Moved:
    """Move the terms; how the dropped file as a whole was dunned ends with it where the kept one has its own."""
    staying = relation.rows_of(drop).filter(contract__isnull=True)
    if not relation.rows_of(keep).filter(contract__isnull=True).exists():
        staying = staying.none()
    kept = list(staying.values_list("pk", flat=True))
    moved = relation.rows_of(drop).exclude(pk__in=kept).update(customer=keep)
    return Moved(moved, stayed=len(kept))


def both_proposed(keep: Customer, drop: Customer) -> NotAllowedError | None:
    """Return a refusal where a proposal about each of the two waits for the group leader (P5.2.4)."""
    waiting = CooperationProposal.objects.filter(state=ProposalState.OPEN)
    if not all(waiting.filter(customer=customer).exists() for customer in (keep, drop)):
        return None
    return NotAllowedError(
        "merge.proposals",
        _("A proposal about cooperation waits in both files: let the group leader decide one first."),
    )
