"""Taking the next running number."""

from __future__ import annotations

from django.db import transaction

from creditrisk.numbering.models import Sequence


@transaction.atomic
def next_numbers(key: str, *, count: int = 1) -> range:
    """Return the next `count` numbers under `key`, from 1. Call it inside the transaction that uses them: a rollback
    gives them back, so there are no gaps, and nobody else takes one meanwhile."""
    Sequence.objects.get_or_create(key=key)
    sequence = Sequence.objects.select_for_update().get(key=key)
    first = sequence.last + 1
    sequence.last += count
    sequence.save()
    return range(first, first + count)


def next_number(key: str) -> int:
    """Return the next number under `key` (see `next_numbers`)."""
    return next_numbers(key)[0]
