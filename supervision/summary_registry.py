"""The counted sections of the monthly summary, in the order in which it tells them (P3.2.5)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from supervision.selectors import summary_counts
from supervision.summary_sections import Section, register_section
from supervision.tables import section_links

SECTIONS = (
    Section(
        "reviews",
        _("Reviews"),
        {
            "new_customer_started": _("New-customer reviews started"),
            "annual_started": _("Annual reviews started"),
            "approved": _("Approved"),
            "rejected": _("Rejected"),
            "withdrawn": _("Withdrawn"),
            "open": _("Open at the month's end"),
        },
        summary_counts.count_reviews,
        section_links.link_to_reviews,
    ),
    Section(
        "contracts",
        _("Contracts"),
        {
            "signed": _("Signed in the month"),
            "performing": _("Performed at the month's end"),
            "in_dispute": _("In dispute at the month's end"),
            "items_in_dispute": _("Disputes about single items"),
        },
        summary_counts.count_contracts,
        section_links.link_to_contracts,
    ),
    Section(
        "self_checks",
        _("Self-checks of contracts"),
        {
            "done": _("Done in the month"),
            "missing_service_manager": _("Missing from the customer service manager"),
            "missing_account_manager": _("Missing from account managers"),
        },
        summary_counts.count_self_checks,
        section_links.link_to_self_checks,
    ),
    Section(
        "dunning",
        _("Dunning"),
        {
            "reminder": _("Reminders issued"),
            "dunning_letter": _("Dunning letters issued"),
            "final_demand": _("Final demands issued"),
        },
        summary_counts.count_notices,
        section_links.link_to_notices,
    ),
    Section(
        "promises",
        _("Promises to pay"),
        {
            "given": _("Given in the month"),
            "kept": _("Kept in full"),
            "partly": _("Kept in part"),
            "broken": _("Broken"),
            "open": _("Open at the month's end"),
        },
        summary_counts.count_promises,
        section_links.link_to_promises,
    ),
    Section(
        "warnings",
        _("Early warnings"),
        {
            "raised": _("Raised in the month"),
            "acted": _("Closed: led to action"),
            "no_action": _("Closed: no action needed"),
            "false_alarm": _("Closed: false alarm"),
            "open": _("Open at the month's end"),
            "overdue": _("Overdue at the month's end"),
        },
        summary_counts.count_warnings,
        section_links.link_to_warnings,
    ),
    Section(
        "visits",
        _("Visits"),
        {
            "planned": _("Planned for the month"),
            "made": _("Made"),
            "cancelled": _("Cancelled"),
            "not_made": _("Planned until the month's end and not made"),
            "watch": _("Signal: to be watched"),
            "alarm": _("Signal: alarm"),
        },
        summary_counts.count_visits,
        section_links.link_to_visits,
    ),
)


def register_summary_sections() -> None:
    """Register them. A further part of the summary is one more Section here."""
    for position, section in enumerate(SECTIONS, start=1):
        register_section(section, position=position * 10)
