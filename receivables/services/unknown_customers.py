"""Saying whom the unknown names in an upload mean: an alias of somebody we know, or a customer to open a file for."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.exceptions import ConflictError, InvalidInputError, require
from creditrisk.policy.selectors import policy_version_on
from customers.models import AliasSource, Customer
from customers.numbers import clean_number
from customers.services import onboard_customers
from customers.services.alias import add_alias
from receivables.models import Report, ReportState
from receivables.permissions import upload_refusal
from receivables.selectors.unknown_customers import unknown_customers_of
from receivables.services.uploads import recheck_report

CREATE = "create"


@transaction.atomic
def resolve_customers(*, report: Report, decisions: Mapping[str, str], by: User) -> Report:
    """Do what was decided on the unknown names of a refused upload, and check it again; return it.

    `decisions` maps a name as it stands in the file to CREATE, which opens an active file that awaits its first review,
    or to the number of the customer whose alias it becomes. All or nothing. Raises NotAllowedError (aliases: the
    managers and the finance clerk keep them), ConflictError where the upload is not refused, InvalidInputError for a
    name that is not unknown, a number that nobody has, or where nothing was decided.
    """
    require(upload_refusal(by))
    if report.state != ReportState.REFUSED:
        raise ConflictError("report.not_refused", _("Only a refused upload is checked again."))
    if not decisions:
        raise InvalidInputError("report.nothing_decided", _("Decide on at least one of the names."))
    unknown = {found.ref: found.name for found in unknown_customers_of(report)}
    currency = policy_version_on(report.as_of).policy.base_currency
    for ref, decision in decisions.items():
        if ref not in unknown:
            raise InvalidInputError(
                "report.not_unknown", _("“%(name)s” is not unknown any more.") % {"name": ref}
            )
        if decision == CREATE:
            onboard_customers(entries=[(clean_number(ref), unknown[ref] or ref)], currency=currency, by=by)
            continue
        customer = Customer.objects.filter(number=decision).first()
        if customer is None:
            raise InvalidInputError(
                "report.no_customer", _("No customer has the number “%(number)s”.") % {"number": decision}
            )
        add_alias(customer=customer, name=ref, by=by, source=AliasSource.UPLOAD)
    return recheck_report(report=report, create_customers=report.create_customers, by=by)
