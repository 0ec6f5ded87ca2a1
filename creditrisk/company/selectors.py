"""Who we are."""

from __future__ import annotations

from django.conf import settings

from creditrisk.company.models import Company


def our_company() -> Company:
    """Return our company as an administrator entered it; on a new installation, unsaved, as the settings say."""
    return Company.objects.first() or Company(**settings.CREDITRISK_COMPANY)
