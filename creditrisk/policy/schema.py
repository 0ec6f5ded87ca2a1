"""The shape of the rule-book: one frozen, typed tree. Numbers are in `default.py`, clauses in each docstring.

Rules take a `Policy` as an argument, so that a draft can be replayed on history before it is published.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

from creditrisk.policy.approval_chains import ApprovalRules

Grade = Literal["A", "B", "C", "D"]
DunningStageCode = Literal["reminder", "dunning_letter", "final_demand"]

STRICT = ConfigDict(extra="forbid")
GRADES: tuple[Grade, ...] = ("A", "B", "C", "D")
DUNNING_STAGES: tuple[DunningStageCode, ...] = ("reminder", "dunning_letter", "final_demand")
FULL_SCORE = 100
CRITERIA_COUNT = 4


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ValueError(message)


@dataclass(frozen=True, config=STRICT)
class AgingBucket:
    """A bucket of days past due: after the bucket before it, up to `up_to_days` (inclusive; None: no end)."""

    key: str
    up_to_days: int | None


@dataclass(frozen=True, config=STRICT)
class DunningStage:
    """A dunning stage, entered between `from_day` and `to_day` calendar days after the due date (P5.2.3).

    `release`: the day's run issues its notices by itself, or a person looks at them first and releases them.
    """

    code: DunningStageCode
    from_day: int
    to_day: int | None
    release: Literal["automatic", "by_person"] = "automatic"


@dataclass(frozen=True, config=STRICT)
class GradeWeights:
    """How much a customer's grade weighs on the work list: the worse, the more; `none` is for who has no grade."""

    a: Decimal = Decimal("1.0")
    b: Decimal = Decimal("1.2")
    c: Decimal = Decimal("1.5")
    d: Decimal = Decimal("2.0")
    none: Decimal = Decimal("1.5")

    def __post_init__(self) -> None:
        _require(
            min(self.a, self.b, self.c, self.d, self.none) > 0, "the weight of a grade must be above zero"
        )

    def of(self, grade: str) -> Decimal:
        """Return the weight of `grade`; that of no grade for an empty one."""
        return {"A": self.a, "B": self.b, "C": self.c, "D": self.d}.get(grade, self.none)


@dataclass(frozen=True, config=STRICT)
class ContactRules:
    """P5.2.3: when the manager gets in touch again after a call, and whom he calls first.

    `reached_days`, `no_answer_days` and `wrong_number_days` are business days after the call; `dispute_days` calendar
    days, for a dispute without a day by which it is to be settled. `grade_weights` multiply amount and days overdue.
    """

    reached_days: int = 3
    no_answer_days: int = 1
    wrong_number_days: int = 1
    dispute_days: int = 7
    grade_weights: GradeWeights = GradeWeights()

    def __post_init__(self) -> None:
        days = (self.reached_days, self.no_answer_days, self.wrong_number_days, self.dispute_days)
        _require(min(days) >= 1, "the next contact must not be on the day of the last one")


@dataclass(frozen=True, config=STRICT)
class DunningRules:
    """P5.2.3: when an open item enters which stage, and the late-payment rate.

    All three stages, in order: letters and demands name each other's days. `late_payment_daily_ratio` is a
    share of the overdue amount per calendar day, simple, capped at `late_payment_cap_ratio` of the item.
    `payment_deadline_days` are calendar days after a letter's date. A run on an aging report older than
    `report_stale_after_days` warns: later payments are not in it (P5.2.2).

    A notice of less than `minimum_amount` (in the base currency) is not written; between two numbered letters to a
    customer in one currency lie `letter_interval_days`. A promise to pay is broken where a report of
    `promise_grace_days` after its date, or later, does not show the payment. A letter that did not arrive goes to the
    next address within `fall_back_days` of its date, by hand afterwards. `forfeiture` and `suspension`: what a
    final demand brings about is done at once, or proposed to a person who confirms it. `contacts`: what a call
    leads to.
    """

    stages: tuple[DunningStage, ...]
    letter_before_final_days: int
    payment_deadline_days: int
    late_payment_daily_ratio: Decimal
    late_payment_cap_ratio: Decimal
    report_stale_after_days: int
    minimum_amount: Decimal = Decimal(0)
    letter_interval_days: int = 0
    promise_grace_days: int = 0
    fall_back_days: int = 14
    forfeiture: Literal["automatic", "proposal"] = "proposal"
    suspension: Literal["automatic", "proposal"] = "automatic"
    contacts: ContactRules = ContactRules()

    def __post_init__(self) -> None:
        _require(
            tuple(stage.code for stage in self.stages) == DUNNING_STAGES,
            f"the dunning stages must be {', '.join(DUNNING_STAGES)}, in this order",
        )
        for earlier, later in zip(self.stages, self.stages[1:], strict=False):
            _require(
                earlier.to_day is not None and later.from_day == earlier.to_day + 1,
                f"dunning stage {later.code} must start the day after {earlier.code} ends",
            )
        _require(self.stages[-1].to_day is None, "the last dunning stage must have no end")
        _require(
            all(stage.to_day is None or stage.from_day <= stage.to_day for stage in self.stages),
            "a dunning stage must not end before it starts",
        )
        _require(
            self.stages[1].from_day >= 1, "a dunning letter must not come before the due date has passed"
        )
        _require(self.letter_before_final_days >= 0, "letter_before_final_days must not be negative")
        _require(self.payment_deadline_days >= 0, "payment_deadline_days must not be negative")
        _require(0 <= self.late_payment_daily_ratio <= 1, "late_payment_daily_ratio must be between 0 and 1")
        _require(0 <= self.late_payment_cap_ratio <= 1, "late_payment_cap_ratio must be between 0 and 1")
        _require(self.report_stale_after_days >= 0, "report_stale_after_days must not be negative")
        _require(self.minimum_amount >= 0, "minimum_amount must not be negative")
        _require(self.letter_interval_days >= 0, "letter_interval_days must not be negative")
        _require(self.promise_grace_days >= 0, "promise_grace_days must not be negative")
        _require(self.fall_back_days >= 0, "fall_back_days must not be negative")


