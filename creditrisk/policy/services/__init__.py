"""Writing and publishing the rule-book."""

from creditrisk.policy.permissions import refusal_to_publish
from creditrisk.policy.services.drafts import (
    change_settings,
    create_draft,
    discard_draft,
    publish_draft,
    rebase_draft,
)
from creditrisk.policy.services.publishing import publish_policy

__all__ = [
    "change_settings",
    "create_draft",
    "discard_draft",
    "publish_draft",
    "publish_policy",
    "rebase_draft",
    "refusal_to_publish",
]
