"""Which rule-book is in force on a date, which versions there are, and which drafts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from creditrisk.accounts.models import User
from creditrisk.memo import asked_once
from creditrisk.policy.models import PolicyDraft, PolicyVersion
from creditrisk.policy.schema import policy_from_data, policy_to_data
from creditrisk.policy.setting_words import SectionDifferences, changed_paths, differences
from creditrisk.policy.settings_tree import setting_values, with_settings


@asked_once
def policy_version_on(day: dt.date) -> PolicyVersion:
    """Return the version in force on `day`: the newest with `effective_on` on or before it; else the very
    first."""
    version = PolicyVersion.objects.filter(effective_on__lte=day).first()
    return version or PolicyVersion.objects.order_by("effective_on", "number")[0]


def newest_version() -> PolicyVersion:
    """Return the version that was published last, whenever it takes effect."""
    return PolicyVersion.objects.order_by("-number")[0]


def version_list() -> QuerySet[PolicyVersion]:
    """Return the versions with the people who published them, the newest first."""
    return PolicyVersion.objects.select_related("published_by").order_by("-number")


def later_versions(day: dt.date) -> QuerySet[PolicyVersion]:
    """Return the versions that take effect after `day`, in this order: one published for `day` ends where the first of
    them begins."""
    return PolicyVersion.objects.filter(effective_on__gt=day).order_by("effective_on", "number")


def draft_list(user: User) -> QuerySet[PolicyDraft]:
    """Return the drafts that `user` may see, the last changed first."""
    visible: QuerySet[PolicyDraft] = PolicyDraft.objects.visible_to(user)
    return visible.select_related("based_on", "published_as", "changed_by")


@dataclass(frozen=True)
class DraftThen:
    """What a draft said in one of its versions."""

    title: str
    note: str
    rules: Mapping[str, Any]


def draft_at(draft: PolicyDraft, *, version: int) -> DraftThen | None:
    """Return what a draft said in one of its versions, from its history; None where there was none."""
    events: Any = PolicyDraft._meta.get_field("events").related_model._default_manager
    event = events.filter(pgh_obj_id=draft.pk, version=version).order_by("-pgh_id").first()
    if event is None:
        return None
    return DraftThen(event.title, event.note, policy_to_data(policy_from_data(event.data)))


@dataclass(frozen=True)
class Rebase:
    """A draft brought onto a newer version: the settings that `taken` over, and those `kept` which both changed."""

    data: Mapping[str, Any]
    taken: list[SectionDifferences]
    kept: list[SectionDifferences]


def rebased(draft: PolicyDraft, onto: PolicyVersion) -> Rebase:
    """Return the draft with the settings of `onto` wherever it does not itself change them.

    What both changed, and not to the same, stays as the draft has it. The result may be unsound.
    """
    before, drafted, after = draft.based_on.rules, draft.rules, onto.rules
    own, mine = changed_paths(before, drafted), setting_values(drafted)
    data = with_settings(after, {path: mine[path] for path in own})
    both = own & changed_paths(before, after)
    kept = with_settings(after, {path: mine[path] for path in both})
    return Rebase(data=data, taken=differences(drafted, data), kept=differences(after, kept))
