"""What moves when two files of one customer become one, and what higher apps say about their own tables.

Every foreign key to a customer is found by itself. A table that only points to its customer moves by one UPDATE; one
whose rows are final, or may not come twice for a customer, needs a mover that says what becomes of them. An app
registers it in its `AppConfig.ready`:

    register_mover(AgingSum, move_aging_sums)          # adds up what both files have in one report
    register_mover(Review, move_rows)                  # its constraint cannot be violated: see the refusal
    register_refusal("reviews", both_under_review)     # why these two files cannot be merged now
    register_lock("reviews", lock_open_reviews)        # what this app always locks before a customer

A test fails for every table that needs a mover and has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pgtrigger
from django.db import models

from creditrisk.exceptions import NotAllowedError
from customers.models import Customer, CustomerAlias, CustomerMerge, GradeChange


@dataclass(frozen=True)
class Relation:
    """A foreign key to a customer: the model that has it, and the key's name."""

    model: type[models.Model]
    field: str

    @property
    def label(self) -> str:
        """The stable name of the relation, e.g. `customers.Contract.customer`."""
        return f"{self.model._meta.label}.{self.field}"

    def rows_of(self, customer: Customer) -> models.QuerySet[Any]:
        """Return the rows that point to `customer`."""
        return self.model._base_manager.filter(**{self.field: customer})


@dataclass(frozen=True)
class Moved:
    """How many rows moved, and how many stayed with the closed file because the other has the same ones."""

    moved: int
    stayed: int = 0


Mover = Callable[[Relation, Customer, Customer], Moved]
"""Called with the relation, the file kept and the file dropped, both locked."""
RefusalCheck = Callable[[Customer, Customer], NotAllowedError | None]
Lock = Callable[[Customer, Customer], None]

_movers: dict[type[models.Model], Mover] = {}
_refusals: dict[str, RefusalCheck] = {}
_locks: dict[str, Lock] = {}
NEVER_MOVED: tuple[type[models.Model], ...] = (CustomerMerge,)
"""The record of a merge goes on naming the files that were merged."""


def register_mover(model: type[models.Model], mover: Mover) -> None:
    """Let `mover` move the rows of `model`; the same model again replaces it."""
    _movers[model] = mover


def register_refusal(key: str, check: RefusalCheck) -> None:
    """Ask `check` whether two files may be merged; the same key again replaces it."""
    _refusals[key] = check


def register_lock(key: str, lock: Lock) -> None:
    """Call `lock` before the two customers are locked: what an app locks first everywhere else it must lock first here,
    or the two wait for each other."""
    _locks[key] = lock


def relations() -> Iterator[Relation]:
    """Yield every foreign key to a customer, also those without a name to go back by; the tables of the history are
    left out: they tell what was true then."""
    for relation in Customer._meta.get_fields(include_hidden=True):
        if not (relation.auto_created and (relation.one_to_many or relation.one_to_one)):
            continue
        model = relation.related_model
        assert isinstance(model, type)
        if not hasattr(model, "pgh_tracked_model") and model not in NEVER_MOVED:
            yield Relation(model, relation.field.name)  # type: ignore[union-attr]


def mover_of(relation: Relation) -> Mover:
    """Return what moves the rows of a relation."""
    return _movers.get(relation.model, move_rows)


def needs_mover(relation: Relation) -> bool:
    """Return whether a plain UPDATE of the relation could be refused by the database, and nobody registered a mover."""
    meta = relation.model._meta
    unique = [
        *(
            tuple(constraint.fields)
            for constraint in meta.constraints
            if isinstance(constraint, models.UniqueConstraint)
        ),
        *(tuple(fields) for fields in meta.unique_together),
    ]
    is_unique = getattr(meta.get_field(relation.field), "unique", False)
    is_final = any(
        isinstance(trigger, pgtrigger.Protect) and "UPDATE" in str(trigger.operation)
        for trigger in getattr(meta, "triggers", [])
    )
    concerned = is_unique or is_final or any(relation.field in fields for fields in unique)
    return concerned and relation.model not in _movers


def move_rows(relation: Relation, keep: Customer, drop: Customer) -> Moved:
    """Point all rows to the file that is kept. For tables whose constraints cannot be violated by it."""
    return Moved(relation.rows_of(drop).update(**{relation.field: keep}))


def move_final_rows(*triggers: str) -> Mover:
    """Return a mover for a table whose rows are final: `triggers` are the ones that say so
    (`customers.GradeChange:grade_history_is_final`), and no other."""

    def move(relation: Relation, keep: Customer, drop: Customer) -> Moved:
        with pgtrigger.ignore(*triggers):
            return move_rows(relation, keep, drop)

    return move


def move_unlike_rows(*key: str, triggers: tuple[str, ...] = ()) -> Mover:
    """Return a mover for a table that has a row once per customer and `key` (names of fields): what both files have
    stays with the closed one."""

    def move(relation: Relation, keep: Customer, drop: Customer) -> Moved:
        same = models.Exists(
            relation.rows_of(keep).filter(**{field: models.OuterRef(field) for field in key})
        )
        rows = relation.rows_of(drop)
        if not triggers:
            moved = rows.exclude(same).update(**{relation.field: keep})
        else:
            with pgtrigger.ignore(*triggers):
                moved = rows.exclude(same).update(**{relation.field: keep})
        return Moved(moved, stayed=rows.count())

    return move


def move_aliases(relation: Relation, keep: Customer, drop: Customer) -> Moved:
    """Move the aliases; one that both files have is one alias from now on."""
    known = relation.rows_of(keep).values("key")
    relation.rows_of(drop).filter(key__in=known).delete()
    return move_rows(relation, keep, drop)


def lock_for_merge(keep: Customer, drop: Customer) -> None:
    """Take the locks that the apps take before a customer's, in the order of their keys."""
    for _key, lock in sorted(_locks.items()):
        lock(keep, drop)


def app_refusal(keep: Customer, drop: Customer) -> NotAllowedError | None:
    """Return the first reason of an app why these two files cannot be merged now; None where there is none."""
    reasons = (check(keep, drop) for _key, check in sorted(_refusals.items()))
    return next((reason for reason in reasons if reason is not None), None)


register_mover(CustomerAlias, move_aliases)
register_mover(GradeChange, move_final_rows("customers.GradeChange:grade_history_is_final"))