@dataclass(frozen=True, config=STRICT)
class GradeBand:
    """A grade of Annex 2: scores from `from_score` up to the next band; what follows from it."""

    grade: Grade
    from_score: int
    consequence: Literal["extend", "ordinary", "reduce", "decline"]
    limit_factor: Decimal

    def __post_init__(self) -> None:
        _require(self.limit_factor >= 0, "a limit factor must not be negative")


@dataclass(frozen=True, config=STRICT)
class Criterion:
    """A scoring criterion of Annex 2 with the points of its four answers."""

    code: Literal["contract_performance", "repayment_speed", "cooperation_history", "responsiveness"]
    points: dict[Grade, int]

    def __post_init__(self) -> None:
        _require(set(self.points) == set(GRADES), f"criterion {self.code} needs points for A, B, C and D")
        falling = [self.points[grade] for grade in GRADES]
        _require(
            falling == sorted(set(falling), reverse=True), f"the points of {self.code} must fall from A to D"
        )
        _require(falling[-1] >= 0, f"the points of {self.code} must not be negative")


@dataclass(frozen=True, config=STRICT)
class CooperationHistoryRules:
    """Annex 2, "Scoring reference": years of cooperation → answer. More than `a_over_years` is A, from
    `b_from_years` on B, from `c_from_years` on C, less is D.
    """

    a_over_years: int
    b_from_years: int
    c_from_years: int

    def __post_init__(self) -> None:
        _require(
            0 < self.c_from_years < self.b_from_years < self.a_over_years, "the years of C, B and A must rise"
        )


@dataclass(frozen=True, config=STRICT)
class RepaymentSpeedRules:
    """Amount-weighted average days late → answer: at most these many days; above the last it is D
    (P5.2.2)."""

    a_up_to_days: int
    b_up_to_days: int
    c_up_to_days: int

    def __post_init__(self) -> None:
        _require(
            self.a_up_to_days < self.b_up_to_days < self.c_up_to_days, "the days of A, B and C must rise"
        )


@dataclass(frozen=True, config=STRICT)
class GradeAdjustmentRules:
    """P5.2.2, the quarterly adjustment: caps by days past due at quarter end, speed of up- and downgrades."""

    repayment_speed: RepaymentSpeedRules
    cap_at_c_after_days: int
    cap_at_d_after_days: int
    upgrade_steps_per_quarter: int
    upgrades_need_confirmation: bool

    def __post_init__(self) -> None:
        _require(
            0 <= self.cap_at_c_after_days < self.cap_at_d_after_days, "the cap at D must come after that at C"
        )
        _require(self.upgrade_steps_per_quarter >= 1, "upgrade_steps_per_quarter must be at least 1")


@dataclass(frozen=True, config=STRICT)
class CreditLimitRules:
    """Defaults for new customers, limits and holds ("New customers and credit limits").

    A payment term becomes months at `days_per_month` days each. `actual_business_months`: the average monthly
    business of a customer with a past is that of so many months.
    """

    new_customer_grade: Grade
    limit_step_amount: Decimal
    days_per_month: int
    actual_business_months: int
    limit_valid_months: int
    hold_after_days_past_due: int

    def __post_init__(self) -> None:
        _require(self.limit_step_amount > 0, "limit_step_amount must be above 0")
        _require(self.days_per_month >= 1, "days_per_month must be at least 1")
        _require(self.actual_business_months >= 1, "actual_business_months must be at least 1")
        _require(self.limit_valid_months >= 1, "limit_valid_months must be at least 1")
        _require(self.hold_after_days_past_due >= 0, "hold_after_days_past_due must not be negative")


