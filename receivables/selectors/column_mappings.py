"""How files of a known shape are read: what somebody taught us about their columns."""

from __future__ import annotations

from typing import Any

from receivables.models import ColumnMapping


def remembered_choices(kind: str) -> dict[str, dict[str, Any]]:
    """Return shape → choices of the mappings for a kind of file. One query."""
    return dict(ColumnMapping.objects.filter(file_kind=kind).values_list("shape", "choices"))


def mapping_for(*, kind: str, shape: str) -> ColumnMapping | None:
    """Return the mapping that files of a kind and shape are read by, None where there is none."""
    return ColumnMapping.objects.filter(file_kind=kind, shape=shape).select_related("saved_by").first()


def mapping_named(name: str) -> ColumnMapping | None:
    """Return the mapping with this name, None where there is none."""
    return ColumnMapping.objects.filter(name=name).first()
