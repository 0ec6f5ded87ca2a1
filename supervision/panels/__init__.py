"""Cards that supervision adds to other pages."""

from supervision.panels.case_reviews import case_reviews_panel
from supervision.panels.policy_simulation import policy_simulation_panel

__all__ = ["case_reviews_panel", "policy_simulation_panel"]
