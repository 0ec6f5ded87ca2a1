"""Many letters as one PDF for the printer, each page as it was issued."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum

from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from creditrisk.exceptions import ConflictError, InvalidInputError
from creditrisk.pdf import join_pdfs, page_count
from receivables.models import DunningNotice
from receivables.selectors.dunning import stored_pdf

MOST_AT_ONCE = 2000


class PrintOrder(StrEnum):
    """How the letters of a batch follow each other."""

    POST_CODE = "post_code"
    CUSTOMER = "customer"
    SERVICE_MANAGER = "csm"


_BY: dict[PrintOrder, tuple[str, ...]] = {
    PrintOrder.POST_CODE: ("customer__postal_code",),
    PrintOrder.CUSTOMER: (),
    PrintOrder.SERVICE_MANAGER: ("looked_after_by", "customer__postal_code"),
}


def letters_to_print(notices: QuerySet[DunningNotice], *, order: PrintOrder) -> list[DunningNotice]:
    """Return `notices` in the order of printing; letters to one customer follow each other, the oldest first.

    Customers without a post code come first, so that they are seen; the manager is the account manager where there is
    no service manager. Raises InvalidInputError where they are more than 2,000.
    """
    sorted_by = notices.annotate(
        looked_after_by=Coalesce("customer__service_manager__username", "customer__account_manager__username")
    ).order_by(*_BY[order], "customer__number", "issued_on", "pk")
    found: list[DunningNotice] = list(sorted_by[: MOST_AT_ONCE + 1])
    if len(found) > MOST_AT_ONCE:
        raise InvalidInputError(
            "letters.too_many",
            _("More than %(limit)d letters fit: narrow the filter and print them in parts.")
            % {"limit": MOST_AT_ONCE},
        )
    return found


def batch_pdf(letters: Sequence[DunningNotice], *, on: dt.date, is_duplex: bool) -> tuple[bytes, int]:
    """Return the letters as one PDF, dated `on`, and the number of its pages. What is printed is what was issued: each
    file is compared with its fingerprint first. `is_duplex`: each letter starts on a sheet of its own.

    Raises InvalidInputError without letters, ConflictError that names the letter whose file is gone or changed.
    """
    if not letters:
        raise InvalidInputError("letters.none", _("No letter fits: there is nothing to print."))
    pdfs = [_stored(letter) for letter in letters]
    title = _("Letters") + f" {on}"
    joined = join_pdfs(pdfs, title=title, on=on, is_duplex=is_duplex)
    return joined, page_count(joined)


def _stored(letter: DunningNotice) -> bytes:
    try:
        pdf = stored_pdf(letter)
        page_count(pdf)
    except (ConflictError, ValueError):
        raise ConflictError(
            "letters.pdf_changed",
            _(
                "The file of letter %(letter)s to %(customer)s is missing or not the one that was issued. Nothing is "
                "printed: tell an administrator, or leave this letter out by the filter."
            )
            % {"letter": letter, "customer": letter.customer.number},
        ) from None
    return pdf
