"""What the customer list can be narrowed by from here: what is overdue, how far the limit is used (P3.4)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db.models import Case, DecimalField, F, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce, Greatest, NullIf
from django.utils.translation import gettext_lazy as _

from customers.list_conditions import ListCondition
from customers.models import CustomerQuerySet
from receivables.models import AgingSum
from receivables.models.aging_sum import SUM_DIGITS
from receivables.selectors.reports import report_for

OVERDUE, NOT_OVERDUE = "yes", "no"
EXCEEDED, NEARLY_USED, NO_LIMIT = "over", "from_80", "none"
NEARLY_USED_RATIO = Decimal("0.80")
_AMOUNT = DecimalField(max_digits=SUM_DIGITS, decimal_places=2)


def overdue(customers: CustomerQuerySet, value: str, on: dt.date) -> CustomerQuerySet:
    """Return the customers of whom something, or nothing, is overdue in the report that describes `on`."""
    sums = AgingSum.objects.filter(report=report_for(on), overdue_amount__gt=0).values("customer")
    return customers.filter(pk__in=sums) if value == OVERDUE else customers.exclude(pk__in=sums)


def limit_use(customers: CustomerQuerySet, value: str, on: dt.date) -> CustomerQuerySet:
    """Return the customers who have no limit on `on`, use 80 % of it or more, or more than all of it.

    As in the credit check the larger of the two valid limits counts, against what is open in its currency.
    """
    limit = Greatest(
        Case(When(credit_limit_valid_to_on__gte=on, then=F("credit_limit_amount"))),
        Case(When(temporary_limit_valid_to_on__gte=on, then=F("temporary_limit_amount"))),
    )
    limited = customers.alias(valid_limit=limit)
    if value == NO_LIMIT:
        return limited.filter(valid_limit=None)
    open_amount = AgingSum.objects.filter(
        report=report_for(on), customer=OuterRef("pk"), currency=OuterRef("limited_in")
    ).values("total_amount")
    used = limited.alias(limited_in=Coalesce(NullIf("credit_limit_currency", Value("")), "currency")).alias(
        exposure=Coalesce(Subquery(open_amount), Value(0), output_field=_AMOUNT)
    )
    if value == EXCEEDED:
        return used.filter(exposure__gt=F("valid_limit"))
    return used.filter(exposure__gt=0, exposure__gte=F("valid_limit") * NEARLY_USED_RATIO)


CONDITIONS = (
    ListCondition(
        "overdue",
        _("Overdue"),
        ((OVERDUE, _("something is overdue")), (NOT_OVERDUE, _("nothing is overdue"))),
        overdue,
    ),
    ListCondition(
        "limit_use",
        _("Limit"),
        (
            (EXCEEDED, _("exceeded")),
            (NEARLY_USED, _("80 % used or more")),
            (NO_LIMIT, _("no valid limit")),
        ),
        limit_use,
    ),
)
