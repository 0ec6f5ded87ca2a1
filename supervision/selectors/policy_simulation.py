"""A draft of the policy replayed on the last quarters: what would have been otherwise. Nothing is written.

Another part is one function `(Question) -> SimulatedPart` in `SIMULATED_PARTS`, and its words in `simulation_words`.
"""

from __future__ import annotations

from collections.abc import Callable

from supervision.selectors.simulated_aging import simulated_aging
from supervision.selectors.simulated_dunning import simulated_dunning
from supervision.selectors.simulated_limits import simulated_limits
from supervision.simulated_parts import Question, SimulatedPart

SIMULATED_PARTS: tuple[Callable[[Question], SimulatedPart], ...] = (
    simulated_dunning,
    simulated_aging,
    simulated_limits,
)


def simulated(question: Question) -> list[SimulatedPart]:
    """Return every part, in the order in which it is shown."""
    return [part(question) for part in SIMULATED_PARTS]
