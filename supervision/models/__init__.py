from supervision.models.summary import (
    MonthlySummary,
    MonthlySummaryQuerySet,
    SummaryAddendum,
    SummaryState,
)

__all__ = ["MonthlySummary", "MonthlySummaryQuerySet", "SummaryAddendum", "SummaryState"]
