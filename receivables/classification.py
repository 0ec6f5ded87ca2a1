"""The classified detail of receivables: items by contract beside the contract's payment term (P5.2.2). Pure rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from customers.payment_terms import due_on as due_by_term

OVERDUE, DUE_DEPARTS, UNUSUAL_TERM, NO_CONTRACT = "overdue", "due_departs", "unusual_term", "no_contract"
DEVIATIONS = (OVERDUE, DUE_DEPARTS, UNUSUAL_TERM, NO_CONTRACT)


@dataclass(frozen=True)
class ContractTerm:
    """What was agreed: `kind` and `days` as `customers.payment_terms` has them."""

    kind: str
    days: int


@dataclass(frozen=True)
class ClassifiedItem:
    """An open item in the currency of its line; `document_on` is None where the file does not tell it."""

    document_on: date | None
    due_on: date
    open_amount: Decimal


def deviations(
    items: Iterable[ClassifiedItem], term: ContractTerm | None, *, on: date, usual_days: Collection[int]
) -> tuple[str, ...]:
    """Return what departs from the contract, in the order of DEVIATIONS; nothing where all is as agreed (P5.2.2).

    OVERDUE: a debt is past its due date on the day `on`. DUE_DEPARTS: an item falls due on another day than document
    date and term say. UNUSUAL_TERM: the contract's days are none of `usual_days` (30 or 60). NO_CONTRACT: the items
    name no contract of the customer (`term` is None), so that nothing can be compared.
    """
    listed = list(items)
    found = {
        OVERDUE: any(item.open_amount > 0 and item.due_on < on for item in listed),
        DUE_DEPARTS: term is not None and any(_departs(item, term) for item in listed),
        UNUSUAL_TERM: term is not None and term.days not in usual_days,
        NO_CONTRACT: term is None,
    }
    return tuple(name for name in DEVIATIONS if found[name])


def _departs(item: ClassifiedItem, term: ContractTerm) -> bool:
    return item.document_on is not None and item.due_on != due_by_term(item.document_on, term.kind, term.days)
