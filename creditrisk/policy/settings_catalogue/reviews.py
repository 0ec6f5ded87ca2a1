"""Settings of early warnings, reviews and approvals (P4, P5.1)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from creditrisk.policy.settings_catalogue.setting import (
    BUSINESS_DAYS,
    CALENDAR_DAYS,
    MONTHS,
    PERCENT,
    Section,
    Setting,
    in_days,
    in_months,
    share,
)

WARNINGS = Section(
    "warnings",
    _("Early warnings"),
    (
        in_days("warnings.churn_after_days", _("Churn: no new business for"), "P5.1.1", least="1"),
        in_months("warnings.volume_history_months", _("Volume: compared with the mean of"), "P5.1.2"),
        in_months("warnings.volume_min_history_months", _("Volume: history of at least"), "P5.1.2"),
        Setting(
            "warnings.volume_deviation_pct",
            _("Volume: differs by more than"),
            "P5.1.2",
            "number",
            PERCENT,
        ),
        Setting(
            "warnings.volume_deviation_sigmas",
            _("Volume: and by more than"),
            "P5.1.2",
            "number",
            _("standard deviations"),
            least="0",
        ),
        in_days(
            "warnings.repayment_recent_days",
            _("Repayment: average days late of the last"),
            "P5.1.3",
            least="1",
        ),
        in_months("warnings.repayment_baseline_months", _("Repayment: against those of"), "P5.1.3"),
        in_days("warnings.repayment_worse_by_days", _("Repayment: worse by at least"), "P5.1.3", least="1"),
        in_days(
            "warnings.event_days", _("An event (promise, grade, visit) is told for"), "P5.1.3", least="1"
        ),
        in_days(
            "warnings.qualification_notice_days",
            _("A licence or certificate is told of before its last day by"),
            "P4.3",
            least="0",
        ),
        in_days("warnings.quiet_days", _("Not raised again after closing for"), "P5.1.3", least="1"),
        Setting(
            "warnings.worse_by_pct",
            _("Raised again all the same where worse by"),
            "P5.1.3",
            "number",
            PERCENT,
            least="0",
        ),
        in_days("warnings.case_due_days", _("A case is due within"), "P5.1.3", least="1"),
        in_days(
            "warnings.escalate_after_days",
            _("The leaders are told of a case that is overdue by more than"),
            "P3.1",
            least="0",
        ),
    ),
)
REVIEWS = Section(
    "reviews",
    _("Reviews and customer files"),
    (
        Setting(
            "review_cycle.annual_review_launch_month",
            _("Annual reviews are launched in month"),
            "P4.2",
            least="1",
            most="12",
        ),
        Setting(
            "review_cycle.annual_reminder_days",
            _("Reminders after the launch of the annual reviews"),
            "P4.2",
            "days",
            CALENDAR_DAYS,
            note=_("Numbers of days with commas between them, rising."),
        ),
        in_months("review_cycle.review_valid_months", _("A review is valid for"), "P4.2"),
        in_months("review_cycle.file_confirmation_months", _("Customer data is confirmed every"), "P4.3"),
        in_days(
            "review_cycle.confirmation_after_review_days",
            _("Customer data is confirmed after a review within"),
            "P4.3",
            least="0",
        ),
        in_days(
            "review_cycle.confirmation_notice_days",
            _("A confirmation is asked for ahead by"),
            "P4.3",
            least="0",
        ),
        Setting(
            "review_cycle.self_check_months",
            _("Contracts are self-checked every"),
            "P3.2.3",
            unit=MONTHS,
            least="1",
            most="12",
            note=_("1, 2, 3, 4, 6 or 12: it divides the year."),
        ),
        Setting(
            "summary.sign_within_days",
            _("A monthly summary is signed within"),
            "P3.2.5",
            unit=BUSINESS_DAYS,
            least="1",
            most="20",
        ),
        Setting(
            "customer_file.qualification_reminder_days",
            _("Reminders before a licence or certificate ends"),
            "P4.3",
            "days",
            CALENDAR_DAYS,
            note=_("Numbers of days with commas between them, falling."),
        ),
        share("duplicates.similarity_ratio", _("Likely duplicate: names have in common at least"), "P4.1"),
        Setting("duplicates.shown", _("Likely duplicates shown, at most"), "P4.1", least="1"),
    ),
)
APPROVALS = Section(
    "approvals",
    _("Approval chains"),
    (
        Setting("approvals.new_customer", _("Chain of the new-customer review"), _("Annex 1"), "chain"),
        Setting("approvals.annual", _("Chain of the annual review"), _("Annex 2"), "chain"),
        share(
            "approvals.reminder_after_ratio",
            _("Approvers are reminded after this share of their days"),
            "P4",
        ),
    ),
)
