"""What the migrations put into a new database, for tests after one that emptied all tables."""

from __future__ import annotations

import datetime as dt
from importlib import import_module

from creditrisk.policy.default import DEFAULT_POLICY
from creditrisk.policy.models import PolicyVersion
from creditrisk.policy.schema import policy_to_data
from customers.models import Industry

SECTIONS = import_module("customers.migrations.0002_industry_sections").SECTIONS


def restore_reference_data() -> None:
    """Publish the default policy and enter the industries again, where they are gone."""
    PolicyVersion.objects.get_or_create(
        number=1,
        defaults={
            "effective_on": dt.date(2000, 1, 1),
            "data": policy_to_data(DEFAULT_POLICY),
            "note": "default",
        },
    )
    if not Industry.objects.exists():
        Industry.objects.bulk_create(
            Industry(code=code, name=name, name_en=name_en) for code, name, name_en in SECTIONS
        )
