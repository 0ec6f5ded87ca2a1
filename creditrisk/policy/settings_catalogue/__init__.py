"""Every setting of the rule-book for people: what it is called, in which unit it is, and its clause.

The editor, what differs between two versions, and the refusals of the schema are all told with it. A new setting of
`schema.py` gets its line here; a test walks the schema and fails where one has none.
"""

from __future__ import annotations

from collections.abc import Mapping

from creditrisk.policy.settings_catalogue.grades import ADJUSTMENT, GRADES_SECTION, LIMITS, SCORING
from creditrisk.policy.settings_catalogue.receivables import AGING, CONTACTS, DUNNING
from creditrisk.policy.settings_catalogue.reviews import APPROVALS, REVIEWS, WARNINGS
from creditrisk.policy.settings_catalogue.setting import Kind, Section, Setting, Text

__all__ = ["SECTIONS", "SETTINGS", "Kind", "Section", "Setting", "Text", "is_edited"]

SECTIONS: tuple[Section, ...] = (
    AGING,
    DUNNING,
    CONTACTS,
    GRADES_SECTION,
    SCORING,
    ADJUSTMENT,
    LIMITS,
    WARNINGS,
    REVIEWS,
    APPROVALS,
)

SETTINGS: Mapping[str, Setting] = {
    setting.path: setting for section in SECTIONS for setting in section.settings
}


def is_edited(setting: Setting) -> bool:
    """Return whether the editor of drafts changes it; the approval chains have an editor of their own."""
    return setting.kind != "chain"
