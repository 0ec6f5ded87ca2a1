"""Settings of aging, dunning and calls (P5.2)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from creditrisk.lazy_text import filled
from creditrisk.policy.schema import DUNNING_STAGES
from creditrisk.policy.settings_catalogue.setting import (
    BUSINESS_DAYS,
    CALENDAR_DAYS,
    Section,
    Setting,
    Text,
    in_days,
    share,
)
from creditrisk.policy.wording import STAGES

RELEASES: tuple[tuple[str, Text], ...] = (
    ("automatic", _("by the daily run itself")),
    ("by_person", _("by a person who looks at them first")),
)
EFFECTS: tuple[tuple[str, Text], ...] = (
    ("automatic", _("at once")),
    ("proposal", _("when a person has confirmed it")),
)
_STAGES = tuple(
    setting
    for code in DUNNING_STAGES
    for setting in (
        Setting(
            f"dunning.stages.{code}.from_day",
            filled(_("%(stage)s: first day after the due date"), stage=STAGES[code][0]),
            "P5.2.3",
            unit=CALENDAR_DAYS,
            note=_("Negative: before the due date. A stage ends the day before the next one begins."),
        ),
        Setting(
            f"dunning.stages.{code}.release",
            filled(_("%(stage)s: notices leave"), stage=STAGES[code][0]),
            "P5.2.3",
            "choice",
            choices=RELEASES,
        ),
    )
)
_WEIGHTS = tuple(
    Setting(
        f"dunning.contacts.grade_weights.{name}",
        filled(_("Weight of grade %(grade)s on the work list"), grade=name.upper())
        if name != "none"
        else _("Weight of no grade on the work list"),
        "P5.2.3",
        "number",
        note=_("More than 0; it multiplies amount and days overdue."),
    )
    for name in ("a", "b", "c", "d", "none")
)
AGING = Section(
    "aging",
    _("Aging and currency"),
    (
        Setting(
            "aging_buckets",
            _("Aging buckets end after"),
            "P5.2.2",
            "bounds",
            CALENDAR_DAYS,
            note=_(
                "Days past due, rising, with commas. The first is 0 (not due); the last bucket has no end."
            ),
        ),
        Setting(
            "usual_payment_terms_days",
            _("Usual payment terms"),
            "P5.2.2",
            "days",
            CALENDAR_DAYS,
            note=_("Numbers of days with commas between them."),
        ),
        Setting(
            "base_currency",
            _("Base currency"),
            "P5.2.2",
            "currency",
            note=_("Three letters (ISO 4217). Totals over several currencies are told in it."),
        ),
    ),
)
DUNNING = Section(
    "dunning",
    _("Dunning"),
    (
        *_STAGES,
        in_days(
            "dunning.letter_before_final_days",
            _("Final demand at the earliest after the letter was sent"),
            "P5.2.3",
            least="0",
        ),
        in_days("dunning.payment_deadline_days", _("Deadline in a letter"), "P5.2.3", least="0"),
        share("dunning.late_payment_daily_ratio", _("Liquidated damages for each day"), "P5.2.3"),
        share("dunning.late_payment_cap_ratio", _("Liquidated damages at most, of the item"), "P5.2.3"),
        Setting("dunning.minimum_amount", _("Least amount of a letter"), "P5.2.3", "amount", least="0"),
        in_days(
            "dunning.letter_interval_days",
            _("Days between two letters to a customer"),
            "P5.2.3",
            least="0",
        ),
        in_days("dunning.promise_grace_days", _("Days of grace of a promise to pay"), "P5.2.3", least="0"),
        in_days(
            "dunning.fall_back_days",
            _("Letter that came back goes to the next address within"),
            "P5.2.3",
            least="0",
        ),
        Setting(
            "dunning.forfeiture",
            _("After a final demand the deposit becomes liquidated damages"),
            "P5.2.3",
            "choice",
            choices=EFFECTS,
        ),
        Setting(
            "dunning.suspension",
            _("After a final demand the customer is suspended"),
            "P5.2.3",
            "choice",
            choices=EFFECTS,
        ),
        in_days("dunning.report_stale_after_days", _("An aging report is old after"), "P5.2.2", least="0"),
    ),
)
CONTACTS = Section(
    "contacts",
    _("Calls and the work list"),
    (
        in_days(
            "dunning.contacts.reached_days",
            _("Next call after somebody was reached"),
            "P5.2.3",
            least="1",
            unit=BUSINESS_DAYS,
        ),
        in_days(
            "dunning.contacts.no_answer_days",
            _("Next call after nobody answered"),
            "P5.2.3",
            least="1",
            unit=BUSINESS_DAYS,
        ),
        in_days(
            "dunning.contacts.wrong_number_days",
            _("Next call after a wrong number"),
            "P5.2.3",
            least="1",
            unit=BUSINESS_DAYS,
        ),
        in_days(
            "dunning.contacts.dispute_days",
            _("Next call after a dispute without a deadline"),
            "P5.2.3",
            least="1",
        ),
        *_WEIGHTS,
    ),
)
