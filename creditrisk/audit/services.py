"""Recording who looked at what is masked for everybody."""

from __future__ import annotations

from typing import Any

from django.db import models, transaction

from creditrisk.audit.masking import mask_number
from creditrisk.audit.models import SensitiveRead


@transaction.atomic
def record_sensitive_read(*, obj: models.Model, field: str, subject: str, by: Any) -> SensitiveRead:
    """Record that the person `by` gets the masked `field` of a saved `obj` to see in full; return the row.

    Every time is a row of its own, a second click too: each showed the number. The caller has checked the permission.
    """
    return SensitiveRead.objects.create(
        reader=by,
        object_type=obj._meta.label_lower,
        object_id=obj.pk,
        field=field,
        subject=subject,
        masked=mask_number(str(getattr(obj, field))),
    )
