"""Which statements of account were issued, and to whom one could be."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.exceptions import ConflictError
from creditrisk.stored_files import issued_content
from customers.models import Customer
from receivables.models import AgingSum, Statement
from receivables.selectors.reports import report_for


def statement_list(user: User) -> QuerySet[Statement]:
    """Return the statements `user` may see, newest first."""
    visible: QuerySet[Statement] = Statement.objects.visible_to(user)
    return visible.select_related("customer", "message", "issued_by", "answered_by", "report")


def customers_with_balance(user: User, *, as_of: dt.date) -> QuerySet[Customer]:
    """Return the customers with a balance on a day to whom `user` may issue statements, by number: finance to all, a
    manager to his own (`permissions.statement_refusal`).
    """
    report = report_for(as_of)
    owing = AgingSum.objects.filter(report=report).exclude(total_amount=0).values("customer")
    customers = Customer.objects.filter(pk__in=owing).select_related("account_manager", "service_manager")
    if not user.has_role(Role.FINANCE_CLERK, Role.PLANNING_FINANCE):
        customers = customers.filter(Q(account_manager=user) | Q(service_manager=user))
    return customers.order_by("number")


def statement_pdf(statement: Statement) -> bytes:
    """Return the PDF of a statement, byte by byte as it was issued.

    Raises ConflictError where the file is gone or differs from its fingerprint.
    """
    pdf = issued_content(statement.pdf, sha256=statement.pdf_sha256)
    if pdf is None:
        raise ConflictError(
            "statement.pdf_changed",
            _("The file of this statement is missing or not the one that was issued. Tell an administrator."),
        )
    return pdf
