"""The shape of the rule-book: one frozen, typed tree. The numbers are in `default.py`, the clauses in each docstring.

Rules take a `Policy` as an argument, so that a draft can be replayed on history before it is published.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass

Grade = Literal["A", "B", "C", "D"]
DunningStageCode = Literal["reminder", "dunning_letter", "final_demand"]


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ValueError(message)


@dataclass(frozen=True)
class AgingBucket:
    """A bucket of days past due: from the bucket before it (exclusive) up to `up_to_days` (inclusive; None: no end)."""

    key: str
    up_to_days: int | None


@dataclass(frozen=True)
class DunningStage:
    """A dunning stage, entered between `from_day` and `to_day` calendar days after the due date (P5.2.3)."""

    code: DunningStageCode
    from_day: int
    to_day: int | None


@dataclass(frozen=True)
class DunningRules:
    """P5.2.3: when an open item enters which stage, and the late-payment rate.

    `late_payment_daily_ratio` is a share of the overdue amount per calendar day, simple, capped at
    `late_payment_cap_ratio` of the item. `payment_deadline_days` are calendar days after a letter's date.
    """

    stages: tuple[DunningStage, ...]
    letter_before_final_days: int
    payment_deadline_days: int
    late_payment_daily_ratio: Decimal
    late_payment_cap_ratio: Decimal

    def __post_init__(self) -> None:
        for earlier, later in zip(self.stages, self.stages[1:], strict=False):
            _require(
                earlier.to_day is not None and later.from_day == earlier.to_day + 1,
                f"dunning stage {later.code} must start the day after {earlier.code} ends",
            )
        _require(bool(self.stages) and self.stages[-1].to_day is None, "the last dunning stage must have no end")


@dataclass(frozen=True)
class GradeBand:
    """A grade of Annex 2: scores from `from_score` up to the next band; what follows from it."""

    grade: Grade
    from_score: int
    consequence: Literal["extend", "ordinary", "reduce", "decline"]
    limit_factor: Decimal


@dataclass(frozen=True)
class Criterion:
    """A scoring criterion of Annex 2 with the points of its four answers."""

    code: Literal["contract_performance", "repayment_speed", "cooperation_history", "responsiveness"]
    points: dict[Grade, int]


@dataclass(frozen=True)
class RepaymentSpeedRules:
    """Amount-weighted average days late → answer: at most these many days; above the last it is D (P5.2.2)."""

    a_up_to_days: int
    b_up_to_days: int
    c_up_to_days: int


@dataclass(frozen=True)
class GradeAdjustmentRules:
    """P5.2.2, the quarterly adjustment: caps by days past due at quarter end, speed of up- and downgrades."""

    repayment_speed: RepaymentSpeedRules
    cap_at_c_after_days: int
    cap_at_d_after_days: int
    upgrade_steps_per_quarter: int
    upgrades_need_confirmation: bool


@dataclass(frozen=True)
class CreditLimitRules:
    """Defaults for new customers, limits and holds ("New customers and credit limits")."""

    new_customer_grade: Grade
    limit_step_amount: Decimal
    limit_valid_months: int
    hold_after_days_past_due: int


@dataclass(frozen=True)
class WarningRules:
    """P5.1: the thresholds of early warnings. Days are calendar days, percentages 0–100."""

    churn_after_days: int
    volume_history_months: int
    volume_min_history_months: int
    volume_deviation_pct: Decimal
    volume_deviation_sigmas: Decimal
    repayment_recent_days: int
    repayment_baseline_months: int
    repayment_worse_by_days: int


@dataclass(frozen=True)
class ReviewCycleRules:
    """P4: how often files are confirmed (P4.3) and reviews repeated (P4.2)."""

    file_confirmation_months: int
    review_valid_months: int
    annual_review_launch_month: int


@dataclass(frozen=True)
class Policy:
    """The whole rule-book of one version."""

    aging_buckets: tuple[AgingBucket, ...]
    dunning: DunningRules
    grade_bands: tuple[GradeBand, ...]
    criteria: tuple[Criterion, ...]
    grade_adjustment: GradeAdjustmentRules
    credit_limit: CreditLimitRules
    warnings: WarningRules
    review_cycle: ReviewCycleRules
    usual_payment_terms_days: tuple[int, ...]
    base_currency: str

    def __post_init__(self) -> None:
        bounds = [bucket.up_to_days for bucket in self.aging_buckets]
        _require(len(bounds) >= 2 and bounds[-1] is None, "the last aging bucket must have no upper bound")
        finite = [bound for bound in bounds[:-1] if bound is not None]
        _require(len(finite) == len(bounds) - 1, "only the last aging bucket may be open")
        _require(finite[0] == 0, "the first aging bucket is 'not due' and must end at 0 days")
        _require(finite == sorted(set(finite)), "aging buckets must rise")
        scores = [band.from_score for band in self.grade_bands]
        _require(scores == sorted(set(scores), reverse=True) and scores[-1] == 0, "grade bands must fall to 0")

    def band(self, grade: Grade) -> GradeBand:
        """Return the band of `grade`."""
        return next(band for band in self.grade_bands if band.grade == grade)


_ADAPTER: TypeAdapter[Policy] = TypeAdapter(Policy)


def policy_to_data(policy: Policy) -> dict[str, object]:
    """Return the policy as JSON-ready data; Decimals become strings."""
    data: dict[str, object] = _ADAPTER.dump_python(policy, mode="json")
    return data


def policy_from_data(data: object) -> Policy:
    """Return the policy that `policy_to_data` wrote. Raises pydantic.ValidationError where the data is no rule-book."""
    return _ADAPTER.validate_python(data)
