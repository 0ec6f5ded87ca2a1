"""The company's rule-book, every number with its clause. A new version is published, never edited (see
`services.py`)."""

from __future__ import annotations

from decimal import Decimal

from creditrisk.policy.approval_chains import DEFAULT_APPROVALS
from creditrisk.policy.schema import (
    AgingBucket,
    ContactRules,
    CooperationHistoryRules,
    CreditLimitRules,
    Criterion,
    DunningRules,
    DunningStage,
    DuplicateRules,
    FileRules,
    Grade,
    GradeAdjustmentRules,
    GradeBand,
    GradeWeights,
    Policy,
    RepaymentSpeedRules,
    ReviewCycleRules,
    SummaryRules,
    WarningRules,
)

POINTS: dict[Grade, int] = {"A": 25, "B": 20, "C": 15, "D": 10}

DEFAULT_POLICY = Policy(
    # "Aging": age = D − due date in calendar days; 0 is not due, 30 is in 1–30, 31 in 31–60.
    aging_buckets=(
        AgingBucket("not_due", 0),
        AgingBucket("1-30", 30),
        AgingBucket("31-60", 60),
        AgingBucket("61-90", 90),
        AgingBucket("91-180", 180),
        AgingBucket("181-365", 365),
        AgingBucket(">365", None),
    ),
    # P5.2.3 "Dunning stages"
    dunning=DunningRules(
        stages=(
            DunningStage("reminder", -7, 0),
            DunningStage("dunning_letter", 1, 14),
            DunningStage("final_demand", 15, None),
        ),
        letter_before_final_days=7,
        payment_deadline_days=7,
        late_payment_daily_ratio=Decimal("0.0005"),
        late_payment_cap_ratio=Decimal("0.20"),
        # P5.2.2: finance's aging table comes every month, which is at most 31 days, and a few days late
        report_stale_after_days=35,
        # peers: a tolerance for small balances and an interval between letters; both are off
        minimum_amount=Decimal("0"),
        letter_interval_days=0,
        # "promise to pay": a transfer takes up to three days to be booked
        promise_grace_days=3,
        # a letter that comes back later is printed: its deadline has run out, and the money may have come
        fall_back_days=14,
        # P5.2.3: the demand stops cooperation at once; about money a person says the last word
        forfeiture="proposal",
        suspension="automatic",
        # "in touch": in three business days who was reached, on the next one who was not; a dispute is given a week
        contacts=ContactRules(
            reached_days=3,
            no_answer_days=1,
            wrong_number_days=1,
            dispute_days=7,
            grade_weights=GradeWeights(
                a=Decimal("1.0"),
                b=Decimal("1.2"),
                c=Decimal("1.5"),
                d=Decimal("2.0"),
                none=Decimal("1.5"),
            ),
        ),
    ),
    # "Grades (Annex 2)"; the factors are of "New customers and credit limits"
    grade_bands=(
        GradeBand("A", 90, "extend", Decimal("1.5")),
        GradeBand("B", 80, "ordinary", Decimal("1.0")),
        GradeBand("C", 60, "reduce", Decimal("0.6")),
        GradeBand("D", 0, "decline", Decimal("0")),
    ),
    # "Scoring reference (25 + 25 + 25 + 25)"
    criteria=(
        Criterion("contract_performance", POINTS),
        Criterion("repayment_speed", POINTS),
        Criterion("cooperation_history", POINTS),
        Criterion("responsiveness", POINTS),
    ),
    # "Scoring reference": over 5 years, 3–5 years, 1–3 years, under 1 year
    cooperation_history=CooperationHistoryRules(a_over_years=5, b_from_years=3, c_from_years=1),
    # P5.2.2 "Quarterly grade adjustment"
    grade_adjustment=GradeAdjustmentRules(
        repayment_speed=RepaymentSpeedRules(a_up_to_days=-1, b_up_to_days=0, c_up_to_days=15),
        cap_at_c_after_days=30,
        cap_at_d_after_days=90,
        upgrade_steps_per_quarter=1,
        upgrades_need_confirmation=True,
    ),
    # "New customers and credit limits": 30 days are 1 month, 45 days 1.5; the actual business of 12 months
    credit_limit=CreditLimitRules(
        new_customer_grade="C",
        limit_step_amount=Decimal("1000"),
        days_per_month=30,
        actual_business_months=12,
        limit_valid_months=12,
        hold_after_days_past_due=15,
    ),
    # P5.1.1 churn, P5.1.2 volume anomaly, P5.1.3 repayment anomaly; "Each warning is a case"
    warnings=WarningRules(
        churn_after_days=60,
        volume_history_months=6,
        volume_min_history_months=4,
        volume_deviation_pct=Decimal("50"),
        volume_deviation_sigmas=Decimal("2"),
        repayment_recent_days=90,
        repayment_baseline_months=12,
        repayment_worse_by_days=15,
        event_days=30,
        qualification_notice_days=30,
        quiet_days=30,
        worse_by_pct=Decimal("50"),
        case_due_days=7,
        escalate_after_days=0,
    ),
    # P4.3 confirmation every 6 months and after every review; P4.2 review every year end; P3.2.3 self-checks every
    # half-year
    review_cycle=ReviewCycleRules(
        file_confirmation_months=6,
        confirmation_after_review_days=30,
        confirmation_notice_days=30,
        review_valid_months=12,
        annual_review_launch_month=12,
        self_check_months=6,
        # P4.2: scorers and service managers are reminded two and four weeks after the launch
        annual_reminder_days=(14, 28),
    ),
    # P4.3: licences and certificates are renewed in time
    customer_file=FileRules(qualification_reminder_days=(60, 30, 7)),
    # P4.1: a new customer's name of which half the pieces are those of another's is shown before the file is opened
    duplicates=DuplicateRules(similarity_ratio=Decimal("0.5"), shown=5),
    # Annex 1 and 2: the approval chains
    approvals=DEFAULT_APPROVALS,
    # P5.2.2: 30 or 60 days are the usual terms
    usual_payment_terms_days=(30, 60),
    base_currency="CNY",
    # P3.2.5: the monthly summary is signed within three business days
    summary=SummaryRules(sign_within_days=3),
)
