"""Each refusal of the schema in words, with the settings that it is about.

The schema says in English and without Django what it refuses; here stands what that is in the reader's language. A test
walks the schema's own refusals and fails where one is not translated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from creditrisk.policy.schema import GRADES
from creditrisk.policy.settings_catalogue import SETTINGS


@dataclass(frozen=True)
class Refusal:
    """A refusal of the schema: `english` as there, with {name} where it fills something in; the settings are named from
    where the refusal lies in the rule-book."""

    english: str
    text: str | Promise
    settings: tuple[str, ...] = ()

    def filled_by(self, message: str) -> dict[str, str] | None:
        """Return what `message` fills in; None where it is another refusal."""
        pieces = re.split(r"\{(\w+)\}", self.english)
        pattern = "".join(
            f"(?P<{piece}>.+)" if place % 2 else re.escape(piece) for place, piece in enumerate(pieces)
        )
        found = re.fullmatch(pattern, message)
        return None if found is None else found.groupdict()


_STARTS = tuple(f"stages.{code}.from_day" for code in ("reminder", "dunning_letter", "final_demand"))
_AT_LEAST_ONE = gettext_lazy("It must be 1 or more.")
_NOT_NEGATIVE = gettext_lazy("It must not be negative.")
_SHARE = gettext_lazy("It must be between 0 and 100 %.")
_BAND_SCORES = tuple(f"grade_bands.{grade}.from_score" for grade in GRADES)
_POINTS = tuple(f"points.{grade}" for grade in GRADES)


def _simple(text: str | Promise, ending: str, *names: str) -> tuple[Refusal, ...]:
    return tuple(Refusal(f"{name} {ending}", text, (name,)) for name in names)


REFUSALS: tuple[Refusal, ...] = (
    Refusal(
        "the weight of a grade must be above zero",
        gettext_lazy("Every weight must be above 0."),
        ("a", "b", "c", "d", "none"),
    ),
    Refusal(
        "the next contact must not be on the day of the last one",
        gettext_lazy("The next call is at least 1 day after the last one."),
        ("reached_days", "no_answer_days", "wrong_number_days", "dispute_days"),
    ),
    Refusal(
        "the dunning stages must be {stages}, in this order",
        gettext_lazy("The dunning stages are reminder, dunning letter and final demand, in this order."),
    ),
    Refusal(
        "dunning stage {later} must start the day after {earlier} ends",
        gettext_lazy("A dunning stage must start the day after the one before it ends."),
        ("stages.{later}.from_day",),
    ),
    Refusal(
        "the last dunning stage must have no end",
        gettext_lazy("The last dunning stage must have no end."),
    ),
    Refusal(
        "a dunning stage must not end before it starts",
        gettext_lazy("Each stage must begin after the one before it."),
        _STARTS,
    ),
    Refusal(
        "a dunning letter must not come before the due date has passed",
        gettext_lazy("A dunning letter must not come before the due date has passed: day 1 or later."),
        ("stages.dunning_letter.from_day",),
    ),
    *_simple(
        _NOT_NEGATIVE,
        "must not be negative",
        *("letter_before_final_days", "payment_deadline_days", "report_stale_after_days", "minimum_amount"),
        *("letter_interval_days", "promise_grace_days", "fall_back_days", "hold_after_days_past_due"),
        *("volume_deviation_sigmas", "confirmation_after_review_days", "confirmation_notice_days"),
        *("qualification_notice_days", "worse_by_pct", "escalate_after_days"),
    ),
    *_simple(_SHARE, "must be between 0 and 1", "late_payment_daily_ratio", "late_payment_cap_ratio"),
    *_simple(
        _AT_LEAST_ONE,
        "must be at least 1",
        *("upgrade_steps_per_quarter", "days_per_month", "actual_business_months", "limit_valid_months"),
        *(
            "churn_after_days",
            "repayment_recent_days",
            "repayment_baseline_months",
            "repayment_worse_by_days",
        ),
        *("file_confirmation_months", "review_valid_months", "shown", "limit_days"),
        *("event_days", "case_due_days"),
    ),
    *_simple(
        gettext_lazy("It must be 60 or less."),
        "must be at most 60",
        *("volume_history_months", "repayment_baseline_months"),
    ),
    *_simple(
        gettext_lazy("It must be above 0."),
        "must be above 0",
        *("limit_step_amount", "volume_deviation_pct", "from_amount"),
    ),
    *_simple(
        gettext_lazy("It must be above 0 and at most 100 %."),
        "must be above 0 and at most 1",
        *("similarity_ratio", "reminder_after_ratio"),
    ),
    Refusal("a limit factor must not be negative", _NOT_NEGATIVE, ("limit_factor",)),
    Refusal(
        "criterion {code} needs points for A, B, C and D",
        gettext_lazy("A criterion needs points for A, B, C and D."),
        _POINTS,
    ),
    Refusal(
        "the points of {code} must fall from A to D",
        gettext_lazy("The points must fall from A to D."),
        _POINTS,
    ),
    Refusal("the points of {code} must not be negative", _NOT_NEGATIVE, ("points.D",)),
    Refusal(
        "the years of C, B and A must rise",
        gettext_lazy("The years must rise from C over B to A, and C needs at least 1."),
        ("a_over_years", "b_from_years", "c_from_years"),
    ),
    Refusal(
        "the days of A, B and C must rise",
        gettext_lazy("The days must rise from A over B to C."),
        ("a_up_to_days", "b_up_to_days", "c_up_to_days"),
    ),
    Refusal(
        "the cap at D must come after that at C",
        gettext_lazy("The cap at C must not be negative, and that at D must come later."),
        ("cap_at_c_after_days", "cap_at_d_after_days"),
    ),
    Refusal(
        "volume_min_history_months must be between 1 and volume_history_months",
        gettext_lazy("The least history must be 1 month or more, and no longer than the months compared."),
        ("volume_min_history_months", "volume_history_months"),
    ),
    Refusal(
        "event_days must not be more than quiet_days",
        gettext_lazy("An event must not be told for longer than a closed case stays quiet."),
        ("event_days", "quiet_days"),
    ),
    Refusal(
        "the days of annual_reminder_days must rise and be at least 1",
        gettext_lazy("The days must rise, and the first must be 1 or more."),
        ("annual_reminder_days",),
    ),
    Refusal(
        "sign_within_days of the summary must be 1 to 20",
        gettext_lazy("It must be 1 to 20 business days."),
        ("sign_within_days",),
    ),
    Refusal(
        "annual_review_launch_month must be 1 to 12",
        gettext_lazy("A month is a number from 1 to 12."),
        ("annual_review_launch_month",),
    ),
    Refusal(
        "self_check_months must divide the year: 1, 2, 3, 4, 6 or 12",
        gettext_lazy("The months must divide the year: 1, 2, 3, 4, 6 or 12."),
        ("self_check_months",),
    ),
    Refusal(
        "at least one day must remind of qualifications",
        gettext_lazy("Name at least one day."),
        ("qualification_reminder_days",),
    ),
    Refusal(
        "the days of qualification_reminder_days must fall and not be negative",
        gettext_lazy("The days must fall, and none may be negative."),
        ("qualification_reminder_days",),
    ),
    Refusal(
        "the last aging bucket must have no upper bound",
        gettext_lazy("Name at least one day: after the last of them comes the bucket without an end."),
        ("aging_buckets",),
    ),
    Refusal(
        "only the last aging bucket may be open",
        gettext_lazy("Only the last aging bucket may be without an end."),
        ("aging_buckets",),
    ),
    Refusal(
        "the first aging bucket is 'not due' and must end at 0 days",
        gettext_lazy("The first aging bucket is what is not due: it must end at 0 days."),
        ("aging_buckets",),
    ),
    Refusal("aging buckets must rise", gettext_lazy("The days must rise."), ("aging_buckets",)),
    Refusal(
        "an aging bucket must not come twice",
        gettext_lazy("An aging bucket must not come twice."),
        ("aging_buckets",),
    ),
    Refusal("the grade bands must be A, B, C and D", gettext_lazy("The grades are A, B, C and D.")),
    Refusal(
        "grade bands must fall to 0",
        gettext_lazy("The scores must fall from A to D, and D begins at 0."),
        _BAND_SCORES,
    ),
    Refusal(
        "no grade may need more than the full score",
        gettext_lazy("No grade may need more than 100 points."),
        ("grade_bands.A.from_score",),
    ),
    Refusal(
        "each of the four criteria must come once", gettext_lazy("Each of the four criteria must come once.")
    ),
    Refusal(
        "the best answers must add up to {full}, not {best}",
        gettext_lazy("The best answers of the four criteria must add up to %(full)s points, not %(best)s."),
        tuple(path for path in SETTINGS if path.startswith("criteria.") and path.endswith(".A")),
    ),
    Refusal(
        "usual_payment_terms_days must name terms of 0 days or more",
        gettext_lazy("Name at least one term, and none below 0 days."),
        ("usual_payment_terms_days",),
    ),
    Refusal(
        "base_currency must be an ISO 4217 code such as CNY",
        gettext_lazy("A currency is a code of three capital letters (ISO 4217) such as CNY."),
        ("base_currency",),
    ),
    # The approval chains have an editor of their own; a file or a program may still bring a wrong one.
    Refusal(
        "a condition must name an amount or service types",
        gettext_lazy("The condition of a stage must name an amount or service types."),
    ),
    Refusal("a stage must ask at least one role", gettext_lazy("A stage must ask at least one role.")),
    Refusal("a stage must not ask a role twice", gettext_lazy("A stage must not ask a role twice.")),
    Refusal(
        "a chain must have a stage without a condition: no review passes without an approval",
        gettext_lazy("A chain must have a stage without a condition: no review passes without an approval."),
    ),
    Refusal(
        "the stages of a chain must have different names",
        gettext_lazy("The stages of a chain must have different names."),
    ),
)

KINDS: Mapping[str, str | Promise] = {
    "missing": gettext_lazy("This setting is missing."),
    "unexpected_keyword_argument": gettext_lazy("There is no such setting."),
    "literal_error": gettext_lazy("Choose one of the words that there are."),
    "int_from_float": gettext_lazy("Enter a whole number."),
    "int_parsing": gettext_lazy("Enter a whole number."),
    "int_type": gettext_lazy("Enter a whole number."),
    "decimal_parsing": gettext_lazy("Enter a number."),
    "decimal_type": gettext_lazy("Enter a number."),
    "finite_number": gettext_lazy("Enter a number."),
}
"""What pydantic itself refuses, by its kind of error."""
