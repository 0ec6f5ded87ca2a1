"""Writing a draft of the rule-book, bringing it up to date, and publishing it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from creditrisk.accounts.models import User
from creditrisk.audit.tracking import acting
from creditrisk.exceptions import ConflictError, InvalidInputError, require
from creditrisk.policy.faults import sound_policy
from creditrisk.policy.models import DraftState, PolicyDraft, PolicyVersion
from creditrisk.policy.permissions import (
    change_refusal,
    publish_refusal,
    refusal_to_publish,
    unseen_refusal,
)
from creditrisk.policy.selectors import DraftThen, draft_at, newest_version, policy_version_on, rebased
from creditrisk.policy.services.publishing import lock_versions, publish_policy
from creditrisk.policy.setting_words import changed_paths, differences, told_differences
from creditrisk.policy.settings_tree import setting_values, with_settings
from creditrisk.turns import take_turn

CHAINS = ("approvals.new_customer", "approvals.annual")


def _locked(draft: PolicyDraft) -> PolicyDraft:
    """Return the draft as it is now, held until the transaction ends. The row alone: one that waited for the lock would
    be joined to what it pointed to before."""
    return PolicyDraft.objects.select_for_update().get(pk=draft.pk)


@transaction.atomic
def create_draft(
    *,
    title: str,
    note: str,
    by: User,
    begin_from: PolicyVersion | None = None,
    submission_key: UUID | None = None,
) -> PolicyDraft:
    """Begin a draft from the rules of the newest version, or of an earlier one `begin_from`; return it. A form sent
    twice is one draft.

    The approval chains are always those of the newest version: they have an editor of their own. Raises
    NotAllowedError, InvalidInputError without a title.
    """
    require(refusal_to_publish(by))
    if submission_key is not None:
        take_turn(f"submission:{submission_key}")
        before: PolicyDraft | None = PolicyDraft.objects.filter(submission_key=submission_key).first()
        if before is not None:
            return before
    name = " ".join(title.split())
    if not name:
        raise InvalidInputError("draft.title", _("Give the draft a title."))
    newest = newest_version()
    data = newest.rules
    if begin_from is not None:
        current = setting_values(newest.rules)
        data = with_settings(begin_from.rules, {path: current[path] for path in CHAINS})
    with acting(by):
        return PolicyDraft.objects.create(
            title=name,
            note=" ".join(note.split()),
            data=data,
            based_on=newest,
            created_by=by,
            changed_by=by,
            submission_key=submission_key,
        )


@transaction.atomic
def change_settings(
    *,
    draft: PolicyDraft,
    changes: Mapping[str, Any],
    seen_version: int,
    by: User,
    title: str | None = None,
    note: str | None = None,
) -> PolicyDraft:
    """Change some settings of a draft (path → value, see `settings_tree`), and its title and reason where given; return
    it. Sent twice it is one change.

    Raises NotAllowedError, ConflictError where the draft is settled or somebody changed it since `seen_version` (the
    message tells what), InvalidInputError for an unknown setting, UnsoundPolicyError for a value that the schema
    refuses.
    """
    locked = _locked(draft)
    require(change_refusal(by, locked))
    before = locked.rules
    try:
        data = with_settings(before, changes)
    except KeyError as unknown:
        raise InvalidInputError(
            "draft.unknown_setting",
            _("“%(path)s” is no setting of the policy.") % {"path": unknown.args[0]},
        ) from unknown
    new_title = locked.title if title is None else " ".join(title.split())
    new_note = locked.note if note is None else " ".join(note.split())
    is_same = not changed_paths(before, data)
    if is_same and (new_title, new_note) == (locked.title, locked.note):
        return locked
    _require_version(locked, seen_version)
    if not new_title:
        raise InvalidInputError("draft.title", _("Give the draft a title."))
    sound_policy(data)
    locked.data, locked.title, locked.note = data, new_title, new_note
    return _saved(locked, by)


def _saved(draft: PolicyDraft, by: User) -> PolicyDraft:
    draft.version += 1
    draft.changed_by = by
    with acting(by):
        draft.save()
    return draft


def _require_version(draft: PolicyDraft, seen_version: int) -> None:
    if draft.version == seen_version:
        return
    seen = draft_at(draft, version=seen_version)
    text = _(
        "The draft was changed while you had it open (%(person)s, %(at)s): %(changes)s. Check it and save again."
    )
    raise ConflictError(
        "draft.changed",
        text
        % {
            "person": draft.changed_by,
            "at": f"{timezone.localtime(draft.changed_at):%Y-%m-%d %H:%M}",
            "changes": _told_since(seen, draft) if seen is not None else _("title or reason"),
        },
    )


def _told_since(seen: DraftThen, draft: PolicyDraft) -> str:
    """Return in one line what changed since a version that somebody saw."""
    words = ((_("Title"), seen.title, draft.title), (_("Reason"), seen.note, draft.note))
    told = [f"{label}: {old or '–'} → {new or '–'}" for label, old, new in words if old != new]
    return "; ".join(filter(None, [*told, told_differences(differences(seen.rules, draft.rules))]))


@transaction.atomic
def discard_draft(*, draft: PolicyDraft, by: User) -> PolicyDraft:
    """Discard a draft; return it. Twice is once. Raises NotAllowedError, ConflictError where it is published."""
    locked = _locked(draft)
    if locked.state == DraftState.DISCARDED:
        require(refusal_to_publish(by))
        return locked
    require(change_refusal(by, locked))
    locked.state = DraftState.DISCARDED
    return _saved(locked, by)


@transaction.atomic
def rebase_draft(*, draft: PolicyDraft, onto: PolicyVersion, by: User) -> PolicyDraft:
    """Bring a draft onto the version `onto`, which the person saw: it takes over every setting that the draft does not
    change itself (`selectors.rebased`); return it. Twice is once.

    Raises NotAllowedError, ConflictError where the draft is settled or `onto` is not the newest any more,
    UnsoundPolicyError where both together are no sound policy: change the draft first.
    """
    locked = _locked(draft)
    require(change_refusal(by, locked))
    if locked.based_on_id == onto.pk:
        return locked
    newest = newest_version()
    if onto.pk != newest.pk:
        raise ConflictError(
            "draft.newer_version",
            _("Version %(number)s was published meanwhile: look at it first.") % {"number": newest.number},
        )
    data = dict(rebased(locked, newest).data)
    sound_policy(data)
    locked.data, locked.based_on = data, newest
    return _saved(locked, by)


@transaction.atomic
def publish_draft(
    *, draft: PolicyDraft, effective_on: dt.date, note: str, seen_version: int, today: dt.date, by: User
) -> PolicyVersion:
    """Publish a draft as the next version of the policy, in force from `effective_on`; return the version. Twice is
    once, and of two drafts at once the second is outdated.

    Raises NotAllowedError, ConflictError where the draft is discarded, outdated (see `rebase_draft`) or changed since
    `seen_version`, InvalidInputError where it changes nothing, without a note, for a day that is past, and for one on
    which it would change more than it shows (`unseen_refusal`).
    """
    locked = _locked(draft)
    require(refusal_to_publish(by))
    if locked.published_as is not None:
        return locked.published_as
    lock_versions()
    require(publish_refusal(by, locked, newest=newest_version()))
    _require_version(locked, seen_version)
    why = " ".join(note.split())
    if not why:
        raise InvalidInputError("draft.note", _("Say what changed: everybody reads it beside the version."))
    if effective_on >= today:  # a day that is past is refused as such
        require(unseen_refusal(locked, in_force=policy_version_on(effective_on), on=effective_on))
    version = publish_policy(policy=locked.policy, effective_on=effective_on, today=today, by=by, note=why)
    locked.state, locked.published_as = DraftState.PUBLISHED, version
    _saved(locked, by)
    return version
