"""What supervision keeps."""

from supervision.models.policy_simulation import PolicySimulation, SimulationState
from supervision.models.summary import (
    MonthlySummary,
    MonthlySummaryQuerySet,
    SummaryAddendum,
    SummaryState,
)

__all__ = [
    "MonthlySummary",
    "MonthlySummaryQuerySet",
    "PolicySimulation",
    "SimulationState",
    "SummaryAddendum",
    "SummaryState",
]
