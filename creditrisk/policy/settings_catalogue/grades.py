"""Settings of grades, scores and credit limits (Annex 2, P4, P5.2.2)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from creditrisk.lazy_text import filled
from creditrisk.policy.schema import GRADES
from creditrisk.policy.settings_catalogue.setting import (
    POINTS,
    YEARS,
    Section,
    Setting,
    Text,
    in_days,
    in_months,
)
from creditrisk.policy.wording import CONSEQUENCES, CRITERIA

GRADE_CHOICES: tuple[tuple[str, Text], ...] = tuple((grade, grade) for grade in GRADES)


_BANDS = tuple(
    setting
    for grade in GRADES
    for setting in (
        Setting(
            f"grade_bands.{grade}.from_score",
            filled(_("Grade %(grade)s: from score"), grade=grade),
            _("Annex 2"),
            unit=POINTS,
            least="0",
            most="100",
        ),
        Setting(
            f"grade_bands.{grade}.consequence",
            filled(_("Grade %(grade)s: consequence"), grade=grade),
            _("Annex 2"),
            "choice",
            choices=tuple(CONSEQUENCES.items()),
        ),
        Setting(
            f"grade_bands.{grade}.limit_factor",
            filled(_("Grade %(grade)s: factor of the credit limit"), grade=grade),
            "P4.1",
            "number",
            least="0",
        ),
    )
)
_CRITERIA = tuple(
    Setting(
        f"criteria.{code}.points.{grade}",
        filled(_("%(criterion)s: points of answer %(grade)s"), criterion=name, grade=grade),
        _("Annex 2"),
        unit=POINTS,
        least="0",
        most="100",
    )
    for code, (name, _answers) in CRITERIA.items()
    for grade in GRADES
)

GRADES_SECTION = Section("grades", _("Grades"), _BANDS)
SCORING = Section(
    "scoring",
    _("Scoring reference"),
    (
        *_CRITERIA,
        Setting(
            "cooperation_history.a_over_years",
            _("Cooperation history: A above"),
            _("Annex 2"),
            unit=YEARS,
            least="1",
        ),
        Setting(
            "cooperation_history.b_from_years",
            _("Cooperation history: B from"),
            _("Annex 2"),
            unit=YEARS,
            least="1",
        ),
        Setting(
            "cooperation_history.c_from_years",
            _("Cooperation history: C from"),
            _("Annex 2"),
            unit=YEARS,
            least="1",
        ),
    ),
)
ADJUSTMENT = Section(
    "adjustment",
    _("Quarterly grade adjustment"),
    (
        in_days(
            "grade_adjustment.repayment_speed.a_up_to_days",
            _("Repayment speed: A up to, days late on average"),
            "P5.2.2",
        ),
        in_days(
            "grade_adjustment.repayment_speed.b_up_to_days",
            _("Repayment speed: B up to, days late on average"),
            "P5.2.2",
        ),
        in_days(
            "grade_adjustment.repayment_speed.c_up_to_days",
            _("Repayment speed: C up to, days late on average"),
            "P5.2.2",
        ),
        in_days(
            "grade_adjustment.cap_at_c_after_days",
            _("At best C with an item past due for more than"),
            "P5.2.2",
            least="0",
        ),
        in_days(
            "grade_adjustment.cap_at_d_after_days",
            _("D with an item past due for more than"),
            "P5.2.2",
            least="0",
        ),
        Setting(
            "grade_adjustment.upgrade_steps_per_quarter",
            _("Grades up in a quarter, at most"),
            "P5.2.2",
            least="1",
        ),
        Setting(
            "grade_adjustment.upgrades_need_confirmation",
            _("Upgrades wait for the deputy leader's confirmation"),
            "P5.2.2",
            "switch",
        ),
    ),
)
LIMITS = Section(
    "limits",
    _("Credit limits and holds"),
    (
        Setting(
            "credit_limit.new_customer_grade",
            _("Grade of a new customer"),
            "P4.1",
            "choice",
            choices=GRADE_CHOICES,
        ),
        Setting(
            "credit_limit.limit_step_amount",
            _("Limits are rounded down to"),
            "P4.1",
            "amount",
            least="0.01",
        ),
        in_days("credit_limit.days_per_month", _("A month of the payment term"), "P4.1", least="1"),
        in_months("credit_limit.actual_business_months", _("Actual business is the average of"), "P4.2"),
        in_months("credit_limit.limit_valid_months", _("A limit is valid for"), "P4.2"),
        in_days(
            "credit_limit.hold_after_days_past_due",
            _("New business on hold with an item past due for more than"),
            "P4.1",
            least="0",
        ),
    ),
)
