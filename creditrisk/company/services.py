"""Changing what letters say about our own company."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.audit.tracking import acting
from creditrisk.company.models import COMPANY_FIELDS, THE_ONE, Company
from creditrisk.company.selectors import our_company
from creditrisk.exceptions import InvalidInputError, NotAllowedError


def change_refusal(user: User) -> NotAllowedError | None:
    """Return why `user` may not change our company; None where he may: administrators keep reference data."""
    if user.has_role(Role.ADMINISTRATOR):
        return None
    return NotAllowedError("company.not_allowed", _("Only an administrator changes our company."))


@transaction.atomic
def save_company(*, values: Mapping[str, str], by: User) -> Company:
    """Keep `values` (fields of `COMPANY_FIELDS`; the others stay) and return our company: letters from now on
    name it so, those issued keep what they say. The same values again change nothing.

    Raises NotAllowedError, InvalidInputError without a name, TypeError for a field that is none.
    """
    unknown = set(values) - set(COMPANY_FIELDS)
    if unknown:
        raise TypeError(f"not a field of the company: {', '.join(sorted(unknown))}")
    if refusal := change_refusal(by):
        raise refusal
    with acting(by):
        before = {field: getattr(our_company(), field) for field in COMPANY_FIELDS}
        Company.objects.get_or_create(pk=THE_ONE, defaults=before)
        company = Company.objects.select_for_update().get(pk=THE_ONE)
        for field, value in values.items():
            setattr(company, field, value.strip())
        if not company.name:
            raise InvalidInputError("company.name_missing", _("Our company needs its name."))
        company.save()
    return company
