"""What the codes of stored facts are called, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditrisk.policy.schema import AgingBucket
from receivables.aging import bucket_label
from supervision.aging_bridge import BridgeGap

GAPS: dict[BridgeGap, Promise] = {
    "no_report": gettext_lazy("No report in force describes the end of this month."),
    "no_report_before": gettext_lazy("No report in force describes the end of the month before."),
    "same_report": gettext_lazy(
        "There is no report of this month: the one before describes its end as well."
    ),
    "no_items": gettext_lazy(
        "One of the two month ends has sums only: nobody knows what was new and what was paid."
    ),
    "other_buckets": gettext_lazy("The two month ends have different aging buckets."),
    "not_reconciled": gettext_lazy("The items do not add up to the sums of the report."),
}
"""Why there is no bridge from the month before."""


def bucket_names(buckets: Sequence[AgingBucket]) -> list[str]:
    """Return what the buckets are called: "not due", "1–30 days" and so on."""
    names = [bucket_label(place, buckets) for place in range(len(buckets))]
    return [
        _("not due") if place == 0 and buckets[0].up_to_days == 0 else _("%(range)s days") % {"range": name}
        for place, name in enumerate(names)
    ]


def grade_name(grade: str) -> str:
    """Return a grade as tables show it; the empty one is no grade."""
    return grade or _("no grade")
