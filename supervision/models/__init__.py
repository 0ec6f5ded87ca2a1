"""What supervision keeps."""

from supervision.models.policy_simulation import PolicySimulation, SimulationState

__all__ = ["PolicySimulation", "SimulationState"]
