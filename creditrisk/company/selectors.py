"""Who we are."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from creditrisk.company.models import Company
from creditrisk.stored_files import issued_content

LETTERS_NEED = ("address", "phone", "bank_name", "bank_account")


def our_company() -> Company:
    """Return our company as an administrator entered it; on a new installation, unsaved, as the settings say."""
    return Company.objects.first() or Company(**settings.CREDITRISK_COMPANY)


def seal_image(company: Company) -> bytes:
    """Return the picture of the company's seal; empty where there is none, or its file is gone or changed
    (`missing_company_details` says so).
    """
    return (issued_content(company.seal, sha256=company.seal_sha256) or b"") if company.seal else b""


def missing_company_details() -> tuple[str, ...]:
    """Return what letters lack about our company, as a person reads it, in the order of the form; empty where they lack
    nothing. Without an account a letter asks the reader to get in touch with us.
    """
    company = our_company()
    missing = [
        str(Company._meta.get_field(field).verbose_name)  # type: ignore[union-attr]
        for field in LETTERS_NEED
        if not getattr(company, field)
    ]
    if company.seal and not seal_image(company):
        missing.append(_("the picture of the company seal (its file is gone)"))
    return tuple(missing)