@dataclass(frozen=True, config=STRICT)
class WarningRules:
    """P5.1: the thresholds of early warnings, and what becomes of their cases. Days are calendar days, percentages
    0–100.

    An event (a broken promise, a fallen grade, a change found in a visit) is told for `event_days`, a qualification
    from `qualification_notice_days` before its last day. A case is due `case_due_days` after it was raised, and told
    to the leaders when it is more than `escalate_after_days` overdue. It is not raised again for `quiet_days` after it
    was closed, unless worse: its severity at least `worse_by_pct` per cent greater. An event older than the quiet time
    would be raised anew when the case about it is closed, so that `event_days` is at most `quiet_days`.
    """

    churn_after_days: int
    volume_history_months: int
    volume_min_history_months: int
    volume_deviation_pct: Decimal
    volume_deviation_sigmas: Decimal
    repayment_recent_days: int
    repayment_baseline_months: int
    repayment_worse_by_days: int
    event_days: int = 30
    qualification_notice_days: int = 30
    quiet_days: int = 30
    worse_by_pct: Decimal = Decimal(50)
    case_due_days: int = 7
    escalate_after_days: int = 0

    def __post_init__(self) -> None:
        _require(self.churn_after_days >= 1, "churn_after_days must be at least 1")
        _require(
            1 <= self.volume_min_history_months <= self.volume_history_months,
            "volume_min_history_months must be between 1 and volume_history_months",
        )
        _require(self.volume_history_months <= 60, "volume_history_months must be at most 60")
        _require(self.repayment_baseline_months <= 60, "repayment_baseline_months must be at most 60")
        _require(self.volume_deviation_pct > 0, "volume_deviation_pct must be above 0")
        _require(self.volume_deviation_sigmas >= 0, "volume_deviation_sigmas must not be negative")
        _require(self.repayment_recent_days >= 1, "repayment_recent_days must be at least 1")
        _require(self.repayment_baseline_months >= 1, "repayment_baseline_months must be at least 1")
        _require(self.repayment_worse_by_days >= 1, "repayment_worse_by_days must be at least 1")
        _require(self.event_days >= 1, "event_days must be at least 1")
        _require(self.event_days <= self.quiet_days, "event_days must not be more than quiet_days")
        _require(self.qualification_notice_days >= 0, "qualification_notice_days must not be negative")
        _require(self.worse_by_pct >= 0, "worse_by_pct must not be negative")
        _require(self.case_due_days >= 1, "case_due_days must be at least 1")
        _require(self.escalate_after_days >= 0, "escalate_after_days must not be negative")


@dataclass(frozen=True, config=STRICT)
class ReviewCycleRules:
    """P4: how often files are confirmed (P4.3) and reviews repeated (P4.2); P3.2.3: how often AM and CSM check
    their contracts.

    A file is confirmed every `file_confirmation_months`, and within `confirmation_after_review_days` calendar days
    after a review; it is asked for `confirmation_notice_days` before. `self_check_months` divides the year, so that
    its periods keep to the calendar. `annual_reminder_days` are calendar days after the launch of the annual reviews,
    on which those are reminded who have something to do.
    """

    file_confirmation_months: int
    confirmation_after_review_days: int
    confirmation_notice_days: int
    review_valid_months: int
    annual_review_launch_month: int
    self_check_months: int
    annual_reminder_days: tuple[int, ...] = (14, 28)

    def __post_init__(self) -> None:
        days = self.annual_reminder_days
        _require(
            list(days) == sorted(set(days)) and all(day >= 1 for day in days),
            "the days of annual_reminder_days must rise and be at least 1",
        )
        _require(self.file_confirmation_months >= 1, "file_confirmation_months must be at least 1")
        _require(
            self.confirmation_after_review_days >= 0, "confirmation_after_review_days must not be negative"
        )
        _require(self.confirmation_notice_days >= 0, "confirmation_notice_days must not be negative")
        _require(self.review_valid_months >= 1, "review_valid_months must be at least 1")
        _require(1 <= self.annual_review_launch_month <= 12, "annual_review_launch_month must be 1 to 12")
        _require(
            self.self_check_months >= 1 and 12 % self.self_check_months == 0,
            "self_check_months must divide the year: 1, 2, 3, 4, 6 or 12",
        )


