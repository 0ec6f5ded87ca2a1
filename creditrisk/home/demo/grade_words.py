"""What the grade history says of the demo's customers, in the language of whoever reads it."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers.grade_words import Words
from customers.models import GradeChange

SOURCE, REASON = gettext_noop("demo"), gettext_noop("Taken over with the customer file")


def demo_words(changes: Sequence[GradeChange]) -> dict[int, Words]:
    """Return grade change (primary key) → source and reason, of those that the demo made."""
    words = Words(_(SOURCE), _(REASON))
    return {change.pk: words for change in changes if (change.source, change.reason) == (SOURCE, REASON)}
