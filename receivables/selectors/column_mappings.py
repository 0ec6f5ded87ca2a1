"""How files of a known shape are read: what somebody taught us about their columns."""

from __future__ import annotations

from typing import Any

from receivables.models import ColumnMapping, Report


def remembered_choices(kind: str) -> dict[str, dict[str, Any]]:
    """Return shape → choices of the mappings for a kind of file. One query."""
    return dict(ColumnMapping.objects.filter(file_kind=kind).values_list("shape", "choices"))


def mapping_of(report: Report) -> ColumnMapping | None:
    """Return the mapping by which an upload was read, None where it was read by the names of its columns, or the
    mapping was forgotten. No query where there was none.
    """
    shape = report.reading.get("remembered")
    if not shape:
        return None
    return (
        ColumnMapping.objects.filter(file_kind=report.file_kind, shape=shape)
        .select_related("saved_by")
        .first()
    )


def mapping_named(name: str) -> ColumnMapping | None:
    """Return the mapping with this name, None where there is none."""
    return ColumnMapping.objects.filter(name=name).first()