@dataclass(frozen=True, config=STRICT)
class SummaryRules:
    """P3.2.5: a customer service manager signs his monthly summary within `sign_within_days` business days after it was
    made; then he is reminded, and the deputy leader told.
    """

    sign_within_days: int = 3

    def __post_init__(self) -> None:
        _require(1 <= self.sign_within_days <= 20, "sign_within_days of the summary must be 1 to 20")


@dataclass(frozen=True, config=STRICT)
class FileRules:
    """P4.3: keeping the customer file up to date. `qualification_reminder_days` are calendar days before the last day
    of a licence or certificate on which its customer's managers are reminded, the earliest first."""

    qualification_reminder_days: tuple[int, ...]

    def __post_init__(self) -> None:
        days = self.qualification_reminder_days
        _require(bool(days), "at least one day must remind of qualifications")
        _require(
            list(days) == sorted(set(days), reverse=True) and days[-1] >= 0,
            "the days of qualification_reminder_days must fall and not be negative",
        )


@dataclass(frozen=True, config=STRICT)
class DuplicateRules:
    """P4.1: when the name of a new customer is likely to be that of one we have.

    `similarity_ratio` is the share of the pieces of two names that both have (`customers.names.similarity`): 1 is
    the same name but for punctuation and the company's form, and from 0.5 on most of the name is the same. At
    most `shown` of the likest are shown.
    """

    similarity_ratio: Decimal
    shown: int

    def __post_init__(self) -> None:
        _require(0 < self.similarity_ratio <= 1, "similarity_ratio must be above 0 and at most 1")
        _require(self.shown >= 1, "shown must be at least 1")


@dataclass(frozen=True, config=STRICT)
class Policy:
    """The whole rule-book of one version."""

    aging_buckets: tuple[AgingBucket, ...]
    dunning: DunningRules
    grade_bands: tuple[GradeBand, ...]
    criteria: tuple[Criterion, ...]
    cooperation_history: CooperationHistoryRules
    grade_adjustment: GradeAdjustmentRules
    credit_limit: CreditLimitRules
    warnings: WarningRules
    review_cycle: ReviewCycleRules
    customer_file: FileRules
    duplicates: DuplicateRules
    approvals: ApprovalRules
    usual_payment_terms_days: tuple[int, ...]
    base_currency: str
    summary: SummaryRules = SummaryRules()

    def __post_init__(self) -> None:
        bounds = [bucket.up_to_days for bucket in self.aging_buckets]
        _require(len(bounds) >= 2 and bounds[-1] is None, "the last aging bucket must have no upper bound")
        finite = [bound for bound in bounds[:-1] if bound is not None]
        _require(len(finite) == len(bounds) - 1, "only the last aging bucket may be open")
        _require(finite[0] == 0, "the first aging bucket is 'not due' and must end at 0 days")
        _require(finite == sorted(set(finite)), "aging buckets must rise")
        keys = [bucket.key for bucket in self.aging_buckets]
        _require(len(set(keys)) == len(keys), "an aging bucket must not come twice")
        _require(
            tuple(band.grade for band in self.grade_bands) == GRADES, "the grade bands must be A, B, C and D"
        )
        scores = [band.from_score for band in self.grade_bands]
        _require(
            scores == sorted(set(scores), reverse=True) and scores[-1] == 0, "grade bands must fall to 0"
        )
        _require(scores[0] <= FULL_SCORE, "no grade may need more than the full score")
        codes = {criterion.code for criterion in self.criteria}
        _require(
            len(codes) == len(self.criteria) == CRITERIA_COUNT, "each of the four criteria must come once"
        )
        best = sum(criterion.points["A"] for criterion in self.criteria)
        _require(best == FULL_SCORE, f"the best answers must add up to {FULL_SCORE}, not {best}")
        terms = self.usual_payment_terms_days
        _require(
            bool(terms) and min(terms) >= 0, "usual_payment_terms_days must name terms of 0 days or more"
        )
        _require(
            len(self.base_currency) == 3 and self.base_currency.isascii() and self.base_currency.isupper(),
            "base_currency must be an ISO 4217 code such as CNY",
        )

    def band(self, grade: Grade) -> GradeBand:
        """Return the band of `grade`."""
        return next(band for band in self.grade_bands if band.grade == grade)


_ADAPTER: TypeAdapter[Policy] = TypeAdapter(Policy)


def policy_to_data(policy: Policy) -> dict[str, object]:
    """Return the policy as JSON-ready data; Decimals become strings."""
    data: dict[str, object] = _ADAPTER.dump_python(policy, mode="json")
    return data


def policy_from_data(data: object) -> Policy:
    """Return the policy that `policy_to_data` wrote.

    Raises pydantic.ValidationError where the data is no rule-book: a part missing, unknown, or out of its
    bounds.
    """
    return _ADAPTER.validate_python(data)
