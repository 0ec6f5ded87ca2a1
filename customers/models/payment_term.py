"""The payment term of a customer or contract, as the database keeps it and as people read it (P5.2.2)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from customers import payment_terms


class PaymentTermKind(models.TextChoices):
    """How a payment term counts (see `customers.payment_terms`)."""

    NET = payment_terms.NET, _("days after the document")
    END_OF_MONTH = payment_terms.END_OF_MONTH, _("days after the end of the month")


def payment_term_text(kind: str, days: int) -> str:
    """Return a payment term in words: "30 days", "end of the month + 30 days"."""
    if kind != PaymentTermKind.END_OF_MONTH:
        return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}
    if not days:
        return gettext("end of the month")
    return ngettext("end of the month + %(days)s day", "end of the month + %(days)s days", days) % {
        "days": days
    }
