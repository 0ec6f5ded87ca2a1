"""What the figures of an addendum are called."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.policy.schema import AgingBucket
from creditrisk.workbooks import Cell
from supervision.summary_document.wording import bucket_names

FIGURES: dict[str, Promise] = {
    "total": gettext_lazy("Receivables at the month's end"),
    "overdue": gettext_lazy("Overdue at the month's end"),
    "opening": gettext_lazy("Receivables at the end of the month before"),
    "new": gettext_lazy("New in the month"),
    "paid": gettext_lazy("Paid in the month"),
    "credit": gettext_lazy("Credits in the month"),
    "payables": gettext_lazy("Payables to customers"),
}


def figure_name(figure: str, buckets: Sequence[AgingBucket]) -> str:
    """Return what a changed figure is called; `buckets` are those of the summary."""
    name, _colon, place = figure.partition(":")
    if name != "bucket":
        return str(FIGURES[name])
    names = bucket_names(buckets)
    # A corrected report may have more buckets than the signed one had.
    known = names[int(place)] if int(place) < len(names) else place
    return _("Receivables %(bucket)s") % {"bucket": known}


def known_amount(amount: Decimal | None) -> Cell:
    """Return an amount of an addendum as a cell; one that is None says that it is not known."""
    return _("not known") if amount is None else amount
