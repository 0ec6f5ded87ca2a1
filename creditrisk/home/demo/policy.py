"""Drafts of the policy in the demo: one that was simulated, one that is only begun. Nothing is published: the demo
works by the rules as delivered."""

from __future__ import annotations

import datetime as dt

from creditrisk.accounts.models import User
from creditrisk.policy.services import change_settings, create_draft
from supervision.services.policy_simulation import request_simulation, run_simulation

QUARTERS = 2


def create_policy_drafts(users: dict[str, User], today: dt.date) -> dict[str, int]:
    """Begin two drafts and simulate one of them over the last two quarters; return how many."""
    milder = create_draft(
        title="催款函延后 / Later letters",
        note="财务建议:小额、短期逾期少发函 / Proposed by finance: fewer letters for small and short delays",
        by=users["admin"],
    )
    milder = change_settings(
        draft=milder,
        changes={
            "dunning.stages.dunning_letter.from_day": 5,
            "dunning.stages.final_demand.from_day": 20,
            "dunning.minimum_amount": "500.00",
            "aging_buckets": [0, 30, 60, 90, 180],
            "grade_bands.B.limit_factor": "0.8",
        },
        seen_version=milder.version,
        by=users["admin"],
    )
    run_simulation(
        simulation=request_simulation(draft=milder, quarters=QUARTERS, today=today, by=users["admin"])
    )
    warned = create_draft(title="流失预警提前 / Warn of churn sooner", note="", by=users["vp"])
    change_settings(
        draft=warned, changes={"warnings.churn_after_days": 45}, seen_version=warned.version, by=users["vp"]
    )
    return {"policy drafts": 2}
